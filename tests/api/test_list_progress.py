"""While a list is checked: how fast it goes, how it is cancelled, and whether its bytes were seen before."""

from datetime import timedelta
from typing import Any

import pytest

from app.domain.access import Role
from app.jobs.worker import Worker
from tests.call_lists import csv_of, list_acts, received, result, scrubbed, shown
from tests.gate import Gate

LONG = csv_of([[f"+4206011{n:05}", "x"] for n in range(45_000)])
SHORT = csv_of([["+420601100001", "x"]])


def test_the_rate_and_the_time_left_are_told_while_a_list_is_checked(energo: Gate) -> None:
    id = received(energo, LONG)
    seen: list[dict[str, Any]] = []

    def look(done: int, total: int) -> None:
        energo.now += timedelta(seconds=10)
        seen.append(shown(energo, id))

    assert shown(energo, id)["rate"] is None
    Worker(energo.context).work_once(told=look)
    first, second = seen[0], seen[1]
    assert (first["rows_done"], first["rate"]) == (19_999, pytest.approx(1999.9))
    assert first["seconds_left"] == pytest.approx(12.5, abs=1)
    assert (second["rate"], second["seconds_left"]) == (pytest.approx(1999.9, abs=1), pytest.approx(2.5, abs=1))
    assert (shown(energo, id)["rate"], shown(energo, id)["seconds_left"]) == (None, None)


def test_a_list_is_cancelled_in_the_middle_and_can_be_scrubbed_again(energo: Gate) -> None:
    id = received(energo, LONG)

    def cancel(done: int, total: int) -> None:
        answer = energo.call("POST", f"/v1/lists/{id}/cancel")
        assert (answer.status, answer.json["state"]) == (200, "cancelled")

    assert Worker(energo.context).work_once(told=cancel)
    found = shown(energo, id)
    assert (found["state"], found["rows_done"], found["fault"]) == ("cancelled", 19_999, None)
    assert energo.get(f"/v1/lists/{id}/file").json["code"] == "list_not_ready"
    assert not Worker(energo.context).work_once(), "the job is done with"
    assert [path.name for path in (energo.context.data_dir / "lists" / id).iterdir()] == ["source"]
    (act,) = list_acts(energo, id, "cancelled")
    assert act["run"] == 1
    assert energo.call("POST", f"/v1/lists/{id}/scrub").status == 202
    energo.work()
    assert shown(energo, id)["totals"]["rows"] == 45_000


def test_a_list_is_cancelled_before_anybody_begins(energo: Gate) -> None:
    id = received(energo, SHORT)
    assert energo.call("POST", f"/v1/lists/{id}/cancel").status == 200
    energo.work()
    assert shown(energo, id)["state"] == "cancelled"


def test_what_has_ended_cannot_be_cancelled(energo: Gate) -> None:
    id = scrubbed(energo, SHORT)
    answer = energo.call("POST", f"/v1/lists/{id}/cancel")
    assert (answer.status, answer.json["code"]) == (409, "list_not_in_work")
    assert len(result(energo, id)) == 1


def test_nobody_cancels_a_list_of_another_controller(energo: Gate) -> None:
    energo.controller("bank")
    id = received(energo, SHORT)
    other = energo.key(Role.MANAGER, controllers=[2])
    answer = energo.call("POST", f"/v1/lists/{id}/cancel", key=other)
    assert (answer.status, answer.json["code"]) == (404, "unknown_list")
    assert energo.call("POST", f"/v1/lists/{id}/cancel", key="dialer").status == 403
    assert shown(energo, id)["state"] == "received"


def test_the_same_bytes_for_the_same_campaign_are_recognised(energo: Gate) -> None:
    energo.campaign("spring", house_caps=False)
    first = scrubbed(energo, SHORT)
    assert shown(energo, first)["same_as"] is None
    again = received(energo, SHORT)
    assert shown(energo, again)["same_as"] == first
    assert shown(energo, received(energo, SHORT, campaign="spring"))["same_as"] is None
    assert shown(energo, received(energo, SHORT + b"\r\n"))["same_as"] is None
    assert energo.call("POST", f"/v1/lists/{again}/cancel").status == 200
    assert shown(energo, received(energo, SHORT))["same_as"] == first
    listed = {one["id"]: one["same_as"] for one in energo.get("/v1/lists").json["items"]}
    assert listed[again] == first
