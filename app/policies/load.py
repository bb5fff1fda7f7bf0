"""Read rule files: those that stand in this folder, and those that somebody proposes."""

import json
import re
import tomllib
from collections.abc import Mapping
from datetime import time
from functools import cache
from pathlib import Path
from typing import Any

from app.domain.rules.kinds import BadRule
from app.domain.ruleset import Ruleset, files_of, read_ruleset, reread_ruleset

FOLDER = Path(__file__).parent
_UNKEPT = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\U0010ffff]")
_DEEPEST = 32


def load(folder: Path = FOLDER) -> Ruleset:
    """Read every `*.toml` of a folder as one ruleset.

    :raises BadRule: naming file, rule and key; also when there is no file at all.
    """
    return read_files({path.name: path.read_bytes() for path in sorted(folder.glob("*.toml"))})


def load_path(path: Path) -> Ruleset:
    """Read a folder, or one file: of TOML, or (`*.json`) of a ruleset's whole content.

    :raises BadRule: naming file, rule and key.
    """
    if path.is_dir():
        return load(path)
    if path.suffix != ".json":
        return read_files({path.name: path.read_bytes()})
    try:
        return read_content(json.loads(path.read_bytes()))
    except (ValueError, RecursionError) as fault:
        raise BadRule(f"{path.name}: {fault}") from None


def read_files(files: Mapping[str, bytes | str]) -> Ruleset:
    """Read TOML files by name as one ruleset.

    :raises BadRule: naming every file that is no TOML; else whatever is wrong with the rules.
    """
    return read_ruleset(_tables(files))


def read_over(files: Mapping[str, bytes | str], *, base: Ruleset) -> Ruleset:
    """Read TOML files by name; what they say of a jurisdiction takes the place of all that `base` says of it.

    :raises BadRule: as `read_files` does.
    """
    tables = _tables(files)
    named = {table.get("jurisdiction") for _, table in tables}
    missing = {place: names for place, names in base.content["not_checked"].items() if place not in named}
    kept = [rule for rule in base.content["rules"] if rule["jurisdiction"] not in named]
    return read_ruleset([*files_of(missing, kept), *tables])


def _tables(files: Mapping[str, bytes | str]) -> list[tuple[str, dict[str, Any]]]:
    tables: list[tuple[str, dict[str, Any]]] = []
    faults = []
    for name, data in sorted(files.items()):
        try:
            tables.append((name, tomllib.loads(data if isinstance(data, str) else data.decode())))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as fault:
            faults.append(f"{name}: {fault}")
    if faults:
        raise BadRule("; ".join(faults))
    _require_exact(tables)
    return tables


def read_content(content: Any) -> Ruleset:
    """Read the content of a ruleset as it is kept on record.

    :raises BadRule: when it is not that.
    """
    if not isinstance(content, dict):
        raise BadRule("the content of a ruleset is an object")
    _require_exact(content)
    return reread_ruleset(content)


def _require_exact(value: Any, *, depth: int = 0) -> None:
    """Refuse what has no exact form in a record: fractions, huge numbers, text that no database keeps."""
    if depth > _DEEPEST:
        raise BadRule("a rule is nested too deeply")
    if isinstance(value, float | time) or (isinstance(value, int) and abs(value) >= 2**53):
        raise BadRule("a rule holds days, text, truths and whole numbers alone, none of 2^53 or more")
    if isinstance(value, str) and _UNKEPT.search(value):
        raise BadRule("a rule holds a control character, or half a one")
    if isinstance(value, dict):
        for key, item in value.items():
            _require_exact(key, depth=depth + 1)
            _require_exact(item, depth=depth + 1)
    elif isinstance(value, list | tuple):
        for item in value:
            _require_exact(item, depth=depth + 1)


@cache
def shipped() -> Ruleset:
    """Give the ruleset that came with this version."""
    return load()
