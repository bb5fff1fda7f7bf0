"""Sequencing: entries that wait are given their places in the tree, and the grown tree is signed.

The queue is explicit and commits come in any order, so nothing is ever inferred from ids. Growing a tree is fenced:
of two sequencers that see the same tree one wins, and the other's transaction comes to nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from app.db.checkpoints import add_checkpoint, newest_checkpoint, unsigned_shards
from app.db.locks import try_lock_log
from app.db.log import oldest_pending, pending_of, remove_pending
from app.db.trees import Shard, add_shard, add_subtrees, add_to_sequence, extend_shard, newest_shard, recorded_at_place
from app.domain.checkpoint import Checkpoint, origin_of, signed_checkpoint
from app.domain.errors import Unavailable
from app.domain.merkle import extended, folded
from app.domain.note import Signer
from app.domain.tiles import HEIGHT

BATCH = 2000
"""Entries a transaction."""
PROMISE = timedelta(seconds=60)
"""Within this time of its decision, an entry stands in the tree: what a receipt promises."""
BACK_PRESSURE = timedelta(seconds=45)
"""When an entry has waited as long, no check is answered any more: none may be promised what may not be kept."""

SignerFor = Callable[[str], Signer]
"""Give the signer of an origin."""


class LogBehind(Unavailable):
    """The log cannot keep its promise to integrate entries in time; nothing may be dialled."""

    code = "log_behind"


@dataclass(frozen=True, slots=True, kw_only=True)
class Backlog:
    """Since when the oldest entry waits that no signed tree covers, by log id."""

    oldest: dict[str, datetime]

    def require_current(self, log_id: str, *, now: datetime) -> None:
        """Refuse to write to a log whose promise is in danger.

        :raises LogBehind: when an entry of it has waited more than 45 seconds.
        """
        waiting_since = self.oldest.get(log_id)
        if waiting_since is not None and now - waiting_since > BACK_PRESSURE:
            raise LogBehind()


def backlog(session: Session) -> Backlog:
    """Look how long entries have been waiting: for their place, or for the signature over it."""
    oldest = oldest_pending(session)
    for shard, signed in unsigned_shards(session):
        since = recorded_at_place(session, shard=shard, position=signed)
        oldest[shard.log_id] = min(since, oldest.get(shard.log_id, since))
    return Backlog(oldest=oldest)


def sequence_batch(session: Session, *, log_id: str, now: datetime, is_forced: bool = False) -> int:
    """Give up to 2,000 waiting entries of a log their places, oldest first; tells how many.

    One sequencer works on a log at a time, elected by a lock; `is_forced` passes the election over, and the
    fence alone must hold.

    :raises SimultaneousChange: when another sequencer was faster; the transaction must be rolled back.
    """
    if not is_forced and not try_lock_log(session, log_id=log_id):
        return 0
    shard = newest_shard(session, log_id=log_id) or add_shard(session, log_id=log_id, label=str(now.year), now=now)
    entries = pending_of(session, log_id=log_id, limit=BATCH)
    if not entries:
        return 0
    edge, completed = extended(shard.size, shard.edge, (digest for _, digest, _ in entries))
    full = [(level // HEIGHT, index, root) for level, index, root in completed if level % HEIGHT == 0]
    add_to_sequence(session, shard=shard, entries=entries)
    add_subtrees(session, shard=shard, roots=full)
    extend_shard(session, shard=shard, size=shard.size + len(entries), edge=edge)
    remove_pending(session, entry_ids=[id for id, _, _ in entries])
    return len(entries)


def sign_grown(session: Session, *, shard: Shard, signer_for: SignerFor, now: datetime) -> None:
    """Sign a tree that has grown, as it was committed.

    It must run in a transaction of its own, after the one that grew it: what is signed can never be undone. The time
    it states never goes back, whatever the clock does.

    :raises SimultaneousChange: when another has signed the same tree; its signature is as good.
    """
    root = folded(shard.edge)
    checkpoint = Checkpoint(origin=origin_of(shard.log_id, shard.label), size=shard.size, root=root)
    last = newest_checkpoint(session, log_id=shard.log_id, shard=shard.label)
    at = now if last is None else max(now, last["at"])
    note = signed_checkpoint(checkpoint, signer=signer_for(checkpoint.origin), at=at)
    add_checkpoint(session, shard=shard, root=root, at=at, note=note)
