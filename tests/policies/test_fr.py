"""France: L223-1 before and after 11 August 2026, D223-9, CNIL and ARCEP."""

from datetime import date

import pytest

from app.domain.rules.rule import Strength
from tests.policies.abroad import (
    AUTOMATED,
    COMPANY,
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

GDPR = date(2018, 5, 25)
OPT_IN = date(2026, 8, 11)
DECREE = date(2023, 3, 1)
CLAUSES = {
    "fr-optout-basis": Clause(
        quote="before: opt-out + Bloctel", since=GDPR, until=OPT_IN, classes=SOLD, parties=PERSONS, voices=["live"]
    ),
    "fr-bloctel": Clause(
        quote="before: opt-out + Bloctel", since=GDPR, until=OPT_IN, classes=PROSPECTING, parties=PERSONS
    ),
    "fr-optin-basis": Clause(
        quote="opt-in effective 11 Aug 2026 (end of the Bloctel concession)",
        since=OPT_IN,
        classes=SOLD,
        parties=PERSONS,
        voices=["live"],
    ),
    "fr-automated-basis": Clause(
        quote="CNIL: automated calls – individuals opt-in",
        since=GDPR,
        classes=SOLD,
        parties=PERSONS,
        voices=AUTOMATED,
    ),
    "fr-company-basis": Clause(
        quote="L223-1 protects consumers. CNIL: professionals opt-out", since=GDPR, classes=SOLD, parties=COMPANY
    ),
    **house("fr", GDPR, "consent_request", "survey_research", "service", "debt", "callback", "charity", "political"),
    "fr-objection": Clause(quote="End the call and refrain from contacting again (L221-16)", since=GDPR),
    "fr-disclose-source": Clause(quote="Art. 15 access incl. source and recipients", since=GDPR),
    "fr-renovation-ban": Clause(
        quote="Energy renovation and home adaptation: phone prospecting banned since July 2025",
        since=date(2025, 7, 1),
        classes=PROSPECTING,
    ),
    "fr-cpf-ban": Clause(quote="CPF training ban since 2023", since=date(2023, 1, 1), classes=PROSPECTING),
    "fr-automated-caller-id": Clause(
        quote="automated systems may not show 01–05 geographic, 06/07 or ordinary 09; verified numbers",
        since=date(2023, 1, 1),
        voices=AUTOMATED,
    ),
    "fr-hours": Clause(
        quote="in force 1 Mar 2023: Mon–Fri 10–13 and 14–20, no Saturday, Sunday, public holiday",
        since=DECREE,
        classes=PROSPECTING,
        parties=PERSONS,
    ),
    "fr-refusal-pause": Clause(
        quote="60 days pause after a refusal in the conversation", since=DECREE, classes=PROSPECTING, parties=PERSONS
    ),
    "fr-cap": Clause(
        quote="4 solicitations or attempts per 30 calendar days per trader or agent",
        since=DECREE,
        classes=PROSPECTING,
        parties=PERSONS,
    ),
    "fr-house-hours": Clause(quote="the hours protect consumers; none were found for other calls", since=GDPR),
    "fr-house-retention": Clause(quote="professional bears proof", since=GDPR),
}


def test_each_clause_binds_on_its_days_the_calls_it_names() -> None:
    assert_clauses("FR", CLAUSES)


@pytest.mark.parametrize("party", PERSONS)
def test_opt_out_gives_way_to_opt_in_on_one_day(party: str) -> None:
    """Law: "opt-in effective 11 Aug 2026"; "before: opt-out + Bloctel"."""
    silent = f"party={party}; consent=none; register=fr-bloctel"
    assert reasons("fr", silent, when="Mon 2026-08-10 11:00") == []
    assert reasons("fr", silent, when="Tue 2026-08-11 11:00") == ["no_consent"]


@pytest.mark.parametrize("call_class", SOLD)
def test_a_contract_in_progress_permits_what_belongs_to_its_object(call_class: str) -> None:
    """Law: "Performance of a contract in progress and related to its object"."""
    assert reasons("fr", f"class={call_class}; consent=none; relationship=contract") == []
    assert reasons("fr", f"class={call_class}; consent=none; relationship=contract(product=x)") == [
        "product_not_similar"
    ]


@pytest.mark.parametrize("ban", ["renovation", "energy_renovation", "home_adaptation", "heat_pump", "solar"])
def test_renovation_is_offered_within_a_contract_alone(ban: str) -> None:
    """Law: "banned since July 2025 except current contract"."""
    assert reasons("fr", f"product={ban}; consent=given(product={ban})") == ["category_banned"]
    assert reasons("fr", f"product={ban}; consent=none; relationship=contract(product={ban})") == []


def test_machines_show_the_numbers_that_the_decision_lists_and_no_others() -> None:
    """Law: "verified numbers 0162 0163 0270 0271 0377 0378 0424 0425 0568 0569 0948 0949 (09475–09479 overseas)"."""
    metropolitan = ["0162", "0163", "0270", "0271", "0377", "0378", "0424", "0425", "0568", "0569", "0948", "0949"]
    overseas = [f"0947{digit}" for digit in range(5, 10)]
    expected = {"+33" + prefix.removeprefix("0") for prefix in (*metropolitan, *overseas)}
    assert set(rule("fr-automated-caller-id").params.require_prefix) == expected


def test_nothing_beat_bloctel() -> None:
    """Law: "opt-out + Bloctel"; the contract in progress is the exception of the opt-in alone."""
    listed = "consent=given; relationship=contract; register=fr-bloctel(says=listed)"
    assert reasons("fr", listed, when="Mon 2026-08-10 11:00") == ["register_listed"]


def test_what_comes_from_memory_or_from_the_house_says_so() -> None:
    assert unconfirmed("FR") == {"fr-bloctel", "fr-cpf-ban", "fr-automated-caller-id"}
    assert of_strength("FR", Strength.HOUSE) == {id for id in CLAUSES if "-house-" in id}
