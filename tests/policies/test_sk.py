"""Slovakia: act 452/2021 Z. z., § 116, in two readings."""

from datetime import date, timedelta

import pytest

from app.domain.decision import obligations_of
from app.domain.reason import Reason
from app.domain.rules.rule import Strength
from app.policies.load import shipped
from tests.builders import NOW, objection, withdrawal
from tests.policies.calls import (
    AUTOMATED,
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

ACT = date(2022, 2, 1)
AMENDED = date(2025, 11, 12)
GDPR = date(2018, 5, 25)
LIVE = "Live calls: opt-out – forbidden if the number is in the list or the person objected"
SOLD = ("marketing", "meeting_setup")
PROFILES = ("strict", "statute")
CLAUSES = {
    "sk-automated-basis": Clause(
        quote="Automated calling systems …: only with prior provable consent (§ 116(3))",
        since=ACT,
        classes=SOLD,
        voices=AUTOMATED,
    ),
    "sk-house-live-basis": Clause(quote=LIVE, since=ACT, classes=SOLD, voices=["live"], profiles=["strict"]),
    "sk-house-live-basis-until-list": Clause(
        quote=LIVE, since=ACT, classes=SOLD, voices=["live"], profiles=["statute"]
    ),
    "sk-commercial-survey-basis": Clause(
        quote="since 12 Nov 2025 also obtaining information about goods and services (commercial surveys)",
        since=AMENDED,
        classes=["survey_commercial"],
    ),
    "sk-consent-request-ban": Clause(
        quote="since 12 Nov 2025 also telephone calls to obtain consent", since=AMENDED, classes=["consent_request"]
    ),
    "sk-survey-research-basis": Clause(
        quote="Plain market research and fraud calls are outside the regulator's remit",
        since=ACT,
        classes=["survey_research"],
        voices=["live"],
        profiles=["statute"],
    ),
    "sk-house-survey-research-basis": Clause(
        quote="a law firm argues GDPR bars opt-out",
        since=ACT,
        classes=["survey_research"],
        profiles=["strict"],
    ),
    **{
        f"sk-house-{name}-basis": Clause(quote="nothing was confirmed for this class", since=ACT, classes=[name])
        for name in OTHERS
    },
    "sk-objection": Clause(quote="or the person objected to the person for whose benefit it is done", since=GDPR),
    "sk-disclose-source": Clause(quote="source of the number must be disclosed (Art. 15(1)(g))", since=GDPR),
    "sk-retention": Clause(quote="at least 4 years from withdrawal (§ 116(5))", since=ACT),
}


@pytest.mark.parametrize("id", CLAUSES)
def test_a_clause_binds_from_its_day_the_calls_it_names(id: str) -> None:
    assert_clause("SK", id, CLAUSES[id])


def test_every_rule_that_ships_is_tested_here() -> None:
    assert rules_of("SK") == set(CLAUSES)


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("call_class", SOLD)
@pytest.mark.parametrize("voice", VOICES)
def test_marketing_needs_a_consent_for_that_very_voice_in_both_readings(
    profile: str, call_class: str, voice: str
) -> None:
    """Law, automated: "only with prior provable consent"; live: "forbidden if the number is in the list", which
    cannot be asked yet, so a consent stands in for it in either reading.
    """
    known = {"call_class": call_class, "voice_mode": voice, "profile": profile}
    assert is_allowed(call("SK", **known, consents=(consent("marketing", voice),)))
    assert reasons(call("SK", **known, consents=())) == [Reason.NO_CONSENT]
    others = [name for name in VOICES if name != voice]
    assert not is_allowed(call("SK", **known, consents=(consent("marketing", *others),)))


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("voice", VOICES)
def test_nobody_is_called_to_be_asked_for_consent_since_november_2025(profile: str, voice: str) -> None:
    """Law: "§ 116(4) banned automated/SMS/e-mail consent-gathering; since 12 Nov 2025 also telephone calls"."""
    known = {"call_class": "consent_request", "voice_mode": voice, "profile": profile}
    for day, expected in (
        (AMENDED - timedelta(days=1), Reason.NO_POLICY),
        (AMENDED, Reason.CONSENT_REQUEST_CALL_BANNED),
        (AMENDED + timedelta(days=1), Reason.CONSENT_REQUEST_CALL_BANNED),
    ):
        at = noon("SK", day)
        assert reasons(call("SK", at=at, **known, consents=(consent("marketing", voice, at=at),))) == [expected]


@pytest.mark.parametrize("profile", PROFILES)
def test_a_survey_of_a_commercial_kind_is_marketing_since_november_2025(profile: str) -> None:
    """Law: "obtaining information about goods and services (commercial surveys) if part of marketing"."""
    known = {"call_class": "survey_commercial", "profile": profile}
    for day, expected in ((AMENDED - timedelta(days=1), [Reason.NO_POLICY]), (AMENDED, [])):
        at = noon("SK", day)
        assert reasons(call("SK", at=at, **known, consents=(consent(at=at),))) == expected
    assert reasons(call("SK", **known, consents=())) == [Reason.NO_CONSENT]


def test_plain_research_is_free_only_by_the_statute_and_only_live() -> None:
    """Law: "Plain market research and fraud calls are outside the regulator's remit"."""
    known = {"call_class": "survey_research", "consents": ()}
    assert is_allowed(call("SK", **known, profile="statute"))
    assert reasons(call("SK", **known, profile="strict")) == [Reason.NO_CONSENT]
    for voice in AUTOMATED:
        assert reasons(call("SK", **known, profile="statute", voice_mode=voice)) == [Reason.NO_POLICY]
    asked_first = {**known, "consents": (consent("survey_research"),)}
    assert is_allowed(call("SK", **asked_first, profile="strict"))
    refused = {**known, "consents": (withdrawal(),)}
    assert reasons(call("SK", **refused, profile="statute")) == [Reason.CONSENT_WITHDRAWN]


def test_a_campaign_whose_reading_is_not_known_follows_the_strict_one() -> None:
    known = {"call_class": "survey_research", "profile": None}
    assert Reason.NO_CONSENT in reasons(call("SK", **known, consents=()))
    assert is_allowed(call("SK", **known, consents=(consent("survey_research"),)))


@pytest.mark.parametrize("call_class", OTHERS)
@pytest.mark.parametrize("profile", PROFILES)
def test_where_nothing_was_confirmed_a_consent_for_the_purpose_is_asked(call_class: str, profile: str) -> None:
    known = {"call_class": call_class, "profile": profile}
    assert is_allowed(call("SK", **known, consents=(consent(call_class),)))
    assert reasons(call("SK", **known)) == [Reason.CONSENT_OTHER_PURPOSE]


@pytest.mark.parametrize("profile", PROFILES)
def test_an_objection_to_the_one_who_profits_stops_the_call(profile: str) -> None:
    """Law: "or the person objected *to the person for whose benefit the marketing is done*" (§ 116(8))."""
    known = call("SK", profile=profile, suppressions=(objection(since=NOW, recorded_at=NOW),))
    assert reasons(known) == [Reason.OBJECTED_CONTROLLER]


def test_an_allowed_call_obliges_to_name_the_source_and_to_keep_the_proof_four_years() -> None:
    """Law: "keep the durable medium on which it is recorded at least 4 years from withdrawal" (§ 116(5))."""
    found = {(r.id if r else None, o.code, o.years, o.clock) for r, o in obligations_of(asked(call("SK")))}
    assert ("sk-disclose-source", "disclose_source", None, None) in found
    assert ("sk-retention", "retain", 4, "withdrawn") in found


def test_the_strict_reading_is_never_cited_as_the_statute() -> None:
    """Law: "`sk-strict`'s consent rule is ours (`strength = "house"`), never cited as § 116"."""
    assert {rule(id).strength for id in CLAUSES if id.startswith("sk-house-")} == {Strength.HOUSE}
    assert rule("sk-automated-basis").strength is Strength.STATUTE
    assert rule("sk-consent-request-ban").strength is Strength.STATUTE


def test_what_the_law_asks_and_nobody_can_check_yet_is_named() -> None:
    """Law: "nevyziadanevolania.sk … check single numbers or sets"; "(0)888 mandatory"."""
    assert shipped().not_checked == {"SK": ("caller_id_prefix_0888", "nevyziadanevolania.sk")}
