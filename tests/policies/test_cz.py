"""Czechia: act 127/2005 Sb., § 96, as the sources read it."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from app.domain.campaign import NumberSource, PartyType
from app.domain.decision import obligations_of
from app.domain.reason import Reason
from app.domain.register import ListStatus
from app.domain.rules.rule import Strength
from tests.builders import DAY, NOW, SECOND, answer, objection, relationship, withdrawal
from tests.policies.calls import (
    AUTOMATED,
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

ACT = date(2022, 7, 1)
GDPR = date(2018, 5, 25)
NOT_FOUND = "Service calls, charities: not found"
CLAUSES = {
    "cz-marketing-basis": Clause(
        quote="Opt-in. Presumption: silence = no; arranging a meeting at which an offer may be made is marketing",
        since=ACT,
        classes=MARKETING,
        voices=["live"],
    ),
    "cz-list-source-basis": Clause(
        quote="Subscriber list now includes randomly generated numbers and bare number lists",
        since=ACT,
        classes=MARKETING,
        voices=["live"],
        sources=["directory", "public_web", "random", "purchased"],
    ),
    "cz-automated-basis": Clause(
        quote="via automatic calling systems without human participation (talking machines)",
        since=ACT,
        classes=MARKETING,
        voices=AUTOMATED,
    ),
    "cz-consent-request-basis": Clause(
        quote="asking for consent to marketing is itself marketing", since=ACT, classes=["consent_request"]
    ),
    "cz-survey-research-basis": Clause(
        quote="Market research in general is not marketing", since=ACT, classes=["survey_research"], voices=["live"]
    ),
    "cz-house-automated-survey-research-basis": Clause(
        quote="safe default: treat AI as automated",
        since=ACT,
        classes=["survey_research"],
        voices=["prerecorded", "ai"],
    ),
    **{f"cz-house-{name}-basis": Clause(quote=NOT_FOUND, since=ACT, classes=[name]) for name in OTHERS},
    "cz-objection": Clause(quote="Telling the caller … works through GDPR Art. 21(3) (stop at once)", since=GDPR),
    "cz-disclose-source": Clause(quote="source of the number must be disclosed (Art. 15(1)(g))", since=GDPR),
    "cz-house-retention": Clause(
        quote="liability lapses after 3 years, at the latest 5 (Act 250/2016 §§ 30, 32(3))", since=date(2017, 7, 1)
    ),
}


@pytest.mark.parametrize("id", CLAUSES)
def test_a_clause_binds_from_its_day_the_calls_it_names(id: str) -> None:
    assert_clause("CZ", id, CLAUSES[id])


def test_every_rule_that_ships_is_tested_here() -> None:
    assert rules_of("CZ") == set(CLAUSES)


def test_the_telemarketing_part_bites_from_july_2022_and_not_from_mid_2023() -> None:
    """Law: "in force 1 Jan 2022, telemarketing effective 1 July 2022 after 6-month transition"."""
    closed = [Reason.NO_POLICY]
    for day, expected in ((ACT - 2 * DAY, closed), (ACT - DAY, closed), (ACT, []), (ACT + 3 * DAY, [])):
        at = noon("CZ", day)
        assert reasons(call("CZ", at=at, consents=(consent(at=at),))) == expected, day


@pytest.mark.parametrize("call_class", [*MARKETING, "consent_request"])
@pytest.mark.parametrize("voice", VOICES)
def test_marketing_needs_a_consent_for_that_very_voice(call_class: str, voice: str) -> None:
    """Law: "§ 96 also bars lists from being used … via automatic calling systems without human participation"."""
    known = {"call_class": call_class, "voice_mode": voice}
    assert is_allowed(call("CZ", **known, consents=(consent("marketing", voice),)))
    assert reasons(call("CZ", **known, consents=())) == [Reason.NO_CONSENT]
    other = Reason.CONSENT_OTHER_CHANNEL if voice == "live" else Reason.CONSENT_NOT_FOR_AUTOMATED
    others = [name for name in VOICES if name != voice]
    assert reasons(call("CZ", **known, consents=(consent("marketing", *others),))) == [other]


@pytest.mark.parametrize("call_class", MARKETING)
@pytest.mark.parametrize("age", [DAY, 366 * DAY, 3660 * DAY])
def test_an_own_customer_may_be_called_by_people_whatever_was_bought_and_when(call_class: str, age: timedelta) -> None:
    """Law: "firms, suppliers, doctors may go on calling their own clients"; "No statutory *similar products* test or
    time limit found".
    """
    bought = relationship(began_at=NOW - age, product_categories=frozenset({"water"}))
    known = {"call_class": call_class, "consents": (), "relationships": (bought,)}
    decision = asked(call("CZ", **known))
    assert decision.basis is not None
    assert decision.basis.code == "customer"
    for voice in AUTOMATED:
        assert reasons(call("CZ", **known, voice_mode=voice)) == [Reason.NO_CONSENT]
    assert reasons(call("CZ", **{**known, "consents": (withdrawal(),)})) == [Reason.CONSENT_WITHDRAWN]


@pytest.mark.parametrize(
    ("age", "permits"),
    [(31 * DAY + SECOND, False), (31 * DAY, False), (31 * DAY - SECOND, True), (31 * DAY - 2 * SECOND, True)],
)
def test_a_public_lists_wish_to_be_contacted_permits_for_a_month(age: timedelta, permits: bool) -> None:
    """Law: "the subscriber's entry in a public subscriber list carries the wish to be contacted"; a month is ours."""
    entry = answer(register="cz-positive-list", status=ListStatus.LISTED, as_of=NOW - age)
    assert is_allowed(call("CZ", consents=(), registers=(entry,))) is permits
    assert not is_allowed(call("CZ", consents=(), registers=(entry,), voice_mode="ai"))
    assert not is_allowed(call("CZ", consents=(), registers=(replace(entry, status=ListStatus.UNLISTED),)))


@pytest.mark.parametrize("justified", [frozenset(), frozenset({"published_business_contact"})])
def test_a_companys_published_number_is_no_ground(justified: frozenset[str]) -> None:
    """Law: "contested → default: block"; so the basis does not name it, whatever a campaign puts on record."""
    known = {"party_type": PartyType.COMPANY, "number_source": NumberSource.PUBLIC_WEB, "justified": justified}
    assert set(reasons(call("CZ", **known, consents=()))) == {Reason.NO_CONSENT}


@pytest.mark.parametrize("source", [*NumberSource, None])
def test_a_customer_is_one_whose_number_did_not_come_from_a_list(source: NumberSource | None) -> None:
    """Law: "a customer database rests on a previous contact"; lists are usable only with the wish to be contacted."""
    known = {"consents": (), "relationships": (relationship(),), "number_source": source}
    is_own = source in (NumberSource.OWN_CUSTOMER, NumberSource.CONSENT)
    assert is_allowed(call("CZ", **known)) is is_own
    entry = answer(register="cz-positive-list", status=ListStatus.LISTED, as_of=NOW)
    assert is_allowed(call("CZ", **known, registers=(entry,)))


def test_market_research_needs_no_consent_and_honours_a_no() -> None:
    """Law: "Market research in general is not marketing"."""
    known = {"call_class": "survey_research", "voice_mode": "live"}
    decision = asked(call("CZ", **known, consents=()))
    assert decision.basis is not None
    assert decision.basis.code == "no_basis_needed"
    assert reasons(call("CZ", **known, consents=(withdrawal(),))) == [Reason.CONSENT_WITHDRAWN]
    assert reasons(call("CZ", **known, consents=(), suppressions=(objection(),))) == [Reason.OBJECTED_CONTROLLER]


@pytest.mark.parametrize("voice", ["prerecorded", "ai"])
def test_a_machine_that_asks_questions_needs_a_consent(voice: str) -> None:
    """Law: "not settled in CZ/SK/PL …; safe default: treat AI as automated"."""
    known = {"call_class": "survey_research", "voice_mode": voice}
    assert reasons(call("CZ", **known, consents=())) == [Reason.NO_CONSENT]
    assert is_allowed(call("CZ", **known, consents=(consent("survey_research", voice),)))


@pytest.mark.parametrize("call_class", OTHERS)
def test_where_nothing_was_found_a_consent_for_the_purpose_is_asked(call_class: str) -> None:
    """Law: "Service calls, charities: not found (M: outside § 96 if no promotion)": so the house errs on its side."""
    assert is_allowed(call("CZ", call_class=call_class, consents=(consent(call_class),)))
    assert reasons(call("CZ", call_class=call_class, consents=(consent("marketing"),))) == [
        Reason.CONSENT_OTHER_PURPOSE
    ]
    assert rule(f"cz-house-{call_class}-basis").strength is Strength.HOUSE


def test_an_objection_stops_marketing_at_once() -> None:
    """Law: "works through GDPR Art. 21(3) (stop at once)"."""
    assert reasons(call("CZ", suppressions=(objection(since=NOW, recorded_at=NOW),))) == [Reason.OBJECTED_CONTROLLER]


def test_an_allowed_call_obliges_to_name_the_source_and_to_keep_the_proof_five_years() -> None:
    """Law: "default 5 years after the last call made under the consent, or after withdrawal"."""
    found = {(r.id if r else None, o.code, o.years, o.clock) for r, o in obligations_of(asked(call("CZ")))}
    assert ("cz-disclose-source", "disclose_source", None, None) in found
    assert ("cz-house-retention", "retain", 5, "last_used") in found


def test_the_strength_of_each_clause_claims_no_more_than_the_source() -> None:
    """Law: "The Czech own-customer basis rests on an authorities' opinion, live voice only"."""
    assert rule("cz-marketing-basis").strength is Strength.REGULATOR
    assert rule("cz-automated-basis").strength is Strength.STATUTE
    assert rule("cz-list-source-basis").strength is Strength.STATUTE
    assert rule("cz-consent-request-basis").strength is Strength.REGULATOR
    assert rule("cz-survey-research-basis").strength is Strength.REGULATOR
    assert rule("cz-house-retention").strength is Strength.HOUSE
