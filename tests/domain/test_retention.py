"""Retention: each country's clock, both sides of its end, and no erasing where a clock is not known."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from app.domain.consent import Action, ConsentEvent, Origin
from app.domain.retention import Retain, is_over, kept_until, retains_of
from app.policies.load import shipped

GIVEN_AT = datetime(2024, 2, 29, 12, tzinfo=UTC)
DAY = timedelta(days=1)
GRANT = ConsentEvent(
    id="grant",
    action=Action.GIVEN,
    purposes=frozenset({"marketing"}),
    voice_modes=frozenset({"live"}),
    product_categories=frozenset({"energy"}),
    origin=Origin.WEB_FORM,
    obtained_at=GIVEN_AT,
    recorded_at=GIVEN_AT,
)
NO = replace(GRANT, id="no", action=Action.WITHDRAWN, obtained_at=GIVEN_AT + DAY, recorded_at=GIVEN_AT + DAY)


def retain(clock: str, years: int = 5) -> Retain:
    return Retain(years=years, clock=clock, rule="x", citation="§ x")


def test_the_shipped_rules_carry_the_clocks_of_their_countries() -> None:
    """SK: at least 4 years from withdrawal (§ 116 (5)); CZ, PL and FR: 5 years from the last use, by house rule."""
    now, places, used = datetime(2026, 11, 18, tzinfo=UTC), ("CZ", "SK", "PL", "FR"), [(5, "last_used")]
    found = {c: [(r.years, r.clock) for r in retains_of(shipped(), region=c, now=now)] for c in places}
    assert found == {"CZ": used, "SK": [(4, "withdrawn")], "PL": used, "FR": used}
    for nowhere in ("JP", None):
        assert retains_of(shipped(), region=nowhere, now=now) == ()


@pytest.mark.parametrize("clock", ["granted", "last_used"])
def test_each_use_begins_the_years_anew(clock: str) -> None:
    """DE, § 7a UWG: five years from the grant and from each use."""
    assert kept_until(retain(clock), events=[GRANT], calls=[]) == datetime(2029, 3, 1, 12, tzinfo=UTC)
    used = GIVEN_AT + 100 * DAY
    assert kept_until(retain(clock), events=[GRANT], calls=[used]) == used.replace(year=2029)


def test_the_years_from_a_withdrawal_do_not_begin_before_there_is_one() -> None:
    assert kept_until(retain("withdrawn", 4), events=[GRANT], calls=[]) is None
    assert kept_until(retain("withdrawn", 4), events=[], calls=[GIVEN_AT]) is None
    assert kept_until(retain("withdrawn", 4), events=[GRANT, NO], calls=[]) == datetime(2028, 3, 1, 12, tzinfo=UTC)
    again = replace(GRANT, obtained_at=GIVEN_AT + 2 * DAY, recorded_at=GIVEN_AT + 2 * DAY)
    assert kept_until(retain("withdrawn", 4), events=[GRANT, NO, again], calls=[]) is None


def test_an_unknown_clock_or_no_rule_keeps_everything() -> None:
    late = datetime(2099, 1, 1, tzinfo=UTC)
    assert kept_until(retain("moon"), events=[GRANT], calls=[GIVEN_AT]) is None
    assert not is_over([], events=[GRANT], calls=[], now=late)
    assert not is_over([retain("moon"), retain("granted")], events=[GRANT], calls=[], now=late)
    assert not is_over([retain("decision")], events=[GRANT], calls=[], now=late)


@pytest.mark.parametrize(("seconds", "over"), [(-1, False), (0, True), (1, True)])
def test_it_is_over_when_every_duty_is(seconds: int, over: bool) -> None:
    end = datetime(2029, 3, 1, 12, tzinfo=UTC) + timedelta(seconds=seconds)
    assert is_over([retain("granted"), retain("last_used", 4)], events=[GRANT], calls=[], now=end) is over


def test_a_duty_names_the_rule_and_the_clause_it_comes_from() -> None:
    rules = {rule.id: rule for rule in shipped().rules}
    duties = retains_of(shipped(), region="CZ", now=GIVEN_AT + 1000 * DAY)
    assert duties
    for duty in duties:
        rule = rules[duty.rule]
        assert (duty.citation, duty.years, duty.clock) == (
            rule.citation,
            rule.params.retain_years,
            rule.params.retain_clock,
        )
