"""Consent events and the standing consent computed from them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


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
    An empty dimension means *all* on a no and *none* on a grant.
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
    file: str | None = None
    row: int | None = None
    leaf_hash: str = ""

    @property
    def is_grant(self) -> bool:
        """Tell whether the event permits anything."""
        return self.action is Action.GIVEN

    def covers(self, *, purpose: str | None, voice_mode: str, product_category: str) -> bool:
        """Tell whether the event speaks of such a call. A purpose of None is any purpose."""
        pairs = (
            (self.purposes, purpose),
            (self.voice_modes, voice_mode),
            (self.product_categories, product_category),
        )
        if self.is_grant:
            return all(wanted is None or wanted in said for said, wanted in pairs)
        return all(not said or wanted is None or wanted in said for said, wanted in pairs)


class ConsentState(StrEnum):
    """What the events add up to for one call."""

    GIVEN = "given"
    NONE = "none"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    REVOKED = "revoked"
    EXPIRED = "expired"
    NOT_YET_VALID = "not_yet_valid"
    EVIDENCE_MISSING = "evidence_missing"
    FROM_OUTBOUND_CALL = "from_outbound_call"
    OTHER_PURPOSE = "other_purpose"
    OTHER_VOICE_MODE = "other_voice_mode"
    OTHER_CATEGORY = "other_category"


_STATE_OF_NO = {
    Action.REFUSED: ConsentState.REFUSED,
    Action.WITHDRAWN: ConsentState.WITHDRAWN,
    Action.REVOKED: ConsentState.REVOKED,
    Action.INVALIDATED: ConsentState.REVOKED,
}
NOES = frozenset({ConsentState.REFUSED, ConsentState.WITHDRAWN, ConsentState.REVOKED})


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingConsent:
    """The state, and the event that decides it (None where there is no event at all)."""

    state: ConsentState
    event: ConsentEvent | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentDemands:
    """What a rule asks of a grant beyond covering the call."""

    evidence_held: bool = False
    outbound_call_accepted: bool = False
    max_age_days: int | None = None


def overcomes(grant: ConsentEvent, no: ConsentEvent) -> bool:
    """Tell whether `grant` is newer than `no` both in what was said and in what was recorded.

    Equal instants: the no wins. Rows of one file were recorded in one act, so among them the time
    obtained decides, and row order breaks its ties.
    """
    if grant.file is not None and grant.file == no.file:
        return (grant.obtained_at, grant.row or 0) > (no.obtained_at, no.row or 0)
    return grant.obtained_at > no.obtained_at and grant.recorded_at > no.recorded_at


def unbeaten_grants(
    events: Iterable[ConsentEvent], *, purpose: str, voice_mode: str, product_category: str
) -> list[ConsentEvent]:
    """Give the grants that cover the call and overcome every no that does, in the order they came.

    Whether one is valid at some instant, or proved, is not asked here.
    """
    call = {"purpose": purpose, "voice_mode": voice_mode, "product_category": product_category}
    about = [event for event in events if event.covers(**call)]
    noes = [event for event in about if not event.is_grant]
    return [g for g in about if g.is_grant and all(overcomes(g, no) for no in noes)]


def standing_consent(
    events: Iterable[ConsentEvent],
    *,
    purpose: str,
    voice_mode: str,
    product_category: str,
    at: datetime,
    demands: ConsentDemands,
) -> StandingConsent:
    """Compute what stands for one call at the instant `at`.

    A no counts from the moment it is known, whatever time it claims for itself. A grant stands only
    if it overcomes every no that covers the call (GDPR Art. 7(3), 21(3)).
    """
    known = sorted(events, key=_order)
    call = {"purpose": purpose, "voice_mode": voice_mode, "product_category": product_category}
    noes = [e for e in known if not e.is_grant and e.covers(**call)]
    faults = [(g, _fault_of(g, at=at, demands=demands)) for g in unbeaten_grants(known, **call)]
    sound = [g for g, fault in faults if fault is None]
    if sound:
        return StandingConsent(state=ConsentState.GIVEN, event=max(sound, key=_lasts_longest))
    if faults:
        event, fault = faults[-1]
        return StandingConsent(state=fault or ConsentState.NONE, event=event)
    if noes:
        return StandingConsent(state=_STATE_OF_NO[noes[-1].action], event=noes[-1])
    return _nearest_miss([e for e in known if e.is_grant], voice_mode=voice_mode, purpose=purpose)


def _fault_of(grant: ConsentEvent, *, at: datetime, demands: ConsentDemands) -> ConsentState | None:
    if grant.obtained_at > at:
        return ConsentState.NOT_YET_VALID
    if grant.expires_at is not None and grant.expires_at <= at:
        return ConsentState.EXPIRED
    if demands.max_age_days is not None and grant.obtained_at + timedelta(days=demands.max_age_days) <= at:
        return ConsentState.EXPIRED
    if grant.origin is Origin.OUTBOUND_CALL and not demands.outbound_call_accepted:
        return ConsentState.FROM_OUTBOUND_CALL
    if grant.evidence is Evidence.MISSING or (demands.evidence_held and grant.evidence is not Evidence.HELD):
        return ConsentState.EVIDENCE_MISSING
    return None


def _nearest_miss(grants: list[ConsentEvent], *, voice_mode: str, purpose: str) -> StandingConsent:
    """Name the dimension in which the newest grant misses the call, so that somebody can mend it."""
    if not grants:
        return StandingConsent(state=ConsentState.NONE)
    newest = grants[-1]
    if purpose not in newest.purposes:
        return StandingConsent(state=ConsentState.OTHER_PURPOSE, event=newest)
    if voice_mode not in newest.voice_modes:
        return StandingConsent(state=ConsentState.OTHER_VOICE_MODE, event=newest)
    return StandingConsent(state=ConsentState.OTHER_CATEGORY, event=newest)


def _order(event: ConsentEvent) -> tuple[datetime, int, datetime, str]:
    """Order as `overcomes` does: what was said, by row within a file, and only then what was recorded."""
    return event.obtained_at, event.row or 0, event.recorded_at, event.id


def _lasts_longest(grant: ConsentEvent) -> tuple[object, ...]:
    end = grant.expires_at
    return end is None, end or grant.obtained_at, *_order(grant)


MAX_EVENTS = 24
"""Most events that decide one call: their hashes must fit a log leaf of 4 KiB."""


def condensed(events: Iterable[ConsentEvent]) -> tuple[ConsentEvent, ...]:
    """Drop events that can decide nothing: noes overtaken by later noes of the same reach, exact repeats
    of grants. The decision over the result equals the decision over the whole (a property test says so).
    """
    kept: dict[tuple[object, ...], ConsentEvent] = {}
    for event in sorted(events, key=_order):
        reach: tuple[object, ...] = (
            event.action,
            event.purposes,
            event.voice_modes,
            event.product_categories,
            event.file,
        )
        if event.is_grant:
            is_early = event.obtained_at > event.recorded_at  # not valid yet, so it replaces nothing
            reach += (event.origin, event.expires_at, event.evidence, event.id if is_early else None)
            rival = kept.get(reach)
            if rival is not None and rival.recorded_at > event.recorded_at:
                reach += (event.id,)
            kept[reach] = event
            continue
        kept[("latest obtained", *reach)] = event
        rival = kept.get(("latest recorded", *reach))
        if rival is None or event.recorded_at >= rival.recorded_at:
            kept[("latest recorded", *reach)] = event
    return tuple(sorted({e.id: e for e in kept.values()}.values(), key=_order))
