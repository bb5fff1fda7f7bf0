"""Registrations: the caller's and the controller's own entries with an authority, without which some laws bar calls."""

from dataclasses import dataclass
from datetime import date
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
