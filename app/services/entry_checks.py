"""Entries checked here: whether one is what its hash says, opens as it promised, and stands in a signed tree."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy.orm import Session

from app.db.log_search import entries_by_id
from app.db.types import Row
from app.domain.access import Actor
from app.domain.checkpoint import opened_checkpoint, read_proof, unverified_checkpoint
from app.domain.errors import NotFound
from app.domain.leaf import fields_commitment, hash_text, leaf_hash, number_commitment
from app.domain.merkle import BadProof, require_inclusion
from app.domain.note import BadNote, Verifier
from app.domain.phone import e164_of
from app.services.log_export import readable_logs
from app.services.log_keys import is_signed
from app.services.proofs import proof_of


class UnknownEntry(NotFound):
    """There is no such entry here."""

    code = "unknown_entry"


class Step(StrEnum):
    """What is checked of an entry, in this order."""

    HASH = "hash"
    OPENING = "opening"
    SIGNATURE = "signature"
    INCLUSION = "inclusion"


@dataclass(frozen=True, slots=True, kw_only=True)
class Proven:
    """The place of an entry in a tree: its index, and the checkpoint over it."""

    text: str
    note: str
    vkey: str
    shard: str
    index: int
    size: int
    signed_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedEntry:
    """An entry, its proof (None before it is integrated), and the steps with whether each holds.

    A step that cannot be taken is left out: there is nothing to open, or no proof yet.
    """

    row: Row
    leaf_hash: str
    proven: Proven | None
    steps: tuple[tuple[Step, bool], ...]

    @property
    def holds(self) -> bool:
        """Tell whether every step holds."""
        return all(is_so for _, is_so in self.steps)


VerifierOf = Callable[[str], Verifier]
"""Give the public key of an origin."""


def entry_for(session: Session, *, id: str, actor: Actor) -> Row:
    """Give an entry of a log that the actor may read, with its opening.

    :raises UnknownEntry: when there is none, or it is not the actor's: the answers are equal.
    """
    row = entries_by_id(session, ids=[id]).get(id)
    logs = {log.id for log in readable_logs(session, actor=actor, controller=None)}
    if row is None or row["log_id"] not in logs:
        raise UnknownEntry()
    return row


def checked_entry(session: Session, *, id: str, actor: Actor, verifier_of: VerifierOf) -> CheckedEntry:
    """Check an entry again, from its exact bytes to the signature over its tree.

    :raises UnknownEntry: when there is none, or it is not the actor's.
    """
    row = entry_for(session, id=id, actor=actor)
    digest = leaf_hash(row["leaf"])
    steps = [(Step.HASH, digest == row["leaf_hash"])]
    if row["salt"] is not None and (row["number"] is not None or row["fields"]):
        steps.append((Step.OPENING, _opens(row)))
    text = proof_of(session, entry_id=row["id"])
    proven = None
    if text is not None:
        proven, signed, included = _proven(text, digest, verifier_of)
        steps += [(Step.SIGNATURE, signed), (Step.INCLUSION, included)]
    return CheckedEntry(row=row, leaf_hash=hash_text(row["leaf_hash"]), proven=proven, steps=tuple(steps))


def _opens(row: Row) -> bool:
    leaf = json.loads(row["leaf"])
    number, fields = row["number"], row["fields"]
    is_number = number is None or leaf.get("number") == number_commitment(row["salt"], e164_of(number))
    return is_number and (not fields or leaf.get("fields") == fields_commitment(row["salt"], fields))


def _proven(text: str, digest: bytes, verifier_of: VerifierOf) -> tuple[Proven, bool, bool]:
    index, hashes, note = read_proof(text)
    stated = unverified_checkpoint(note)
    verifier = verifier_of(stated.origin)
    signed_at = None
    try:
        _, signed_at = opened_checkpoint(note, verifier=verifier, is_signed=is_signed)
    except BadNote:
        is_by_log = False
    else:
        is_by_log = True
    try:
        require_inclusion(digest, index=index, size=stated.size, proof=hashes, root=stated.root)
    except BadProof:
        is_included = False
    else:
        is_included = True
    proven = Proven(
        text=text,
        note=note,
        vkey=verifier.vkey,
        shard=stated.origin.rpartition("/")[2],
        index=index,
        size=stated.size,
        signed_at=signed_at,
    )
    return proven, is_by_log, is_included
