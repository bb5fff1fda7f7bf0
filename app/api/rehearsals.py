"""Rehearsals: what proposed rules would have done to past decisions."""

from datetime import date, datetime
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from app.api import api
from app.api.fields import Strict
from app.api.operation import Call, operation
from app.domain.access import Scope
from app.domain.decision import Verdict
from app.domain.reason import Reason
from app.services.rehearsal import MOST_DAYS
from app.services.ruleset_proposals import proposal_for
from app.services.rulesets import ruleset_of
from app.work.rehearsing import rehearsed


class RehearsalBody(Strict):
    """How far back; and, for rules that begin later, the day as on which they are rehearsed."""

    days: Annotated[int, Meta(ge=1, le=MOST_DAYS)]
    as_on: date | None = None


class CountedFlip(msgspec.Struct):
    """How many decisions would be another."""

    from_: Verdict = msgspec.field(name="from")
    to: Verdict
    count: int


class ExampleFlip(CountedFlip):
    """A kind of flip, with the ids of the latest ten decisions."""

    examples: list[str]


class CampaignFlips(msgspec.Struct):
    """What would flip in one campaign."""

    campaign: str
    controller: str
    flips: list[CountedFlip]


class RuleFlips(msgspec.Struct):
    """What flips for one reason of one rule: it came, or it fell away."""

    rule: str | None
    reason: Reason
    flips: list[CountedFlip]


class RehearsalAnswer(msgspec.Struct, kw_only=True):
    """Past decisions asked again: `decisions` = `same` + all flips + `unreadable`. Of the same, `other_reasons` have
    other reasons. `not_binding` are proposed rules of which past calls say nothing.
    """

    ruleset: str
    from_: datetime = msgspec.field(name="from")
    to: datetime
    as_on: date | None
    not_binding: list[str]
    decisions: int
    same: int
    other_reasons: int
    unreadable: int
    unreadable_examples: list[str]
    flips: list[ExampleFlip]
    campaigns: list[CampaignFlips]
    rules: list[RuleFlips]


@operation(
    api,
    "POST",
    "/v1/rulesets/proposals/<uuid:id>/rehearsal",
    scope=Scope.RULES_WRITE,
    or_scope=Scope.AUDIT_READ,
    summary="Rehearse a proposed ruleset on past decisions",
    body=RehearsalBody,
    answer=RehearsalAnswer,
)
def rehearse_rules(call: Call, id: str) -> dict[str, Any]:
    """Ask the decisions of the last days again under a proposed ruleset. Nothing is written; a million take minutes."""
    body: RehearsalBody = call.body
    with call.context.reading() as reading:
        row = proposal_for(reading.session, id=id, actor=call.actor)
        ruleset = ruleset_of(reading.session, digest=row["digest"])
    return rehearsed(call.context, ruleset=ruleset, days=body.days, as_on=body.as_on, actor=call.actor)
