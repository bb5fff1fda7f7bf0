"""The standing consent: what the events add up to for one call."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from app.domain.consent import Action, ConsentEvent, Evidence, Origin, event_order


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


STATE_OF_NO = {
    Action.REFUSED: ConsentState.REFUSED,
    Action.WITHDRAWN: ConsentState.WITHDRAWN,
    Action.REVOKED: ConsentState.REVOKED,
    Action.INVALIDATED: ConsentState.REVOKED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingConsent:
    """The state, and the event that decides it (None where there is no event at all).

    `no` is the newest no that covers the call and that no sound grant overcomes: whatever the state, the
    person said no and did not lawfully say yes again. None where there is none.
    """

    state: ConsentState
    event: ConsentEvent | None = None
    no: ConsentEvent | None = None

    @property
    def grants(self) -> bool:
        """Tell whether a consent stands for the call."""
        return self.state is ConsentState.GIVEN


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


DIMENSIONS = ("purpose", "voice_mode", "product_category")
"""What a consent is about. A law may be content with fewer of them in a grant; a no counts in all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """The call a consent is looked for. The law asks a consent to `purpose`; a person may have said no to that,
    or to the `call_class` by its own name (a commercial survey is marketing, and yet a survey): both count.
    A grant need name the call only in the dimensions of `granularity`.
    """

    purpose: str
    call_class: str
    voice_mode: str
    product_category: str
    granularity: frozenset[str] = frozenset(DIMENSIONS)

    def is_granted_by(self, event: ConsentEvent) -> bool:
        """Tell whether the event is a yes to such a call."""
        said = (event.purposes, event.voice_modes, event.product_categories)
        asked = (self.purpose, self.voice_mode, self.product_category)
        return event.is_grant and all(
            wanted in words
            for name, words, wanted in zip(DIMENSIONS, said, asked, strict=True)
            if name in self.granularity
        )

    def is_refused_by(self, event: ConsentEvent) -> bool:
        """Tell whether the event is a no to such a call."""
        return not event.is_grant and any(self._is_spoken_of(event, word) for word in (self.purpose, self.call_class))

    def _is_spoken_of(self, event: ConsentEvent, purpose: str) -> bool:
        return event.covers(purpose=purpose, voice_mode=self.voice_mode, product_category=self.product_category)


def unbeaten_grants(events: Iterable[ConsentEvent], *, wanted: Wanted) -> list[ConsentEvent]:
    """Give the grants for the call that overcome every no to it, in the order they came.

    Whether one is valid at some instant, or proved, is not asked here.
    """
    known = list(events)
    noes = [event for event in known if wanted.is_refused_by(event)]
    return [g for g in known if wanted.is_granted_by(g) and all(overcomes(g, no) for no in noes)]


def standing_consent(
    events: Iterable[ConsentEvent], *, wanted: Wanted, at: datetime, demands: ConsentDemands
) -> StandingConsent:
    """Compute what stands for one call at the instant `at`.

    A no counts from the moment it is known, whatever time it claims for itself. A grant stands only
    if it overcomes every no that covers the call (GDPR Art. 7(3), 21(3)).
    """
    known = sorted(events, key=event_order)
    noes = [event for event in known if wanted.is_refused_by(event)]
    no = noes[-1] if noes else None
    faults = [(g, _fault_of(g, at=at, demands=demands)) for g in unbeaten_grants(known, wanted=wanted)]
    sound = [g for g, fault in faults if fault is None]
    if sound:
        return StandingConsent(state=ConsentState.GIVEN, event=max(sound, key=_lasts_longest))
    if faults:
        event, fault = faults[-1]
        return StandingConsent(state=fault or ConsentState.NONE, event=event, no=no)
    if no is not None:
        return StandingConsent(state=STATE_OF_NO[no.action], event=no, no=no)
    return _nearest_miss([e for e in known if e.is_grant], wanted)


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


def _nearest_miss(grants: list[ConsentEvent], wanted: Wanted) -> StandingConsent:
    """Name the dimension in which the newest grant misses the call, so that somebody can mend it."""
    if not grants:
        return StandingConsent(state=ConsentState.NONE)
    newest = grants[-1]
    if wanted.purpose not in newest.purposes:
        return StandingConsent(state=ConsentState.OTHER_PURPOSE, event=newest)
    if wanted.voice_mode not in newest.voice_modes and "voice_mode" in wanted.granularity:
        return StandingConsent(state=ConsentState.OTHER_VOICE_MODE, event=newest)
    return StandingConsent(state=ConsentState.OTHER_CATEGORY, event=newest)


def _lasts_longest(grant: ConsentEvent) -> tuple[object, ...]:
    end = grant.expires_at
    return end is None, end or grant.obtained_at, *event_order(grant)
