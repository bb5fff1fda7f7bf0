"""The hours in which a call may be made, on the clock of the person called."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.decision import Verdict, decide, next_opening
from app.domain.facts import Facts
from app.domain.hours import read_weekly
from app.domain.reason import Reason
from app.domain.rules.rule import Finding, Outcome
from app.domain.rules.window import WEEKDAYS
from app.policies.holidays import public_holidays
from tests.builders import DAY, MINUTE, NOW, SECOND, basis_table, facts, grant, guarded, rule_of, window_table
from tests.domain.rules.asked import answered

PRAGUE = ZoneInfo("Europe/Prague")
HOUSE = window_table()
ZONES = ("Europe/Prague", "Europe/London", "Asia/Tokyo", "America/New_York", "Asia/Kathmandu", "Africa/Cairo")


def prague(*when: int, fold: int = 0) -> datetime:
    """Give the instant of a wall clock in Prague."""
    return datetime(*when, fold=fold, tzinfo=PRAGUE).astimezone(UTC)  # type: ignore[arg-type, misc]


def hours(text: str, *, holidays: bool = False) -> dict[str, Any]:
    """Give a window that is open in the same hours every day."""
    return window_table(params={"closed_on_holidays": holidays, "weekly": {day: [text] for day in WEEKDAYS}})


def asked(at: datetime, table: dict[str, Any] = HOUSE, **changes: Any) -> Finding:
    """Ask the rule about a call at this instant."""
    return answered(rule_of(table), facts(at=at, **changes))


WEDNESDAY = date(2026, 11, 25)


@pytest.mark.parametrize(
    ("hour", "minute", "second", "outcome"),
    [
        (7, 59, 59, Outcome.DEFER),
        (8, 0, 0, Outcome.PASS),
        (8, 0, 1, Outcome.PASS),
        (19, 59, 59, Outcome.PASS),
        (20, 0, 0, Outcome.DEFER),
        (20, 0, 1, Outcome.DEFER),
        (0, 0, 0, Outcome.DEFER),
        (23, 59, 59, Outcome.DEFER),
    ],
)
def test_the_window_opens_at_eight_and_is_closed_from_twenty(
    hour: int, minute: int, second: int, outcome: Outcome
) -> None:
    found = asked(prague(2026, 11, 25, hour, minute, second))
    assert found.outcome is outcome
    assert (found.reason is Reason.OUTSIDE_HOURS) is (outcome is Outcome.DEFER)


def test_an_open_window_says_when_it_ends_and_a_closed_one_when_it_opens() -> None:
    assert asked(NOW).until == prague(2026, 11, 25, 20)
    assert asked(prague(2026, 11, 25, 20)).until == prague(2026, 11, 26, 8)
    assert asked(NOW, hours("08:00-24:00")).until == prague(2026, 11, 26, 0)
    assert asked(NOW, hours("00:00-24:00")).outcome is Outcome.PASS


NIGHTS = [
    # (window, instant, open, the edge that comes next): on 29 March 2026 two o'clock is three o'clock
    ("01:30-02:30", prague(2026, 3, 29, 1, 59), True, prague(2026, 3, 29, 3)),
    ("01:30-02:30", prague(2026, 3, 29, 3), False, prague(2026, 3, 30, 1, 30)),
    ("02:30-20:00", prague(2026, 3, 29, 1, 59), False, prague(2026, 3, 29, 3)),
    ("02:30-20:00", prague(2026, 3, 29, 3), True, prague(2026, 3, 29, 20)),
    ("08:00-20:00", prague(2026, 3, 29, 0), False, prague(2026, 3, 29, 8)),
    ("08:00-20:00", prague(2026, 3, 28, 20), False, datetime(2026, 3, 29, 6, tzinfo=UTC)),
    # on 25 October 2026 the hour from two to three comes twice
    ("01:30-02:30", prague(2026, 10, 25, 2, 29), True, prague(2026, 10, 25, 2, 30)),
    ("01:30-02:30", prague(2026, 10, 25, 2, 30), False, prague(2026, 10, 25, 2, fold=1)),
    ("01:30-02:30", prague(2026, 10, 25, 2, 29, fold=1), True, prague(2026, 10, 25, 2, 30, fold=1)),
    ("01:30-02:30", prague(2026, 10, 25, 2, 30, fold=1), False, prague(2026, 10, 26, 1, 30)),
    ("08:00-20:00", prague(2026, 10, 24, 20), False, datetime(2026, 10, 25, 7, tzinfo=UTC)),
]


@pytest.mark.parametrize(("text", "at", "is_open", "edge"), NIGHTS)
def test_the_nights_on_which_clocks_change_are_kept_to_the_wall_clock(
    text: str, at: datetime, is_open: bool, edge: datetime
) -> None:
    found = asked(at, hours(text))
    assert (found.outcome is Outcome.PASS, found.until) == (is_open, edge)


@pytest.mark.parametrize(
    ("zone", "jump"),
    [
        ("Africa/Cairo", datetime(2026, 4, 23, 22, tzinfo=UTC)),
        ("America/Santiago", datetime(2026, 9, 6, 4, tzinfo=UTC)),
    ],
)
def test_where_the_clock_jumps_at_midnight_hours_within_the_jump_begin_with_it(zone: str, jump: datetime) -> None:
    found = asked(jump - MINUTE, hours("00:30-20:00"), zones=(zone,))
    assert (found.outcome, found.until) == (Outcome.DEFER, jump)


@pytest.mark.parametrize(
    ("day", "closed", "why"),
    [
        (date(2026, 11, 17), True, "the day of the struggle for freedom and democracy, a Tuesday"),
        (date(2026, 11, 16), False, "the Monday before it"),
        (date(2026, 11, 18), False, "the Wednesday after it"),
        (date(2026, 12, 24), True, "Christmas Eve is a Czech holiday"),
        (date(2026, 12, 31), False, "New Year's Eve is not"),
        (date(2028, 2, 29), False, "leap day, a Tuesday"),
    ],
)
def test_nobody_is_called_on_a_public_holiday(day: date, closed: bool, why: str) -> None:
    at = datetime.combine(day, datetime.min.time(), tzinfo=PRAGUE) + timedelta(hours=12)
    found = asked(at.astimezone(UTC), holidays=public_holidays("CZ", day))
    assert (found.outcome is Outcome.DEFER) is closed, why
    assert found.reason is (Reason.HOLIDAY if closed else None)


@pytest.mark.parametrize("missing", [{"zones": None}, {"holidays": None}])
def test_a_zone_or_a_holiday_that_is_not_known_denies(missing: dict[str, Any]) -> None:
    found = asked(NOW, **missing)
    assert (found.outcome, found.reason) == (Outcome.UNKNOWN, Reason.OUTSIDE_HOURS)


def test_holidays_need_not_be_known_where_the_window_does_not_ask() -> None:
    assert asked(NOW, hours("08:00-20:00"), holidays=None).outcome is Outcome.PASS


def test_a_number_of_no_zone_at_all_is_never_in_the_window() -> None:
    assert asked(NOW, zones=()).outcome is Outcome.DEFER


def test_a_number_that_may_lie_in_two_zones_waits_for_both() -> None:
    both = ("Europe/London", "Europe/Prague")
    assert asked(prague(2026, 11, 25, 8), zones=both).until == prague(2026, 11, 25, 9)
    assert asked(prague(2026, 11, 25, 9), zones=both).until == prague(2026, 11, 25, 20)
    assert asked(NOW, zones=("Europe/Prague", "Pacific/Auckland")).until is None


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.integers(0, 7 * 24 * 60), st.lists(st.sampled_from(ZONES), min_size=1, unique=True), st.sampled_from(ZONES))
def test_one_more_possible_zone_never_helps(minutes: int, zones: list[str], more: str) -> None:
    at = NOW + minutes * MINUTE
    if asked(at, zones=(*zones, more)).outcome is Outcome.PASS:
        assert asked(at, zones=tuple(zones)).outcome is Outcome.PASS


RULES = guarded(basis_table(), HOUSE)
OPENINGS = [
    ("at once", prague(2026, 11, 25, 8), prague(2026, 11, 25, 8)),
    ("in the morning", prague(2026, 11, 25, 5), prague(2026, 11, 25, 8)),
    ("over the weekend", prague(2026, 11, 27, 20), prague(2026, 11, 30, 8)),
    ("from Sunday", prague(2026, 11, 29, 12), prague(2026, 11, 30, 8)),
    ("over Christmas", prague(2026, 12, 23, 20), prague(2026, 12, 28, 8)),
    ("over Easter", prague(2026, 4, 2, 20), prague(2026, 4, 7, 8)),
    ("over the change of clocks", prague(2026, 3, 27, 20), prague(2026, 3, 30, 8)),
]


def known(at: datetime, **changes: Any) -> Facts:
    """Build the facts of a call at this instant, with the holidays that really are then."""
    return facts(at=at, holidays=public_holidays("CZ", at.date()), **changes)


@pytest.mark.parametrize(("why", "at", "opening"), OPENINGS, ids=[why for why, _, _ in OPENINGS])
def test_the_next_opening_is_the_first_instant_all_windows_are_open(why: str, at: datetime, opening: datetime) -> None:
    assert next_opening(known(at), RULES) == opening


def test_without_an_opening_in_seven_days_there_is_none() -> None:
    monday = window_table(params={"closed_on_holidays": True, "weekly": {"mon": ["08:00-20:00"]}})
    rules = guarded(basis_table(), monday)
    assert next_opening(known(prague(2026, 11, 30, 20)), rules) == prague(2026, 12, 7, 8)
    assert next_opening(known(prague(2026, 11, 23, 7, 59)), rules) == prague(2026, 11, 23, 8)
    closed = facts(at=prague(2026, 11, 23, 20), holidays=frozenset({date(2026, 11, 30)}))
    assert next_opening(closed, rules) is None
    assert decide(closed, rules).verdict is Verdict.DEFER
    assert decide(closed, rules).not_before is None
    assert next_opening(facts(zones=None), rules) is None


@pytest.mark.parametrize(("seconds", "within"), [(2, True), (1, True), (0, True), (-1, False), (-2, False)])
def test_an_opening_exactly_seven_days_ahead_is_the_last_that_counts(seconds: int, within: bool) -> None:
    once_a_week = window_table(params={"closed_on_holidays": True, "weekly": {"wed": ["08:00-09:00"]}})
    at = prague(2026, 11, 25, 8) + seconds * SECOND
    found = next_opening(facts(at=at, holidays=frozenset({WEDNESDAY})), guarded(basis_table(), once_a_week))
    assert found == (prague(2026, 12, 2, 8) if within else None)


def _every_minute(known: Facts) -> datetime | None:
    """Look for the opening the slow way."""
    window = rule_of(HOUSE)
    for minute in range(7 * 24 * 60 + 1):
        at = known.at + minute * MINUTE
        if answered(window, replace(known, at=at)).outcome is Outcome.PASS:
            return at
    return None


@settings(max_examples=12, deadline=None, derandomize=True)
@given(
    st.sampled_from((NOW, prague(2026, 12, 22, 12), prague(2026, 3, 27, 19), prague(2026, 10, 23, 19))),
    st.integers(0, 4 * 24 * 60),
    st.lists(st.sampled_from(ZONES), min_size=1, max_size=2, unique=True),
)
def test_no_minute_before_the_next_opening_is_open(start: datetime, minutes: int, zones: list[str]) -> None:
    call = known(start + minutes * MINUTE, zones=tuple(zones))
    assert next_opening(call, RULES) == _every_minute(call)


def test_hours_that_a_consent_opens_end_where_the_consent_grows_too_old() -> None:
    evening = {day: ["18:00-22:00"] for day in WEEKDAYS}
    params = {"closed_on_holidays": False, "weekly": evening, "lifted_by": "express_time_consent"}
    table = window_table(params={**params, "purpose": "marketing", "max_age_days": 30})
    agreed = grant(call_times=read_weekly({"wed": ["08:00-12:00"]}), obtained_at=NOW - 30 * DAY + 5 * SECOND)
    assert asked(NOW, table, consents=(agreed,)).until == NOW + 5 * SECOND
    assert asked(NOW + 5 * SECOND, table, consents=(agreed,)).outcome is Outcome.DEFER
