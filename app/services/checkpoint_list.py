"""The newest checkpoint of every tree that somebody may read."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from app.db.checkpoints import newest_checkpoints
from app.db.log import oldest_pending
from app.db.trees import shards_of
from app.domain.access import Actor
from app.domain.checkpoint import origin_of
from app.domain.note import Verifier
from app.services.controllers import controllers_for
from app.services.log_export import readable_logs

VerifierOf = Callable[[str], Verifier]
"""Give the public key of an origin."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TreeState:
    """A tree, and the newest checkpoint over it; `note` None is that none was signed yet.

    `controller` is a name and `slug` its slug, None for the operator's log. `waiting_since` is when the oldest entry
    was written that has no place in the log's newest tree yet.
    """

    controller: str | None
    slug: str | None
    log_id: str
    shard: str
    size: int
    signed_size: int
    signed_at: datetime | None
    note: str | None
    vkey: str
    waiting_since: datetime | None


def tree_states(session: Session, *, actor: Actor, verifier_of: VerifierOf) -> Sequence[TreeState]:
    """Give the trees of the logs that the actor may read, by controller, the newest tree of each log first."""
    known = {one.id: one for one in controllers_for(session, actor=actor)}
    owners = {log.id: log.controller_id for log in readable_logs(session, actor=actor, controller=None)}
    signed = {(row["log_id"], row["shard"]): row for row in newest_checkpoints(session, log_ids=list(owners))}
    waiting = oldest_pending(session)
    states = []
    for tree in reversed(shards_of(session, log_ids=list(owners))):
        row, owner = signed.get((tree.log_id, tree.label)), known.get(owners[tree.log_id] or 0)
        states.append(
            TreeState(
                controller=None if owner is None else owner.name,
                slug=None if owner is None else owner.slug,
                log_id=tree.log_id,
                shard=tree.label,
                size=tree.size,
                signed_size=0 if row is None else row["size"],
                signed_at=None if row is None else row["at"],
                note=None if row is None else row["note"],
                vkey=verifier_of(origin_of(tree.log_id, tree.label)).vkey,
                waiting_since=waiting.pop(tree.log_id, None),
            )
        )
    return sorted(states, key=lambda one: (one.controller is None, one.controller or "", one.log_id))
