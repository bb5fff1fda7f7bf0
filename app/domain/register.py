"""Registers: external lists of numbers, and what one of them answers about a number."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class Coverage(StrEnum):
    """What absence means: in a full list, not listed; in an asked one, that nobody asked."""

    FULL = "full"
    ASKED = "asked"


class ListStatus(StrEnum):
    """What a register says of a number."""

    LISTED = "listed"
    UNLISTED = "unlisted"
    UNASKED = "unasked"


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterAnswer:
    """What one register's standing snapshot says of one number.

    `snapshot` is the leaf hash of the snapshot's log entry, `as_of` the instant its content was true. `categories`
    empty means that the listing is for all. `listed_on` None is *not known since when*. For an answer to a question
    about a day (reassigned numbers), `listed_on` is that day.
    """

    register: str
    snapshot: str
    as_of: datetime
    status: ListStatus
    categories: frozenset[str] = frozenset()
    listed_on: date | None = None
