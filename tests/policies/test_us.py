"""United States: 47 CFR 64.1200 and 16 CFR 310, and beside them Florida and Texas."""

from datetime import date

import pytest

from app.domain.rules.rule import Strength
from tests.policies.abroad import (
    AUTOMATED,
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
EXEMPT = "Charities, politics, surveys exempt from the registry"
EXPRESS = "prerecorded/artificial voice to mobiles: prior express consent"
FREE = {"charity": "charity", "political": "political", "research": "survey_research"}
CLAUSES = {
    "us-marketing-basis": Clause(
        quote="DNC: access no more than 31 days before the call", since=DAY_TAKEN, classes=SOLD, voices=["live"]
    ),
    "us-automated-basis": Clause(
        quote="marketing: written, signed. AI voice = artificial voice (8 Feb 2024)",
        since=DAY_TAKEN,
        classes=PROSPECTING,
        voices=AUTOMATED,
    ),
    **{
        f"us-{name}-basis": Clause(quote=EXEMPT, since=DAY_TAKEN, classes=[one], voices=["live"])
        for name, one in FREE.items()
    },
    **{
        f"us-automated-{name}-basis": Clause(quote=EXPRESS, since=DAY_TAKEN, classes=[one], voices=AUTOMATED)
        for name, one in FREE.items()
    },
    **house("us", DAY_TAKEN, "consent_request", "service", "debt", "callback"),
    "us-objection": Clause(
        quote="Any reasonable means, effective within 10 business days; company-specific no beats it", since=DAY_TAKEN
    ),
    "us-dnc": Clause(
        quote="31 days; relationship 18 months after purchase, 3 months after inquiry",
        since=DAY_TAKEN,
        classes=PROSPECTING,
    ),
    "us-san": Clause(quote="access: US SAN", since=DAY_TAKEN, classes=PROSPECTING),
    "us-rnd": Clause(
        quote="Query = number + date of consent → yes / no / no data",
        since=DAY_TAKEN,
        classes=PROSPECTING,
        voices=AUTOMATED,
    ),
    "us-caller-id": Clause(quote="from memory: a number is shown", since=DAY_TAKEN),
    "us-hours": Clause(quote="8:00–21:00 local time at the called party's location", since=DAY_TAKEN),
    "us-identity": Clause(quote="from memory: caller, client and purpose at the start", since=DAY_TAKEN),
    "us-house-retention": Clause(quote="no period was found", since=DAY_TAKEN),
}
FLORIDA = date(2021, 7, 1)
FLORIDA_CLAUSES = {
    "us-fl-hours": Clause(quote="from memory: 8 to 20 local", since=FLORIDA, classes=PROSPECTING),
    "us-fl-cap": Clause(quote="from memory: at most 3 attempts in 24 h", since=FLORIDA, classes=PROSPECTING),
}
TEXAS_CLAUSES = {
    "us-tx-hours": Clause(quote="from memory: Mon-Sat 9-21, Sun 12-21", since=DAY_TAKEN, classes=PROSPECTING),
}
HELD = "consent=given(voice=ai, evidence=held, said=2026-10-26 11:00)"


def test_each_clause_binds_on_its_days_the_calls_it_names() -> None:
    assert_clauses("US", CLAUSES)
    assert_clauses("US-FL", FLORIDA_CLAUSES)
    assert_clauses("US-TX", TEXAS_CLAUSES)


def test_an_ai_voice_is_an_artificial_voice_and_its_consent_is_held_in_writing() -> None:
    """Law: "AI voice = artificial voice (8 Feb 2024)"; "marketing: written, signed"."""
    registers = "register=us-dnc & us-rnd(listed_on=2026-10-20)"
    assert reasons("us", f"voice=ai; {HELD}; {registers}") == []
    assert "consent_evidence_missing" in reasons("us", f"voice=ai; consent=given(voice=ai); {registers}")


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("us-rnd(listed_on=2026-10-26)", []),
        ("us-rnd(listed_on=2026-10-27)", ["number_reassign_unknown"]),
        ("us-rnd(says=listed, listed_on=2026-10-26)", ["number_reassigned"]),
        ("us-rnd(listed_on=2026-10-26, category=no_data)", ["number_reassign_unknown"]),
        ("us-rnd(says=unasked)", ["number_reassign_unknown"]),
    ],
)
def test_only_a_plain_no_about_the_day_of_the_consent_helps(answer: str, expected: list[str]) -> None:
    """Law: "Query = number + date of consent"; "only a `no` gives a limited safe harbour"."""
    assert reasons("us", f"voice=ai; {HELD}; register=us-dnc & {answer}") == expected


def test_a_no_to_the_company_beats_every_relationship_at_once() -> None:
    """Law: "company-specific no beats it"; "effective within 10 business days", which are told and never used."""
    assert rule("us-objection").params.honour_within_days == 14
    relationship = "relationship=customer & contract & inquiry"
    assert reasons("us", f"{relationship}; suppression=objection(since=-1s)") == ["objected_controller"]


@pytest.mark.parametrize("call_class", FREE.values())
def test_what_is_exempt_from_the_registry_is_not_exempt_from_the_hours(call_class: str) -> None:
    """Law: "Charities, politics, surveys exempt from the registry"."""
    free = f"class={call_class}; register=us-dnc(says=listed); registration=none"
    assert reasons("us", free) == []
    assert reasons("us", free, when="Wed 2026-11-25 21:00") == ["outside_hours"]


def test_consent_to_one_seller_alone_is_not_asked_for() -> None:
    """Law: "One-to-one consent: vacated 24 Jan 2025 …, never in force"."""
    assert reasons("us", "consent=given(origin=partner, evidence=held); register=us-dnc(says=listed)") == []


def test_what_comes_from_memory_or_from_the_house_says_so() -> None:
    assert unconfirmed("US") == {"us-caller-id", "us-identity", "us-san"}
    assert unconfirmed("US-FL") == set(FLORIDA_CLAUSES)
    assert unconfirmed("US-TX") == set(TEXAS_CLAUSES)
    assert of_strength("US", Strength.HOUSE) == {id for id in CLAUSES if "-house-" in id}
