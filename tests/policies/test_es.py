"""Spain: Ley 11/2022 Art. 66.1.b, Circular 1/2023, Ley 10/2025, Orden TDF/149/2025."""

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

ACT = date(2023, 6, 29)
RENEWAL = date(2025, 12, 28)
GDPR = date(2018, 5, 25)
CUSTOMERS = "legitimate interest presumed for own (not group) customers and similar products; no interaction: a year"
TWO_YEARS = "Consent must be renewed every 2 years (Ley 10/2025)"
MACHINES = "automated calls have their own (consent) rule"
RANDOM = "Random numbers: consent only. Directory numbers: express consent noted in the directory"
FOUND = ("random", "directory")
CLAUSES = {
    "es-marketing-basis": Clause(quote=CUSTOMERS, since=ACT, until=RENEWAL, classes=SOLD, voices=["live"]),
    "es-renewed-marketing-basis": Clause(quote=TWO_YEARS, since=RENEWAL, classes=SOLD, voices=["live"]),
    "es-automated-basis": Clause(quote=MACHINES, since=ACT, until=RENEWAL, classes=SOLD, voices=AUTOMATED),
    "es-renewed-automated-basis": Clause(quote=TWO_YEARS, since=RENEWAL, classes=SOLD, voices=AUTOMATED),
    "es-renewed-consent-request-basis": Clause(quote=TWO_YEARS, since=RENEWAL, classes=["consent_request"]),
    "es-source-basis": Clause(quote=RANDOM, since=ACT, until=RENEWAL, classes=SOLD, sources=FOUND),
    "es-renewed-source-basis": Clause(quote=TWO_YEARS, since=RENEWAL, classes=SOLD, sources=FOUND),
    **house("es", ACT, "consent_request", "survey_research", "service", "debt", "callback", "charity", "political"),
    "es-objection": Clause(quote="Art. 21(2)–(3) absolute stop for direct marketing", since=GDPR),
    "es-disclose-source": Clause(quote="Art. 15 access incl. source and recipients", since=GDPR),
    "es-robinson": Clause(
        quote="Robinson list must be checked; overridden by consent to that company", since=ACT, classes=PROSPECTING
    ),
    "es-caller-id": Clause(
        quote="no mobile numbers for unsolicited commercial calls from 7 June 2025; 800/900 or short codes",
        since=date(2025, 6, 7),
        classes=PROSPECTING,
    ),
    "es-hours": Clause(
        quote="(M: TRLGDCU Art. 96 – 9–21 h, not on weekends/holidays.)",
        since=ACT,
        classes=PROSPECTING,
        parties=PERSONS,
    ),
    "es-house-hours": Clause(quote="hours from memory, of consumers alone", since=GDPR),
    "es-house-retention": Clause(quote="no statutory period was found", since=ACT),
}


def test_each_clause_binds_on_its_days_the_calls_it_names() -> None:
    assert_clauses("ES", CLAUSES)


@pytest.mark.parametrize("source", ["random", "directory"])
def test_a_number_that_was_found_needs_a_consent_even_of_a_customer(source: str) -> None:
    """Law: "Random numbers: consent only. Directory numbers: express consent noted in the directory"."""
    customer = "consent=none; relationship=customer; register=es-robinson"
    assert reasons("es", f"{customer}; source=own_customer") == []
    assert reasons("es", f"{customer}; source={source}") == ["no_consent"]


@pytest.mark.parametrize("id", [id for id in CLAUSES if id.startswith("es-renewed-")])
def test_the_strict_reading_ages_consents_from_the_first_day_of_the_law(id: str) -> None:
    """Law: "Ley 10/2025 (26 Dec 2025, in force 28 Dec 2025, 12-month adaptation)"."""
    assert rule(id).effective_from == RENEWAL
    assert rule(id).params.terms.max_age_days == 2 * 365


@pytest.mark.parametrize(("said", "expected"), [("-730d+1s", []), ("-730d", ["consent_expired"])])
def test_an_old_consent_permits_no_call_to_ask_for_a_new_one(said: str, expected: list[str]) -> None:
    """Law: "Consent must be renewed every 2 years (Ley 10/2025)"."""
    asked = "class=consent_request; register=es-robinson"
    assert reasons("es", f"{asked}; consent=given(said={said})") == expected


def test_a_prefix_that_was_only_proposed_is_not_asked_for() -> None:
    """Law: "Prefix 400 … proposed in Feb 2026 … Final adoption not confirmed"."""
    assert rule("es-caller-id").params.require_prefix == ("+34800", "+34900")
    assert reasons("es", "caller_id=+3440012") == ["cli_prefix_required"]


def test_what_comes_from_memory_or_from_the_house_says_so() -> None:
    assert unconfirmed("ES") == {"es-hours", "es-caller-id", "es-automated-basis", "es-renewed-automated-basis"}
    assert {"es-marketing-basis", "es-renewed-marketing-basis"} <= of_strength("ES", Strength.REGULATOR)
    assert of_strength("ES", Strength.HOUSE) == {id for id in CLAUSES if "-house-" in id}
