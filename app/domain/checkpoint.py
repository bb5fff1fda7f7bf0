"""Checkpoints (C2SP tlog-checkpoint): the signed size and root of a log, with the time at which it was so.

Every checkpoint bears two lines of the same key: the log's signature, and a cosignature/v1 (C2SP tlog-cosignature),
which states when the tree had that size. Inclusion proofs are written as C2SP tlog-proof.
"""

import base64
import binascii
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from app.domain.note import (
    COSIGNATURE,
    SIGNATURE_BYTES,
    BadNote,
    IsSigned,
    Line,
    Signer,
    Verifier,
    key_id,
    opened_note,
    read_note,
    signature_line,
    written_note,
)

HASH_BYTES = 32
_SIZE = re.compile(r"0|[1-9][0-9]{0,17}")
_TIME_BYTES = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """A log's size and root. `origin` names the log and is the name of its key."""

    origin: str
    size: int
    root: bytes

    @property
    def text(self) -> str:
        """Write the body that is signed."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"


def origin_of(log_id: str, shard: str) -> str:
    """Name one shard of a log: its years and epochs are trees of their own."""
    return f"dialgate/{log_id}/{shard}"


def read_checkpoint(text: str) -> Checkpoint:
    """Read a checkpoint's body; extension lines are passed over.

    :raises BadNote: when it is malformed.
    """
    lines = text.split("\n")
    if len(lines) < 4 or lines[-1] or not all(lines[:-1]) or not _SIZE.fullmatch(lines[1]):
        raise BadNote("the note is no checkpoint")
    try:
        root = base64.b64decode(lines[2], validate=True)
    except binascii.Error:
        raise BadNote("the checkpoint's root is not base64") from None
    if len(root) != HASH_BYTES or base64.b64encode(root).decode() != lines[2]:
        raise BadNote("the checkpoint's root is not a hash")
    return Checkpoint(origin=lines[0], size=int(lines[1]), root=root)


def unverified_checkpoint(note: str) -> Checkpoint:
    """Read the checkpoint in a note without asking who signed it.

    :raises BadNote: when it is malformed.
    """
    return read_checkpoint(read_note(note)[0])


def signed_checkpoint(checkpoint: Checkpoint, *, signer: Signer, at: datetime) -> str:
    """Sign a checkpoint as the log, and state that it held at `at` (whole seconds, never later)."""
    name, public = signer.verifier.name, signer.verifier.public
    seconds = int(at.timestamp())
    cosignature = signer.sign(_cosigned(checkpoint.text, seconds))
    stated = Line(name, key_id(name, COSIGNATURE, public), seconds.to_bytes(_TIME_BYTES, "big") + cosignature)
    return written_note(checkpoint.text, [signature_line(signer, checkpoint.text), stated])


def opened_checkpoint(note: str, *, verifier: Verifier, is_signed: IsSigned) -> tuple[Checkpoint, datetime]:
    """Give the checkpoint that a log's key signed, and the time it states.

    :raises BadNote: when the note is malformed, of another log, or a signature is missing or wrong.
    """
    text, lines = opened_note(note, verifier=verifier, is_signed=is_signed)
    checkpoint = read_checkpoint(text)
    if checkpoint.origin != verifier.name:
        raise BadNote("the checkpoint is of another log")
    id = key_id(verifier.name, COSIGNATURE, verifier.public)
    own = [line.signature for line in lines if (line.name, line.key_id) == (verifier.name, id)]
    if len(own) != 1 or len(own[0]) != _TIME_BYTES + SIGNATURE_BYTES:
        raise BadNote("the checkpoint does not state its time")
    seconds = int.from_bytes(own[0][:_TIME_BYTES], "big")
    if not is_signed(verifier.public, own[0][_TIME_BYTES:], _cosigned(text, seconds)):
        raise BadNote("the time of the checkpoint is not signed")
    if seconds >= 2**40:
        raise BadNote("the time of the checkpoint is absurd")
    return checkpoint, datetime.fromtimestamp(seconds, UTC)


def _cosigned(text: str, seconds: int) -> bytes:
    return f"cosignature/v1\ntime {seconds}\n{text}".encode()


def written_proof(*, index: int, hashes: Sequence[bytes], checkpoint: str) -> str:
    """Write an inclusion proof with its signed checkpoint (C2SP tlog-proof v1)."""
    lines = [base64.b64encode(one).decode() for one in hashes]
    return "\n".join(["c2sp.org/tlog-proof@v1", f"index {index}", *lines, "", checkpoint])


def read_proof(text: str) -> tuple[int, list[bytes], str]:
    """Read an inclusion proof: the index, the hashes from the leaf upwards, the signed checkpoint.

    :raises BadNote: when it is malformed.
    """
    head, found, checkpoint = text.partition("\n\n")
    title, *lines = head.split("\n")
    if lines and lines[0].startswith("extra "):
        lines = lines[1:]
    match = re.fullmatch(r"index (0|[1-9][0-9]{0,17})", lines[0] if lines else "")
    if not found or title != "c2sp.org/tlog-proof@v1" or match is None:
        raise BadNote("the text is no proof")
    try:
        hashes = [base64.b64decode(line, validate=True) for line in lines[1:]]
    except binascii.Error:
        raise BadNote("a hash of the proof is not base64") from None
    if any(len(one) != HASH_BYTES for one in hashes):
        raise BadNote("a hash of the proof is not a hash")
    return int(match[1]), hashes, checkpoint
