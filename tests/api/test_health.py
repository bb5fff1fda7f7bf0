"""Whether the process lives, and whether it may decide."""

from pathlib import Path

from sqlalchemy import text

from app.db.engine import WRITES
from tests.databases import sqlite_copy
from tests.gate import Gate, make_gate


def test_a_live_process_says_so_without_a_key(gate: Gate) -> None:
    answer = gate.get("/healthz", key=None)
    assert (answer.status, answer.json) == (200, {"status": "alive"})


def test_a_ready_gate_names_the_ruleset_in_force(energo: Gate) -> None:
    answer = energo.get("/readyz", key=None)
    assert answer.json == {"status": "ready", "ruleset": energo.check("+420601123456")["policy"]["digest"]}


def test_a_database_of_another_version_is_not_ready(sqlite_empty: Path, tmp_path: Path) -> None:
    gate = make_gate(sqlite_copy(sqlite_empty, tmp_path), tmp_path)
    with gate.context.engine.execution_options(**{WRITES: True}).begin() as connection:
        newest = connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one()
        connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    answer = gate.get("/readyz", key=None)
    assert (answer.status, answer.json["code"]) == (503, "not_ready")
    with gate.context.engine.execution_options(**{WRITES: True}).begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :newest"), {"newest": newest})
    assert gate.get("/readyz", key=None).status == 200
    gate.context.engine.dispose()


def test_the_counters_are_shown_to_this_machine_only_and_name_nobody(energo: Gate) -> None:
    energo.check("+420601123456")
    answer = energo.get("/metrics", key=None)
    assert answer.status == 200
    assert "dialgate_decisions_total" in answer.text
    assert 'route="/v1/checks"' in answer.text
    assert "601123456" not in answer.text
    assert "energo" not in answer.text
    assert energo.get("/metrics", key=None, environ_base={"REMOTE_ADDR": "10.0.0.9"}).status == 404
    assert energo.get("/metrics", key=None, headers={"X-Forwarded-For": "127.0.0.1"}).status == 404
