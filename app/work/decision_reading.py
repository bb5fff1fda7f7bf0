"""Reads decisions for every interface: a page at a time, one of them, or one derived again; each is on record."""

from dataclasses import dataclass

from app.context import Context
from app.db.decisions import outcome_of
from app.db.pages import Place
from app.db.types import Row
from app.domain.access import Actor
from app.services.decisions import DecisionFilter, FoundDecisions, decision_for, find_decisions
from app.services.lookups import LookupAct, record_lookup
from app.services.replay import Replay, replay


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadDecision:
    """A decision, and what became of the call; None where nothing was reported."""

    row: Row
    outcome: Row | None


def searched_decisions(
    context: Context, *, wanted: DecisionFilter, actor: Actor, after: Place | None, limit: int
) -> FoundDecisions:
    """Give a page of decisions, newest first, after putting on record that it was read."""
    with context.reading(reach=actor.controllers) as reading:
        found = find_decisions(reading.session, wanted=wanted, actor=actor, after=after, limit=limit)
    with context.transaction(reach=actor.controllers) as tx:
        record_lookup(
            tx.session,
            actor=actor,
            act=LookupAct.DECISIONS_SHOWN,
            shown=found.shown,
            number=wanted.number,
            about={
                "verdict": wanted.verdict,
                "reason": wanted.reason,
                "check": wanted.kind,
                "from": wanted.since,
                "to": wanted.before,
            },
            words={"campaign": wanted.campaign, "ref": wanted.ref},
            now=tx.now,
        )
    return found


def read_decision(context: Context, *, id: str, actor: Actor) -> ReadDecision:
    """Give one decision, after putting on record that it was read.

    :raises UnknownDecision: when there is none, or it is another controller's: the answers are equal.
    """
    with context.reading(reach=actor.controllers) as reading:
        row = decision_for(reading.session, id=id, actor=actor)
        outcome = outcome_of(reading.session, decision=row)
    _record(context, row, actor, LookupAct.DECISION_SHOWN)
    return ReadDecision(row=row, outcome=outcome)


def replay_recorded(context: Context, *, id: str, actor: Actor) -> Replay:
    """Derive a decision again that the actor reaches; that it was read is on record when it is given.

    :raises UnknownDecision: when there is none, or it is out of reach.
    :raises NotReplayable: saying what is missing or was changed.
    """
    with context.reading(reach=actor.controllers) as reading:
        row = decision_for(reading.session, id=id, actor=actor)
        replayed = replay(reading.session, row=row)
    _record(context, row, actor, LookupAct.DECISION_REPLAYED)
    return replayed


def _record(context: Context, row: Row, actor: Actor, act: LookupAct) -> None:
    with context.transaction(reach=actor.controllers) as tx:
        record_lookup(
            tx.session,
            actor=actor,
            act=act,
            shown={row["controller_id"]: 1},
            number=row["number"],
            about={"decision": row["id"]},
            now=tx.now,
        )
