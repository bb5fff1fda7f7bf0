"""Decisions on record: finding them, and settling what became of the calls."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy.orm import Session

from app.db.decisions import add_outcome, decisions_by_id, decisions_page, outcome_of
from app.db.identity import new_id
from app.db.types import Row
from app.domain.access import Actor
from app.domain.errors import Conflict, InvalidInput, NotFound
from app.domain.leaf import LeafKind, written
from app.domain.suppression import Scope, SuppressionReason
from app.services.log import record_act
from app.services.suppressions import NewSuppression, append_suppressions


class UnknownDecision(NotFound):
    """There is no such decision here."""

    code = "unknown_decision"


class OutcomeReported(Conflict):
    """Another outcome of this call was reported before."""

    code = "outcome_already_reported"


class NothingReserved(Conflict):
    """This decision permitted no call, so none can have been made under it."""

    code = "nothing_reserved"


class BadAttempt(InvalidInput):
    """A call is made after its check and before it is reported."""

    code = "bad_attempt"


class CallResult(StrEnum):
    """What became of a call."""

    ATTEMPTED = "attempted"
    ANSWERED = "answered"
    NO_ANSWER = "no_answer"
    BUSY = "busy"
    REFUSED = "refused"
    OPT_OUT = "opt_out"
    WRONG_PARTY = "wrong_party"
    VOICEMAIL = "voicemail"
    NOT_DIALLED = "not_dialled"


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionFilter:
    """What to look for; None is anything. `number` is a stored key, `since` and `before` bound `checked_at`."""

    number: int | None = None
    campaign: str | None = None
    controller: str | None = None
    verdict: str | None = None
    primary_reason: str | None = None
    kind: str | None = None
    since: datetime | None = None
    before: datetime | None = None


def decision_for(session: Session, *, id: str, actor: Actor) -> Row:
    """Give a decision the actor reaches.

    :raises UnknownDecision: when there is none, or it is another controller's: the answers are equal.
    """
    found = decisions_by_id(session, ids=[id], controller_ids=actor.controllers).get(id)
    if found is None:
        raise UnknownDecision()
    return found


def find_decisions(
    session: Session, *, wanted: DecisionFilter, actor: Actor, after: tuple[datetime, str] | None, limit: int
) -> Sequence[Row]:
    """Give up to `limit` decisions the actor reaches, newest first, older than the place `after`."""
    names = ("number", "campaign", "controller", "verdict", "primary_reason", "kind")
    filters = {name: value for name in names if (value := getattr(wanted, name)) is not None}
    return decisions_page(
        session,
        controller_ids=actor.controllers,
        filters=filters,
        since=wanted.since,
        before=wanted.before,
        after=after,
        limit=limit,
    )


def settle_call(
    session: Session,
    *,
    decision: Mapping[str, Any],
    attempted_at: datetime,
    result: CallResult,
    opt_out: bool,
    actor: Actor,
    now: datetime,
) -> Mapping[str, Any]:
    """Report what became of a permitted call. `opt_out`, or the result of that name, suppresses the number
    for the controller in the same transaction, so the number must be locked in the exclusive form.

    The same report again changes nothing.

    :raises NothingReserved: when the decision permitted no call and reports one. An opt-out alone is always taken.
    :raises OutcomeReported: when another outcome is on record.
    :raises BadAttempt: when the time lies before the check or after now.
    """
    says_no = opt_out or result is CallResult.OPT_OUT
    report = {"attempted_at": attempted_at, "result": result.value, "opt_out": says_no}
    earlier = outcome_of(session, decision_id=decision["id"])
    if earlier is not None:
        if {name: earlier[name] for name in report} != report:
            raise OutcomeReported()
        return earlier
    if decision["reservation_id"] is None and not says_no:
        raise NothingReserved()
    if not decision["checked_at"] <= attempted_at <= now:
        raise BadAttempt(pointer="/attempted_at")
    id = new_id(now)
    controller_id = decision["controller_id"]
    record_act(
        session,
        kind=LeafKind.OUTCOME,
        controller_id=controller_id,
        actor=actor,
        now=now,
        id=id,
        body={
            "decision": decision["id"],
            "attempted_at": written(attempted_at),
            "result": result.value,
            "opt_out": says_no,
        },
    )
    values = {
        "id": id,
        "controller_id": controller_id,
        "decision_id": decision["id"],
        "recorded_at": now,
        **report,
    }
    add_outcome(session, values=values)
    if says_no and decision["number"] is not None:
        no = NewSuppression(
            number=decision["number"],
            scope=Scope.CONTROLLER,
            reason=SuppressionReason.OPT_OUT,
            since=attempted_at,
            ref=decision["id"],
        )
        append_suppressions(session, controller_id=controller_id, new=[no], actor=actor, now=now)
    return values
