"""The window of an erasure: what it lets go of, and that everything else is refused as ever."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import Connection, delete, text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session

from app.db.engine import WRITES, is_append_only_violation
from app.db.erasures import close_erasure, open_erasure
from app.db.log import pending
from app.db.reach import set_reach
from app.domain.access import operator
from app.domain.leaf import LeafKind
from app.services.log import record_act
from tests.db.records import NUMBER, OTHER, fill
from tests.gate import Gate

KEY, OTHER_KEY = int(NUMBER[1:]), int(OTHER[1:])
HASH = {"hash": b"h" * 32, "key": "k" * 16}
LET_GO = (
    "UPDATE consent_events SET number = NULL, person = NULL, ref = NULL WHERE number = :number",
    "UPDATE decisions SET number = NULL, ref = NULL WHERE number = :number",
    "UPDATE relationships SET number = NULL, ref = NULL WHERE number = :number",
    "UPDATE reservations SET number = NULL WHERE number = :number",
    "UPDATE suppressions SET number = NULL, ref = NULL, number_hash = :hash, hash_key = :key WHERE number = :number",
    "DELETE FROM openings WHERE number = :number",
    "UPDATE imports SET file_name = 'erased'",
)
"""What an erasure does."""
REFUSED = (
    "UPDATE consent_events SET number = NULL, person = NULL, ref = NULL, action = 'refused' WHERE number = :number",
    "UPDATE consent_events SET number = NULL, person = NULL, ref = NULL, evidence = '[]' WHERE number = :number",
    "UPDATE consent_events SET number = NULL, person = NULL, ref = NULL, call_times = '{}' WHERE number = :number",
    "UPDATE consent_events SET number = NULL, person = '{}', ref = NULL WHERE number = :number",
    "UPDATE consent_events SET number = 420601999999, person = NULL, ref = NULL WHERE number = :number",
    "UPDATE consent_events SET person = NULL, ref = NULL WHERE number = :number",
    "UPDATE decisions SET number = NULL, ref = NULL, verdict = 'deny' WHERE number = :number",
    "UPDATE decisions SET number = NULL, ref = NULL, binding = NOT binding WHERE number = :number",
    "UPDATE decisions SET number = NULL, ref = 'x' WHERE number = :number",
    "UPDATE relationships SET number = NULL, ref = NULL, kind = 'contract' WHERE number = :number",
    "UPDATE relationships SET number = NULL, ref = NULL, ended_at = began_at WHERE number = :number",
    "UPDATE relationships SET ref = NULL WHERE number = :number",
    "DELETE FROM relationships WHERE number = :number",
    "UPDATE reservations SET number = NULL, decision_id = id, reserved_at = '2020-01-01' WHERE number = :number",
    "UPDATE suppressions SET number = NULL, ref = NULL WHERE number = :number",
    "UPDATE suppressions SET number_hash = :hash, hash_key = :key WHERE number = :number",
    "UPDATE suppressions SET number = NULL, ref = NULL, number_hash = :hash, hash_key = :key, reason = 'other'",
    "UPDATE suppressions SET number_hash = :hash WHERE number_hash IS NOT NULL",
    "UPDATE imports SET file_name = 'another.csv'",
    "UPDATE imports SET file_name = 'erased', file_sha256 = 'x'",
    "UPDATE outcomes SET opt_out = opt_out",
    "UPDATE openings SET number = NULL WHERE number = :number",
    "UPDATE entries SET leaf = leaf",
    "UPDATE erasures SET at = at",
    "UPDATE erasures SET open = 'open'",
    "DELETE FROM consent_events WHERE number = :number",
    "DELETE FROM decisions WHERE number = :number",
    "DELETE FROM suppressions",
    "DELETE FROM entries",
    "DELETE FROM erasures",
)
"""What not even an erasure does."""


@contextmanager
def writing(gate: Gate, *, controller_ids: list[int] | None = None) -> Iterator[Session]:
    """Give a session that may write, as the service does; what it did is taken back."""
    with Session(gate.context.engine.execution_options(**{WRITES: True})) as session:
        session.connection()
        set_reach(session, controller_ids=controller_ids)
        yield session
        session.rollback()


def begun(session: Session, gate: Gate, *, number: int = KEY, controller_id: int | None = 1) -> str:
    """Write an erasure's entry and open its window."""
    id, _ = record_act(
        session, kind=LeafKind.ERASURE, controller_id=controller_id, actor=operator("x"), now=gate.now, body={}
    )
    open_erasure(session, entry_id=id, controller_id=controller_id, number=number, now=gate.now)
    return id


def refused(connection: Connection, statement: str, number: int = KEY) -> None:
    """See that a statement is refused by the guard, or because the role may not."""
    savepoint = connection.begin_nested()
    with pytest.raises(DBAPIError) as caught:
        connection.execute(text(statement), _given(statement, number))
    savepoint.rollback()
    fault: Any = caught.value
    is_denied = "permission denied" in str(fault.orig)
    assert is_denied or is_append_only_violation(fault), (statement, fault)


def _given(statement: str, number: int) -> dict[str, Any]:
    return {name: value for name, value in ({"number": number} | HASH).items() if f":{name}" in statement}


def test_an_erasure_lets_go_of_its_number_in_its_log(gate: Gate) -> None:
    fill(gate)
    with writing(gate) as session:
        id = begun(session, gate)
        for statement in LET_GO:
            done: Any = session.execute(text(statement), _given(statement, KEY))
            assert done.rowcount >= 1, statement
        close_erasure(session, entry_id=id)
        session.commit()


def test_an_erasure_changes_nothing_else(gate: Gate) -> None:
    fill(gate)
    with writing(gate) as session:
        begun(session, gate)
        for statement in REFUSED:
            refused(session.connection(), statement)


def test_without_an_erasure_nothing_is_let_go(gate: Gate) -> None:
    fill(gate)
    with writing(gate) as session:
        for statement in LET_GO:
            refused(session.connection(), statement)
        id = begun(session, gate)
        close_erasure(session, entry_id=id)
        for statement in LET_GO:
            refused(session.connection(), statement)


def test_an_erasure_opens_one_number_of_one_log(gate: Gate) -> None:
    fill(gate)
    bank = gate.controller("bank")
    with writing(gate) as session:
        begun(session, gate, number=OTHER_KEY)
        begun(session, gate, controller_id=bank)
        begun(session, gate, controller_id=None)
        for statement in LET_GO[:6]:
            refused(session.connection(), statement)
        to_all = "UPDATE objections_to_all SET number = NULL, ref = NULL, number_hash = :hash, hash_key = :key "
        refused(session.connection(), to_all + "WHERE number = :number", OTHER_KEY)


def test_an_open_erasure_cannot_be_committed(gate: Gate) -> None:
    fill(gate)
    with writing(gate) as session:
        begun(session, gate)
        with pytest.raises(IntegrityError):
            session.commit()
    with writing(gate) as session:
        assert session.execute(text("SELECT count(*) FROM erasures WHERE open IS NOT NULL")).scalar_one() == 0


NOT_ITS_OWN = (
    ("SELECT id FROM entries WHERE kind = 'check' LIMIT 1", "1"),
    ("SELECT entry_id FROM erasures LIMIT 1", "1"),
    ("SELECT id FROM erasure_proposals WHERE state = 'proposed'", "NULL"),
    ("SELECT id FROM erasure_proposals WHERE state = 'proposed'", "7"),
)
"""An entry, and the log it shall be of, by which no erasure begins."""


def test_an_erasure_begins_with_a_new_entry_of_its_own_log_and_once(gate: Gate) -> None:
    fill(gate)
    begin = "INSERT INTO erasures (entry_id, controller_id, at, number, open) "
    for which, owner in NOT_ITS_OWN:
        row = f"SELECT id, {owner}, at, 1, 'open' FROM entries WHERE id = ({which})"  # noqa: S608
        with writing(gate) as session, pytest.raises(DBAPIError):
            session.execute(text(begin + row))


def test_an_entry_that_stands_in_the_tree_begins_no_erasure(gate: Gate) -> None:
    fill(gate)
    with writing(gate) as session:
        id, _ = record_act(session, kind=LeafKind.ERASURE, controller_id=1, actor=operator("x"), now=gate.now, body={})
        session.execute(delete(pending).where(pending.c.entry_id == id))
        with pytest.raises(DBAPIError, match="append-only"):
            open_erasure(session, entry_id=id, controller_id=1, number=KEY, now=gate.now)


def test_a_foreign_client_of_the_file_is_refused_as_well(gate: Gate, database_url: str) -> None:
    fill(gate)
    if not gate.context.is_sqlite:
        return
    gate.context.engine.dispose()
    with sqlite3.connect(database_url.removeprefix("sqlite:///")) as other:
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            other.execute("INSERT INTO erasures (entry_id, at, number, open) SELECT id, at, 1, 'open' FROM entries")
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            other.execute("DELETE FROM openings")
    other.close()
