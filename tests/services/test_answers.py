"""Answers: instants and lifetimes as the dialer reads them."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from app.domain.decision import decide
from app.domain.register import ListStatus, RegisterAnswer
from app.domain.ruleset import read_ruleset
from app.policies.load import shipped
from app.services.answers import coverage_of, decision_answer, grounds_of, rfc3339
from tests.builders import DAY, NOW, facts, file_of, guard_table

AT = datetime(2026, 11, 18, 10, 0, 0, 999_999, tzinfo=UTC)
ROW: dict[str, Any] = {
    "verdict": "allow",
    "id": "01a1ee19-5500-7000-8934-5dc7859c5344",
    "ref": None,
    "number": 420601123456,
    "campaign": "winter",
    "controller": "energo",
    "kind": "auto",
    "binding": True,
    "checked_at": AT,
    "valid_until": None,
    "not_before": None,
    "primary_reason": None,
    "answer": {},
    "reservation_id": None,
    "repeat_of": None,
}


def test_an_instant_is_written_in_utc_and_never_later_than_it_is() -> None:
    assert rfc3339(AT) == "2026-11-18T10:00:00.999Z"
    assert rfc3339(datetime(2026, 11, 18, 1, tzinfo=timezone(timedelta(hours=2)))) == "2026-11-17T23:00:00.000Z"
    assert rfc3339(None) is None


def test_a_permission_is_never_said_to_last_longer_than_it_does() -> None:
    for microseconds, lasts in ((15_000_000, 15.0), (4_999_600, 4.999), (999, 0.0), (0, 0.0), (-1, 0.0)):
        row = ROW | {"valid_until": AT + timedelta(microseconds=microseconds)}
        assert decision_answer(row, now=AT)["expires_in"] == lasts
    assert decision_answer(ROW | {"valid_until": AT}, now=None)["expires_in"] is None


def test_an_erased_number_is_null() -> None:
    assert decision_answer(ROW | {"number": None})["number"] is None


def test_what_a_decision_rests_on_names_rule_law_and_strength_and_nothing_personal() -> None:
    denied = decide(facts(consents=()), shipped())
    grounds = grounds_of(denied, coverage=())
    (reason,) = grounds["reasons"]
    assert reason["code"] == "no_consent"
    assert reason["rule"] == "cz-marketing-basis"
    assert "§ 96" in reason["legal_ref"]
    assert reason["strength"] == "regulator"
    assert grounds["policy"] == {"jurisdiction": "CZ", "digest": shipped().digest}
    assert (grounds["basis"], grounds["obligations"]) == (None, [])


def test_an_allowed_call_names_what_it_obliges_to() -> None:
    grounds = grounds_of(decide(facts(), shipped()), coverage=())
    assert grounds["basis"] == {"code": "consent", "consent_id": "grant"}
    assert {one["code"] for one in grounds["obligations"]} >= {"disclose_source", "disclose_caller"}
    assert all(one["legal_ref"] for one in grounds["obligations"])


def test_every_register_that_the_law_knows_is_told_with_what_it_could_answer() -> None:
    asks = [
        {**guard_table(kind="register", id=f"asks-{name}"), "params": {"register": name, "snapshot_max_age_days": 10}}
        for name in ("fresh", "old", "unasked", "missing")
    ]
    rules = read_ruleset([("cz", file_of(*asks, guard_table("all"), not_checked=["nobody-can"]))])
    answers = tuple(
        RegisterAnswer(register=name, snapshot=name[0] * 43, as_of=NOW - days * DAY, status=status)
        for name, days, status in (
            ("fresh", 1, ListStatus.LISTED),
            ("old", 10, ListStatus.UNLISTED),
            ("unasked", 1, ListStatus.UNASKED),
        )
    )
    known = facts(registers=answers)
    lines = coverage_of(decide(known, rules), facts=known, ruleset=rules)
    assert {line["register"]: line["status"] for line in lines} == {
        "house": "checked",
        "fresh": "checked",
        "old": "stale",
        "unasked": "unasked",
        "missing": "unavailable",
        "nobody-can": "not_checked",
    }
    assert {line["register"]: line["snapshot"] for line in lines}["fresh"] == "f" * 43
