"""Epochs: when a database lost entries and goes on, each tree that lost some ends, and a new one says so."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy.orm import Session

from app.db.engine import SimultaneousChange
from app.db.identity import new_id
from app.db.locks import try_lock_log
from app.db.log import Entry, Log, append_entries, remove_pending
from app.db.publications import add_epoch, declared_epochs
from app.db.sequences import requeue_unsigned
from app.db.shards import labels_of, log_owners, opened_after
from app.db.trees import add_shard, add_to_sequence, extend_shard
from app.domain.access import Actor
from app.domain.leaf import LeafKind
from app.domain.outside import Loss, next_label, root_text
from app.services.log import record_act


class EpochReason(StrEnum):
    """Why the database has less than was published."""

    RESTORED_BACKUP = "restored_backup"
    FAILOVER = "failover"
    UNKNOWN = "unknown"


def declare_epoch(
    session: Session, *, losses: Sequence[Loss], reason: EpochReason, actor: Actor, now: datetime
) -> list[tuple[str, str]]:
    """End every tree that lost entries; gives (log, label) of the trees that begin.

    A new tree's first leaf names the old one and the newest checkpoint published of it; it is sequenced here, ahead
    of everything that waits, and of what the old tree had and never signed for. A log of which the database knows
    nothing is named in the operator's log alone.

    :raises SimultaneousChange: when a sequencer is at work on such a log.
    """
    owners = log_owners(session)
    begun = []
    for loss in sorted(losses, key=lambda loss: (loss.log_id, _age_of(loss.shard))):
        recorded = record_act(
            session,
            kind=LeafKind.ADMIN,
            controller_id=None,
            actor=actor,
            now=now,
            body={
                "act": "epoch_declared",
                "reason": reason.value,
                "ended": loss.log_id,
                "shard": loss.shard,
                "size": loss.size,
                "root": root_text(loss.root),
                "kept": loss.kept,
            },
        )
        id = recorded[0]
        if loss.is_known:
            label, id = _begin_tree(session, loss=loss, owner=owners[loss.log_id], losses=losses, actor=actor, now=now)
            begun.append((loss.log_id, label))
        add_epoch(session, id=id, loss=loss, now=now)
    return begun


def _age_of(label: str) -> tuple[int, ...]:
    return tuple(int(part) for part in label.split("-"))


def _begin_tree(
    session: Session, *, loss: Loss, owner: int | None, losses: Sequence[Loss], actor: Actor, now: datetime
) -> tuple[str, str]:
    """Begin a log's next tree with the entry that says why; gives its label and the entry's id."""
    log_id = loss.log_id
    if not try_lock_log(session, log_id=log_id):
        raise SimultaneousChange()
    newest = opened_after(session, log_id=log_id)
    opened_at = now if newest is None else max(now, newest + timedelta(microseconds=1))
    ended = {row["shard"] for row in declared_epochs(session) if row["log_id"] == log_id}
    taken = {*labels_of(session, log_id=log_id), *ended, *(one.shard for one in losses if one.log_id == log_id)}
    shard = add_shard(session, log_id=log_id, label=next_label(year=now.year, taken=taken), now=opened_at)
    entry = Entry(
        id=new_id(now),
        log=Log(id=log_id, controller_id=owner),
        kind=LeafKind.EPOCH,
        at=now,
        body={
            "actor": actor.id,
            "act": "declared",
            "shard": loss.shard,
            "size": loss.size,
            "root": root_text(loss.root),
            "kept": loss.kept,
            "kept_root": root_text(loss.kept_root),
        },
        fields=actor.personal,
    )
    requeue_unsigned(session, log_id=log_id, shard=loss.shard, signed=loss.kept)
    (written,) = append_entries(session, new=[entry])
    add_to_sequence(session, shard=shard, entries=[(entry.id, written.leaf_hash, now)])
    extend_shard(session, shard=shard, size=1, edge=[written.leaf_hash])
    remove_pending(session, entry_ids=[entry.id])
    return shard.label, entry.id
