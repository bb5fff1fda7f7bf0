"""Send and return: what a register is sent, and the answer that says who of these may be called."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from app.domain.access import Role
from app.jobs.worker import Worker
from tests.api.exported import leaves
from tests.call_lists import csv_of, scrubbed
from tests.gate import Gate, Reply
from tests.registers import added, imported, sent, status_of

ROMA, MILANO, PRAHA = "+390612345678", "+393401234567", "+420601123456"
NONE = "01a1ee19-5500-7000-8934-5dc7859c5344"


def rpo(gate: Gate, slug: str = "rpo") -> None:
    added(gate, slug, format="it-rpo", region=None, coverage="asked", max_age_days=15)


def listed(gate: Gate, *numbers: str) -> str:
    id: str = scrubbed(gate, csv_of([[number, "x"] for number in numbers]))
    return id


def submitted(gate: Gate, list_id: str) -> Any:
    return gate.post("/v1/registers/rpo/submissions", {"list": list_id})


def test_the_numbers_of_the_country_are_sent_and_who_does_not_come_back_is_listed(energo: Gate) -> None:
    rpo(energo)
    answer = submitted(energo, listed(energo, ROMA, PRAHA, MILANO, ROMA))
    assert (answer.status, answer.json["count"]) == (201, 2)
    file = energo.get(f"/v1/registers/rpo/submissions/{answer.json['id']}")
    assert file.text == f"{ROMA}\n{MILANO}\n"
    snapshot = imported(energo, b"3401234567\n", "rpo", submission=answer.json["id"])
    assert (snapshot["count"], snapshot["state"]) == (2, "standing")
    said = [status_of(energo, int(number[1:]), "rpo", controller=1) for number in (ROMA, MILANO, PRAHA)]
    assert said == ["listed", "unlisted", "unasked"]
    energo.integrate()
    told = [leaf for leaf in leaves(energo, "register") if leaf["act"] in ("submitted", "imported")]
    assert [leaf["submission"] for leaf in told] == [answer.json["id"]] * 2
    assert told[0]["count"] == 2
    assert "612345678" not in str(told)
    (lookup,) = [leaf for leaf in leaves(energo, "lookup") if leaf["act"] == "list_downloaded"]
    assert (lookup["rows"], lookup["found"]) == ("submission", 2)


@pytest.mark.parametrize(("days", "count"), [(15, 2), (14, 1)])
def test_only_what_has_no_answer_that_is_young_enough_is_sent_again(energo: Gate, days: int, count: int) -> None:
    rpo(energo)
    first = submitted(energo, listed(energo, ROMA)).json
    imported(energo, f"{ROMA}\n".encode(), "rpo", submission=first["id"], as_of=energo.now - timedelta(days=days))
    again = submitted(energo, listed(energo, ROMA, MILANO))
    assert again.json["count"] == count


def test_nothing_to_ask_is_told(energo: Gate) -> None:
    rpo(energo)
    foreign = submitted(energo, listed(energo, PRAHA))
    assert (foreign.status, foreign.json["code"]) == (409, "nothing_to_submit")
    assert not list((energo.context.data_dir / "registers").rglob("*.numbers"))


def test_an_answer_to_what_was_not_asked_is_refused(energo: Gate) -> None:
    rpo(energo)
    made = submitted(energo, listed(energo, ROMA)).json["id"]
    wrong = sent(energo, f"{ROMA}\n{MILANO}\n".encode(), "rpo", submission=made)
    assert wrong.json["errors"] == [{"pointer": "/lines/2", "code": "not_submitted"}]
    assert status_of(energo, int(ROMA[1:]), "rpo") is None
    without = sent(energo, f"{ROMA}\n".encode(), "rpo")
    assert (without.status, without.json["code"]) == (422, "no_submission")
    unknown = sent(energo, f"{ROMA}\n".encode(), "rpo", submission=NONE)
    assert (unknown.status, unknown.json["code"]) == (404, "unknown_submission")
    rpo(energo, "rpo2")
    other = sent(energo, f"{ROMA}\n".encode(), "rpo2", submission=made)
    assert other.json["code"] == "unknown_submission"


def test_submissions_are_for_registers_that_are_asked_and_keys_that_reach_all(energo: Gate) -> None:
    rpo(energo)
    added(energo, "full")
    ready = listed(energo, ROMA)
    full = energo.post("/v1/registers/full/submissions", {"list": ready})
    assert (full.status, full.json["code"]) == (409, "register_not_asked")
    assert submitted(energo, NONE).json["code"] == "unknown_list"
    assert energo.get(f"/v1/registers/rpo/submissions/{NONE}").json["code"] == "unknown_submission"
    named = energo.key(Role.COMPLIANCE, controllers=[1])
    refused = energo.post("/v1/registers/rpo/submissions", {"list": ready}, key=named)
    assert refused.json["code"] == "needs_all_controllers"
    made = submitted(energo, ready).json["id"]
    assert energo.get(f"/v1/registers/rpo/submissions/{made}", key=named).json["code"] == "needs_all_controllers"


def test_the_numbers_of_an_old_submission_are_forgotten(energo: Gate) -> None:
    rpo(energo)
    made = submitted(energo, listed(energo, ROMA)).json["id"]
    worker = Worker(energo.context)
    energo.now += timedelta(days=60)
    worker.tidy()
    gone = energo.get(f"/v1/registers/rpo/submissions/{made}")
    assert (gone.status, gone.json["code"]) == (503, "bad_register_file")


def test_two_repeats_at_once_make_one_submission_and_one_import(energo: Gate) -> None:
    rpo(energo)
    body = {"list": listed(energo, ROMA, MILANO)}
    made = twice(lambda: energo.post("/v1/registers/rpo/submissions", body, headers={"Idempotency-Key": "monday"}))
    assert len(list((energo.context.data_dir / "registers").rglob("*.numbers"))) == 1
    path = "/v1/registers/rpo/snapshots?as_of=2026-11-18T09:00:00Z&source=a&submission=" + made["id"]
    head = {"Content-Type": "application/octet-stream", "Idempotency-Key": "tuesday"}
    snapshot = twice(lambda: energo.call("POST", path, data=f"{ROMA}\n".encode(), headers=head))
    assert [one["id"] for one in energo.get("/v1/registers/rpo/snapshots").json["items"]] == [snapshot["id"]]
    assert len(list((energo.context.data_dir / "registers").rglob("*.numbers"))) == 2
    energo.integrate()
    acts = [leaf["act"] for leaf in leaves(energo, "register")]
    assert sorted(acts) == ["activated", "imported", "registered", "submitted"]


def twice(send: Callable[[], Reply]) -> Any:
    """Send the same at once from two threads and then again; give the one answer."""
    with ThreadPoolExecutor(2) as pool:
        replies = [one.result() for one in [pool.submit(send) for _ in range(2)]]
    again = send()
    assert {reply.status for reply in replies} <= {201, 409}, [reply.text for reply in replies]
    assert {reply.json["id"] for reply in replies if reply.status == 201} == {again.json["id"]}
    return again.json
