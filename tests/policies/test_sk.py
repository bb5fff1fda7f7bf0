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
LIST = date(2022, 11, 1)
PREFIX = date(2022, 8, 19)
SOLD = ("marketing", "meeting_setup")
TOLD = (*SOLD, "survey_commercial")
PROFILES = ("strict", "statute")
LIVE = "Live calls: opt-out – forbidden if the number is in the list or the person objected"
STRICT = "`SK-strict` consent + register + 0888; its consent rule is ours, never cited as § 116"
SURVEY = "since 12 Nov 2025 also obtaining information about goods and services (commercial surveys)"
FETCHED = "changes take effect on the 1st and 16th of the month and the list must be fetched then"
SUBJECT = "caller must register as marketing subject"
SALE = "contact data obtained in connection with a sale"
ELSEWHERE = ("consent", "directory", "public_web", "random", "purchased")
MANDATORY = "(0)888 mandatory; for live, automated, fax and SMS marketing"
CLAUSES = {
    "sk-automated-basis": Clause(
        quote="Automated calling systems …: only with prior provable consent (§ 116(3))",
        since=ACT,
        classes=SOLD,
        voices=AUTOMATED,
    ),
    "sk-live-basis": Clause(quote=LIVE, since=LIST, classes=SOLD, voices=["live"], profiles=["statute"]),
    "sk-house-live-basis": Clause(quote=STRICT, since=ACT, classes=SOLD, voices=["live"], profiles=["strict"]),
    "sk-house-live-basis-until-list": Clause(
        quote="list 1 Nov 2022", since=ACT, until=LIST, classes=SOLD, voices=["live"], profiles=["statute"]
    ),
    "sk-commercial-survey-basis": Clause(quote=SURVEY, since=AMENDED, classes=["survey_commercial"], voices=AUTOMATED),
    "sk-live-commercial-survey-basis": Clause(
        quote=SURVEY, since=AMENDED, classes=["survey_commercial"], voices=["live"], profiles=["statute"]
    ),
    "sk-house-commercial-survey-basis": Clause(
        quote=STRICT, since=AMENDED, classes=["survey_commercial"], voices=["live"], profiles=["strict"]
    ),
    "sk-register-until-2025-11": Clause(quote=FETCHED, since=LIST, until=AMENDED, classes=SOLD, voices=["live"]),
    "sk-register": Clause(quote=FETCHED, since=AMENDED, classes=TOLD, voices=["live"]),
    "sk-strict-register": Clause(quote=STRICT, since=LIST, classes=TOLD, profiles=["strict"]),
    "sk-other-source-register": Clause(quote=SALE, since=LIST, classes=TOLD, voices=["live"], sources=ELSEWHERE),
    "sk-other-source-caller-id": Clause(quote=SALE, since=PREFIX, classes=TOLD, sources=ELSEWHERE),
    "sk-customer-data-basis": Clause(
        quote="customer data usable at most 1 year after the contract/purchase ends",
        since=AMENDED,
        classes=TOLD,
        voices=["live"],
        profiles=["statute"],
        sources=["own_customer"],
    ),
    "sk-registration-until-2025-11": Clause(quote=SUBJECT, since=LIST, until=AMENDED, classes=SOLD, voices=["live"]),
    "sk-registration": Clause(quote=SUBJECT, since=AMENDED, classes=TOLD, voices=["live"]),
    "sk-house-automated-registration": Clause(
        quote="must register as marketing subject", since=LIST, classes=TOLD, voices=AUTOMATED
    ),
    "sk-caller-id-until-2025-11": Clause(quote=MANDATORY, since=PREFIX, until=AMENDED, classes=SOLD),
    "sk-caller-id": Clause(quote=MANDATORY, since=AMENDED, classes=TOLD),
    "sk-strict-caller-id": Clause(quote=STRICT, since=PREFIX, classes=TOLD, profiles=["strict"]),
    "sk-consent-request-ban": Clause(
        quote="since 12 Nov 2025 also telephone calls to obtain consent", since=AMENDED, classes=["consent_request"]
    ),
    "sk-automated-consent-request-ban": Clause(
        quote="§ 116(4) banned automated/SMS/e-mail consent-gathering", since=ACT, classes=["consent_request"]
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


@pytest.mark.parametrize(
    ("profile", "voice"),
    [("strict", "live"), *((profile, voice) for profile in PROFILES for voice in AUTOMATED)],
)
@pytest.mark.parametrize("call_class", TOLD)
def test_a_consent_is_for_that_very_voice(profile: str, voice: str, call_class: str) -> None:
    """Law: "only with prior provable consent (§ 116(3))"; for people the strict reading alone asks it."""
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
        (AMENDED - timedelta(days=2), Reason.NO_POLICY),
        (AMENDED - timedelta(days=1), Reason.NO_POLICY),
        (AMENDED, Reason.CONSENT_REQUEST_CALL_BANNED),
        (AMENDED + timedelta(days=1), Reason.CONSENT_REQUEST_CALL_BANNED),
    ):
        at = noon("SK", day)
        assert reasons(call("SK", at=at, **known, consents=(consent("marketing", voice, at=at),))) == [
            expected,
            *([Reason.VOICE_MODE_BANNED] if voice in AUTOMATED else []),
        ]


@pytest.mark.parametrize("profile", PROFILES)
def test_a_survey_of_a_commercial_kind_is_marketing_since_november_2025(profile: str) -> None:
    """Law: "obtaining information about goods and services (commercial surveys) if part of marketing"."""
    known = {"call_class": "survey_commercial", "profile": profile}
    for days, is_covered in ((-2, False), (-1, False), (0, True), (1, True)):
        at = noon("SK", AMENDED + timedelta(days=days))
        told = reasons(call("SK", at=at, **known, consents=(consent(at=at),)))
        assert (Reason.NO_POLICY not in told) is is_covered
    assert reasons(call("SK", **known, consents=())) == ([Reason.NO_CONSENT] if profile == "strict" else [])


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
    for id in CLAUSES:
        expected = Strength.REGULATOR if id == "sk-survey-research-basis" else Strength.STATUTE
        is_ours = id.startswith(("sk-house-", "sk-strict-"))
        assert rule(id).strength is (Strength.HOUSE if is_ours else expected), id
        assert not is_ours or "Vnútorné pravidlo" in rule(id).citation


def test_nothing_that_the_law_asks_is_left_unchecked() -> None:
    assert shipped().not_checked == {}
