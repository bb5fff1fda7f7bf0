"""Relationships: what some laws accept in place of consent, and what was recorded of it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class RelationshipKind(StrEnum):
    """How a person is tied to the controller: bought something, is bound by a contract, asked about something."""

    CUSTOMER = "customer"
    CONTRACT = "contract"
    INQUIRY = "inquiry"


MAX_RELATIONSHIPS = 8
"""Most relationships that decide one call: their hashes must fit a log leaf. To lose one can only deny."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Relationship:
    """One relationship of one number with one controller, as it was last recorded.

    `began_at` is the purchase, the contract's beginning, or the inquiry. `ended_at` None: a contract is in force; of
    a purchase or an inquiry it says nothing, and its years count from `began_at`. `product_categories` are what it is
    about; empty is *nothing in particular*, which is similar to no product.
    """

    id: str
    kind: RelationshipKind
    product_categories: frozenset[str]
    began_at: datetime
    recorded_at: datetime
    ended_at: datetime | None = None
    leaf_hash: str = ""

    @property
    def last_at(self) -> datetime | None:
        """The instant from which a law counts months or days; None while a contract is in force."""
        if self.ended_at is None and self.kind is RelationshipKind.CONTRACT:
            return None
        return self.ended_at or self.began_at


def bounded(relationships: Iterable[Relationship], *, product: str | None) -> tuple[Relationship, ...]:
    """Keep those about the product of the call and, of each kind, those that last longest; one that is dropped could
    only have permitted.
    """
    ranked = sorted(
        relationships,
        key=lambda one: (product not in one.product_categories, one.last_at is not None, -_order(one.last_at), one.id),
    )
    best = {one.kind: one for one in reversed(ranked)}
    ranked.sort(key=lambda one: one is not best[one.kind])
    return tuple(sorted(ranked[:MAX_RELATIONSHIPS], key=lambda one: (one.began_at, one.id)))


def _order(instant: datetime | None) -> float:
    return 0.0 if instant is None else instant.timestamp()


def months_after(instant: datetime, months: int) -> datetime:
    """Give the same day and time so many months later, the month's last day where it has no such day."""
    month = instant.month - 1 + months
    year, month = instant.year + month // 12, month % 12 + 1
    for day in (instant.day, 30, 29, 28):
        try:
            return instant.replace(year=year, month=month, day=day)
        except ValueError:
            continue
    return instant + timedelta(days=28 * months)  # beyond what a calendar holds: never longer
