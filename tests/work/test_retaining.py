"""Retention and erasure at their edges: a no outlives its records, and nothing that fails stops the rest."""

from datetime import timedelta
from pathlib import Path

import pytest

from app.jobs.worker import Worker
from app.services.erasure_journal import append_erasure, read_journal
from app.services.uploads import UPLOADS_KEPT
from app.work.retaining import retain
from tests.caps import called
from tests.gate import Gate
from tests.persons import erased, proposed, traces_in_rows
from tests.relationships import related

NUMBER = "+420601123456"
FILE = f"""number,action,purposes,voice_modes,product_categories,origin,obtained_at,evidence_sha256
{NUMBER},given,marketing,live,energy,paper,2026-11-01T10:00:00Z,{"ab" * 32}
""".encode()
IMPORT = "/v1/consents/import?controller=energo&filename=a.csv"
LINE = {"id": "1", "log": "a", "act": "erased", "number_hash": "00", "hash_key": "b", "since": None}
AT = {"at": "2026-11-18T10:00:00.000000Z"}


def test_a_withdrawal_outlives_its_retention_and_an_old_file_brings_nobody_back(energo: Gate) -> None:
    assert energo.upload(IMPORT, FILE).json["totals"]["imported"] == 1
    assert energo.check(NUMBER)["decision"] == "allow"
    energo.now += timedelta(minutes=1)
    energo.withdraw(NUMBER)
    assert energo.check(NUMBER)["primary_reason"] == "consent_withdrawn"
    switched = energo.app.test_cli_runner().invoke(
        args=["persons", "retention", "--controller", "energo", "--on"], catch_exceptions=False
    )
    assert switched.exit_code == 0, switched.output
    energo.now += timedelta(days=5 * 366 + 10)
    assert retain(energo.context) == 1
    energo.work()
    assert traces_in_rows(energo, ["601123456"]) == []
    energo.upload(IMPORT, FILE)
    answer = energo.check(NUMBER)
    assert answer["decision"] == "deny", "the no was said, and never taken back"


def test_a_no_on_an_erased_decision_is_not_taken_for_done(energo: Gate) -> None:
    energo.consent(NUMBER)
    id = energo.check(NUMBER)["decision_id"]
    erased(energo, NUMBER)
    report = {"attempted_at": energo.now.isoformat(), "result": "answered", "opt_out": True}
    answer = energo.post(f"/v1/decisions/{id}/outcome", report, key="dialer")
    assert (answer.status, answer.json["code"]) == (409, "number_erased")


def test_the_reference_of_a_proposal_goes_with_the_person(energo: Gate) -> None:
    energo.consent(NUMBER)
    erased(energo, NUMBER, ref="Jana CRM-77")
    energo.work()
    assert traces_in_rows(energo, ["CRM-77", "601123456"]) == []


def test_a_torn_line_of_the_journal_takes_no_other_with_it(tmp_path: Path) -> None:
    path = tmp_path / "erasures.jsonl"
    append_erasure([path], LINE | AT)
    path.write_bytes(path.read_bytes() + b'{"id": "2", "lo')
    append_erasure([path], LINE | AT | {"id": "3"})
    assert [line.id for line in read_journal([path])] == ["1", "3"]


def test_a_login_is_the_systems_and_not_what_the_environment_says(
    energo: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = energo.app.test_cli_runner().invoke
    made = run(args=["persons", "erase", NUMBER, "--controller", "energo"], env={"LOGNAME": "dana"})
    assert made.exit_code == 0, made.output
    id = made.output.split('"id": "')[1].split('"')[0]
    again = run(args=["persons", "approve", id], env={"LOGNAME": "eva", "USER": "eva"})
    assert again.exit_code == 1
    assert "needs_second_person" in again.output


def test_what_tidying_cannot_do_stops_no_job_and_left_uploads_go(energo: Gate, tmp_path: Path) -> None:
    left = tmp_path / "uploads" / "0123"
    left.parent.mkdir(exist_ok=True)
    left.write_bytes(FILE)
    worker = Worker(energo.context)
    energo.now += timedelta(days=3650) + UPLOADS_KEPT
    worker.tidy()
    assert not left.exists()
    proposed(energo, NUMBER)
    assert not worker.work_once(), "nothing waits, and nothing failed"


def test_a_contract_in_force_is_kept_and_one_that_ended_leaves_a_block(energo: Gate) -> None:
    start = (energo.now - timedelta(days=30)).isoformat()
    related(energo, NUMBER, kind="contract", ref="c-1", since=start)
    switched = energo.app.test_cli_runner().invoke(args=["persons", "retention", "--controller", "energo", "--on"])
    assert switched.exit_code == 0, switched.output
    energo.check(NUMBER)
    energo.now += timedelta(days=6 * 366)
    assert retain(energo.context) == 0, "it is in force"
    assert related(energo, NUMBER, kind="contract", ref="c-1", since=start, until=energo.now.isoformat()).status == 201
    energo.now += timedelta(days=4 * 366)
    assert retain(energo.context) == 0, "its end is four years ago"
    energo.now += timedelta(days=2 * 366)
    assert retain(energo.context) == 1
    energo.work()
    assert traces_in_rows(energo, ["601123456"]) == []
    row = f"number,kind,product_categories,since,ref\n{NUMBER},contract,energy,{start},c-1\n".encode()
    again = energo.upload("/v1/relationships/import?controller=energo&filename=a.csv", row)
    assert again.json["totals"]["imported"] == 0, "an old file does not bring an ended contract back"


def test_that_somebody_else_answered_outlives_its_retention(energo: Gate) -> None:
    switched = energo.app.test_cli_runner().invoke(args=["persons", "retention", "--controller", "energo", "--on"])
    assert switched.exit_code == 0, switched.output
    energo.consent(NUMBER, expires_at=(energo.now + timedelta(days=30)).isoformat())
    called(energo, NUMBER, "wrong_party")
    assert energo.check(NUMBER)["primary_reason"] == "number_reassigned"
    energo.now += timedelta(days=12 * 366)
    assert retain(energo.context) == 1
    energo.work()
    row = f"number,action,purposes,voice_modes,product_categories,origin,obtained_at,evidence_sha256\n{NUMBER},given"
    row += f",marketing,live,energy,paper,2026-11-01T10:00:00Z,{'ab' * 32}\n"
    energo.upload("/v1/consents/import?controller=energo&filename=a.csv", row.encode())
    assert energo.check(NUMBER)["decision"] == "deny", "an old file does not call up whoever has the number now"
