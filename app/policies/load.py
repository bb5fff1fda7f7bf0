"""Read the rule files that stand in this folder."""

import tomllib
from functools import cache
from pathlib import Path

from app.domain.rules.kinds import BadRule
from app.domain.ruleset import Ruleset, read_ruleset

FOLDER = Path(__file__).parent


def load(folder: Path = FOLDER) -> Ruleset:
    """Read every `*.toml` of a folder as one ruleset.

    :raises BadRule: naming file, rule and key; also when there is no file at all.
    """
    files = []
    for path in sorted(folder.glob("*.toml")):
        try:
            files.append((path.name, tomllib.loads(path.read_text(encoding="utf-8"))))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
            raise BadRule(f"{path.name}: {fault}") from None
    return read_ruleset(files)


@cache
def shipped() -> Ruleset:
    """Give the ruleset that came with this version."""
    return load()
