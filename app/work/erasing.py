"""Drives the erasure of a person for every interface: lock, erase, note it outside the database, commit."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from app.context import Context, Transaction
from app.db.artefacts import artefacts_of, removed_since
from app.db.locks import lock_artefact
from app.domain.access import Actor
from app.services.erasure_journal import NAME, append_erasure
from app.services.erasure_proposals import approve_erasure, proposal_for, require_waiting
from app.services.erasures import Act, Erased, Erasure, erase_number, journal_line
from app.services.evidence import evidence_path
from app.services.two_persons import require_second_person

REMAINS = (
    "leaves of the log and their proofs, which hold neither number nor name",
    "the keyed hash by which the number stays blocked",
    "files outside Dialgate: result files that were downloaded, backups until they expire",
)
"""What an erasure leaves, as its answer says."""


def journals(context: Context) -> list[Path]:
    """Say where erasures are noted outside the database: wherever copies of checkpoints stand, too."""
    return [folder / NAME for folder in context.outside.folders or (context.data_dir / "outside",)]


def approve(
    context: Context, *, id: str, actor: Actor, require: Callable[[Transaction], None] = lambda tx: None
) -> Erased:
    """Approve a proposal and erase the person, in one transaction, which `require` may refuse: whoever waited for the
    number may be nobody by then, and what is erased does not come back.

    :raises UnknownErasure, ErasureSettled, NeedsSecondPerson: when it cannot be approved, or not by this actor.
    """
    with context.reading(reach=actor.controllers) as reading:
        row = proposal_for(reading.session, id=id, actor=actor)
        require_waiting(row, now=reading.now)
        require_second_person(row, actor=actor)
    owner = row["controller_id"]
    with context.transaction(reach=None if owner is None else [owner], exclusive=[row["number"]]) as tx:
        require(tx)
        key = context.erasure_keys[0]
        erasure, done = approve_erasure(tx.session, id=id, key=key, actor=actor, now=tx.now)
        append_erasure(journals(context), journal_line(erasure, done, now=tx.now))
    return done


def erase(context: Context, *, erasure: Erasure, actor: Actor) -> Erased:
    """Erase a number that nobody needs to approve any more: its time is over, or it was erased before."""
    owner = erasure.controller_id
    with context.transaction(reach=None if owner is None else [owner], exclusive=[erasure.number]) as tx:
        done = erase_number(tx.session, erasure=erasure, actor=actor, now=tx.now)
        if erasure.act is not Act.REPLAYED:  # that stands in the journal already
            append_erasure(journals(context), journal_line(erasure, done, now=tx.now))
    return done


def remove_artefacts(context: Context, *, since: datetime, told: Callable[[], None]) -> None:
    """Delete the files of artefacts that erasures removed at or after an instant; what was received again stays."""
    with context.reading() as reading:
        removed = removed_since(reading.session, since=since)
    for row in removed:
        whose = {"controller_id": row["controller_id"], "sha256": row["sha256"]}
        with context.transaction(reach=[row["controller_id"]]) as tx:
            lock_artefact(tx.session, **whose)
            if not artefacts_of(tx.session, controller_ids=[row["controller_id"]], hashes=[row["sha256"]]):
                evidence_path(context.data_dir, **whose).unlink(missing_ok=True)
        told()


def erased_answer(done: Erased, *, proposal: str) -> dict[str, Any]:
    """Say what an erasure removed and what remains."""
    return {
        "id": proposal,
        "state": "erased",
        "erasure": done.id,
        "leaf_hash": done.leaf_hash,
        "suppression": done.suppression,
        "removed": dict(done.removed),
        "files": "pending",
        "remains": list(REMAINS),
    }
