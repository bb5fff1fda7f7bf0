"""Publication: who may read a log's tree, and its parts as C2SP tlog-tiles wants them served."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from app.db.checkpoints import newest_checkpoint, newest_checkpoints
from app.db.identity import new_id
from app.db.log import Log, logs_of
from app.db.publications import add_publication, is_published, newest_publication
from app.db.sequences import leaves_between
from app.db.shards import checkpoint_at, entry_by_leaf_hash, log_owners
from app.db.trees import place_of_entry, shards_of, tile_hashes
from app.db.types import Row
from app.domain.access import Actor
from app.domain.errors import Conflict, InvalidInput, NotFound
from app.domain.leaf import LeafKind
from app.domain.outside import written_consistency
from app.domain.tiles import WIDTH, tile_place, tile_width
from app.services.controllers import controller_for
from app.services.log import record_act
from app.services.proofs import proof_of, tree_of

_LEVEL = re.compile(r"[0-9]|[1-5][0-9]|6[0-3]")
_LENGTH_BYTES = 2


class UnknownLog(NotFound):
    """There is no such log here, or nothing of it that could be shown."""

    code = "unknown_log"


class NotIntegrated(Conflict):
    """The entry has no place in the tree yet; ask again in a second."""

    code = "not_integrated"
    retry_after = 1


class UnsignedSize(InvalidInput):
    """No checkpoint was signed over a tree of this size."""

    code = "unsigned_size"


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedTree:
    """A shard as far as its newest checkpoint covers it."""

    log_id: str
    shard: str
    size: int
    note: str


def log_for(session: Session, *, log_id: str, actor: Actor | None) -> Log:
    """Give a log that the actor may read; None is anybody, who may read what is published.

    :raises UnknownLog: when there is none, or it is not the actor's: the answers are equal.
    """
    owners = log_owners(session)
    if log_id in owners:
        owner = owners[log_id]
        log = Log(id=log_id, controller_id=owner)
        if actor is None and is_published(session, log_id=log_id):
            return log
        if actor is not None and (actor.controllers is None if owner is None else actor.reaches(owner)):
            return log
    raise UnknownLog()


def named_log(session: Session, *, log_id: str | None, controller: str | None, actor: Actor) -> Log:
    """Give a log by its id, or a controller's by the slug; with neither the operator's.

    :raises UnknownLog, UnknownController: when there is none.
    """
    if log_id is not None:
        return log_for(session, log_id=log_id, actor=actor)
    return logs_of(session)[None if controller is None else controller_for(session, slug=controller, actor=actor).id]


def signed_tree(session: Session, *, log_id: str, shard: str | None) -> SignedTree:
    """Give a shard as its newest checkpoint states it; without a name the log's newest that has one.

    :raises UnknownLog: when there is none, or no checkpoint of it yet.
    """
    labels = [one.label for one in shards_of(session, log_ids=[log_id])]
    for label in reversed(labels) if shard is None else [shard] if shard in labels else []:
        newest = newest_checkpoint(session, log_id=log_id, shard=label)
        if newest is not None:
            return SignedTree(log_id=log_id, shard=label, size=newest["size"], note=newest["note"])
    raise UnknownLog()


def tile_data(session: Session, *, tree: SignedTree, path: str) -> bytes:
    """Give a tile, or a bundle of entries, by its path behind `tile/`.

    Only what the newest checkpoint covers is given; a partial tile in any width that it ever had until then.

    :raises UnknownLog: when there is no such tile.
    """
    kind, _, rest = path.partition("/")
    place = tile_place(rest)
    is_entries = kind == "entries"
    if place is None or not (is_entries or _LEVEL.fullmatch(kind)):
        raise UnknownLog()
    (index, width), level = place, 0 if is_entries else int(kind)
    if not 0 < width <= tile_width(level=level, index=index, size=tree.size):
        raise UnknownLog()
    if is_entries:
        start = index * WIDTH
        rows = leaves_between(session, log_id=tree.log_id, shard=tree.shard, start=start, end=start + width)
        return _bundle([row["leaf"] for row in rows])
    hashes = tile_hashes(session, log_id=tree.log_id, shard=tree.shard, level=level, tile=index)
    return b"".join(hashes[:width])


def _bundle(leaves: Sequence[bytes]) -> bytes:
    return b"".join(len(leaf).to_bytes(_LENGTH_BYTES, "big") + leaf for leaf in leaves)


def inclusion_text(session: Session, *, log_id: str, shard: str | None, leaf_hash: bytes) -> str:
    """Prove that an entry of this log stands in its tree (C2SP tlog-proof).

    :raises UnknownLog: when the log, or the shard, has no such entry.
    :raises NotIntegrated: before it has its place under a signed checkpoint.
    """
    id = entry_by_leaf_hash(session, log_id=log_id, leaf_hash=leaf_hash)
    if id is None:
        raise UnknownLog()
    place = place_of_entry(session, entry_id=id)
    if shard is not None and place is not None and place["shard"] != shard:
        raise UnknownLog()
    return entry_proof(session, entry_id=id)


def entry_proof(session: Session, *, entry_id: str) -> str:
    """Prove that an entry stands in its log's tree.

    :raises NotIntegrated: before it has its place under a signed checkpoint.
    """
    proof = proof_of(session, entry_id=entry_id)
    if proof is None:
        raise NotIntegrated()
    return proof


def consistency_text(session: Session, *, tree: SignedTree, old: int, new: int | None) -> str:
    """Prove that the tree of `new` leaves begins with that of `old`: sizes, hashes, and the checkpoint over `new`.

    Without `new` it is the newest checkpoint's size.

    :raises UnsignedSize: when no checkpoint was signed over `new`.
    :raises BadProof: for `old` 0, or larger than `new`.
    """
    signed = checkpoint_at(session, log_id=tree.log_id, shard=tree.shard, size=tree.size if new is None else new)
    if signed is None:
        raise UnsignedSize()
    hashes = tree_of(session, log_id=tree.log_id, shard=tree.shard).consistency_proof(old=old, new=signed["size"])
    return written_consistency(old=old, new=signed["size"], hashes=hashes, checkpoint=signed["note"])


def publish_log(session: Session, *, log: Log, is_open: bool, actor: Actor, now: datetime) -> bool:
    """Open a log to anybody, or close it again; tells whether that changed anything. An act of the operator."""
    newest = newest_publication(session, log_id=log.id)
    if (newest is not None and newest["is_published"]) is is_open:
        return False
    # whatever the clock says: the last word must be the one that counts
    at = now if newest is None else max(now, newest["recorded_at"] + timedelta(microseconds=1))
    act = "log_published" if is_open else "log_unpublished"
    id = new_id(now)
    body = {"act": act, "published": log.id}
    record_act(session, kind=LeafKind.ADMIN, controller_id=None, actor=actor, now=now, body=body, id=id)
    add_publication(session, id=id, log_id=log.id, is_published=is_open, now=at)
    return True


def published_state(session: Session) -> list[Row]:
    """List every tree with its size, its newest checkpoint's size, and whether anybody may read it."""
    signed = {(row["log_id"], row["shard"]): row["size"] for row in newest_checkpoints(session)}
    owners = log_owners(session)
    found: list[Row] = []
    for shard in shards_of(session):
        place = (shard.log_id, shard.label)
        is_open = is_published(session, log_id=shard.log_id)
        values = {"log": shard.log_id, "shard": shard.label, "size": shard.size, "signed": signed.get(place, 0)}
        found.append({**values, "controller_id": owners[shard.log_id], "published": is_open})
    return found
