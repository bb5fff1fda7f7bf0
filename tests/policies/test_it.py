"""Italy: law 5/2018, D.P.R. 26/2022, the code of conduct of 2024, the energy ban of 2026."""

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

RPO = date(2022, 7, 27)
GDPR = date(2018, 5, 25)
LISTED = "register=it-rpo(says=listed, listed_on=2026-11-01)"
CLAUSES = {
    "it-marketing-basis": Clause(
        quote="Opt-out register that cancels earlier consents", since=RPO, classes=SOLD, voices=["live"]
    ),
    "it-automated-basis": Clause(
        quote="from memory: Art. 130 asks consent for machines", since=RPO, classes=SOLD, voices=AUTOMATED
    ),
    "it-unlisted-source-basis": Clause(
        quote="from memory: the opt-out is for numbers of directories",
        since=RPO,
        classes=SOLD,
        sources=["random", "purchased", "public_web", "consent"],
    ),
    **house("it", RPO, "consent_request", "survey_research", "service", "debt", "callback", "charity", "political"),
    "it-objection": Clause(quote="Art. 21(2)–(3) absolute stop for direct marketing", since=GDPR),
    "it-disclose-source": Clause(quote="Art. 15 access incl. source and recipients", since=GDPR),
    "it-rpo": Clause(
        quote="operator submits the list of numbers, gets it back …; result valid 15 days",
        since=RPO,
        classes=PROSPECTING,
    ),
    "it-energy-ban": Clause(
        quote="Electricity/gas phone selling banned from 19 June 2026 without request or specific consent",
        since=date(2026, 6, 19),
        classes=PROSPECTING,
    ),
    "it-roc": Clause(quote="ROC registration of call centres", since=RPO),
    "it-caller-id": Clause(quote="No anonymous numbers; identifiable, callable back", since=RPO),
    "it-hours": Clause(
        quote="9–20 weekdays, 10–19 Saturdays and pre-holidays, never Sunday/holiday; in force 28 Sept 2024",
        since=date(2024, 9, 28),
        classes=PROSPECTING,
    ),
    "it-house-hours": Clause(quote="the code is about telemarketing alone", since=GDPR),
    "it-house-retention": Clause(quote="no statutory period was found", since=RPO),
}


def test_each_clause_binds_on_its_days_the_calls_it_names() -> None:
    assert_clauses("IT", CLAUSES)


def test_a_listing_cancels_the_consents_before_it_and_none_after_it() -> None:
    """Law: "still allowed: consent given after listing, or contract in force / ended ≤ 30 days"."""
    before, after = "2026-10-26 11:00", "2026-11-05 11:00"
    contract = "relationship=contract(product=telecom, began=-2y, ended=-29d)"
    assert reasons("it", LISTED) == ["register_listed"]
    assert reasons("it", f"{LISTED}; consent=given(product=telecom, said={before})") == [
        "consent_superseded_by_listing"
    ]
    assert reasons("it", f"{LISTED}; consent=given(product=telecom, said={after})") == []
    assert reasons("it", f"{LISTED}; {contract}") == []


def test_the_list_is_sent_in_and_its_return_is_good_for_fifteen_days() -> None:
    """Law: "Send-and-return … result valid 15 days"."""
    params = rule("it-rpo").params
    assert (params.mode, params.max_age_days, params.terms.contract_days) == ("send_and_return", 15, 30)
    assert reasons("it", "register=it-rpo(says=unasked)") == ["register_unavailable"]


@pytest.mark.parametrize("word", ["energy", "electricity", "gas", "power", "utilities", "electricity_gas"])
def test_energy_is_offered_to_who_agreed(word: str) -> None:
    """Law: "without request or specific consent"; how long a request counts was not found, so it does not."""
    assert reasons("it", f"product={word}") == ["category_banned"]
    assert reasons("it", f"product={word}; relationship=inquiry(product={word}, began=-1d)") == ["category_banned"]
    assert reasons("it", f"product={word}; consent=given(product={word})") == []


def test_what_comes_from_memory_from_a_code_or_from_the_house_says_so() -> None:
    assert unconfirmed("IT") == {"it-automated-basis", "it-unlisted-source-basis", "it-energy-ban", "it-roc"}
    assert of_strength("IT", Strength.CODE) == {"it-hours"}
    assert of_strength("IT", Strength.HOUSE) == {id for id in CLAUSES if "-house-" in id}
