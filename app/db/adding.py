"""Rows appended by the driver itself: one statement a table, or one for several tables."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Dialect, Table
from sqlalchemy.orm import Session

from app.db.driver import Process, connection_of, plain, postgres_array, run, run_many, to_database

Part = tuple["Addition", Sequence[Mapping[str, Any]]]
"""Rows for a table; each holds every column."""


class Addition:
    """Rows to be appended to a table, all by one statement; each row holds every column."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._known: dict[str, tuple[str, list[tuple[str, Process | None]]]] = {}

    def add(self, session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
        """Append rows in the session's transaction.

        :raises SimultaneousChange: when a row is there already.
        :raises DatabaseUnavailable: when the database fails.
        """
        add_together(session, (self, rows))

    def written(self, rows: Sequence[Mapping[str, Any]], dialect: Dialect) -> tuple[str, list[list[Any]]]:
        """Give the statement in a dialect, and the values of each column."""
        if dialect.name not in self._known:
            self._known[dialect.name] = self._compiled(dialect)
        statement, writers = self._known[dialect.name]
        return statement, [
            [row[name] for row in rows] if write is None else [write(row[name]) for row in rows]
            for name, write in writers
        ]

    def _compiled(self, dialect: Dialect) -> tuple[str, list[tuple[str, Process | None]]]:
        columns = list(self._table.columns)
        names = ", ".join(f'"{column.name}"' for column in columns)
        statement = f"INSERT INTO {self._table.name} ({names}) "
        if dialect.name == "postgresql":
            kinds = (plain(column.type.compile(dialect=dialect)) for column in columns)
            statement += "SELECT * FROM unnest(" + ", ".join(f"CAST(%s AS {kind}[])" for kind in kinds) + ")"  # noqa: S608  types
        else:
            statement += "VALUES (" + ", ".join("?" * len(columns)) + ")"
        return statement, [(column.name, to_database(column.type, dialect)) for column in columns]


def add_together(session: Session, *parts: Part) -> None:
    """Append rows to several tables; on PostgreSQL all by one statement, where what one row refers to may be another.

    :raises SimultaneousChange: when a row is there already.
    :raises DatabaseUnavailable: when the database fails.
    """
    dialect = connection_of(session).dialect
    written = [addition.written(rows, dialect) for addition, rows in parts if rows]
    if dialect.name != "postgresql":
        for statement, values in written:
            run_many(session, statement, list(zip(*values, strict=True)))
    elif written:
        *others, (last, _) = written
        named = ", ".join(f"part_{place} AS ({statement})" for place, (statement, _) in enumerate(others))
        arrays = tuple(postgres_array(cells) for _, values in written for cells in values)
        run(session, f"WITH {named} {last}" if others else last, arrays)
