"""What binds calls to every country: the house's rules and the Union's."""

from datetime import UTC, date, datetime, timedelta

import pytest

from app.domain.campaign import VoiceMode
from app.domain.decision import Verdict, obligations_of
from app.domain.reason import Reason
from app.domain.rules.rule import Status, Strength
from tests.builders import NOW, grant, withdrawal
from tests.policies.calls import (
    MARKETING,
    OTHERS,
    ZONES,
    Clause,
    asked,
    assert_clause,
    call,
    consent,
    noon,
    reasons,
    rule,
    rules_of,
)

GDPR = date(2018, 5, 25)
AI_ACT = date(2026, 8, 2)
CLAUSES = {
    "house-objection-to-all": Clause(quote="`objected_all` shows neither date nor origin", since=GDPR),
    "house-hours": Clause(quote="Mon–Fri 8–20, not on Saturdays, Sundays and public holidays", since=GDPR),
    "house-frequency": Clause(quote="≤ 4 attempts/30 d", since=GDPR),
    "house-cooldown": Clause(quote="60 d after refusal", since=GDPR),
    "house-reassigned": Clause(
        quote="check: reassigned; against_date: consent.granted_at",
        since=GDPR,
        classes=[*MARKETING, "consent_request"],
    ),
    **{
        f"house-reassigned-{name.removeprefix('survey_')}": Clause(
            quote="check: reassigned; against_date: consent.granted_at", since=GDPR, classes=[name]
        )
        for name in ("survey_research", *OTHERS)
    },
    "eu-ai-disclosure": Clause(
        quote="in the EU add AI Act Art. 50 disclosure from 2 Aug 2026", since=AI_ACT, voices=["ai"]
    ),
    "eu-caller-disclosure": Clause(
        quote="disclose:[caller, principal, purpose]: identity at the start of the call", since=date(2014, 6, 13)
    ),
}


@pytest.mark.parametrize("region", ZONES)
@pytest.mark.parametrize("id", CLAUSES)
def test_a_clause_binds_in_every_country_from_its_day(id: str, region: str) -> None:
    assert_clause(region, id, CLAUSES[id])


def test_every_rule_that_ships_is_tested_here() -> None:
    assert rules_of("*") == set(CLAUSES)


@pytest.mark.parametrize("region", ZONES)
def test_an_objection_to_all_outlives_every_later_consent(region: str) -> None:
    """House rule: an objection to all callers is not undone by a consent given to one of them."""
    newest = grant(obtained_at=NOW, recorded_at=NOW)
    decision = asked(call(region, objected_all=True, consents=(newest,)))
    assert [finding.reason for finding in decision.reasons] == [Reason.OBJECTED_ALL]
    assert decision.reasons[0].since is None


@pytest.mark.parametrize("region", ZONES)
@pytest.mark.parametrize(
    ("at", "verdict"),
    [
        (datetime(2026, 11, 25, 6, 59, 58, tzinfo=UTC), Verdict.DEFER),
        (datetime(2026, 11, 25, 6, 59, 59, tzinfo=UTC), Verdict.DEFER),
        (datetime(2026, 11, 25, 7, tzinfo=UTC), Verdict.ALLOW),
        (datetime(2026, 11, 25, 7, 0, 1, tzinfo=UTC), Verdict.ALLOW),
        (datetime(2026, 11, 25, 18, 59, 58, tzinfo=UTC), Verdict.ALLOW),
        (datetime(2026, 11, 25, 18, 59, 59, tzinfo=UTC), Verdict.ALLOW),
        (datetime(2026, 11, 25, 19, tzinfo=UTC), Verdict.DEFER),
        (datetime(2026, 11, 25, 19, 0, 1, tzinfo=UTC), Verdict.DEFER),
        (datetime(2026, 11, 28, 11, tzinfo=UTC), Verdict.DEFER),
        (datetime(2026, 11, 29, 11, tzinfo=UTC), Verdict.DEFER),
        (datetime(2026, 12, 25, 11, tzinfo=UTC), Verdict.DEFER),
    ],
)
def test_the_house_calls_on_weekdays_from_eight_to_twenty(region: str, at: datetime, verdict: Verdict) -> None:
    """Law 15.4: "Mon–Fri 8–20, not on Saturdays, Sundays and public holidays"."""
    assert asked(call(region, at=at)).verdict is verdict
    assert asked(call(region, at=at, house_hours=False)).verdict is Verdict.ALLOW
    assert asked(call(region, at=at, house_hours=None)).verdict is verdict


@pytest.mark.parametrize(
    ("region", "day"),
    [
        ("CZ", date(2026, 9, 28)),
        ("CZ", date(2026, 10, 28)),
        ("SK", date(2026, 9, 1)),
        ("SK", date(2026, 1, 6)),
        ("PL", date(2026, 11, 11)),
        ("PL", date(2026, 6, 4)),
    ],
)
def test_each_countrys_own_holidays_are_kept(region: str, day: date) -> None:
    at = noon(region, day)
    is_holiday = day != date(2026, 9, 1)  # the Slovak constitution's day is no longer a day off
    expected = [Reason.HOLIDAY] if is_holiday else []
    assert reasons(call(region, at=at, consents=(consent(at=at),))) == expected


@pytest.mark.parametrize("voice", VoiceMode)
@pytest.mark.parametrize(("days", "binds"), [(-2, False), (-1, False), (0, True), (1, True)])
def test_an_ai_says_that_it_is_one_from_the_second_of_august_2026(voice: VoiceMode, days: int, binds: bool) -> None:
    """Law: "AI Act Art. 50 disclosure from 2 Aug 2026"."""
    at = noon("CZ", AI_ACT + timedelta(days=days))
    decision = asked(
        call("CZ", at=at, voice_mode=voice, house_hours=False, consents=(consent("marketing", voice, at=at),))
    )
    assert decision.verdict is Verdict.ALLOW
    said = {o.code for _, o in obligations_of(decision)}
    assert ("disclose_ai" in said) is (binds and voice is VoiceMode.AI)
    assert {"disclose_caller", "disclose_principal", "disclose_purpose"} <= said


def test_what_comes_from_memory_is_unconfirmed_and_only_asks_to_say_more() -> None:
    assert rule("eu-caller-disclosure").status is Status.UNCONFIRMED
    assert rule("eu-caller-disclosure").kind == "obligation"
    assert rule("house-hours").strength is Strength.HOUSE
    assert rule("house-objection-to-all").strength is Strength.HOUSE


def test_a_withdrawal_is_reported_beside_the_objection_to_all() -> None:
    known = call("PL", objected_all=True, consents=(withdrawal(),))
    assert reasons(known) == [Reason.OBJECTED_ALL, Reason.CONSENT_WITHDRAWN]
