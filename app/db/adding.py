"""Rows appended by the driver itself: one statement a table, or one for several tables."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Dialect, Table
from sqlalchemy.orm import Session

from app.db.driver import array_writer, plain, to_database
from app.db.running import connection_of, run, run_many

Part = tuple["Addition", Sequence[Mapping[str, Any]]]
"""Rows for a table; each holds every column."""


class Addition:
    """Rows to be appended to a table, all by one statement; each row holds every column."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._known: dict[str, tuple[str, list[tuple[str, Any]]]] = {}

    def add(self, session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
        """Append rows in the session's transaction.

        :raises SimultaneousChange: when a row is there already.
        :raises DatabaseUnavailable: when the database fails.
        """
        add_together(session, (self, rows))

    def arrays(self, rows: Sequence[Mapping[str, Any]], dialect: Dialect) -> tuple[str, list[str]]:
        """Give the statement for PostgreSQL, and the array of each column."""
        statement, writers = self._statement(dialect)
        return statement, [write([row[name] for row in rows]) for name, write in writers]

    def tuples(self, rows: Sequence[Mapping[str, Any]], dialect: Dialect) -> tuple[str, list[tuple[Any, ...]]]:
        """Give the statement for one row, and the rows as the driver takes them."""
        statement, writers = self._statement(dialect)
        return statement, [
            tuple(row[name] if write is None else write(row[name]) for name, write in writers) for row in rows
        ]

    def _statement(self, dialect: Dialect) -> tuple[str, list[tuple[str, Any]]]:
        if dialect.name not in self._known:
            self._known[dialect.name] = self._compiled(dialect)
        return self._known[dialect.name]

    def _compiled(self, dialect: Dialect) -> tuple[str, list[tuple[str, Any]]]:
        columns = list(self._table.columns)
        names = ", ".join(f'"{column.name}"' for column in columns)
        statement = f"INSERT INTO {self._table.name} ({names}) "
        if dialect.name == "postgresql":
            kinds = (plain(column.type.compile(dialect=dialect)) for column in columns)
            statement += "SELECT * FROM unnest(" + ", ".join(f"CAST(%s AS {kind}[])" for kind in kinds) + ")"  # noqa: S608  types
            return statement, [(column.name, array_writer(column.type, dialect)) for column in columns]
        statement += "VALUES (" + ", ".join("?" * len(columns)) + ")"
        return statement, [(column.name, to_database(column.type, dialect)) for column in columns]


def add_together(session: Session, *parts: Part) -> None:
    """Append rows to several tables; on PostgreSQL all by one statement, where what one row refers to may be another.

    :raises SimultaneousChange: when a row is there already.
    :raises DatabaseUnavailable: when the database fails.
    """
    dialect = connection_of(session).dialect
    given = [(addition, rows) for addition, rows in parts if rows]
    if dialect.name != "postgresql":
        for addition, rows in given:
            run_many(session, *addition.tuples(rows, dialect))
    elif given:
        written = [addition.arrays(rows, dialect) for addition, rows in given]
        *others, (last, _) = written
        named = ", ".join(f"part_{place} AS ({statement})" for place, (statement, _) in enumerate(others))
        arrays = tuple(array for _, columns in written for array in columns)
        run(session, f"WITH {named} {last}" if others else last, arrays, tells=False)
