"""The second wall: row-level security on PostgreSQL."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.orm import Session

from app.db.campaigns import CAMPAIGNS, SLUGS, campaigns_by_id, campaigns_of
from app.db.gathering import Gathering
from app.db.log import LOGS
from app.db.reach import set_reach
from app.db.rulesets import NEWEST
from app.db.tables import APPEND_ONLY, CHANGING
from tests.databases import SERVICE_ROLE, Template
from tests.db.records import fill
from tests.gate import Gate, make_gate
from tests.registers import added, imported

WALLED = (
    "artefacts",
    "artefact_removals",
    "campaigns",
    "consent_events",
    "registrations",
    "relationships",
    "suppressions",
    "imports",
    "decisions",
    "reservations",
    "outcomes",
    "entries",
    "openings",
    "lists",
    "erasures",
    "erasure_proposals",
    "file_erasures",
    "retention_settings",
    "suppression_lifts",
    "lift_proposals",
    "register_snapshots",
    "register_activations",
)


@pytest.fixture
def gate(postgres_empty: Template, tmp_path: Any) -> Iterator[Gate]:
    """Give a gate with two controllers: `energo` (1), with rows everywhere, and `bank` (2), with a campaign."""
    with postgres_empty.copy() as url:
        gate = make_gate(url, tmp_path)
        fill(gate)
        gate.controller("bank")
        gate.campaign("spring", "bank")
        gate.upload("/v1/lists?campaign=winter&filename=a.csv", b"phone\n+420601123456\n")
        yield gate
        gate.context.engine.dispose()


def seen(connection: Connection) -> dict[str, set[int | None]]:
    """Give whose rows are seen in each table."""
    return {
        table: set(connection.execute(text(f"SELECT controller_id FROM {table}")).scalars())  # noqa: S608
        for table in WALLED
    }


def test_every_table_of_a_controller_is_walled_off(gate: Gate) -> None:
    with gate.context.engine.connect() as connection:
        query = "SELECT relname FROM pg_class WHERE relrowsecurity AND relforcerowsecurity"
        walled = set(connection.execute(text(query)).scalars())
    assert walled == set(WALLED)
    owned = {table.name for table in (*APPEND_ONLY, *CHANGING) if "controller_id" in table.c}
    assert owned - walled == {"logs"}, "which holds random ids alone"


def test_a_transaction_sees_the_rows_within_its_reach_alone(gate: Gate) -> None:
    with Session(gate.context.engine) as session:
        set_reach(session, controller_ids=None)
        everything = seen(session.connection())
        assert all(1 in owners for owners in everything.values()), everything
        set_reach(session, controller_ids=[1])
        assert all(owners == {1} for owners in seen(session.connection()).values())
        set_reach(session, controller_ids=[2])
        others = seen(session.connection())
        assert {owner for owners in others.values() for owner in owners} == {2}
        set_reach(session, controller_ids=[])
        assert not any(seen(session.connection()).values())


def test_without_a_reach_nothing_is_seen_not_even_after_others_had_one(gate: Gate) -> None:
    for _ in range(3):
        with Session(gate.context.engine) as session:
            assert not any(seen(session.connection()).values())
            set_reach(session, controller_ids=None)
            assert seen(session.connection())["decisions"] == {1}
            session.commit()
            assert not any(seen(session.connection()).values()), "the reach ends with its transaction"


def test_the_callers_own_registrations_are_seen_within_every_reach_and_written_within_none(gate: Gate) -> None:
    caller = {"authority": "acs", "holder": "caller", "name": "7", "valid_from": "2026-01-01"}
    assert gate.post("/v1/registrations", caller).status == 201
    query = text("SELECT controller_id FROM registrations")
    for reach, owners in (([2], {None}), ([1], {None, 1}), (None, {None, 1}), ([], set())):
        with Session(gate.context.engine) as session:
            set_reach(session, controller_ids=reach)
            assert set(session.execute(query).scalars()) == owners
    copied = "INSERT INTO registrations SELECT gen_random_uuid(), NULL, authority, name, valid_from, valid_to, "
    copied += "recorded_at, NULL FROM registrations"
    with Session(gate.context.engine) as session:
        set_reach(session, controller_ids=[1])
        with pytest.raises(ProgrammingError, match="row-level security"):
            session.execute(text(copied))


def test_what_registers_answer_everybody_is_seen_within_every_reach_and_written_within_none(gate: Gate) -> None:
    added(gate, "shared")
    imported(gate, b"601123456\n", "shared")
    columns = {
        "register_snapshots": "register, source, file_name, as_of, sha256, count, skipped, duplicates, needs_approval, "
        "imported_by, imported_at, leaf_hash",
        "register_activations": "snapshot_id, register, as_of, since, activated_by, activated_at",
    }
    for table, names in columns.items():
        for reach, owners in (([2], {None}), ([1], {None, 1}), (None, {None, 1}), ([], set())):
            with Session(gate.context.engine) as session:
                set_reach(session, controller_ids=reach)
                found = session.execute(text(f"SELECT controller_id FROM {table}"))  # noqa: S608
                assert set(found.scalars()) == owners
        copied = f"INSERT INTO {table} (id, {names}) SELECT gen_random_uuid(), {names} FROM {table}"  # noqa: S608
        with Session(gate.context.engine) as session:
            set_reach(session, controller_ids=[1])
            with pytest.raises(ProgrammingError, match="row-level security"):
                session.execute(text(copied))


def test_a_row_of_another_controller_cannot_be_written(gate: Gate) -> None:
    row = {"id": "01a1ee19-5500-7000-8934-5dc7859c5344", "at": datetime(2026, 11, 18, tzinfo=UTC)}
    statement = (
        "INSERT INTO campaigns (id, controller_id, slug, name, call_class, voice_mode, product_category, region, "
        "profile, house_hours, created_at) VALUES (:id, :owner, 'x', 'x', 'marketing', 'live', 'energy', 'CZ', "
        "'strict', true, :at)"
    )
    for reach in ([2], [], None):
        with Session(gate.context.engine) as session:
            if reach is not None:
                set_reach(session, controller_ids=reach)
            with pytest.raises(ProgrammingError, match="row-level security"):
                session.execute(text(statement), row | {"owner": 1})
    with Session(gate.context.engine) as session:
        set_reach(session, controller_ids=[1])
        session.execute(text(statement), row | {"owner": 1})


def test_the_service_is_neither_owner_nor_superuser(gate: Gate) -> None:
    with gate.context.engine.connect() as connection:
        who = connection.execute(text("SELECT current_user")).scalar_one()
        assert who == SERVICE_ROLE
        query = "SELECT rolsuper, rolbypassrls, rolcreaterole, rolcreatedb FROM pg_roles WHERE rolname = current_user"
        assert tuple(connection.execute(text(query)).one()) == (False,) * 4
        owners = set(connection.execute(text("SELECT tableowner FROM pg_tables WHERE schemaname = 'public'")).scalars())
        assert who not in owners
        assert inspect(gate.context.engine).get_table_names()
        with pytest.raises(ProgrammingError):
            connection.execute(text("ALTER TABLE decisions DISABLE ROW LEVEL SECURITY"))


def test_names_are_looked_for_beyond_the_reach_of_a_group_and_nothing_else_is(gate: Gate) -> None:
    with gate.context.reading() as reading:
        every = campaigns_of(reading.session, controller_ids=None)
    with gate.context.transaction(reach={1}) as tx:
        asked: dict[str, Any] = {"key_ids": set(), "now": tx.now, "known": NEWEST}
        asked["campaign_ids"] = {one.id for one in every}
        Gathering(CAMPAIGNS, LOGS, beyond=SLUGS).ask(tx.session, reach={1}, slugs={"winter", "spring"}, **asked)
        assert {one["slug"] for one in SLUGS.rows(tx.session, slugs={"winter", "spring"})} == {"winter", "spring"}
        assert set(campaigns_by_id(tx.session, ids=asked["campaign_ids"])) == {
            e.id for e in every if e.slug == "winter"
        }
        (setting,) = tx.session.execute(text("SELECT current_setting('dialgate.controllers')")).scalars()
    assert setting == "1"
