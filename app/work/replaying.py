"""Drives a replay for every interface: derive the decision again, and put on record that it was read."""

from app.context import Context
from app.domain.access import Actor
from app.services.decisions import decision_for
from app.services.lookups import LookupAct, record_lookup
from app.services.replay import Replay, replay


def replay_recorded(context: Context, *, id: str, actor: Actor) -> Replay:
    """Derive a decision again that the actor reaches; that it was read is on record when it is given.

    :raises UnknownDecision: when there is none, or it is out of reach.
    :raises NotReplayable: saying what is missing or was changed.
    """
    with context.reading(reach=actor.controllers) as reading:
        row = decision_for(reading.session, id=id, actor=actor)
        replayed = replay(reading.session, row=row)
    with context.transaction(reach=actor.controllers) as tx:
        record_lookup(
            tx.session,
            actor=actor,
            act=LookupAct.DECISION_REPLAYED,
            shown={row["controller_id"]: 1},
            number=row["number"],
            about={"decision": row["id"]},
            now=tx.now,
        )
    return replayed
