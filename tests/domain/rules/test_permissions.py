"""What stands in for a consent: customer, contract, inquiry, business contact, judgement, positive register."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.campaign import NumberSource, PartyType
from app.domain.reason import Reason
from app.domain.register import ListStatus
from app.domain.relationship import MAX_RELATIONSHIPS, Relationship, RelationshipKind, bounded, months_after
from app.domain.rules.fields import BadRule
from app.domain.rules.rule import Outcome
from tests.builders import DAY, NOW, SECOND, answer, facts, grant, relationship, withdrawal
from tests.domain.rules.asked import asked, rule

MARKETING: dict[str, Any] = {"purpose": "marketing"}
CUSTOMER = MARKETING | {"any_of": ["consent", "customer"], "customer_months": 18}
CONTRACT = MARKETING | {"any_of": ["consent", "contract"], "contract_days": 30}
INQUIRY = MARKETING | {"any_of": ["consent", "inquiry"], "inquiry_months": 3}
TIES = st.lists(
    st.builds(
        Relationship,
        id=st.sampled_from("abcd"),
        kind=st.sampled_from(list(RelationshipKind)),
        product_categories=st.sampled_from([frozenset({"energy"}), frozenset({"bank"}), frozenset()]),
        began_at=st.integers(-900, 900).map(lambda days: NOW + days * DAY),
        recorded_at=st.just(NOW),
        ended_at=st.one_of(st.none(), st.integers(-500, 500).map(lambda days: NOW + days * DAY)),
    ),
    max_size=4,
)


def contract(**changes: Any) -> Relationship:
    return relationship(kind=RelationshipKind.CONTRACT, id="contract", **changes)


@pytest.mark.parametrize(("bought", "reason"), [
    (datetime(2025, 5, 25, 9, 59, 59, tzinfo=UTC), Reason.CUSTOMER_WINDOW_PASSED),
    (datetime(2025, 5, 25, 10, tzinfo=UTC), Reason.CUSTOMER_WINDOW_PASSED),
    (datetime(2025, 5, 25, 10, 0, 1, tzinfo=UTC), None),
    (datetime(2026, 11, 25, 10, tzinfo=UTC), None),
    (datetime(2026, 11, 25, 10, 0, 1, tzinfo=UTC), Reason.NO_CONSENT),
])  # fmt: skip
def test_a_customer_may_be_called_for_eighteen_months_after_the_purchase(
    bought: datetime, reason: Reason | None
) -> None:
    """US: established business relationship 18 months after purchase."""
    known = facts(consents=(), relationships=(relationship(began_at=bought),))
    found = asked("basis", known, **CUSTOMER)
    assert found.reason is reason
    if reason is None:
        assert (found.basis and found.basis.code) == "customer"
        assert found.until == months_after(bought, 18)


@pytest.mark.parametrize(("ended", "outcome"), [
    (NOW - 30 * DAY - SECOND, Outcome.BLOCK),
    (NOW - 30 * DAY, Outcome.BLOCK),
    (NOW - 30 * DAY + SECOND, Outcome.PASS),
    (NOW + DAY, Outcome.PASS),
    (None, Outcome.PASS),
])  # fmt: skip
def test_a_contract_in_force_or_ended_less_than_thirty_days_ago_permits(
    ended: datetime | None, outcome: Outcome
) -> None:
    """IT: contract in force / ended <= 30 days."""
    known = facts(consents=(), relationships=(contract(ended_at=ended),))
    found = asked("basis", known, **CONTRACT)
    assert found.outcome is outcome
    if outcome is Outcome.PASS:
        assert found.until == (None if ended is None else ended + 30 * DAY)


def test_without_a_grace_a_contract_permits_until_it_ends() -> None:
    """FR: performance of a contract in progress."""
    strict = MARKETING | {"any_of": ["contract"]}
    for ended, outcome in ((NOW + SECOND, Outcome.PASS), (NOW, Outcome.BLOCK), (None, Outcome.PASS)):
        known = facts(consents=(), relationships=(contract(ended_at=ended),))
        assert asked("basis", known, **strict).outcome is outcome


@pytest.mark.parametrize(("asked_at", "outcome"), [
    (datetime(2026, 8, 25, 10, tzinfo=UTC), Outcome.BLOCK),
    (datetime(2026, 8, 25, 10, 0, 1, tzinfo=UTC), Outcome.PASS),
])  # fmt: skip
def test_an_inquiry_permits_for_three_months(asked_at: datetime, outcome: Outcome) -> None:
    """US: 3 months after inquiry."""
    tie = relationship(kind=RelationshipKind.INQUIRY, began_at=asked_at)
    assert asked("basis", facts(consents=(), relationships=(tie,)), **INQUIRY).outcome is outcome


@given(TIES)
def test_a_no_that_nobody_took_back_beats_every_tie(ties: list[Relationship]) -> None:
    words = ["customer", "contract", "inquiry", "none_required", "legitimate_interest"]
    known = facts(consents=(withdrawal(),), relationships=tuple(ties), justified=frozenset({"legitimate_interest"}))
    assert asked("basis", known, any_of=words, **MARKETING).outcome is Outcome.BLOCK


@given(TIES, st.sampled_from(["relationships", "consents", "product_category", "justified"]))
def test_a_missing_fact_never_permits_what_the_fact_would_not(ties: list[Relationship], missing: str) -> None:
    params = CUSTOMER | {"any_of": ["customer", "contract", "inquiry", "presumed_interest"], "inquiry_months": 3}
    told: dict[str, Any] = {"relationships": tuple(ties), "consents": (), "party_type": PartyType.COMPANY}
    blank: dict[str, Any] = {missing: None}
    if asked("basis", facts(**told | blank), **params).outcome is Outcome.PASS:
        assert asked("basis", facts(**told), **params).outcome is Outcome.PASS


@given(TIES)
def test_a_permission_ends_before_the_tie_does(ties: list[Relationship]) -> None:
    params = CUSTOMER | {"any_of": ["customer", "contract", "inquiry"], "inquiry_months": 3}
    known = facts(consents=(), relationships=tuple(ties))
    found = asked("basis", known, **params)
    if found.until is not None and found.outcome is Outcome.PASS:
        last = facts(consents=(), relationships=tuple(ties), at=found.until - timedelta.resolution)
        assert asked("basis", last, **params).outcome is Outcome.PASS


@given(st.lists(TIES, max_size=8).map(lambda many: [tie for ties in many for tie in ties]))
def test_what_is_kept_of_many_ties_permits_no_more_than_all_of_them(ties: list[Relationship]) -> None:
    kept = bounded(ties, product="energy")
    assert len(kept) == min(len(ties), MAX_RELATIONSHIPS)
    params = CUSTOMER | {"any_of": ["customer", "contract", "inquiry"], "inquiry_months": 3}
    if asked("basis", facts(consents=(), relationships=kept), **params).outcome is Outcome.PASS:
        assert asked("basis", facts(consents=(), relationships=tuple(ties)), **params).outcome is Outcome.PASS


def test_another_product_is_not_similar_unless_the_law_does_not_ask() -> None:
    known = facts(consents=(), relationships=(relationship(product_categories=frozenset({"bank"})),))
    assert asked("basis", known, **CUSTOMER).reason is Reason.PRODUCT_NOT_SIMILAR
    assert asked("basis", known, **CUSTOMER, similar=False).outcome is Outcome.PASS
    nothing = facts(consents=(), relationships=(relationship(product_categories=frozenset()),))
    assert asked("basis", nothing, **CUSTOMER).outcome is Outcome.BLOCK


def test_a_consent_is_told_before_any_other_basis() -> None:
    found = asked("basis", facts(relationships=(contract(),)), **CONTRACT)
    assert (found.basis and found.basis.code) == "consent"


@pytest.mark.parametrize("word", ["presumed_interest", "legitimate_interest", "published_business_contact"])
def test_a_judgement_counts_only_where_it_is_on_record(word: str) -> None:
    """DE: presumed interest off by default; CZ: a published contact only with a recorded justification."""
    business: dict[str, Any] = {"party_type": PartyType.COMPANY, "number_source": NumberSource.PUBLIC_WEB}
    for justified, outcome in (({word}, Outcome.PASS), (set(), Outcome.BLOCK), (None, Outcome.BLOCK)):
        told = None if justified is None else frozenset(justified)
        known = facts(consents=(), justified=told, **business)
        assert asked("basis", known, any_of=[word], **MARKETING).outcome is outcome


def test_a_presumed_interest_is_that_of_a_business_alone() -> None:
    known = facts(consents=(), justified=frozenset({"presumed_interest"}))
    assert asked("basis", known, any_of=["presumed_interest"], **MARKETING).outcome is Outcome.BLOCK


@pytest.mark.parametrize(("age", "status", "outcome"), [
    (31 * DAY - SECOND, ListStatus.LISTED, Outcome.PASS),
    (31 * DAY, ListStatus.LISTED, Outcome.BLOCK),
    (-SECOND, ListStatus.LISTED, Outcome.BLOCK),
    (DAY, ListStatus.UNLISTED, Outcome.BLOCK),
    (DAY, ListStatus.UNASKED, Outcome.BLOCK),
])  # fmt: skip
def test_a_wish_to_be_called_in_a_public_list_permits_while_it_is_fresh(
    age: timedelta, status: ListStatus, outcome: Outcome
) -> None:
    """CZ: the subscriber's entry in a public list carries the wish to be contacted."""
    params = {"any_of": ["positive_register"], "positive_register": "cz", "positive_register_max_age_days": 31}
    known = facts(consents=(), registers=(answer(register="cz", as_of=NOW - age, status=status),))
    assert asked("basis", known, **params, **MARKETING).outcome is outcome


@pytest.mark.parametrize(("categories", "outcome"), [
    (frozenset(), Outcome.PASS),
    (frozenset({"energy"}), Outcome.PASS),
    (frozenset({"insurance"}), Outcome.BLOCK),
])  # fmt: skip
def test_a_wish_for_other_products_is_none_for_this_one(categories: frozenset[str], outcome: Outcome) -> None:
    params = {"any_of": ["positive_register"], "positive_register": "cz", "positive_register_max_age_days": 31}
    listed = answer(register="cz", status=ListStatus.LISTED, categories=categories)
    assert asked("basis", facts(consents=(), registers=(listed,)), **params, **MARKETING).outcome is outcome


def test_a_law_may_be_content_with_fewer_dimensions_but_a_no_counts_in_all() -> None:
    params = MARKETING | {"any_of": ["consent"], "granularity": ["purpose", "voice_mode"]}
    elsewhere = grant(product_categories=frozenset({"bank"}))
    assert asked("basis", facts(consents=(elsewhere,)), **params).outcome is Outcome.PASS
    assert asked("basis", facts(consents=(elsewhere,)), any_of=["consent"], **MARKETING).outcome is Outcome.BLOCK
    no = withdrawal(product_categories=frozenset({"energy"}))
    assert asked("basis", facts(consents=(elsewhere, no)), **params).outcome is Outcome.BLOCK


@pytest.mark.parametrize("params", [
    {"any_of": ["customer"]},
    {"any_of": ["positive_register"], "purpose": "marketing"},
    {"any_of": ["consent"], "purpose": "marketing", "positive_register": "cz", "positive_register_max_age_days": 3},
    {"any_of": ["consent"], "purpose": "marketing", "granularity": ["voice_mode"]},
    {"any_of": ["consent"], "purpose": "marketing", "customer_months": 0},
    {"any_of": ["friend"], "purpose": "marketing"},
])  # fmt: skip
def test_terms_that_say_too_little_are_refused(params: dict[str, Any]) -> None:
    with pytest.raises(BadRule):
        rule("basis", **params)


@pytest.mark.parametrize(("instant", "months", "later"), [
    ("2026-01-31T10:00:00+00:00", 1, "2026-02-28T10:00:00+00:00"),
    ("2024-01-31T10:00:00+00:00", 1, "2024-02-29T10:00:00+00:00"),
    ("2024-02-29T10:00:00+00:00", 12, "2025-02-28T10:00:00+00:00"),
    ("2026-08-31T10:00:00+00:00", 18, "2028-02-29T10:00:00+00:00"),
    ("2026-12-15T10:00:00+00:00", 1, "2027-01-15T10:00:00+00:00"),
])  # fmt: skip
def test_months_end_on_the_same_day_or_the_months_last(instant: str, months: int, later: str) -> None:
    assert months_after(datetime.fromisoformat(instant), months) == datetime.fromisoformat(later)
