"""Call lists through the door: taken in, watched, scrubbed, scrubbed again, and on record."""

import hashlib
from datetime import datetime, timedelta
from typing import Any

import pytest

from app.domain.access import Role
from app.domain.ruleset import reread_ruleset
from app.jobs.worker import Worker
from app.policies.load import shipped
from tests.call_lists import (
    csv_of,
    file_of,
    list_acts,
    received,
    reconciles,
    result,
    scrubbed,
    shown,
    upload,
)
from tests.gate import Gate
from tests.rulesets import scheduled

YES, NO = "+420601123456", "+420601123457"
ROWS = [[YES, "Jana"], [NO, "Petr"], ["nic", "Eva"], ["601 123 456", "Jana znovu"], ["", "bez čísla"]]
HOUR = timedelta(hours=1)


def asked(energo: Gate) -> str:
    """Give a ready list: one allowed, one denied, two invalid, one duplicate."""
    energo.consent(YES)
    return scrubbed(energo, csv_of(ROWS), filename="leden.csv")


def test_an_upload_is_answered_at_once_and_scrubbed_later(energo: Gate) -> None:
    answer = upload(energo, csv_of(ROWS), filename="leden.csv", key="manager")
    assert answer.status == 202
    taken = answer.json
    assert (taken["state"], taken["progress"], taken["rows_done"], taken["totals"]) == ("received", 0.0, 0, {})
    assert (taken["campaign"], taken["controller"]) == ("winter", "energo")
    assert taken["file"]["name"] == "leden.csv"
    assert taken["file"]["sha256"] == hashlib.sha256(csv_of(ROWS)).hexdigest()
    assert taken["file"]["bytes"] == len(csv_of(ROWS))
    assert taken["valid_until"] is None
    energo.work()
    assert shown(energo, taken["id"])["state"] == "ready"


def test_a_ready_list_says_what_became_of_every_row_and_why(energo: Gate) -> None:
    answer = shown(energo, asked(energo))
    assert answer["totals"] == {"rows": 5, "allow": 1, "deny": 1, "defer": 0, "invalid": 2, "duplicate": 1}
    assert reconciles(answer["totals"])
    assert answer["reasons"] == {"no_consent": 1, "not_a_number": 1, "duplicate": 1, "blank": 1}
    assert (answer["progress"], answer["rows_done"], answer["fault"]) == (1.0, 5, None)
    assert answer["checked_at"] == "2026-11-18T10:00:00.000Z"
    assert answer["valid_until"] == "2026-11-19T10:00:00.000Z"
    found = answer["file"]
    assert (found["encoding"], found["delimiter"], found["column"]) == ("utf-8", ";", "Telefon")


def test_progress_is_told_while_a_list_is_checked(energo: Gate) -> None:
    id = received(energo, csv_of([[f"+4206011{n:05}", "x"] for n in range(45_000)]))
    seen: list[tuple[str, int, float]] = []

    def look(done: int, total: int) -> None:
        answer = shown(energo, id)
        seen.append((answer["state"], answer["rows_done"], answer["progress"]))
        assert energo.get(f"/v1/lists/{id}/file").json["code"] == "list_not_ready"

    Worker(energo.context).work_once(told=look)
    assert [(state, done) for state, done, _ in seen[:3]] == [("checking", n) for n in (19_999, 39_999, 45_000)]
    for _, done, progress in seen:
        assert progress == pytest.approx(done / 45_000, abs=0.01)


def test_a_list_that_is_not_ready_hands_out_nothing(energo: Gate) -> None:
    id = received(energo, csv_of(ROWS))
    for path in ("file", "rows"):
        answer = energo.get(f"/v1/lists/{id}/{path}")
        assert (answer.status, answer.json["code"]) == (409, "list_not_ready")
    answer = energo.call("POST", f"/v1/lists/{id}/scrub")
    assert (answer.status, answer.json["code"]) == (409, "list_not_ready")


def test_the_report_of_a_scrub_ends_after_a_day_and_the_list_can_be_scrubbed_again(energo: Gate) -> None:
    id = asked(energo)
    ends = datetime.fromisoformat(shown(energo, id)["valid_until"])
    energo.now = ends - timedelta(microseconds=1)
    assert energo.get(f"/v1/lists/{id}/file").status == 200
    energo.now = ends
    for path in ("file", "rows"):
        answer = energo.get(f"/v1/lists/{id}/{path}")
        assert (answer.status, answer.json["code"]) == (409, "list_stale")
    energo.consent(NO)
    again = energo.call("POST", f"/v1/lists/{id}/scrub")
    assert (again.status, again.json["state"], again.json["totals"]) == (202, "received", {})
    energo.work()
    assert shown(energo, id)["totals"]["allow"] == 2
    assert [row["number"] for row in result(energo, id, "allow")] == [YES, NO]
    assert [act["run"] for act in list_acts(energo, id, "scrubbed")] == [1, 2]


def test_a_report_made_under_other_rules_is_stale(energo: Gate) -> None:
    id = asked(energo)
    content: Any = shipped().content
    rules = [rule for rule in content["rules"] if rule["id"] != "eu-ai-disclosure"]
    other = reread_ruleset({**content, "rules": rules})
    scheduled(energo, other, energo.now)
    answer = energo.get(f"/v1/lists/{id}/file")
    assert (answer.status, answer.json["code"]) == (409, "list_stale")
    assert energo.call("POST", f"/v1/lists/{id}/scrub").status == 202
    energo.work()
    assert len(result(energo, id, "allow")) == 1


def test_the_log_holds_the_digest_of_the_file_as_it_was_scrubbed(energo: Gate) -> None:
    id = asked(energo)
    whole = file_of(energo, id)
    energo.withdraw(YES)
    assert file_of(energo, id) != whole
    (act,) = list_acts(energo, id, "scrubbed")
    assert act["result"] == hashlib.sha256(whole).hexdigest()
    assert act["file"] == hashlib.sha256(csv_of(ROWS)).hexdigest()
    assert act["totals"] == shown(energo, id)["totals"]
    assert act["ruleset"] == shipped().digest


def test_another_controllers_list_is_not_there(energo: Gate) -> None:
    id = asked(energo)
    other = energo.key(Role.MANAGER, controllers=[energo.controller("banka")])
    for method, path in (("GET", ""), ("GET", "/rows"), ("GET", "/file"), ("POST", "/scrub")):
        answer = energo.call(method, f"/v1/lists/{id}{path}", key=other)
        assert (answer.status, answer.json["code"]) == (404, "unknown_list")
    assert energo.get("/v1/lists", key=other).json == {"items": [], "next": None}
    answer = upload(energo, csv_of(ROWS), key=other)
    assert (answer.status, answer.json["code"]) == (404, "unknown_campaign")


def test_lists_are_shown_newest_first_page_by_page(energo: Gate) -> None:
    ids = []
    for _ in range(3):
        ids.append(received(energo, csv_of(ROWS)))
        energo.now += HOUR
    first = energo.get("/v1/lists?limit=2").json
    assert [one["id"] for one in first["items"]] == [ids[2], ids[1]]
    second = energo.get(f"/v1/lists?limit=2&cursor={first['next']}").json
    assert [one["id"] for one in second["items"]] == [ids[0]]
    assert second["next"] is None


@pytest.mark.parametrize(("role", "status"), [("dialer", 403), ("auditor", 403), ("compliance", 403), (None, 401)])
def test_only_who_may_write_lists_uploads_one(energo: Gate, role: str | None, status: int) -> None:
    answer = energo.call("POST", "/v1/lists?campaign=winter", key=role, data=csv_of(ROWS))
    assert answer.status == status


def test_an_upload_repeated_with_its_key_gives_the_same_list_and_keeps_one_file(energo: Gate) -> None:
    headers = {"Idempotency-Key": "leden", "Content-Type": "text/csv"}
    sent = [
        energo.call("POST", "/v1/lists?campaign=winter", headers=headers, data=data)
        for data in (csv_of(ROWS), csv_of(ROWS), csv_of(ROWS[:2]))
    ]
    assert [answer.status for answer in sent] == [202, 202, 422]
    assert sent[0].data == sent[1].data
    assert sent[2].json["code"] == "idempotency_key_reused"
    kept = [path.name for path in (energo.context.data_dir / "lists").iterdir()]
    assert kept == [sent[0].json["id"]]
    assert list((energo.context.data_dir / "uploads").iterdir()) == []


def test_one_instant_can_be_asked_for(energo: Gate) -> None:
    energo.consent(YES)
    night = scrubbed(energo, csv_of(ROWS), at="2026-11-18T22:00:00Z")
    answer = shown(energo, night)
    assert (answer["totals"]["defer"], answer["totals"]["allow"]) == (1, 0)
    (row,) = result(energo, night, "defer")
    assert row["not_before"] == "2026-11-19T07:00:00.000Z"
    assert row["primary_reason"] == "outside_hours"
    day = scrubbed(energo, csv_of(ROWS), at="2026-11-19T09:00:00Z")
    (row,) = result(energo, day, "allow")
    assert row["not_before"] == "2026-11-19T09:00:00.000Z"


@pytest.mark.parametrize("at", ["2026-11-18T09:59:59Z", "2027-11-20T10:00:00Z"])
def test_an_instant_that_no_check_takes_is_refused(energo: Gate, at: str) -> None:
    answer = upload(energo, csv_of(ROWS), at=at)
    assert (answer.status, answer.json["code"]) == (422, "bad_instant")
    assert not (energo.context.data_dir / "lists").exists()


def test_an_instant_that_has_passed_is_now(energo: Gate) -> None:
    energo.consent(YES)
    id = scrubbed(energo, csv_of(ROWS), at="2026-11-18T12:00:00Z")
    energo.now += timedelta(hours=12)  # 23:00 in Prague
    energo.consent(YES, ref="again")  # so that the row is decided anew
    assert result(energo, id, "allow") == []
    (row,) = result(energo, id, "defer")
    assert row["not_before"] == "2026-11-19T07:00:00.000Z"
    energo.call("POST", f"/v1/lists/{id}/scrub")
    energo.work()
    assert shown(energo, id)["totals"]["defer"] == 1
