"""Registrations: the caller's and the controller's own entries with an authority, without which some laws bar calls."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum


class Holder(StrEnum):
    """Who is registered: the call centre that dials, or the client it dials for."""

    CALLER = "caller"
    CONTROLLER = "controller"


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """One registration with one authority; `valid_to` is the first day it no longer holds, None is no end."""

    authority: str
    holder: Holder
    valid_from: date
    valid_to: date | None = None

    def holds_on(self, day: date) -> bool:
        """Tell whether it is valid on this day."""
        return self.valid_from <= day and (self.valid_to is None or day < self.valid_to)


MAX_REGISTRATIONS = 8
"""Most registrations that decide one call: they stand in its log leaf. To lose one can only deny."""


def in_view(registrations: Iterable[Registration], *, at: datetime) -> tuple[Registration, ...]:
    """Give those that may hold on some local day of an instant, the ones that last longest, in a fixed order.

    Of each authority and holder the longest comes first: many of one must not push out the only one of another.
    """
    first, last = (at - timedelta(hours=12)).date(), (at + timedelta(hours=14)).date()
    holding = {
        one for one in registrations if one.valid_from <= last and (one.valid_to is None or first < one.valid_to)
    }
    ranked = sorted(holding, key=lambda one: (-(one.valid_to or date.max).toordinal(), *_order(one)))
    best = {(one.authority, one.holder): one for one in reversed(ranked)}
    ranked.sort(key=lambda one: one is not best[one.authority, one.holder])
    return tuple(sorted(ranked[:MAX_REGISTRATIONS], key=_order))


def _order(one: Registration) -> tuple[str, str, date]:
    return one.authority, one.holder.value, one.valid_from
