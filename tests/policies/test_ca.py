"""Canada: the CRTC's Unsolicited Telecommunications Rules."""

from datetime import date

import pytest

from app.domain.rules.rule import Strength
from tests.policies.abroad import (
    AUTOMATED,
    PERSONS,
    PROSPECTING,
    SOLD,
    Clause,
    assert_clauses,
    house,
    of_strength,
    reasons,
    unconfirmed,
)
from tests.policies.calls import rule

DAY_TAKEN = date(2018, 5, 25)
FREE = {"charity": "charity", "political": "political", "research": "survey_research"}
EXEMPT = "Exempt from DNCL: registered charities, parties, surveys"
ADAD = "Surveys are not telemarketing but ADAD rules still apply to automats"
REGISTER = "Caller and client must register and subscribe"
TELEMARKETING = (*PROSPECTING, "charity", "political")
CLAUSES = {
    "ca-marketing-basis": Clause(quote="National DNCL scrub ≤ 31 days", since=DAY_TAKEN, classes=SOLD, voices=["live"]),
    "ca-automated-basis": Clause(
        quote="from memory: ADAD with consent", since=DAY_TAKEN, classes=PROSPECTING, voices=AUTOMATED
    ),
    **{
        f"ca-{name}-basis": Clause(quote=EXEMPT, since=DAY_TAKEN, classes=[one], voices=["live"])
        for name, one in FREE.items()
    },
    **{
        f"ca-house-automated-{name}-basis": Clause(quote=ADAD, since=DAY_TAKEN, classes=[one], voices=AUTOMATED)
        for name, one in FREE.items()
    },
    **house("ca", DAY_TAKEN, "consent_request", "service", "debt", "callback"),
    "ca-objection": Clause(
        quote="internal do-not-call: 31 days in older operator pages, kept 3 years", since=DAY_TAKEN
    ),
    "ca-dncl": Clause(
        quote="18 months after purchase/contract, 6 months after inquiry; business numbers exempt",
        since=DAY_TAKEN,
        classes=PROSPECTING,
        parties=PERSONS,
    ),
    "ca-caller-registration": Clause(quote=REGISTER, since=DAY_TAKEN, classes=TELEMARKETING),
    "ca-client-registration": Clause(quote=REGISTER, since=DAY_TAKEN, classes=TELEMARKETING),
    "ca-registered-charity": Clause(quote="Exempt: registered charities", since=DAY_TAKEN, classes=["charity"]),
    "ca-party": Clause(quote=EXEMPT, since=DAY_TAKEN, classes=["political"]),
    "ca-caller-id": Clause(quote="and show a number", since=DAY_TAKEN),
    "ca-hours": Clause(quote="Mon–Fri 9:00–21:30, Sat–Sun 10:00–18:00, called party's time", since=DAY_TAKEN),
    "ca-identity": Clause(quote="caller must name himself, the telemarketer and the client", since=DAY_TAKEN),
    "ca-house-retention": Clause(quote="no period was found", since=DAY_TAKEN),
}


def test_each_clause_binds_on_its_days_the_calls_it_names() -> None:
    assert_clauses("CA", CLAUSES)


@pytest.mark.parametrize(("evidence", "expected"), [("held", []), ("claimed", ["register_listed"])])
def test_an_express_consent_is_one_whose_form_or_recording_is_held(evidence: str, expected: list[str]) -> None:
    """Law: "written/electronic/online form, or oral with audio recording or third-party verification"."""
    listed = "register=ca-dncl(says=listed)"
    assert reasons("ca", f"{listed}; consent=given(evidence={evidence})") == expected


@pytest.mark.parametrize("since", ["-3y", "-3y-31d", "-4y", "-20y"])
def test_an_objection_never_lapses_by_a_term_that_nobody_confirmed(since: str) -> None:
    """Law: "internal do-not-call: 31 days in older operator pages, kept 3 years (M: now 14 days)"."""
    assert rule("ca-objection").params.keep_for_years is None
    assert reasons("ca", f"suppression=objection(since={since})") == ["objected_controller"]


def test_a_charity_is_exempt_only_as_a_registered_one() -> None:
    """Law: "Exempt from DNCL: registered charities"."""
    both = "ca-dncl(holder=caller) & ca-dncl(holder=controller)"
    assert reasons("ca", f"class=charity; registration={both}") == ["caller_not_registered"]
    assert reasons("ca", f"class=charity; registration={both} & ca-charity(holder=controller)") == []


def test_politics_are_exempt_only_as_a_partys() -> None:
    """Law: "Exempt from DNCL: registered charities, parties, surveys"."""
    both = "ca-dncl(holder=caller) & ca-dncl(holder=controller)"
    assert reasons("ca", f"class=political; registration={both}") == ["caller_not_registered"]
    assert reasons("ca", f"class=political; registration={both} & ca-party(holder=controller)") == []


def test_what_comes_from_memory_or_from_the_house_says_so() -> None:
    assert unconfirmed("CA") == {"ca-automated-basis"}
    assert of_strength("CA", Strength.HOUSE) == {id for id in CLAUSES if "-house-" in id}
