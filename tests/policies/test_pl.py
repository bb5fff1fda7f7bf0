"""Poland: Prawo komunikacji elektronicznej, Art. 398, as the sources read it."""

from datetime import date, timedelta

import pytest

from app.domain.campaign import PartyType
from app.domain.decision import obligations_of
from app.domain.reason import Reason
from app.domain.rules.rule import Strength
from tests.builders import NOW, objection
from tests.policies.calls import (
    MARKETING,
    OTHERS,
    VOICES,
    Clause,
    asked,
    assert_clause,
    call,
    consent,
    is_allowed,
    noon,
    reasons,
    rule,
    rules_of,
)

PKE = date(2024, 11, 10)
GDPR = date(2018, 5, 25)
CLAUSES = {
    "pl-marketing-basis": Clause(
        quote="Opt-in for everything: … banned unless they consented beforehand", since=PKE, classes=MARKETING
    ),
    "pl-consent-request-basis": Clause(
        quote="UKE: asking for consent to present an offer by phone itself needs prior consent",
        since=PKE,
        classes=["consent_request"],
    ),
    **{
        f"pl-house-{name}-basis": Clause(
            quote="Satisfaction surveys/opinion polls: not found", since=PKE, classes=[name]
        )
        for name in ("survey_research", *OTHERS)
    },
    "pl-objection": Clause(quote="GDPR rules apply accordingly to marketing consents", since=GDPR),
    "pl-disclose-source": Clause(quote="PKE = may I use the channel; GDPR = may I process the data", since=GDPR),
    "pl-house-retention": Clause(quote="No statutory period found. Default 5 years after last use", since=PKE),
}


@pytest.mark.parametrize("id", CLAUSES)
def test_a_clause_binds_from_its_day_the_calls_it_names(id: str) -> None:
    assert_clause("PL", id, CLAUSES[id])


def test_every_rule_that_ships_is_tested_here() -> None:
    assert rules_of("PL") == set(CLAUSES)


def test_the_code_is_in_force_from_the_tenth_of_november_2024() -> None:
    """Law: "Art. 398, in force 10 Nov 2024"; that was a Sunday, so only the window stands in the way."""
    for day, expected in (
        (PKE - timedelta(days=2), [Reason.NO_POLICY]),
        (PKE - timedelta(days=1), [Reason.NO_POLICY, Reason.OUTSIDE_HOURS]),
        (PKE, [Reason.OUTSIDE_HOURS]),
        (PKE + timedelta(days=2), []),
    ):
        at = noon("PL", day)
        assert reasons(call("PL", at=at, consents=(consent(at=at),))) == expected, day


@pytest.mark.parametrize("call_class", [*MARKETING, "consent_request"])
@pytest.mark.parametrize("voice", VOICES)
def test_everything_commercial_needs_a_prior_consent(call_class: str, voice: str) -> None:
    """Law: "using (1) automatic calling systems or (2) terminal equipment to send commercial information"."""
    known = {"call_class": call_class, "voice_mode": voice}
    assert is_allowed(call("PL", **known, consents=(consent("marketing", voice),)))
    assert reasons(call("PL", **known, consents=())) == [Reason.NO_CONSENT]
    others = [name for name in VOICES if name != voice]
    assert not is_allowed(call("PL", **known, consents=(consent("marketing", *others),)))


@pytest.mark.parametrize("party", [*PartyType, None])
def test_companies_and_their_employees_are_asked_as_well(party: PartyType | None) -> None:
    """Law: "Applies to any subscriber/end user, i.e. also B2B, employees' phones"."""
    assert reasons(call("PL", party_type=party, consents=())) == [Reason.NO_CONSENT]
    assert is_allowed(call("PL", party_type=party))


@pytest.mark.parametrize("call_class", ["survey_research", *OTHERS])
def test_where_nothing_was_found_a_consent_for_the_purpose_is_asked(call_class: str) -> None:
    """Law: "Satisfaction surveys/opinion polls: not found"."""
    assert is_allowed(call("PL", call_class=call_class, consents=(consent(call_class),)))
    assert reasons(call("PL", call_class=call_class)) == [Reason.CONSENT_OTHER_PURPOSE]
    assert reasons(call("PL", call_class=call_class, consents=())) == [Reason.NO_CONSENT]
    assert rule(f"pl-house-{call_class}-basis").strength is Strength.HOUSE


def test_an_objection_is_honoured_at_once() -> None:
    """Law: "GDPR rules apply accordingly to marketing consents" (Art. 21(3) GDPR)."""
    assert reasons(call("PL", suppressions=(objection(since=NOW, recorded_at=NOW),))) == [Reason.OBJECTED_CONTROLLER]


def test_an_allowed_call_obliges_to_name_the_source_and_to_keep_the_proof_five_years() -> None:
    """Law: "Default 5 years after last use/withdrawal"."""
    found = {(r.id if r else None, o.code, o.years, o.clock) for r, o in obligations_of(asked(call("PL")))}
    assert ("pl-disclose-source", "disclose_source", None, None) in found
    assert ("pl-house-retention", "retain", 5, "last_used") in found


def test_opt_in_is_the_statute_and_the_consent_call_the_regulators_reading() -> None:
    assert rule("pl-marketing-basis").strength is Strength.STATUTE
    assert rule("pl-consent-request-basis").strength is Strength.REGULATOR
