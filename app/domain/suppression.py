"""Suppressions: objections to one controller, or to all."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from app.domain.consent import ConsentEvent, Evidence, Origin


class Scope(StrEnum):
    """Whom the objection is addressed to."""

    CONTROLLER = "controller"
    ALL = "all"


class SuppressionReason(StrEnum):
    """Why the number is suppressed."""

    OBJECTION = "objection"
    OPT_OUT = "opt_out"
    COMPLAINT = "complaint"
    COURT_ORDER = "court_order"
    OTHER = "other"
    ERASURE = "erasure"


OWN = frozenset({SuppressionReason.OBJECTION, SuppressionReason.OPT_OUT, SuppressionReason.ERASURE})
"""Reasons that are the person's own word, so that the person's own later word can lift them."""

GIVEN = frozenset(SuppressionReason) - {SuppressionReason.ERASURE}
"""Reasons that somebody may give. The block of an erased person is left by the erasure alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Suppression:
    """One objection to one controller. `since` is when it was made, `recorded_at` when it arrived."""

    id: str
    reason: SuppressionReason
    since: datetime
    recorded_at: datetime
    leaf_hash: str = ""


def is_lifted(suppression: Suppression, *, by: ConsentEvent) -> bool:
    """Tell whether a consent is the person's own newer, evidenced word, which lifts their objection.

    Whether it covers the call in question is not asked here.

    An imported consent never does: a file is the controller's word, not the person's. Nor does one
    obtained in an outbound call. Both clocks must be newer; equal instants keep the block.
    """
    return (
        suppression.reason in OWN
        and by.is_grant
        and by.file is None
        and by.origin not in (Origin.IMPORT, Origin.PARTNER, Origin.OUTBOUND_CALL)
        and by.evidence is not Evidence.MISSING
        and by.obtained_at > suppression.since
        and by.recorded_at > suppression.recorded_at
    )


def condensed(suppressions: Iterable[Suppression]) -> tuple[Suppression, ...]:
    """Drop suppressions that decide nothing: of each reason the latest made and the latest recorded stay."""
    kept: dict[tuple[str, SuppressionReason], Suppression] = {}
    for one in sorted(suppressions, key=lambda s: (s.since, s.recorded_at, s.id)):
        kept["made", one.reason] = one
        rival = kept.get(("recorded", one.reason))
        if rival is None or one.recorded_at >= rival.recorded_at:
            kept["recorded", one.reason] = one
    return tuple(sorted({s.id: s for s in kept.values()}.values(), key=lambda s: (s.since, s.id)))
