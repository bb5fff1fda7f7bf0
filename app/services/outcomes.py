"""Outcomes: what became of a permitted call, and the agent's one click for a no."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from app.db.decisions import add_outcome, outcome_of, place_of
from app.db.identity import new_id
from app.domain.access import Actor
from app.domain.attempt import CallResult
from app.domain.errors import Conflict, InvalidInput
from app.domain.leaf import LeafKind, written
from app.domain.suppression import Scope, SuppressionReason
from app.services.log import record_act
from app.services.suppressions import NewSuppression, append_suppressions

CLOCK_SLACK = timedelta(minutes=5)
"""How wrong a dialer's clock may be before its report is refused."""


class OutcomeReported(Conflict):
    """Another outcome of this call was reported before."""

    code = "outcome_already_reported"


class NothingReserved(Conflict):
    """This decision permitted no call, so none can have been made under it."""

    code = "nothing_reserved"


class NumberErased(Conflict):
    """The number of this decision was erased: report the no with the number, as a suppression."""

    code = "number_erased"


class BadAttempt(InvalidInput):
    """A call is made after its check and before it is reported."""

    code = "bad_attempt"


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
    """Report what became of a permitted call; the number must be locked in the exclusive form.

    It is reported for the place that was reserved, so checks that share one have one outcome among them.

    A no (`opt_out`, or the result of that name) is always taken: it suppresses the number for the controller in the
    same transaction, whatever the decision was, whatever was reported before, and whatever the dialer's clock says.
    The time is moved into what is possible, from the check to now; the same report again changes nothing.

    :raises NumberErased: when the number is no longer known, so that a no would suppress nobody.
    :raises NothingReserved: when the decision permitted no call and reports one.
    :raises OutcomeReported: when another outcome is on record.
    :raises BadAttempt: when the time lies more than five minutes before the check or after now.
    """
    says_no = opt_out or result is CallResult.OPT_OUT
    earlier = outcome_of(session, decision=decision)
    at = min(max(attempted_at, decision["checked_at"]), now if earlier is None else earlier["recorded_at"])
    if says_no and not (earlier is not None and earlier["opt_out"]):
        _suppress(session, decision=decision, since=at, actor=actor, now=now)
    if earlier is not None:
        is_same = (earlier["attempted_at"], earlier["result"]) == (at, result.value)
        if not says_no and (not is_same or earlier["opt_out"]):
            raise OutcomeReported()
        return {**earlier, "opt_out": says_no}
    if decision["reservation_id"] is None and not says_no:
        raise NothingReserved()
    if abs(attempted_at - at) > CLOCK_SLACK and not says_no:
        raise BadAttempt(pointer="/attempted_at")
    return _record(session, decision=decision, at=at, result=result, says_no=says_no, actor=actor, now=now)


def _record(
    session: Session,
    *,
    decision: Mapping[str, Any],
    at: datetime,
    result: CallResult,
    says_no: bool,
    actor: Actor,
    now: datetime,
) -> Mapping[str, Any]:
    id = new_id(now)
    owner, place = decision["controller_id"], place_of(decision)
    body = {"decision": place, "attempted_at": written(at), "result": result.value, "opt_out": says_no}
    record_act(session, kind=LeafKind.OUTCOME, controller_id=owner, actor=actor, now=now, id=id, body=body)
    report = {"attempted_at": at, "result": result.value, "opt_out": says_no, "recorded_at": now}
    values = {"id": id, "controller_id": owner, **report}
    add_outcome(session, values={**values, "decision_id": place})
    return {**values, "decision_id": decision["id"]}


def _suppress(session: Session, *, decision: Mapping[str, Any], since: datetime, actor: Actor, now: datetime) -> None:
    if decision["number"] is None:
        raise NumberErased()
    no = NewSuppression(
        number=decision["number"],
        scope=Scope.CONTROLLER,
        reason=SuppressionReason.OPT_OUT,
        since=since,
        ref=decision["id"],
    )
    append_suppressions(session, controller_id=decision["controller_id"], new=[no], actor=actor, now=now)
