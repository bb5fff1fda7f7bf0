"""The record: rows are appended, and the database itself refuses every edit."""

import sqlite3

import psycopg
import pytest
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.exc import DBAPIError

from app.db.engine import WRITES, is_append_only_violation
from app.db.tables import APPEND_ONLY, CHANGING, metadata
from tests.databases import Template
from tests.db.records import fill
from tests.gate import Gate


def refused(engine: Engine, statement: str) -> DBAPIError:
    """Run a statement that must fail, and give the fault."""
    with engine.execution_options(**{WRITES: True}).connect() as connection:
        if _is_postgresql(engine):
            connection.execute(text("SELECT set_config('dialgate.controllers', '*', true)"))
        with pytest.raises(DBAPIError) as caught:
            connection.execute(text(statement))
    return caught.value


def _is_postgresql(engine: Engine) -> bool:
    return engine.dialect.name == "postgresql"


def counted(engine: Engine) -> dict[str, int]:
    with engine.connect() as connection:
        if _is_postgresql(engine):
            connection.execute(text("SELECT set_config('dialgate.controllers', '*', true)"))
        tables = [table.name for table in APPEND_ONLY]
        return {name: connection.execute(text(f"SELECT count(*) FROM {name}")).scalar_one() for name in tables}  # noqa: S608


def test_every_table_is_either_the_record_or_the_state_of_work() -> None:
    assert set(APPEND_ONLY) | set(CHANGING) == set(metadata.tables.values())
    assert not set(APPEND_ONLY) & set(CHANGING)


def test_no_row_of_the_record_can_be_changed_or_removed_by_the_service(gate: Gate) -> None:
    fill(gate)
    engine = gate.context.engine
    before = counted(engine)
    assert min(before.values()) > 0, before
    for table in APPEND_ONLY:
        column = next(iter(table.c)).name
        statements = [f"UPDATE {table.name} SET {column} = {column}", f"DELETE FROM {table.name}"]  # noqa: S608
        if _is_postgresql(engine):
            statements.append(f"TRUNCATE {table.name} CASCADE")
        for statement in statements:
            fault = refused(engine, statement)
            is_denied = isinstance(fault.orig, psycopg.errors.InsufficientPrivilege)
            assert is_denied or is_append_only_violation(fault), statement
    assert counted(engine) == before


def test_not_even_the_owner_of_the_database_edits_the_record(
    gate: Gate, database_url: str, request: pytest.FixtureRequest
) -> None:
    fill(gate)
    if not _is_postgresql(gate.context.engine):
        gate.context.engine.dispose()
        with sqlite3.connect(database_url.removeprefix("sqlite:///")) as other:
            for table in APPEND_ONLY:
                column = next(iter(table.c)).name
                for statement in (f"UPDATE {table.name} SET {column} = {column}", f"DELETE FROM {table.name}"):  # noqa: S608
                    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
                        other.execute(statement)
        other.close()
        return
    template: Template = request.getfixturevalue("postgres_empty")
    name = database_url.rpartition("/")[2].partition("?")[0]
    owner = create_engine(template.url.set(database=name))
    before = counted(gate.context.engine)
    for table in APPEND_ONLY:
        column = next(iter(table.c)).name
        statements = (f"UPDATE {table.name} SET {column} = {column}", f"DELETE FROM {table.name}")  # noqa: S608
        for statement in (*statements, f"TRUNCATE {table.name} CASCADE"):
            assert is_append_only_violation(refused(owner, statement)), statement
    owner.dispose()
    assert counted(gate.context.engine) == before
