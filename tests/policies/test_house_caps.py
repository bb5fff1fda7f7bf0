"""The house's caps and pauses, another person's number, and which countries the house's and the Union's rules bind."""

from datetime import UTC, date, datetime, timedelta

import pytest

from app.domain.attempt import Attempt, CallResult
from app.domain.campaign import CallClass
from app.domain.decision import Verdict, applicable_rules
from app.domain.reason import Reason
from app.policies.holidays import free_days
from app.policies.load import shipped
from tests.builders import DAY, NOW, SECOND, attempt, facts, grant
from tests.policies.calls import MARKETING, ZONES, asked, call, consent, is_allowed, reasons

UNION = {"CZ", "SK", "PL", "DE", "AT", "FR", "ES", "IT"}
FOR_THREE = {"house-hours", "house-frequency", "house-cooldown"}
FOR_THE_UNION = {"eu-ai-disclosure", "eu-caller-disclosure"}
AROUND = ((-2, False), (-1, False), (0, True), (1, True))
"""Steps around a limit, and whether it has been reached."""


def calls(number: int, at: datetime, result: CallResult | None = CallResult.NO_ANSWER) -> tuple[Attempt, ...]:
    return tuple(attempt(at=at, result=result, leaf_hash=str(n)) for n in range(number))


@pytest.mark.parametrize("region", [*sorted(UNION), "GB", "US", "CA", "IN", "HU"])
def test_the_houses_hours_and_caps_bind_three_countries_and_the_unions_law_its_members(region: str) -> None:
    """Law 15.4: "House rule for CZ/SK/PL"; the AI Act is not law in Britain, America or India."""
    known = facts(region=region, voice_mode="ai", at=datetime(2026, 11, 25, 10, tzinfo=UTC))
    bound = {rule.id for rule in applicable_rules(known, shipped()) if rule.jurisdiction == "*"}
    assert (bound >= FOR_THREE) is (region in ZONES)
    assert bound.isdisjoint(FOR_THREE) is (region not in ZONES)
    assert (bound >= FOR_THE_UNION) is (region in UNION)
    assert bound.isdisjoint(FOR_THE_UNION) is (region not in UNION)
    assert bound >= {"house-objection-to-all", "house-reassigned"}


@pytest.mark.parametrize("region", ZONES)
@pytest.mark.parametrize("result", [None, "attempted", "answered", "no_answer", "busy", "voicemail"])
def test_four_attempts_in_thirty_days_are_the_most(region: str, result: str | None) -> None:
    """Law 15.4: "≤ 4 attempts/30 d"; one of which nothing was told is an attempt as well."""
    told = None if result is None else CallResult(result)
    for number, is_over in ((2, False), (3, False), (4, True), (5, True)):
        decision = asked(call(region, attempts=calls(number, NOW - 2 * DAY, told)))
        assert [finding.reason for finding in decision.reasons] == [Reason.FREQUENCY_CAP] * is_over
        assert decision.not_before == (NOW + 28 * DAY if is_over else None)
    for seconds, is_over in ((-1, False), (0, False), (1, True), (2, True)):
        oldest = calls(1, NOW - 30 * DAY + seconds * SECOND, told)
        known = call(region, attempts=oldest + calls(3, NOW - DAY, told))
        assert reasons(known) == [Reason.FREQUENCY_CAP] * is_over


@pytest.mark.parametrize("region", ZONES)
@pytest.mark.parametrize("result", [CallResult.REFUSED, CallResult.OPT_OUT])
def test_after_a_refusal_nobody_calls_for_sixty_days(region: str, result: CallResult) -> None:
    """Law 15.4: "60 d after refusal"."""
    for seconds, is_over in AROUND:
        refused = calls(1, NOW - 60 * DAY - seconds * SECOND, result)
        decision = asked(call(region, attempts=refused))
        assert decision.verdict is (Verdict.ALLOW if is_over else Verdict.DEFER)
        assert decision.primary_reason is (None if is_over else Reason.COOLDOWN_REFUSAL)


@pytest.mark.parametrize("attempts", [calls(4, NOW - DAY), calls(1, NOW - DAY, CallResult.REFUSED)])
def test_a_campaign_may_switch_caps_and_pauses_off_and_not_by_silence(attempts: tuple[Attempt, ...]) -> None:
    """Law 15.4: "off-switchable per campaign, the switch is logged"."""
    assert is_allowed(call("CZ", attempts=attempts, house_caps=False))
    assert not is_allowed(call("CZ", attempts=attempts, house_caps=None))
    assert not is_allowed(call("CZ", attempts=None))


@pytest.mark.parametrize(
    ("tried", "end"),
    [
        (datetime(2026, 10, 29, 14, tzinfo=UTC), datetime(2026, 11, 30, 7, tzinfo=UTC)),
        (datetime(2026, 11, 24, 9, tzinfo=UTC), datetime(2026, 12, 28, 7, tzinfo=UTC)),
        (datetime(2026, 10, 30, 18, 59, tzinfo=UTC), datetime(2026, 11, 30, 7, tzinfo=UTC)),
        (datetime(2026, 10, 31, 18, tzinfo=UTC), datetime(2026, 11, 30, 18, tzinfo=UTC)),
    ],
    ids=["a Saturday", "Christmas Eve", "a Sunday", "a Monday"],
)
def test_a_cap_that_ends_on_a_closed_day_ends_on_the_next_open_one(tried: datetime, end: datetime) -> None:
    assert asked(call("CZ", attempts=calls(4, tried))).not_before == end


@pytest.mark.parametrize("call_class", [*CallClass])
def test_another_persons_number_is_called_only_on_a_newer_consent(call_class: CallClass) -> None:
    """Law: "check: reassigned; against_date: consent.granted_at": what the old owner said is void."""
    is_marketing = call_class in (*MARKETING, "consent_request")
    purposes = frozenset({"marketing" if is_marketing else str(call_class)})
    wrong = calls(1, NOW - 5 * DAY, CallResult.WRONG_PARTY)
    for region in ZONES:
        for seconds, is_newer in ((-1, False), (0, False), (1, True), (2, True)):
            said = NOW - 5 * DAY + seconds * SECOND
            agreed = grant(purposes=purposes, obtained_at=said, recorded_at=said)
            known = call(region, call_class=call_class, consents=(agreed,), attempts=wrong)
            assert (Reason.NUMBER_REASSIGNED in reasons(known)) is not is_newer


@pytest.mark.parametrize(
    ("day", "closed"),
    [
        (date(2026, 1, 6), {"SK", "PL"}),  # Epiphany
        (date(2026, 4, 3), {"CZ", "SK"}),  # Good Friday
        (date(2026, 4, 6), {"CZ", "SK", "PL"}),  # Easter Monday
        (date(2027, 3, 26), {"CZ", "SK"}),
        (date(2027, 3, 29), {"CZ", "SK", "PL"}),
        (date(2026, 5, 8), {"CZ"}),
        (date(2026, 6, 4), {"PL"}),  # Corpus Christi
        (date(2025, 9, 15), {"SK"}),  # Our Lady of Sorrows
        (date(2026, 9, 1), set[str]()),  # no day off in Slovakia since 2024
        (date(2026, 9, 28), {"CZ"}),
        (date(2026, 11, 11), {"PL"}),
    ],
)
def test_a_holiday_closes_the_countries_that_keep_it_and_those_whose_people_live_there(
    day: date, closed: set[str]
) -> None:
    at = datetime(day.year, day.month, day.day, 10, tzinfo=UTC)
    for region in ZONES:
        for residence in ZONES:
            free = free_days((region, residence), day).public
            known = call(region, at=at, residence=residence, holidays=free, consents=(consent(at=at),))
            is_closed = bool(closed & {region, residence})
            assert (Reason.HOLIDAY in reasons(known)) is is_closed, (region, residence)


@pytest.mark.parametrize("change", [datetime(2026, 3, 29, 1, tzinfo=UTC), datetime(2026, 10, 25, 1, tzinfo=UTC)])
def test_the_monday_after_a_clock_change_opens_at_eight_by_the_new_clock(change: datetime) -> None:
    spring = change.month == 3
    monday = datetime(change.year, change.month, change.day, 6 if spring else 7, tzinfo=UTC) + DAY
    for step in range(-3, 4):
        night = change + step * timedelta(minutes=30)
        assert asked(call("CZ", at=night, consents=(consent(at=night),))).not_before == monday
    for seconds, is_open in AROUND:
        at = monday + seconds * SECOND
        assert is_allowed(call("CZ", at=at, consents=(consent(at=at),))) is is_open
