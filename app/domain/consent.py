"""Consent events: what a person said, when, and what proves it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from app.domain.hours import Weekly


class Action(StrEnum):
    """What happened. Only `given` permits; events are appended, never edited."""

    GIVEN = "given"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    REVOKED = "revoked"
    INVALIDATED = "invalidated"


class Origin(StrEnum):
    """How the event was obtained."""

    WEB_FORM = "web_form"
    APP = "app"
    PAPER = "paper"
    IN_PERSON = "in_person"
    INBOUND_CALL = "inbound_call"
    OUTBOUND_CALL = "outbound_call"
    SMS = "sms"
    EMAIL = "email"
    PARTNER = "partner"
    IMPORT = "import"


class Evidence(StrEnum):
    """What proves it: the artefact is here, its SHA-256 was stated, or nothing."""

    HELD = "held"
    CLAIMED = "claimed"
    MISSING = "missing"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentEvent:
    """One event about one number and one controller, without anything that identifies the person.

    `obtained_at` is when the person said it, `recorded_at` when it arrived here: they may differ by years.
    `file` and `row` name the imported file (its SHA-256) and the row, None for an event recorded singly.
    An empty dimension means *all* on a no and *none* on a grant. `call_times` are the hours, on the person's own clock,
    in which the person expressly agreed to be called; None is that nothing was said of hours.
    """

    id: str
    action: Action
    purposes: frozenset[str]
    voice_modes: frozenset[str]
    product_categories: frozenset[str]
    origin: Origin
    obtained_at: datetime
    recorded_at: datetime
    expires_at: datetime | None = None
    evidence: Evidence = Evidence.MISSING
    call_times: Weekly | None = None
    file: str | None = None
    row: int | None = None
    leaf_hash: str = ""

    @property
    def is_grant(self) -> bool:
        """Tell whether the event permits anything."""
        return self.action is Action.GIVEN

    def covers(self, *, purpose: str, voice_mode: str, product_category: str) -> bool:
        """Tell whether the event speaks of such a call."""
        pairs = (
            (self.purposes, purpose),
            (self.voice_modes, voice_mode),
            (self.product_categories, product_category),
        )
        if self.is_grant:
            return all(wanted in said for said, wanted in pairs)
        return all(not said or wanted in said for said, wanted in pairs)


def event_order(event: ConsentEvent) -> tuple[datetime, int, datetime, str]:
    """Order as `overcomes` does: what was said, by row within a file, and only then what was recorded."""
    return event.obtained_at, event.row or 0, event.recorded_at, event.id


MAX_EVENTS = 24
"""Most events that decide one call: their hashes must fit a log leaf of 8 KiB."""


def condensed(events: Iterable[ConsentEvent]) -> tuple[ConsentEvent, ...]:
    """Drop events that can decide nothing: noes overtaken by later noes of the same reach, exact repeats
    of grants. The decision over the result equals the decision over the whole (a property test says so).
    """
    kept: dict[tuple[object, ...], ConsentEvent] = {}
    for event in sorted(events, key=event_order):
        reach: tuple[object, ...] = (
            event.action,
            event.purposes,
            event.voice_modes,
            event.product_categories,
            event.file,
        )
        if event.is_grant:
            is_early = event.obtained_at > event.recorded_at  # not valid yet, so it replaces nothing
            reach += (event.origin, event.expires_at, event.evidence, event.call_times, event.id if is_early else None)
            rival = kept.get(reach)
            if rival is not None and rival.recorded_at > event.recorded_at:
                reach += (event.id,)
            kept[reach] = event
            continue
        kept[("latest obtained", *reach)] = event
        rival = kept.get(("latest recorded", *reach))
        if rival is None or event.recorded_at >= rival.recorded_at:
            kept[("latest recorded", *reach)] = event
    return tuple(sorted({e.id: e for e in kept.values()}.values(), key=event_order))
