"""Snapshots of registers: taking one in, and the second person for one that changed too much."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.db.locks import lock_register
from app.db.registers import add_activation, add_rejection, add_snapshot, snapshot_by_id
from app.db.standing_snapshots import Snapshot, standing_snapshots
from app.db.types import Row
from app.domain.access import Actor
from app.domain.errors import Conflict, InvalidInput, NotFound
from app.domain.form import TEXT, refuse_absurd, require_form
from app.domain.leaf import LeafKind, written
from app.domain.register import Coverage, Register, needs_second_person
from app.services.log import record_act
from app.services.registers import register_for


class UnknownSnapshot(NotFound):
    """There is no such snapshot of this register here."""

    code = "unknown_snapshot"


class EmptyRegister(InvalidInput):
    """A register without a single number is an error, not a register."""

    code = "empty_register"


class SnapshotTooOld(Conflict):
    """A newer snapshot stands; a register never goes back in time."""

    code = "snapshot_too_old"


class NothingToChange(Conflict):
    """There is no standing snapshot that this change list could change."""

    code = "nothing_to_change"


class SnapshotSettled(Conflict):
    """This snapshot does not wait for anybody."""

    code = "snapshot_settled"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSnapshot:
    """A snapshot whose numbers are on disk, whole. `base` is the snapshot that a change list was applied to,
    `submission` what an answer answers and `controller_id` whose list that was; None answers everybody.
    """

    id: str
    register: Register
    as_of: datetime
    source: str
    file_name: str
    sha256: str
    count: int
    skipped: int
    duplicates: int
    base: str | None = None
    submission: str | None = None
    controller_id: int | None = None


def snapshot_for(session: Session, *, slug: str, id: str) -> Row:
    """Give a snapshot of a register.

    :raises UnknownRegister, UnknownSnapshot: when there is none.
    """
    register_for(session, slug=slug)
    row = snapshot_by_id(session, id=id)
    if row is None or row["register"] != slug:
        raise UnknownSnapshot()
    return row


def newest_standing(session: Session, *, register: Register) -> Snapshot | None:
    """Give the newest snapshot of a register that stands and answers everybody; None where none does."""
    standing = standing_snapshots(session, registers=[register.slug], controller_ids=())
    return standing[register.slug][0] if standing else None


def require_timely(register: Register, *, as_of: datetime, newest: Snapshot | None, now: datetime) -> None:
    """Refuse a snapshot of the future, or of a time before what stands.

    :raises AbsurdTime: when `as_of` is after now, or before 1990.
    :raises SnapshotTooOld: when a newer one stands. Answers to what was asked stand side by side.
    """
    refuse_absurd(as_of, pointer="/as_of", now=now, until=now)
    if register.coverage is Coverage.FULL and newest is not None and as_of < newest.as_of:
        raise SnapshotTooOld(pointer="/as_of")


def take_snapshot(session: Session, *, new: NewSnapshot, actor: Actor, now: datetime) -> Row:
    """Put a snapshot on record, and in force unless it must wait for a second person.

    :raises NeedsAllControllers: for an actor of named controllers.
    :raises EmptyRegister: when it has no number.
    :raises AbsurdTime, SnapshotTooOld: as `require_timely` does.
    :raises NothingToChange: when what it was made of stands no longer.
    """
    actor.require_all_controllers()
    require_form(TEXT, source=new.source)
    register = new.register
    if not new.count:
        raise EmptyRegister()
    lock_register(session, slug=register.slug)
    newest = newest_standing(session, register=register)
    require_timely(register, as_of=new.as_of, newest=newest, now=now)
    _require_base(new.base, newest)
    waits = register.coverage is Coverage.FULL and needs_second_person(
        before=None if newest is None else newest.count,
        after=new.count,
        max_change_percent=register.max_change_percent,
    )
    body = {
        "act": "imported",
        "register": register.slug,
        "snapshot": new.id,
        "coverage": register.coverage.value,
        "as_of": written(new.as_of),
        "digest": f"sha256:{new.sha256}",
        "count": new.count,
        "skipped": new.skipped,
        "base": new.base,
        "submission": new.submission,
        "needs_approval": waits,
    }
    _, leaf_hash = _record(session, body, actor, now, fields={"source": new.source, "file_name": new.file_name})
    values = {name: getattr(new, name) for name in ("id", "source", "file_name", "as_of", "sha256")}
    values |= {name: getattr(new, name) for name in ("count", "skipped", "duplicates")}
    values |= {"register": register.slug, "base_id": new.base, "needs_approval": waits, "leaf_hash": leaf_hash}
    values |= {"controller_id": new.controller_id}
    values |= {"imported_by": actor.id, "imported_login": actor.login, "imported_at": now}
    add_snapshot(session, values=values)
    if not waits:
        _activate(session, snapshot_for(session, slug=register.slug, id=new.id), register, actor, now)
    return snapshot_for(session, slug=register.slug, id=new.id)


def approve_snapshot(session: Session, *, slug: str, id: str, actor: Actor, now: datetime) -> Row:
    """Put a snapshot in force that waits.

    :raises NeedsAllControllers: for an actor of named controllers.
    :raises UnknownRegister, UnknownSnapshot: when there is none.
    :raises SnapshotSettled: when it does not wait.
    :raises NeedsSecondPerson: for whoever imported it.
    :raises SnapshotTooOld, NothingToChange: when another one came into force meanwhile.
    """
    row, register = _waiting(session, slug, id, actor)
    actor.require_second_person(proposed_by=row["imported_by"], proposed_login=row["imported_login"])
    newest = newest_standing(session, register=register)
    require_timely(register, as_of=row["as_of"], newest=newest, now=now)
    _require_base(row["base_id"], newest)
    _activate(session, row, register, actor, now)
    return snapshot_for(session, slug=slug, id=id)


def reject_snapshot(session: Session, *, slug: str, id: str, actor: Actor, now: datetime) -> Row:
    """Reject a snapshot that waits, or take one's own back. It stays on record, and never comes into force.

    :raises NeedsAllControllers: for an actor of named controllers.
    :raises UnknownRegister, UnknownSnapshot: when there is none.
    :raises SnapshotSettled: when it does not wait.
    """
    row, _ = _waiting(session, slug, id, actor)
    entry, _ = _record(session, {"act": "rejected", "register": slug, "snapshot": row["id"]}, actor, now)
    add_rejection(session, id=entry, snapshot_id=row["id"], actor_id=actor.id, now=now)
    return snapshot_for(session, slug=slug, id=id)


def _waiting(session: Session, slug: str, id: str, actor: Actor) -> tuple[Row, Register]:
    actor.require_all_controllers()
    lock_register(session, slug=slug)
    row = snapshot_for(session, slug=slug, id=id)
    if row["activated_at"] is not None or row["rejected_at"] is not None:
        raise SnapshotSettled()
    return row, register_for(session, slug=slug)


def _require_base(base: str | None, newest: Snapshot | None) -> None:
    """Refuse what was made of a snapshot that is no longer the newest: it lacks what changed since."""
    if base is not None and (newest is None or newest.id != base):
        raise NothingToChange()


def _activate(session: Session, row: Row, register: Register, actor: Actor, now: datetime) -> None:
    body = {"act": "activated", "register": register.slug, "snapshot": row["id"]}
    entry, _ = _record(session, body, actor, now)
    add_activation(session, id=entry, snapshot=row, coverage=register.coverage, actor_id=actor.id, now=now)


def _record(
    session: Session, body: Mapping[str, Any], actor: Actor, now: datetime, fields: Mapping[str, Any] | None = None
) -> tuple[str, str]:
    about: dict[str, Any] = {"kind": LeafKind.REGISTER, "controller_id": None, "actor": actor, "now": now}
    return record_act(session, **about, body=body, fields=fields)
