"""Decisions derived again."""

from datetime import datetime
from typing import Any

import msgspec

from app.api import api
from app.api.answers import BasisAnswer
from app.api.decisions import record_read
from app.api.operation import Call, operation
from app.domain.access import Scope
from app.domain.decision import Verdict
from app.domain.reason import Reason
from app.services.decisions import decision_for
from app.services.lookups import LookupAct
from app.services.replay import replay, replay_answer


class ReplayedReason(msgspec.Struct):
    """Why not: the code, the rule, and its legal reference."""

    code: Reason
    rule: str | None
    legal_ref: str | None


class Replayed(msgspec.Struct, kw_only=True):
    """What a decision says, with `valid_until` and `not_before` to the microsecond."""

    verdict: Verdict
    reasons: list[ReplayedReason]
    basis: BasisAnswer | None
    valid_until: datetime | None
    not_before: datetime | None
    ruleset: str


class ReplayAnswer(Replayed, kw_only=True):
    """A decision derived again, and what the log says was answered. `differences` names what is not equal; `answer`
    is the row that answers are read from.
    """

    decision_id: str
    equal: bool
    differences: list[str]
    recorded: Replayed


@operation(
    api,
    "GET",
    "/v1/decisions/<uuid:id>/replay",
    scope=Scope.AUDIT_READ,
    summary="Derive a decision again",
    answer=ReplayAnswer,
)
def replay_decision(call: Call, id: str) -> dict[str, Any]:
    """Derive a decision again from the log and its ruleset, and compare. 409 says what is missing."""
    with call.context.reading(reach=call.actor.controllers) as reading:
        row = decision_for(reading.session, id=id, actor=call.actor)
        replayed = replay(reading.session, row=row)
    record_read(call, row, LookupAct.DECISION_REPLAYED)
    return replay_answer(replayed)
