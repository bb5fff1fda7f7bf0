"""`number_state`: reassigned since the consent, out of use, of a barred kind of line."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.attempt import CallResult
from app.domain.phone import LineType
from app.domain.reason import Reason
from app.domain.register import ListStatus
from app.domain.rules.fields import BadRule
from app.domain.rules.rule import Outcome
from tests.builders import DAY, NOW, SECOND, answer, attempt, facts, grant
from tests.domain.rules.asked import asked, rule

REPORTED: dict[str, Any] = {"check": "reassigned", "purpose": "marketing"}
ASKED = REPORTED | {"register": "us-rnd", "register_max_age_days": 30}
AGREED = NOW - 30 * DAY


@given(st.sampled_from(list(LineType)), st.sets(st.sampled_from(["voip", "pager", "mobile"]), min_size=1))
def test_a_barred_line_and_an_unknown_one_are_denied(line: LineType, barred: set[str]) -> None:
    found = asked("number_state", facts(line_type=line), check="line_type", line_types=sorted(barred))
    assert (found.outcome is Outcome.PASS) is (line is not LineType.UNKNOWN and line.value not in barred)


@pytest.mark.parametrize(("wrong", "reason"), [
    (AGREED - SECOND, None),
    (AGREED, Reason.NUMBER_REASSIGNED),
    (AGREED + SECOND, Reason.NUMBER_REASSIGNED),
    (NOW - SECOND, Reason.NUMBER_REASSIGNED),
])  # fmt: skip
def test_somebody_else_who_answered_ends_every_older_consent(wrong: datetime, reason: Reason | None) -> None:
    calls = (attempt(at=wrong, result=CallResult.WRONG_PARTY), attempt(result=CallResult.ANSWERED))
    known = facts(attempts=calls, consents=(grant(obtained_at=AGREED, recorded_at=AGREED),))
    assert asked("number_state", known, **REPORTED).reason is reason
    assert asked("number_state", facts(attempts=calls, consents=()), **REPORTED).reason is Reason.NUMBER_REASSIGNED


def test_without_a_wrong_party_nothing_is_wrong_and_without_calls_known_it_is_not_known() -> None:
    assert asked("number_state", facts(attempts=(attempt(),)), **REPORTED).outcome is Outcome.PASS
    found = asked("number_state", facts(attempts=None), **REPORTED)
    assert (found.outcome, found.reason) == (Outcome.UNKNOWN, Reason.NUMBER_REASSIGN_UNKNOWN)


def rnd(**changes: Any) -> Any:
    told = {"register": "us-rnd", "status": ListStatus.UNLISTED, "listed_on": AGREED.date() - DAY}
    return answer(**(told | changes))


@pytest.mark.parametrize(("changes", "reason"), [
    ({}, None),
    ({"listed_on": AGREED.date() - 2 * DAY}, None),
    ({"listed_on": AGREED.date()}, Reason.NUMBER_REASSIGN_UNKNOWN),
    ({"listed_on": None}, Reason.NUMBER_REASSIGN_UNKNOWN),
    ({"status": ListStatus.LISTED}, Reason.NUMBER_REASSIGNED),
    ({"status": ListStatus.UNASKED}, Reason.NUMBER_REASSIGN_UNKNOWN),
    ({"status": ListStatus.LISTED, "categories": frozenset({"no_data"})}, Reason.NUMBER_REASSIGN_UNKNOWN),
    ({"register": "another"}, Reason.NUMBER_REASSIGN_UNKNOWN),
    ({"as_of": NOW - 30 * DAY + SECOND}, None),
    ({"as_of": NOW - 30 * DAY}, Reason.NUMBER_REASSIGN_UNKNOWN),
    ({"as_of": NOW + SECOND}, Reason.NUMBER_REASSIGN_UNKNOWN),
])  # fmt: skip
def test_only_a_no_about_the_day_of_the_consent_or_earlier_is_a_safe_harbour(
    changes: dict[str, Any], reason: Reason | None
) -> None:
    """US RND: query = number + date of consent -> yes / no / no data; only a `no` gives a safe harbour."""
    known = facts(registers=(rnd(**changes),), consents=(grant(obtained_at=AGREED, recorded_at=AGREED),))
    found = asked("number_state", known, **ASKED)
    assert found.reason is reason
    if reason is None:
        assert found.until is not None
        assert NOW < found.until <= NOW + 30 * DAY


def test_without_a_consent_there_is_no_day_to_ask_about() -> None:
    known = facts(registers=(rnd(),), consents=())
    assert asked("number_state", known, **ASKED).reason is Reason.NUMBER_REASSIGN_UNKNOWN


@given(st.sampled_from(list(ListStatus)), st.integers(-2, 40))
def test_a_number_out_of_use_is_denied_and_so_is_one_that_nobody_asked_about(status: ListStatus, days: int) -> None:
    known = facts(registers=(rnd(register="lines", status=status, as_of=NOW - timedelta(days=days)),))
    found = asked("number_state", known, check="inactive", register="lines", register_max_age_days=30)
    assert (found.outcome is Outcome.PASS) is (status is ListStatus.UNLISTED and 0 <= days < 30)
    if status is ListStatus.LISTED and 0 <= days < 30:
        assert found.reason is Reason.NUMBER_INACTIVE


@pytest.mark.parametrize("params", [
    {"check": "line_type"},
    {"check": "inactive"},
    {"check": "reassigned"},
    {"check": "gone"},
    {"check": "reassigned", "purpose": "marketing", "line_types": ["voip"]},
    {"check": "reassigned", "purpose": "marketing", "register": "us-rnd"},
    {"check": "line_type", "line_types": ["satellite"]},
])  # fmt: skip
def test_a_state_that_nothing_could_answer_is_refused(params: dict[str, Any]) -> None:
    with pytest.raises(BadRule):
        rule("number_state", **params)


def test_the_day_of_a_consent_is_the_earliest_it_may_have_been_anywhere() -> None:
    for hour, reason in ((11, Reason.NUMBER_REASSIGN_UNKNOWN), (12, None)):
        given = datetime.fromisoformat(f"2026-10-26T{hour}:30:00+00:00")
        consents = (grant(obtained_at=given, recorded_at=given),)
        known = facts(registers=(rnd(listed_on=date(2026, 10, 26)),), consents=consents)
        assert asked("number_state", known, **ASKED).reason is reason


def test_a_consent_recorded_before_somebody_else_answered_is_not_newer_whatever_it_claims() -> None:
    calls = (attempt(at=NOW - DAY, result=CallResult.WRONG_PARTY),)
    claims = grant(obtained_at=NOW - SECOND, recorded_at=NOW - DAY - SECOND)
    found = asked("number_state", facts(attempts=calls, consents=(claims,)), **REPORTED)
    assert found.reason is Reason.NUMBER_REASSIGNED


def test_an_older_consent_that_lasts_longer_does_not_hide_the_newer_one() -> None:
    calls = (attempt(at=NOW - 20 * DAY, result=CallResult.WRONG_PARTY),)
    old = grant(obtained_at=NOW - 400 * DAY, recorded_at=NOW - 400 * DAY)
    new = grant(id="new", obtained_at=NOW - DAY, recorded_at=NOW - DAY, expires_at=NOW + DAY)
    assert asked("number_state", facts(attempts=calls, consents=(old, new)), **REPORTED).outcome is Outcome.PASS
