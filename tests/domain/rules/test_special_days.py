"""`window` on special days: before a holiday, half a holiday, and in hours that a person expressly agreed to."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from app.domain.hours import parse_interval, read_weekly, written_weekly
from app.domain.reason import Reason
from app.domain.rules.fields import BadRule
from app.domain.rules.rule import Outcome
from tests.builders import DAY, facts, grant, withdrawal
from tests.domain.rules.asked import asked, rule

WEEK = {day: ["09:00-20:00"] for day in ("mon", "tue", "wed", "thu", "fri")} | {"sat": ["10:00-19:00"]}
ITALY: dict[str, Any] = {"weekly": WEEK, "closed_on_holidays": True, "pre_holiday": ["10:00-19:00"]}
FRANCE: dict[str, Any] = {
    "weekly": {day: ["10:00-13:00", "14:00-20:00"] for day in ("mon", "tue", "wed", "thu", "fri")},
    "closed_on_holidays": True,
    "lifted_by": "express_time_consent",
    "purpose": "marketing",
}
IMMACULATE = date(2026, 12, 8)
"""A Tuesday; the Monday before it is a pre-holiday."""
SATURDAY = datetime(2026, 11, 28, tzinfo=UTC)


def rome(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 12, day, hour - 1, minute, tzinfo=UTC)


@pytest.mark.parametrize(("at", "outcome"), [
    (rome(7, 9, 59), Outcome.DEFER),
    (rome(7, 10), Outcome.PASS),
    (rome(7, 18, 59), Outcome.PASS),
    (rome(7, 19), Outcome.DEFER),
    (rome(8, 12), Outcome.DEFER),
    (rome(9, 9), Outcome.PASS),
    (rome(4, 19, 59), Outcome.PASS),
])  # fmt: skip
def test_the_day_before_a_holiday_has_hours_of_its_own(at: datetime, outcome: Outcome) -> None:
    """IT code of conduct: 9-20 weekdays, 10-19 Saturdays and pre-holidays, never Sunday/holiday."""
    known = facts(at=at, zones=("Europe/Rome",), holidays=frozenset({IMMACULATE}))
    assert asked("window", known, **ITALY).outcome is outcome


def test_a_window_says_when_it_closes_and_opens_around_a_holiday() -> None:
    known = facts(at=rome(7, 18), zones=("Europe/Rome",), holidays=frozenset({IMMACULATE}))
    assert asked("window", known, **ITALY).until == rome(7, 19)
    closed = facts(at=rome(7, 19), zones=("Europe/Rome",), holidays=frozenset({IMMACULATE}))
    assert asked("window", closed, **ITALY).until == rome(9, 9)


def test_without_a_calendar_the_day_before_a_holiday_is_not_known() -> None:
    open_on_holidays = ITALY | {"closed_on_holidays": False}
    assert asked("window", facts(holidays=None), **open_on_holidays).outcome is Outcome.UNKNOWN


@pytest.mark.parametrize(("hour", "outcome"), [(8, Outcome.PASS), (11, Outcome.PASS), (12, Outcome.DEFER)])
def test_half_a_holiday_closes_at_its_own_hour(hour: int, outcome: Outcome) -> None:
    params: dict[str, Any] = {
        "weekly": {"wed": ["08:00-20:00"]},
        "closed_on_holidays": True,
        "half_day": ["08:00-12:00"],
    }
    at = datetime(2026, 11, 25, hour - 1, tzinfo=UTC)
    known = facts(at=at, half_holidays=frozenset({at.date()}))
    assert asked("window", known, **params).outcome is outcome
    assert asked("window", facts(at=at), **params).outcome is Outcome.PASS
    assert asked("window", facts(at=at, half_holidays=None), **params).outcome is Outcome.UNKNOWN


TIMES = read_weekly({"sat": ["10:00-12:00"]})
AGREED = grant(call_times=TIMES)


@pytest.mark.parametrize(("hour", "outcome"), [
    (9, Outcome.DEFER),
    (10, Outcome.PASS),
    (11, Outcome.PASS),
    (12, Outcome.DEFER),
])  # fmt: skip
def test_an_express_consent_to_hours_opens_those_hours(hour: int, outcome: Outcome) -> None:
    """FR, D. 223-9: lifted by express prior consent provable by the trader."""
    at = SATURDAY.replace(hour=hour - 1)
    found = asked("window", facts(at=at, consents=(AGREED,)), **FRANCE)
    assert found.outcome is outcome
    if outcome is Outcome.PASS:
        assert found.until == SATURDAY.replace(hour=11)


@pytest.mark.parametrize("consents", [
    (grant(),),
    (AGREED, withdrawal()),
    (grant(call_times=TIMES, expires_at=SATURDAY),),
    (grant(call_times=TIMES, purposes=frozenset({"service"})),),
    None,
])  # fmt: skip
def test_nothing_less_than_a_standing_consent_to_hours_opens_them(consents: Any) -> None:
    at = SATURDAY.replace(hour=10)
    assert asked("window", facts(at=at, consents=consents), **FRANCE).outcome is Outcome.DEFER


def test_agreed_hours_do_not_open_a_holiday() -> None:
    at = SATURDAY.replace(hour=10)
    known = facts(at=at, consents=(AGREED,), holidays=frozenset({at.date()}))
    assert asked("window", known, **FRANCE).reason is Reason.HOLIDAY


def test_agreed_hours_must_hold_in_every_zone() -> None:
    at = SATURDAY.replace(hour=10)
    known = facts(at=at, consents=(AGREED,), zones=("Europe/Paris", "Europe/Athens"))
    assert asked("window", known, **FRANCE).outcome is Outcome.DEFER
    early = facts(at=at - timedelta(hours=1), consents=(AGREED,), zones=("Europe/Paris", "Europe/Athens"))
    assert asked("window", early, **FRANCE).outcome is Outcome.PASS


def test_the_lunch_break_is_closed_and_says_when_it_ends() -> None:
    at = SATURDAY.replace(hour=12) - DAY
    found = asked("window", facts(at=at), **FRANCE)
    assert (found.outcome, found.until) == (Outcome.DEFER, SATURDAY.replace(hour=13) - DAY)


def test_hours_are_written_as_they_are_read() -> None:
    told = {"mon": ["08:00-12:00", "13:30-24:00"], "sun": ["00:00-00:01"]}
    assert written_weekly(read_weekly(told)) == told
    assert str(parse_interval("08:05-24:00")) == "08:05-24:00"


@pytest.mark.parametrize(
    "bad", [{}, {"mon": []}, {"day": ["08:00-12:00"]}, {"mon": ["8-12"]}, {"mon": ["12:00-08:00"]}]
)
def test_hours_that_are_none_are_refused(bad: dict[str, list[str]]) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  the message is for people
        read_weekly(bad)


@pytest.mark.parametrize("params", [
    FRANCE | {"lifted_by": "wish"},
    {name: value for name, value in FRANCE.items() if name != "purpose"},
    ITALY | {"pre_holiday": ["10-19"]},
    ITALY | {"half_day": "10:00-19:00"},
])  # fmt: skip
def test_a_window_that_is_not_understood_is_refused(params: dict[str, Any]) -> None:
    with pytest.raises(BadRule):
        rule("window", **params)
