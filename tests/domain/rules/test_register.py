"""`register`: listed, stale, overridden; whatever is not known blocks."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.reason import Reason
from app.domain.register import ListStatus, RegisterAnswer
from app.domain.rules.fields import BadRule
from app.domain.rules.rule import Outcome
from tests.builders import DAY, NOW, SECOND, answer, facts, grant, relationship
from tests.domain.rules.asked import asked, rule

DAYS28: dict[str, Any] = {"register": "sk-list", "snapshot_max_age_days": 28}
STATUSES = st.sampled_from(list(ListStatus))
AGES = st.integers(-48, 40 * 24).map(lambda hours: NOW - timedelta(hours=hours))
ANSWERS = st.builds(
    RegisterAnswer,
    register=st.sampled_from(["sk-list", "other"]),
    snapshot=st.just("s"),
    as_of=AGES,
    status=STATUSES,
    categories=st.sampled_from([frozenset(), frozenset({"energy"}), frozenset({"bank"})]),
    listed_on=st.sampled_from([None, date(2026, 11, 1), date(2026, 10, 1)]),
)


@given(st.lists(ANSWERS, max_size=2, unique_by=lambda one: one.register))
def test_only_a_fresh_answer_that_the_number_is_not_listed_passes(answers: list[RegisterAnswer]) -> None:
    found = asked("register", facts(registers=tuple(answers), consents=()), **DAYS28)
    sure = [
        one
        for one in answers
        if one.register == "sk-list" and one.status is ListStatus.UNLISTED and one.as_of <= NOW < one.as_of + 28 * DAY
    ]
    assert (found.outcome is Outcome.PASS) is bool(sure)
    assert found.until == (sure[0].as_of + 28 * DAY if sure else found.until)


@given(st.lists(ANSWERS, max_size=2, unique_by=lambda one: one.register), st.sampled_from(["registers", "consents"]))
def test_a_missing_fact_never_passes_what_the_fact_would_not(answers: list[RegisterAnswer], name: str) -> None:
    params = {**DAYS28, "unless": ["consent"], "purpose": "marketing", "category_of": {"energy": "energy"}}
    known = facts(registers=tuple(answers))
    blank: dict[str, Any] = {"registers": known.registers, "consents": known.consents, name: None}
    if asked("register", facts(**blank), **params).outcome is Outcome.PASS:
        assert asked("register", known, **params).outcome is Outcome.PASS


@pytest.mark.parametrize(("age", "reason"), [
    (28 * DAY - SECOND, None),
    (28 * DAY - timedelta.resolution, None),
    (28 * DAY, Reason.REGISTER_STALE),
    (28 * DAY + SECOND, Reason.REGISTER_STALE),
])  # fmt: skip
def test_a_snapshot_is_fresh_for_less_than_its_days(age: timedelta, reason: Reason | None) -> None:
    """UK: rescreen at least every 28 days."""
    found = asked("register", facts(registers=(answer(as_of=NOW - age),), consents=()), **DAYS28)
    assert found.reason is reason


@pytest.mark.parametrize(("as_of", "at", "reason"), [
    (datetime(2026, 11, 15, 22, 59, tzinfo=UTC), datetime(2026, 11, 15, 22, 59, tzinfo=UTC), None),
    (datetime(2026, 11, 15, 22, 59, tzinfo=UTC), datetime(2026, 11, 15, 23, tzinfo=UTC), Reason.REGISTER_STALE),
    (datetime(2026, 11, 15, 23, tzinfo=UTC), datetime(2026, 11, 16, 12, tzinfo=UTC), None),
    (datetime(2026, 11, 15, 23, tzinfo=UTC), datetime(2026, 11, 30, 22, 59, tzinfo=UTC), None),
    (datetime(2026, 11, 15, 23, tzinfo=UTC), datetime(2026, 11, 30, 23, tzinfo=UTC), Reason.REGISTER_STALE),
])  # fmt: skip
def test_a_list_of_fixed_days_must_be_of_the_last_of_them(as_of: datetime, at: datetime, reason: Reason | None) -> None:
    """SK: changes take effect on the 1st and 16th of the month and the list must be fetched then."""
    known = facts(at=at, registers=(answer(as_of=as_of),), consents=(), zones=("Europe/Bratislava",))
    found = asked("register", known, register="sk-list", fixed_days=[1, 16])
    assert found.reason is reason


def test_without_a_zone_fixed_days_cannot_be_told() -> None:
    found = asked("register", facts(registers=(answer(),), zones=None), register="sk-list", fixed_days=[1, 16])
    assert found.reason is Reason.REGISTER_STALE


LISTED = answer(status=ListStatus.LISTED)


@pytest.mark.parametrize(("listed_on", "reason"), [
    (date(2026, 10, 28), Reason.REGISTER_LISTED),
    (date(2026, 10, 29), None),
    (None, Reason.REGISTER_LISTED),
])  # fmt: skip
def test_a_listing_binds_after_its_grace_where_its_day_is_known(listed_on: date | None, reason: Reason | None) -> None:
    """PECR reg. 21(3): not a breach if listed < 28 days before the call."""
    known = facts(registers=(answer(status=ListStatus.LISTED, listed_on=listed_on),), consents=())
    found = asked("register", known, **DAYS28, grace_days=28)
    assert found.reason is reason
    if reason is None:
        assert found.until == datetime(2026, 11, 25, 23, tzinfo=UTC)


@pytest.mark.parametrize(("product", "categories", "reason"), [
    ("energy", {"utilities"}, Reason.REGISTER_LISTED_CATEGORY),
    ("energy", {"finance"}, None),
    ("energy", set(), Reason.REGISTER_LISTED),
    ("toys", {"finance"}, Reason.REGISTER_LISTED_CATEGORY),
    (None, {"finance"}, Reason.REGISTER_LISTED_CATEGORY),
])  # fmt: skip
def test_a_listing_by_category_bars_that_category_and_what_belongs_to_none(
    product: str | None, categories: set[str], reason: Reason | None
) -> None:
    known = facts(
        registers=(answer(status=ListStatus.LISTED, categories=frozenset(categories)),),
        product_category=product,
        consents=(),
    )
    found = asked("register", known, **DAYS28, category_of={"energy": "utilities", "loans": "finance"})
    assert found.reason is reason


CONSENTED = {**DAYS28, "unless": ["consent"], "purpose": "marketing"}


def test_a_consent_beats_the_listing_whatever_the_order_where_the_law_says_so() -> None:
    """UK: specific consent beats the register whatever the order."""
    for known in (facts(registers=(LISTED,)), facts(registers=()), facts(registers=None)):
        assert asked("register", known, **CONSENTED).outcome is Outcome.PASS
    assert asked("register", facts(registers=(LISTED,), consents=()), **CONSENTED).outcome is Outcome.BLOCK


@pytest.mark.parametrize(("said", "outcome"), [
    (NOW - DAY - SECOND, Outcome.BLOCK),
    (NOW - DAY, Outcome.BLOCK),
    (NOW - DAY + SECOND, Outcome.PASS),
    (NOW - SECOND, Outcome.PASS),
])  # fmt: skip
def test_only_a_consent_after_the_listing_counts_where_the_listing_wipes_older_ones(
    said: datetime, outcome: Outcome
) -> None:
    """IT: a consent given after the listing; of a listing without a day only that it was there as of the answer."""
    known = facts(registers=(LISTED,), consents=(grant(obtained_at=said, recorded_at=said),))
    found = asked("register", known, **CONSENTED, consent_after_listing=True)
    assert found.outcome is outcome
    if outcome is Outcome.BLOCK:
        assert found.reason is Reason.CONSENT_SUPERSEDED_BY_LISTING
    none = asked("register", facts(registers=()), **CONSENTED, consent_after_listing=True)
    assert none.reason is Reason.REGISTER_UNAVAILABLE


@pytest.mark.parametrize(("said", "outcome"), [
    (datetime(2026, 11, 21, 11, 59, tzinfo=UTC), Outcome.BLOCK),
    (datetime(2026, 11, 21, 12, tzinfo=UTC), Outcome.PASS),
])  # fmt: skip
def test_a_day_of_listing_ends_when_it_ends_everywhere(said: datetime, outcome: Outcome) -> None:
    listed = answer(status=ListStatus.LISTED, listed_on=date(2026, 11, 20))
    known = facts(registers=(listed,), consents=(grant(obtained_at=said, recorded_at=said),))
    assert asked("register", known, **CONSENTED, consent_after_listing=True).outcome is outcome


def test_a_customer_beats_the_listing_for_similar_products_alone() -> None:
    params = {**DAYS28, "unless": ["customer"], "purpose": "marketing", "customer_months": 12}
    known = facts(registers=(LISTED,), consents=(), relationships=(relationship(),))
    assert asked("register", known, **params).outcome is Outcome.PASS
    other = facts(
        registers=(LISTED,), consents=(), relationships=(relationship(product_categories=frozenset({"bank"})),)
    )
    assert asked("register", other, **params).outcome is Outcome.BLOCK


def test_a_consent_recorded_before_the_listing_does_not_beat_it_whatever_it_claims() -> None:
    early = grant(obtained_at=NOW - DAY + SECOND, recorded_at=NOW - DAY)
    found = asked("register", facts(registers=(LISTED,), consents=(early,)), **CONSENTED, consent_after_listing=True)
    assert found.reason is Reason.CONSENT_SUPERSEDED_BY_LISTING


def test_an_older_consent_that_lasts_longer_does_not_hide_the_newer_one() -> None:
    old = grant(obtained_at=NOW - 400 * DAY, recorded_at=NOW - 400 * DAY)
    new = grant(id="new", obtained_at=NOW - SECOND, recorded_at=NOW - SECOND, expires_at=NOW + DAY)
    known = facts(registers=(LISTED,), consents=(old, new))
    assert asked("register", known, **CONSENTED, consent_after_listing=True).outcome is Outcome.PASS


@pytest.mark.parametrize(("product", "outcome"), [
    ("insurance", Outcome.PASS),
    ("energy", Outcome.BLOCK),
    (None, Outcome.BLOCK),
])  # fmt: skip
def test_a_positive_listing_for_a_category_is_no_wish_for_another(product: str | None, outcome: Outcome) -> None:
    listed = answer(status=ListStatus.LISTED, categories=frozenset({"finance"}))
    params = {**DAYS28, "polarity": "positive", "category_of": {"insurance": "finance"}}
    assert asked("register", facts(registers=(listed,), product_category=product), **params).outcome is outcome


def test_a_positive_register_demands_a_listing() -> None:
    params = {**DAYS28, "polarity": "positive"}
    assert asked("register", facts(registers=(LISTED,)), **params).outcome is Outcome.PASS
    assert asked("register", facts(registers=(answer(),)), **params).outcome is Outcome.BLOCK
    assert asked("register", facts(registers=()), **params).outcome is Outcome.UNKNOWN


@pytest.mark.parametrize("params", [
    {"register": "sk-list"},
    {"snapshot_max_age_days": 28},
    {"register": "sk-list", "fixed_days": [0]},
    {"register": "sk-list", "fixed_days": [29]},
    {**DAYS28, "unless": ["none_required"], "purpose": "marketing"},
    {**DAYS28, "unless": ["consent"]},
    {**DAYS28, "consent_after_listing": True},
    {**DAYS28, "polarity": "both"},
    {**DAYS28, "mode": "guess"},
    {**DAYS28, "category_of": {"energy": 3}},
])  # fmt: skip
def test_a_register_that_would_protect_nobody_is_refused(params: dict[str, Any]) -> None:
    with pytest.raises(BadRule):
        rule("register", **params)
