"""India: TCCCPR 2018 with its second amendment."""

from datetime import date

import pytest

from app.domain.rules.rule import Strength
from tests.policies.abroad import (
    AUTOMATED,
    PROSPECTING,
    Clause,
    assert_clauses,
    house,
    of_strength,
    reasons,
    unconfirmed,
)
from tests.policies.calls import rule

REGULATIONS = date(2018, 7, 19)
SCRUB = "Scrubbing on DLT by the access provider, sender headers/templates registered"
CLAUSES = {
    "in-house-marketing-basis": Clause(
        quote="consent classes: explicit / inferred", since=REGULATIONS, classes=PROSPECTING
    ),
    "in-service-basis": Clause(
        quote="service consent only for the duration of the relation",
        since=date(2025, 4, 19),
        classes=["service"],
        voices=["live"],
    ),
    "in-house-automated-service-basis": Clause(
        quote="modes (voice, …, robo-call)", since=REGULATIONS, classes=["service"], voices=AUTOMATED
    ),
    **house("in", REGULATIONS, "survey_research", "debt", "callback", "charity", "political"),
    "in-objection": Clause(quote="a no is honoured at once", since=date(2018, 5, 25)),
    "in-ncpr": Clause(quote="Preference register with 8 categories", since=REGULATIONS, classes=PROSPECTING),
    "in-dlt-sender": Clause(quote=SCRUB, since=REGULATIONS, classes=(*PROSPECTING, "service")),
    "in-dlt-telemarketer": Clause(quote=SCRUB, since=REGULATIONS, classes=PROSPECTING),
    "in-caller-id": Clause(quote="dedicated 140 series (promotional)", since=REGULATIONS, classes=PROSPECTING),
    "in-hours": Clause(
        quote="Default quiet hours under older rules 21–9 (current default not confirmed)", since=REGULATIONS
    ),
    "in-house-retention": Clause(quote="no period was found", since=REGULATIONS),
}


def test_each_clause_binds_on_its_days_the_calls_it_names() -> None:
    assert_clauses("IN", CLAUSES)


def test_the_register_knows_eight_categories() -> None:
    """Law: "8 categories (banking/insurance/finance; real estate; education; health; consumer goods/autos;
    communication/entertainment/IT; tourism; food)".
    """
    mapping = rule("in-ncpr").params.category_of
    assert len(set(mapping.values())) == 8
    assert mapping["insurance"] == mapping["finance"] == "banking"
    assert mapping["cars"] == "consumer_goods"
    assert mapping["entertainment"] == mapping["it"] == "communication"


@pytest.mark.parametrize("product", ["energy", "unheard_of"])
def test_a_product_of_no_category_is_barred_by_any_listing(product: str) -> None:
    offered = f"product={product}; consent=given(product={product})"
    assert reasons("in", offered) == []
    assert reasons("in", f"{offered}; register=in-ncpr(says=listed, category=food)") == ["register_listed_category"]


def test_a_consent_is_asked_beside_the_register_and_beats_no_preference() -> None:
    """That a number without a preference may be called was not confirmed, nor that a consent beats one."""
    assert reasons("in", "consent=none") == ["no_consent"]
    assert reasons("in", "register=in-ncpr(says=listed)") == ["register_listed"]


def test_service_calls_may_be_made_as_long_as_the_relation_lasts() -> None:
    """Law: "service consent only for the duration of the relation"."""
    service = "class=service; consent=none"
    assert reasons("in", f"{service}; relationship=contract(product=telecom)") == []
    assert reasons("in", f"{service}; relationship=contract(product=telecom, ended=-1s)") == ["customer_window_passed"]


def test_what_comes_from_memory_or_from_the_house_says_so() -> None:
    assert unconfirmed("IN") == {"in-dlt-telemarketer", "in-hours"}
    assert of_strength("IN", Strength.HOUSE) == {"in-objection", *(id for id in CLAUSES if "-house-" in id)}
