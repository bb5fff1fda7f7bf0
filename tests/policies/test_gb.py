"""United Kingdom: PECR 2003, regs. 19, 21, 21A, 21B and 24."""

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

DAY_TAKEN = date(2018, 5, 25)
CAUSES = ("charity", "political")
TPS = "no call if … listed in TPS/CTPS; not a breach if listed < 28 days before the call (21(3))"
CTPS = "CTPS for corporate subscribers (Ltd, LLP, public bodies); sole traders in TPS"
BOUND = "Charities and political parties are bound by TPS"
MACHINES = "Automated: consent only"
CLAUSES = {
    "gb-marketing-basis": Clause(
        quote="Live: opt-out – no call if objected to this caller or listed",
        since=DAY_TAKEN,
        classes=SOLD,
        voices=["live"],
    ),
    "gb-automated-basis": Clause(quote=MACHINES, since=DAY_TAKEN, classes=SOLD, voices=AUTOMATED),
    **{f"gb-{cause}-basis": Clause(quote=BOUND, since=DAY_TAKEN, classes=[cause], voices=["live"]) for cause in CAUSES},
    **{
        f"gb-automated-{cause}-basis": Clause(quote=MACHINES, since=DAY_TAKEN, classes=[cause], voices=AUTOMATED)
        for cause in CAUSES
    },
    **house("gb", DAY_TAKEN, "consent_request", "survey_research", "service", "debt", "callback"),
    "gb-objection": Clause(quote="no call if objected to this caller", since=DAY_TAKEN),
    "gb-disclose-source": Clause(quote="Art. 15 access incl. source and recipients", since=DAY_TAKEN),
    "gb-tps": Clause(quote=TPS, since=DAY_TAKEN, classes=PROSPECTING, parties=PERSONS),
    "gb-ctps": Clause(quote=CTPS, since=DAY_TAKEN, classes=PROSPECTING, parties=COMPANY),
    "gb-tps-causes": Clause(quote=BOUND, since=DAY_TAKEN, classes=CAUSES, parties=PERSONS),
    "gb-ctps-causes": Clause(quote=BOUND, since=DAY_TAKEN, classes=CAUSES, parties=COMPANY),
    "gb-claims-ban": Clause(quote="21A (claims management – consent)", since=DAY_TAKEN, classes=PROSPECTING),
    "gb-pensions-ban": Clause(quote="21B (pensions – consent/strict criteria)", since=DAY_TAKEN, classes=PROSPECTING),
    "gb-caller-id": Clause(
        quote="Must present a number on which the caller can be contacted (21(A1))", since=DAY_TAKEN
    ),
    "gb-identity": Clause(quote="reg. 24; CA/UK identity", since=DAY_TAKEN),
    "gb-house-hours": Clause(quote="Hours: none (M)", since=DAY_TAKEN),
    "gb-house-retention": Clause(quote="no statutory period was found", since=DAY_TAKEN),
}


def test_each_clause_binds_on_its_days_the_calls_it_names() -> None:
    assert_clauses("GB", CLAUSES)


@pytest.mark.parametrize("id", ["gb-tps", "gb-ctps", "gb-tps-causes", "gb-ctps-causes"])
def test_a_list_is_good_for_28_days_and_a_listing_binds_after_28(id: str) -> None:
    """Law: "rescreen at least every 28 days"; "not a breach if listed < 28 days before the call"."""
    assert (rule(id).params.max_age_days, rule(id).params.grace_days) == (28, 28)


@pytest.mark.parametrize("said", ["-2y", "-1d"])
def test_a_specific_consent_beats_the_list_whichever_came_first(said: str) -> None:
    """Law: "later TPS listing does not override specific consent"."""
    listed = "register=gb-tps(says=listed, listed_on=2026-09-01)"
    assert reasons("gb", listed) == ["register_listed"]
    assert reasons("gb", f"{listed}; consent=given(said={said})") == []


@pytest.mark.parametrize("cause", CAUSES)
def test_causes_are_bound_by_the_list_and_nothing_beats_it(cause: str) -> None:
    """Law: "Charities and political parties are bound by TPS"."""
    listed = f"class={cause}; register=gb-tps(says=listed)"
    assert reasons("gb", listed) == ["register_listed"]
    assert reasons("gb", f"{listed}; consent=given(purpose={cause})") == ["register_listed"]


def test_market_research_is_not_free_because_that_is_from_memory() -> None:
    """Law: "(M: genuine market research is not marketing.)": an unconfirmed clause may forbid, never permit."""
    assert reasons("gb", "class=survey_research") == ["no_consent"]


def test_what_comes_from_the_house_says_so_and_nothing_is_unconfirmed() -> None:
    assert unconfirmed("GB") == set()
    assert of_strength("GB", Strength.HOUSE) == {id for id in CLAUSES if "-house-" in id}
