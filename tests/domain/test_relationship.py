"""Relationships: which of many are kept, and how months are counted."""

from datetime import UTC, datetime, timedelta

import pytest

from app.domain.relationship import MAX_RELATIONSHIPS, Relationship, RelationshipKind, bounded, months_after

NOW = datetime(2026, 11, 25, 10, tzinfo=UTC)
DAY = timedelta(days=1)


def purchase(place: int, *, days: int, product: str = "energy") -> Relationship:
    """Give a purchase so many days ago."""
    at = NOW - days * DAY
    kind = RelationshipKind.CUSTOMER
    categories = frozenset({product})
    return Relationship(id=f"r{place:03}", kind=kind, product_categories=categories, began_at=at, recorded_at=at)


def test_of_many_of_one_kind_those_are_kept_that_last_longest() -> None:
    many = [purchase(place, days=100 + place) for place in range(MAX_RELATIONSHIPS + 5)]
    assert set(bounded(reversed(many), product="energy")) == set(many[:MAX_RELATIONSHIPS])
    assert bounded(many[:MAX_RELATIONSHIPS], product="energy") == tuple(reversed(many[:MAX_RELATIONSHIPS]))


def test_what_is_about_the_product_of_the_call_goes_before_what_lasts_longer() -> None:
    own = purchase(0, days=300)
    others = [purchase(place, days=place, product="telecom") for place in range(1, MAX_RELATIONSHIPS + 3)]
    assert own in bounded([*others, own], product="energy")
    assert own not in bounded([*others, own], product="telecom")


@pytest.mark.parametrize(
    ("day", "months", "then"),
    [
        ("2026-01-31", 1, "2026-02-28"),
        ("2024-01-31", 1, "2024-02-29"),
        ("2026-03-31", 1, "2026-04-30"),
        ("2026-12-15", 1, "2027-01-15"),
        ("2026-01-15", 24, "2028-01-15"),
        ("2026-11-30", 3, "2027-02-28"),
        ("2026-05-05", 0, "2026-05-05"),
    ],
)
def test_months_end_on_the_same_day_or_the_months_last(day: str, months: int, then: str) -> None:
    at = datetime.fromisoformat(f"{day}T12:30:00+00:00")
    assert months_after(at, months) == datetime.fromisoformat(f"{then}T12:30:00+00:00")
