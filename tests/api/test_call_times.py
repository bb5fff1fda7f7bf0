"""Hours to be called in, through the door and from a file: kept as they were said, and asked by the rules."""

from datetime import timedelta
from typing import Any

import pytest

from tests.api.exported import leaves
from tests.api.test_consents import NUMBER, append, history
from tests.builders import basis_table, guarded, window_table
from tests.gate import Gate
from tests.persons import erased, traces_in_rows
from tests.rulesets import approved_ruleset, proposed_ruleset

HEAD = "number,action,purposes,voice_modes,product_categories,origin,obtained_at,evidence_sha256,call_times"
ROW = f"{NUMBER},given,marketing,live,energy,paper,2026-11-01T10:00:00Z,{'ab' * 32},"


def lifting(gate: Gate) -> None:
    """Put hours in force that a consent which expressly names others opens."""
    weekly = {"mon": ["08:00-20:00"]}
    params = {"closed_on_holidays": True, "weekly": weekly, "lifted_by": "express_time_consent", "purpose": "marketing"}
    approved_ruleset(gate, proposed_ruleset(gate, guarded(basis_table(), window_table(params=params))))


def imported(gate: Gate, *cells: str) -> Any:
    data = "\n".join([HEAD, *(ROW + cell for cell in cells)]).encode()
    return gate.upload("/v1/consents/import?controller=energo&filename=a.csv", data).json


def test_hours_are_kept_answered_shown_and_on_record_as_they_were_said(energo: Gate) -> None:
    hours = {"sun": ["10:00-12:00", "14:00-24:00"], "sat": []}
    answer = append(energo, call_times=hours)
    assert answer.json["call_times"] == {"sun": ["10:00-12:00", "14:00-24:00"]}
    assert history(energo).json["events"][0]["call_times"] == answer.json["call_times"]
    (leaf,) = leaves(energo, "consent")
    assert leaf["call_times"] == answer.json["call_times"]
    append(energo)
    assert "call_times" not in leaves(energo, "consent")[-1]


def test_outside_the_hours_of_the_law_only_the_hours_agreed_to_are_open(energo: Gate) -> None:
    lifting(energo)  # the gate's clock says Wednesday, 11:00 in Prague
    append(energo)
    assert energo.check(NUMBER)["primary_reason"] == "outside_hours"
    energo.now += timedelta(seconds=1)
    append(energo, call_times={"wed": ["11:00-12:00"]})
    allowed = energo.check(NUMBER)
    assert allowed["decision"] == "allow"
    assert energo.get(f"/v1/decisions/{allowed['decision_id']}/replay", key="auditor").json["equal"] is True
    energo.now += timedelta(hours=1)
    assert energo.check(NUMBER)["primary_reason"] == "outside_hours"


@pytest.mark.parametrize(
    "hours",
    [{}, {"sun": []}, {"sun": ["12:00-10:00"]}, {"sun": ["10:00-10:00"]}, {"sun": ["24:30-24:59"]}],
)
def test_hours_that_open_nothing_are_refused(energo: Gate, hours: dict[str, list[str]]) -> None:
    answer = append(energo, call_times=hours)
    assert (answer.status, answer.json["code"]) == (422, "malformed_field")
    assert leaves(energo, "consent") == []


def test_hours_of_another_form_or_of_a_no_are_refused(energo: Gate) -> None:
    spoilt: list[Any] = [{"day": ["10:00-12:00"]}, {"sun": ["10-12"]}, {"sun": "10:00-12:00"}, ["sun"]]
    spoilt.append({"sun": [f"{hour:02}:00-{hour:02}:30" for hour in range(9)]})
    for hours in spoilt:
        assert append(energo, call_times=hours).json["code"] == "invalid_body", hours
    for action in ("withdrawn", "refused", "revoked", "invalidated"):
        answer = append(energo, action=action, call_times={"sun": ["10:00-12:00"]})
        assert (answer.status, answer.json["code"]) == (422, "call_times_of_a_no")
    assert append(energo, call_times={"sun": [f"{hour:02}:00-{hour:02}:30" for hour in range(8)]}).status == 201


def test_a_file_may_name_hours_and_names_them_once(energo: Gate) -> None:
    first = imported(energo, "sat 10:00-12:00 | sun 10:00-12:00|sun 14:00-15:00", "")
    assert first["totals"]["imported"] == 2, "with hours and without are two things said"
    assert history(energo).json["events"][0]["call_times"] == {
        "sat": ["10:00-12:00"],
        "sun": ["10:00-12:00", "14:00-15:00"],
    }
    assert imported(energo, "sat 10:00-12:00|sun 10:00-12:00|sun 14:00-15:00", "")["totals"]["unchanged"] == 2


@pytest.mark.parametrize("cell", ["sat", "sat 10-12", "someday 10:00-12:00", "sat 10:00-12:00|", "10:00-12:00"])
def test_a_row_whose_hours_cannot_be_read_is_refused(energo: Gate, cell: str) -> None:
    report = imported(energo, cell)
    assert report["errors"] == [{"row": 2, "column": "call_times", "code": "not_hours"}]


def test_a_row_of_a_no_with_hours_is_refused(energo: Gate) -> None:
    data = f"{HEAD}\n{ROW}sun 10:00-12:00\n".replace(",given,", ",withdrawn,").encode()
    report = energo.upload("/v1/consents/import?controller=energo&filename=a.csv", data).json
    assert report["errors"] == [{"row": 2, "column": "call_times", "code": "call_times_of_a_no"}]


def test_an_erasure_keeps_the_hours_and_forgets_whose_they_were(energo: Gate) -> None:
    append(energo, call_times={"sun": ["10:00-12:00"]})
    erased(energo, NUMBER)
    energo.work()
    assert traces_in_rows(energo, ["601123456"]) == []
    assert "consent_events" in traces_in_rows(energo, ["10:00-12:00"])
