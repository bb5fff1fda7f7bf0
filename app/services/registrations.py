"""Registrations: adding and ending the caller's own and the controllers' entries with authorities."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from app.db.identity import new_id
from app.db.registrations import add_registration as store_registration
from app.db.registrations import registration_by_id, registrations_of
from app.db.types import Row
from app.domain.access import Actor
from app.domain.errors import InvalidInput, NotFound
from app.domain.form import TEXT, require_form
from app.domain.leaf import LeafKind
from app.domain.registration import Holder
from app.services.answers import rfc3339
from app.services.controllers import controller_for
from app.services.log import record_act

AUTHORITY = re.compile(r"(?!(?:[^0-9]*[0-9]){7})[a-z0-9-]{1,32}")
"""The name by which rules ask for an authority; it stands in leaves, so it is none that a number could hide in."""
EARLIEST, LATEST = date(1990, 1, 1), date(2200, 1, 1)


class UnknownRegistration(NotFound):
    """There is no such registration here, or it was ended before."""

    code = "unknown_registration"


class HolderMismatch(InvalidInput):
    """A registration of a controller names it; one of the caller names none."""

    code = "holder_mismatch"


class AbsurdDay(InvalidInput):
    """This day cannot be meant."""

    code = "absurd_day"


class NotAnEnd(InvalidInput):
    """A registration can only be made to end earlier than it does, and not before it began."""

    code = "not_an_end"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRegistration:
    """A registration to be added; `name` is what the authority knows it by, `valid_to` the first day it is over."""

    authority: str
    holder: Holder
    controller: str | None
    name: str
    valid_from: date
    valid_to: date | None = None


def owner_of(session: Session, *, holder: Holder, controller: str | None, actor: Actor) -> int | None:
    """Give the id of the controller whose registration the actor may write; None is the caller's.

    :raises NeedsAllControllers: for the caller's, by an actor of named controllers.
    :raises UnknownController: when the controller is not the actor's.
    :raises HolderMismatch: when one is named for the caller, or none for a controller.
    """
    if (holder is Holder.CALLER) is not (controller is None):
        raise HolderMismatch(pointer="/controller")
    if controller is None:
        actor.require_all_controllers()
        return None
    return controller_for(session, slug=controller, actor=actor).id


def add_registration(session: Session, *, new: NewRegistration, actor: Actor, now: datetime) -> str:
    """Add a registration, on record in its controller's log, the caller's in the operator's; gives its id.

    :raises NeedsAllControllers, UnknownController, HolderMismatch: as `owner_of` does.
    :raises AbsurdDay, NotAnEnd, Malformed: when a field makes no sense.
    """
    require_form(AUTHORITY, authority=new.authority)
    require_form(TEXT, name=new.name)
    for name, day in (("valid_from", new.valid_from), ("valid_to", new.valid_to)):
        if day is not None and not EARLIEST <= day <= LATEST:
            raise AbsurdDay(pointer=f"/{name}")
    if new.valid_to is not None and new.valid_to <= new.valid_from:
        raise NotAnEnd(pointer="/valid_to")
    owner = owner_of(session, holder=new.holder, controller=new.controller, actor=actor)
    id = new_id(now)
    body = {
        "act": "registration_added",
        "authority": new.authority,
        "valid_from": new.valid_from.isoformat(),
        "valid_to": None if new.valid_to is None else new.valid_to.isoformat(),
    }
    _record(session, id=id, owner=owner, name=new.name, body=body, actor=actor, now=now)
    row = {"authority": new.authority, "name": new.name, "valid_from": new.valid_from, "valid_to": new.valid_to}
    store_registration(session, values={"id": id, "controller_id": owner, "recorded_at": now, "replaces": None, **row})
    return id


def registration_for(session: Session, *, id: str, actor: Actor) -> Row:
    """Give a registration that the actor may end.

    :raises UnknownRegistration: when there is none, or it is another controller's: the answers are equal.
    :raises NeedsAllControllers: for the caller's, by an actor of named controllers.
    """
    row = registration_by_id(session, id=id)
    if row is None or (row["controller_id"] is not None and not actor.reaches(row["controller_id"])):
        raise UnknownRegistration()
    if row["controller_id"] is None:
        actor.require_all_controllers()
    return row


def end_registration(session: Session, *, id: str, on: date, actor: Actor, now: datetime) -> str:
    """Record that a registration no longer holds from a day on; gives the id of the record in its place.

    :raises UnknownRegistration, NeedsAllControllers: as `registration_for` does.
    :raises NotAnEnd: when it ended by then, or had not begun.
    """
    row = registration_for(session, id=id, actor=actor)
    if on < row["valid_from"] or (row["valid_to"] is not None and on >= row["valid_to"]):
        raise NotAnEnd(pointer="/on")
    later = new_id(now)
    body = {"act": "registration_ended", "registration": id, "on": on.isoformat()}
    _record(session, id=later, owner=row["controller_id"], name=row["name"], body=body, actor=actor, now=now)
    kept = {name: row[name] for name in ("controller_id", "authority", "name", "valid_from")}
    store_registration(session, values={"id": later, "valid_to": on, "recorded_at": now, "replaces": id, **kept})
    return later


def _record(
    session: Session, *, id: str, owner: int | None, name: str, body: dict[str, Any], actor: Actor, now: datetime
) -> None:
    record_act(
        session,
        kind=LeafKind.ADMIN,
        controller_id=owner,
        actor=actor,
        now=now,
        id=id,
        body=body,
        fields={"registration": name},
    )


def registrations_for(session: Session, *, actor: Actor) -> Sequence[Row]:
    """List the registrations that count: the caller's, and those of the actor's controllers."""
    return registrations_of(session, controller_ids=actor.controllers)


def registration_answer(row: Row) -> dict[str, Any]:
    """Give a registration as the contract words it."""
    return {
        "id": row["id"],
        "authority": row["authority"],
        "holder": (Holder.CALLER if row["controller_id"] is None else Holder.CONTROLLER).value,
        "controller": row["controller"],
        "name": row["name"],
        "valid_from": row["valid_from"].isoformat(),
        "valid_to": None if row["valid_to"] is None else row["valid_to"].isoformat(),
        "recorded_at": rfc3339(row["recorded_at"]),
        "replaces": row["replaces"],
    }
