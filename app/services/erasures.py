"""Erasing a person: the record lets go of one number, the proofs stay, and a keyed hash goes on blocking."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy.orm import Session

from app.db.artefacts import add_removals
from app.db.erasures import close_erasure, open_erasure, queue_file_erasure, settle_proposals_on
from app.db.identity import new_id
from app.db.jobs import add_job
from app.db.log import Entry, append_entries
from app.db.personal import Held, Person, artefacts_only_of, held_on, holders_of, let_go
from app.db.suppressions import add_objections_to_all, add_suppressions, hash_keys_in_use
from app.db.types import Row
from app.domain.access import Actor
from app.domain.entry import suppression_body
from app.domain.erasure import hash_key_id, number_hash
from app.domain.errors import Unavailable
from app.domain.leaf import LeafKind, hash_text, written
from app.domain.phone import e164_of
from app.domain.suppression import Scope, Suppression, SuppressionReason
from app.services.idempotency import forget_answers
from app.services.log import log_of, record_act

FILES_JOB = "erase_files"


class MissingErasureKey(Unavailable):
    """Erased numbers cannot be recognised without the key that hashed them."""

    code = "missing_erasure_key"


class Act(StrEnum):
    """Why a person's data went: a request, its time was over, or a restored backup had it again."""

    ERASED = "erased"
    RETAINED_OUT = "retained_out"
    REPLAYED = "replayed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasure:
    """Whom to erase for which controller (None: for all), why, and by which key the number is hashed.

    `until` leaves alone what was noted later; None is everything. `since` is when the block begins, None where the
    erasure leaves no block of its own: what was merely too old was nobody's no, unless they had said one.
    """

    number: int
    controller_id: int | None
    act: Act
    key: bytes = field(repr=False)
    since: datetime | None
    until: datetime | None = None
    proposal: str | None = None

    @property
    def digest(self) -> bytes:
        """Give the keyed hash that stands for the number."""
        return number_hash(self.key, e164_of(self.number))


@dataclass(frozen=True, slots=True, kw_only=True)
class Erased:
    """What an erasure did: its entry, the block it left, and how many rows it emptied or removed."""

    id: str
    leaf_hash: str
    suppression: str | None
    removed: Mapping[str, int]
    log: str


def erase_number(session: Session, *, erasure: Erasure, actor: Actor, now: datetime) -> Erased:
    """Erase a number for one controller, or for all, in the caller's transaction, which must lock it exclusively.

    Every log that held anything gets an entry of its own, so that its auditors see why openings are gone; the one
    given back is that of the controller, or for all the operator's. Files of lists, and artefacts that nobody else's
    consent names, are left to a job, which the commit sets going; the journal outside the database is the caller's to
    write, before the commit.
    """
    owners: list[int | None] = [erasure.controller_id]
    if erasure.controller_id is None:
        owners += sorted(holders_of(session, number=erasure.number))
    block = None
    if erasure.since is not None:
        block = leave_block(
            session,
            controller_id=erasure.controller_id,
            digest=erasure.digest,
            hash_key=hash_key_id(erasure.key),
            since=erasure.since,
            actor=actor,
            now=now,
        )
    whole: Erased | None = None
    totals: dict[str, int] = {}
    answers = forget_answers(session, number=erasure.number, controller_id=erasure.controller_id)
    for owner in reversed(owners):
        person = Person(number=erasure.number, controller_id=owner, until=erasure.until)
        held = held_on(session, person=person)
        gone = artefacts_only_of(session, person=person)
        counts = {**held.counts, "artefacts": len(gone)}
        for name, count in counts.items():
            totals[name] = totals.get(name, 0) + count
        is_whole = owner == erasure.controller_id
        removed = {**totals, "answers": answers} if is_whole else counts
        done = _erase_in_log(session, erasure, person, held, gone, removed, block, actor=actor, now=now)
        whole = done if is_whole else whole
    assert whole is not None, "the log asked for is always among the owners"
    queue_file_erasure(
        session,
        id=whole.id,
        controller_id=erasure.controller_id,
        number=erasure.number,
        until=erasure.until or now,
    )
    settled = {"state": "erased", "settled_by": actor.id, "settled_at": now, "erasure_id": whole.id}
    settle_proposals_on(
        session,
        number=erasure.number,
        controller_id=erasure.controller_id,
        until=erasure.until or now,
        values=settled,
    )
    add_job(session, id=new_id(now), kind=FILES_JOB, subject_id=whole.id, now=now)
    return whole


def is_held(session: Session, *, erasure: Erasure) -> bool:
    """Tell whether the database has anything that this erasure would remove."""
    owners: list[int | None] = [erasure.controller_id]
    if erasure.controller_id is None:
        owners += sorted(holders_of(session, number=erasure.number))
    persons = (Person(number=erasure.number, controller_id=owner, until=erasure.until) for owner in owners)
    return any(held_on(session, person=person) for person in persons)


def _erase_in_log(
    session: Session,
    erasure: Erasure,
    person: Person,
    held: Held,
    gone: Sequence[Row],
    removed: Mapping[str, int],
    block: str | None,
    *,
    actor: Actor,
    now: datetime,
) -> Erased:
    body = {
        "act": erasure.act.value,
        "scope": (Scope.ALL if erasure.controller_id is None else Scope.CONTROLLER).value,
        "proposal": erasure.proposal,
        "suppression": block,
        "removed": dict(removed),
    }
    owner = person.controller_id
    id, leaf_hash = record_act(
        session, kind=LeafKind.ERASURE, controller_id=owner, actor=actor, now=now, body=body, id=new_id(now)
    )
    open_erasure(session, entry_id=id, controller_id=owner, number=erasure.number, now=now)
    let_go(session, person=person, held=held, number_hash=erasure.digest, hash_key=hash_key_id(erasure.key))
    close_erasure(session, entry_id=id)
    noted = {"controller_id": owner, "erasure_id": id, "removed_at": now}
    add_removals(session, rows=[{"artefact_id": row["id"], **noted} for row in gone])
    log = log_of(session, controller_id=owner).id
    return Erased(id=id, leaf_hash=leaf_hash, suppression=block, removed=removed, log=log)


def leave_block(
    session: Session,
    *,
    controller_id: int | None,
    digest: bytes,
    hash_key: str,
    since: datetime,
    actor: Actor,
    now: datetime,
) -> str:
    """Suppress a number that is known by its hash alone, for one controller or for all; gives the leaf hash.

    The entry has no commitment to the number, and its opening none to give.
    """
    id = new_id(now)
    stored = Suppression(id=id, reason=SuppressionReason.ERASURE, since=since, recorded_at=now)
    scope = Scope.ALL if controller_id is None else Scope.CONTROLLER
    entry = Entry(
        id=id,
        log=log_of(session, controller_id=controller_id),
        kind=LeafKind.SUPPRESSION,
        at=now,
        body={"actor": actor.id, **suppression_body(stored, scope=scope, file=None, row=None)},
        fields=actor.personal,
    )
    (written_entry,) = append_entries(session, new=[entry])
    row: dict[str, Any] = {
        "id": id,
        "number": None,
        "number_hash": digest,
        "hash_key": hash_key,
        "reason": stored.reason.value,
        "since": since,
        "recorded_at": now,
        "ref": None,
        "file": None,
        "file_row": None,
        "leaf_hash": hash_text(written_entry.leaf_hash),
    }
    if controller_id is None:
        add_objections_to_all(session, rows=[row])
    else:
        add_suppressions(session, rows=[row | {"controller_id": controller_id}])
    return hash_text(written_entry.leaf_hash)


def require_erasure_keys(session: Session, *, keys: Sequence[bytes]) -> None:
    """Refuse a database with keyed hashes of erased numbers whose key is not among ours: their blocks would fail.

    :raises MissingErasureKey: naming the key.
    """
    missing = hash_keys_in_use(session, known=[hash_key_id(key) for key in keys])
    if missing:
        raise MissingErasureKey(
            f"numbers were erased under the key {', '.join(sorted(missing))}, which is neither DIALGATE_ERASURE_KEY "
            "nor among DIALGATE_OLD_ERASURE_KEYS"
        )


def journal_line(erasure: Erasure, done: Erased, *, now: datetime) -> dict[str, Any]:
    """Say for the journal outside the database what was erased, by hash: it holds no number."""
    return {
        "id": done.id,
        "log": done.log,
        "act": erasure.act.value,
        "number_hash": erasure.digest.hex(),
        "hash_key": hash_key_id(erasure.key),
        "since": None if erasure.since is None else written(erasure.since),
        "at": written(now),
    }
