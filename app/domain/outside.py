"""What stands outside of the database: signed checkpoints that were given away, and what a database lost since."""

import base64
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from app.domain.checkpoint import opened_checkpoint
from app.domain.note import IsSigned, Verifier

LOG_ID = re.compile(r"[0-9a-f]{32}")
SHARD = re.compile(r"([0-9]{4})(?:-([1-9][0-9]{0,5}))?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """One checkpoint that was given away, with the signed note."""

    log_id: str
    shard: str
    size: int
    root: bytes
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """A tree of which more was published than the database has, or something else.

    `kept` and `kept_root` are the newest checkpoint that the database still has of it (0: none). `is_known` tells
    whether it has the log at all.
    """

    log_id: str
    shard: str
    size: int
    root: bytes
    kept: int
    kept_root: bytes
    is_known: bool

    @property
    def lost(self) -> int:
        """Count the entries that are gone for certain; 0 where the database has as many, but others."""
        return max(0, self.size - self.kept)

    @property
    def sentence(self) -> str:
        """Say what is the matter, for the operator."""
        if not self.is_known:
            has = "the database does not know this log"
        elif self.lost:
            has = f"the database has {self.kept}"
        else:
            has = "the database has as many, but others"
        return f"log {self.log_id}, shard {self.shard}: {self.size} entries were published, {has}"


def opened_copy(note: str, *, log_id: str, shard: str, verifier: Verifier, is_signed: IsSigned) -> Published:
    """Give the checkpoint of a copy that the key of this very tree signed.

    :raises BadNote: when it did not, or the checkpoint is of another tree.
    """
    checkpoint, _ = opened_checkpoint(note, verifier=verifier, is_signed=is_signed)
    return Published(log_id=log_id, shard=shard, size=checkpoint.size, root=checkpoint.root, note=note)


def root_text(root: bytes) -> str:
    """Write a root as checkpoints do: base64."""
    return base64.b64encode(root).decode()


def written_consistency(*, old: int, new: int, hashes: Sequence[bytes], checkpoint: str) -> str:
    """Write a consistency proof with the signed checkpoint of the larger tree, in the manner of C2SP tlog-proof."""
    lines = ["dialgate/consistency-proof@v1", f"old {old}", f"new {new}", *map(root_text, hashes)]
    return "\n".join([*lines, "", checkpoint])


def next_label(*, year: int, taken: Collection[str]) -> str:
    """Name the tree that begins after an epoch: `2026-2`, `2026-3` …, `2026` where that year has none yet."""
    parts = [match for label in taken if (match := SHARD.fullmatch(label)) and int(match[1]) == year]
    if not parts:
        return str(year)
    return f"{year}-{max(int(match[2] or 1) for match in parts) + 1}"
