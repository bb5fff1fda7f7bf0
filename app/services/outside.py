"""The comparison of the database with the checkpoints that were given away.

A database that has fewer entries than were published was restored from a backup, or is a replica that lagged. To go
on with it would break every promise silently: entries would be lost, and a second history signed. So it is refused
until the operator declares an epoch, in which the log itself says what was lost.
"""

import threading
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import structlog
from sqlalchemy.orm import Session

from app.db.checkpoints import newest_checkpoint
from app.db.publications import declared_epochs
from app.db.shards import checkpoint_at, log_owners, tree_sizes
from app.domain.checkpoint import Checkpoint, origin_of, signed_checkpoint
from app.domain.errors import Unavailable
from app.domain.merkle import EMPTY_ROOT
from app.domain.outside import Loss, Published
from app.services.log_keys import LogKeys
from app.services.outside_files import Found, read_folders
from app.services.proofs import tree_of

REMEDY = "bring the newer database back, or declare the loss: flask log epoch"
_log = structlog.get_logger()


class LogRolledBack(Unavailable):
    """The database has less of the log than was published; nothing may be dialled until the operator has decided."""

    code = "log_rolled_back"


def losses_of(session: Session, *, published: Sequence[Published], in_full: bool = False) -> list[Loss]:
    """Name every tree of which the database has less than was published, or something else.

    A tree that ended in a declared epoch has lost what the epoch names, and no more. `in_full` computes every root
    anew; otherwise a stored checkpoint is believed. The session must see all controllers.
    """
    if not published:
        return []
    sizes, owners = tree_sizes(session), log_owners(session)
    named = {(row["log_id"], row["shard"], row["size"], row["root"]) for row in declared_epochs(session)}
    trees: defaultdict[tuple[str, str], set[tuple[int, bytes]]] = defaultdict(set)
    for one in published:
        trees[one.log_id, one.shard].add((one.size, one.root))
    losses = []
    for (log_id, shard), copies in sorted(trees.items()):
        size = sizes.get((log_id, shard), 0)
        covered = max((n for log, tree, n, _ in named if (log, tree) == (log_id, shard)), default=0)

        def root_at(count: int, log_id: str = log_id, shard: str = shard) -> bytes:
            return _root_at(session, log_id=log_id, shard=shard, size=count, in_full=in_full)

        missing = [
            (n, root)
            for n, root in sorted(copies)
            if (log_id, shard, n, root) not in named and n >= covered and (n > size or root_at(n) != root)
        ]
        if missing:
            n, root = missing[-1]
            signed = newest_checkpoint(session, log_id=log_id, shard=shard)
            kept = 0 if signed is None else signed["size"]  # what was never signed for is sequenced again
            losses.append(
                Loss(
                    log_id=log_id,
                    shard=shard,
                    size=n,
                    root=root,
                    kept=kept,
                    kept_root=root_at(kept),
                    is_known=log_id in owners,
                )
            )
    return losses


def _root_at(session: Session, *, log_id: str, shard: str, size: int, in_full: bool) -> bytes:
    if size == 0:
        return EMPTY_ROOT
    signed = None if in_full else checkpoint_at(session, log_id=log_id, shard=shard, size=size)
    if signed is not None:
        root: bytes = signed["root"]
        return root
    try:
        return tree_of(session, log_id=log_id, shard=shard).root(size)
    except (IndexError, ValueError):  # a hash is not there: whatever stands here is not what was published
        return b""


class Outside:
    """Knows where copies stand, and whether the present database may be worked on.

    Every new connection is compared before its first use. `generation` moves on when a database was found to have
    lost entries: then what older connections were found to be no longer counts.
    """

    def __init__(self, folders: Sequence[Path] = (), *, keys: LogKeys | None = None) -> None:
        self._folders = tuple(folders)
        self._keys = keys
        self._lock = threading.Lock()
        self._told: frozenset[str] = frozenset()
        self._signed: dict[tuple[str, str], Checkpoint] = {}
        self.generation = 0

    @property
    def folders(self) -> tuple[Path, ...]:
        """Give the folders in which copies stand."""
        return self._folders

    def found(self) -> Found:
        """Read what stands outside now."""
        return Found() if self._keys is None else read_folders(self._folders, keys=self._keys)

    def remember(self, *, log_id: str, shard: str, size: int, root: bytes) -> None:
        """Keep in mind what this process signed: anybody may have read it before its copy stands outside."""
        self._signed[log_id, shard] = Checkpoint(origin=origin_of(log_id, shard), size=size, root=root)

    def remembered(self, *, now: datetime) -> list[Published]:
        """Give what this process signed last, to be copied outside when the database no longer has it."""
        if self._keys is None:
            return []
        return [
            Published(
                log_id=log_id,
                shard=shard,
                size=checkpoint.size,
                root=checkpoint.root,
                note=signed_checkpoint(checkpoint, signer=self._keys.signer(checkpoint.origin), at=now),
            )
            for (log_id, shard), checkpoint in list(self._signed.items())
        ]

    def losses(self, session: Session, *, in_full: bool = False) -> list[Loss]:
        """Read what stands outside, then compare the database with it: it may have grown meanwhile, never shrunk.

        What this process itself has signed counts as well.
        """
        known = [
            Published(log_id=log_id, shard=shard, size=checkpoint.size, root=checkpoint.root, note="")
            for (log_id, shard), checkpoint in list(self._signed.items())
        ]
        return losses_of(session, published=[*known, *self.found().published], in_full=in_full)

    def require_own_history(self, session: Session, *, in_full: bool = False) -> None:
        """Refuse a database that lost published entries. The session must see all controllers.

        :raises LogRolledBack: naming log, shard and sizes.
        """
        losses = self.losses(session, in_full=in_full)
        sentences = frozenset(loss.sentence for loss in losses)
        with self._lock:
            is_new, self._told = sentences != self._told, sentences
            self.generation += bool(losses)
        if losses:
            if is_new:
                for sentence in sorted(sentences):
                    _log.error("the database lost published entries", what=sentence)
            raise LogRolledBack("; ".join([*sorted(sentences), REMEDY]))
