"""Statements that every check asks: compiled once, and run by the driver itself.

SQLAlchemy writes them, and knows the types; but to compile, cache and wrap a statement anew costs it ten times what the
driver needs. Nothing else in the gate is asked often enough to need this.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import (
    JSON,
    BindParameter,
    ColumnElement,
    Dialect,
    Integer,
    LargeBinary,
    Select,
    Uuid,
    bindparam,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Session
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.dml import ReturningDelete
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.sql.selectable import CompoundSelect

from app.db.running import connection_of, run
from app.db.types import Instant, Row, utc

GATHERED = "dialgate_gathered"
"""In a session: answers that wait to be asked for, each with its question (db/gathering.py)."""

Process = Callable[[Any], Any]
Query = Select[Any] | CompoundSelect[Any] | ReturningDelete[Any]


class one_of(ColumnElement[bool]):  # noqa: N801  it reads as the operator it is
    """Whether a column has one of the values given under a name: one array, so that the statement is always the same.

    The values are integers, text, identifiers or bytes.
    """

    inherit_cache = False

    def __init__(self, column: ColumnElement[Any], name: str) -> None:
        self.column = column
        self.values: BindParameter[Any] = bindparam(name)


@compiles(one_of, "postgresql")
def _any(element: one_of, compiler: SQLCompiler, **options: Any) -> str:
    kind = element.column.type.compile(dialect=compiler.dialect)
    return f"{compiler.process(element.column)} = ANY (CAST({compiler.process(element.values)} AS {plain(kind)}[]))"


@compiles(one_of, "sqlite")
def _in(element: one_of, compiler: SQLCompiler, **options: Any) -> str:
    kind = element.column.type
    value = "unhex(value)" if isinstance(kind, LargeBinary) else "value"  # JSON knows no bytes
    value = "replace(value, '-', '')" if isinstance(kind, Uuid) else value
    array = compiler.process(element.values)
    return f"{compiler.process(element.column)} IN (SELECT {value} FROM json_each({array}))"  # noqa: S608  no text of ours


class among(ColumnElement[bool]):  # noqa: N801  it reads as the operator it is
    """Whether a column has one of the values that a query gives.

    The query is asked first: PostgreSQL cannot know how few they are, and would read the whole table instead.
    """

    inherit_cache = False

    def __init__(self, column: ColumnElement[Any], query: Select[Any]) -> None:
        self.column = column
        self.query = query.scalar_subquery()


@compiles(among, "postgresql")
def _any_of(element: among, compiler: SQLCompiler, **options: Any) -> str:
    return f"{compiler.process(element.column)} = ANY (ARRAY{compiler.process(element.query)})"


@compiles(among, "sqlite")
def _in_query(element: among, compiler: SQLCompiler, **options: Any) -> str:
    return f"{compiler.process(element.column)} IN {compiler.process(element.query)}"


class elements_of(FunctionElement[str]):  # noqa: N801  it reads as the operator it is
    """The texts in a column that holds lists, as a table of one column: `value`."""

    inherit_cache = True
    name = "elements_of"


@compiles(elements_of, "postgresql")
def _elements(element: elements_of, compiler: SQLCompiler, **options: Any) -> str:
    return f"jsonb_array_elements_text({compiler.process(element.clauses, **options)})"


@compiles(elements_of, "sqlite")
def _each(element: elements_of, compiler: SQLCompiler, **options: Any) -> str:
    return f"json_each({compiler.process(element.clauses, **options)})"


class Lookup:
    """A query of which only the parameters change: collections for `one_of`, else single values."""

    def __init__(self, query: Query) -> None:
        self.query = query
        self._known: dict[str, Compiled] = {}

    def rows(self, session: Session, **given: Any) -> list[Row]:
        """Ask it in the session's transaction, or take what was gathered there for this very question.

        :raises DatabaseUnavailable: when the database fails.
        """
        asked, rows = session.info.get(GATHERED, {}).pop(self, (None, []))
        if asked == given:
            return rows  # type: ignore[no-any-return]
        compiled = self.compiled(connection_of(session).dialect)
        found = run(session, compiled.text, compiled.parameters(given))
        return [dict(zip(compiled.names, compiled.read(row), strict=True)) for row in found]

    def compiled(self, dialect: Dialect) -> "Compiled":
        """Give it in a dialect."""
        if dialect.name not in self._known:
            self._known[dialect.name] = Compiled(self.query, dialect)
        return self._known[dialect.name]


class Compiled:
    """The text of a query in one dialect, and what its values need. `asked` are the names that whoever asks gives."""

    def __init__(self, query: Query, dialect: Dialect) -> None:
        compiled = query.compile(dialect=dialect)
        assert isinstance(compiled, SQLCompiler)
        self.text = str(compiled)
        self.names = [column.name for column in query.exported_columns]
        self._array = postgres_array if dialect.name == "postgresql" else _json_array
        self._order = compiled.positiontup
        self._binds = {name: to_database(bind.type, dialect) for name, bind in compiled.binds.items()}
        self.fixed = {name: bind.value for name, bind in compiled.binds.items() if not bind.required}
        self.asked = [name for name in compiled.binds if name not in self.fixed]
        readers = [_from_database(column.type, dialect) for column in query.exported_columns]
        self._readers = [(place, reader) for place, reader in enumerate(readers) if reader is not None]

    def parameters(self, given: Mapping[str, Any]) -> Any:
        """Give the parameters as the driver takes them."""
        values = {name: self.value(name, value) for name, value in {**self.fixed, **given}.items()}
        return values if self._order is None else tuple(values[name] for name in self._order)

    def value(self, name: str, value: Any) -> Any:
        """Give one parameter as the driver takes it."""
        if isinstance(value, Collection) and not isinstance(value, str | bytes):
            return self._array(value)
        process = self._binds[name]
        return value if process is None else process(value)

    def read(self, row: Sequence[Any]) -> Sequence[Any]:
        """Give the cells of a row as the columns' types have them."""
        cells = list(row)
        for place, reader in self._readers:
            cells[place] = reader(cells[place])
        return cells


def postgres_array(values: Collection[Any]) -> str:
    """Write an array as PostgreSQL reads it; psycopg's own way of writing one costs more than the query."""
    kinds = set(map(type, values))
    if kinds <= _TEXT:
        return _quoted(values)
    if kinds == _INTEGERS:
        return "{" + ",".join(map(str, values)) + "}"
    if kinds == _BYTES:
        return '{"\\\\x' + '","\\\\x'.join([value.hex() for value in values]) + '"}'
    return "{" + ",".join([_element(value) for value in values]) + "}"


_TEXT, _INTEGERS, _BYTES = frozenset({str}), frozenset({int}), frozenset({bytes})
_BETWEEN = "\x1f"


def _quoted(texts: Collection[str]) -> str:
    """Write an array of texts, escaping all of them at once."""
    if not texts:
        return "{}"
    joined = _BETWEEN.join(texts)
    if joined.count(_BETWEEN) != len(texts) - 1:
        return "{" + ",".join([_element(text) for text in texts]) + "}"
    return '{"' + joined.replace("\\", "\\\\").replace('"', '\\"').replace(_BETWEEN, '","') + '"}'


def _element(value: Any) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, bytes):
        return f'"\\\\x{value.hex()}"'
    text = str(value)
    if text.isalnum() and text.isascii() and text.upper() != "NULL":
        return text
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def array_writer(kind: Any, dialect: Dialect) -> Callable[[Sequence[Any]], str]:
    """Give what writes an array of a column's values as PostgreSQL reads it: most kinds need no look at each value."""
    if isinstance(kind, Instant):
        return lambda values: _bare("NULL" if value is None else utc(value).isoformat() for value in values)
    if isinstance(kind, Integer | Uuid):
        return lambda values: _bare("NULL" if value is None else str(value) for value in values)
    if isinstance(kind, JSON):
        return lambda values: postgres_array([None if value is None else _json(value) for value in values])
    return postgres_array


def _bare(texts: Iterable[str]) -> str:
    return "{" + ",".join(texts) + "}"


def _json_array(values: Collection[Any]) -> str:
    return msgspec.json.encode([value.hex() if isinstance(value, bytes) else value for value in values]).decode()


def plain(kind: str) -> str:
    """Leave the length of a type out: a value that is too long must be refused, not cut off by a cast."""
    return kind.partition("(")[0]


def to_database(kind: Any, dialect: Dialect) -> Process | None:
    """Give what turns a value of a column type into what the driver takes; None is nothing."""
    if isinstance(kind, JSON):
        return _json
    if isinstance(kind, Instant) or dialect.name != "postgresql":
        found: Process | None = kind.dialect_impl(dialect).bind_processor(dialect)
        return found
    return None


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()


def _from_database(kind: Any, dialect: Dialect) -> Process | None:
    found: Process | None = kind.dialect_impl(dialect).result_processor(dialect, None)
    return found
