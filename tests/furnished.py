"""Databases that hold already what most tests begin with: made once a session, copied for every test.

Keys, rules, a controller and its campaign are recorded through the service, as a test would do it; that cost each of
some thousand tests more than what it asked.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from enum import Enum
from pathlib import Path

from app.db.engine import truncate_wal
from tests.databases import Template, sqlite_copy
from tests.gate import Gate, make_gate


class Content(Enum):
    """What a database holds: the schema alone, a key per role and the shipped rules, or a campaign as well."""

    NOTHING = 0
    KEYS = 1
    ENERGO = 2


@dataclass(frozen=True, slots=True)
class Fresh:
    """A test's own database. `keys` are those it holds, by role; None is that it holds none."""

    url: str
    keys: dict[str, str] | None


@dataclass(slots=True, kw_only=True)
class Furnished:
    """The databases of one kind to copy, each made from the empty one when it is first asked for."""

    empty: Path | Template
    folder: Path
    stack: ExitStack
    _made: dict[Content, tuple[Path | Template, dict[str, str]]] = field(default_factory=dict)

    @contextmanager
    def copy(self, content: Content, *, folder: Path) -> Iterator[Fresh]:
        """Give a copy; on SQLite it is made in the folder, on PostgreSQL it goes when the block ends."""
        if content is Content.NOTHING:
            with _copied(self.empty, folder) as url:
                yield Fresh(url, None)
        else:
            template, keys = self._made.get(content) or self._furnished(content)
            with _copied(template, folder) as url:
                yield Fresh(url, keys)

    def _furnished(self, content: Content) -> tuple[Path | Template, dict[str, str]]:
        folder = self.folder / content.name
        folder.mkdir()
        url = self.stack.enter_context(_copied(self.empty, folder))
        keys = _furnish(url, folder, content)
        name = url.rpartition("/")[2].partition("?")[0]
        made = replace(self.empty, name=name) if isinstance(self.empty, Template) else folder / name
        self._made[content] = made, keys
        return made, keys


@contextmanager
def _copied(template: Path | Template, folder: Path) -> Iterator[str]:
    if isinstance(template, Path):
        yield sqlite_copy(template, folder)
    else:
        with template.copy() as url:
            yield url


def _furnish(url: str, folder: Path, content: Content) -> dict[str, str]:
    gate = make_gate(url, folder)
    if content is Content.ENERGO:
        _energo(gate)
    truncate_wal(gate.context.engine)
    gate.close()
    return gate.keys


def _energo(gate: Gate) -> None:
    gate.controller()
    gate.campaign(house_caps=False)
