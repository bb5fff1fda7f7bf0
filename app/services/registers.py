"""Registers: adding and finding the external lists."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.db import registers as stored
from app.domain.access import Actor
from app.domain.errors import Conflict, NotFound
from app.domain.leaf import LeafKind
from app.domain.register import SLUG, Register
from app.services.log import record_act


class UnknownRegister(NotFound):
    """There is no such register here."""

    code = "unknown_register"


class RegisterExists(Conflict):
    """A register of this slug is here already."""

    code = "register_exists"


def add_register(session: Session, *, register: Register, actor: Actor, now: datetime) -> None:
    """Add a register.

    :raises RegisterExists: when the slug is taken.
    :raises NeedsAllControllers: for an actor of named controllers: all of them share it.
    """
    actor.require_all_controllers()
    if stored.register_by_slug(session, slug=register.slug) is not None:
        raise RegisterExists()
    stored.add_register(session, register=register, actor_id=actor.id, now=now)
    body = {
        "act": "registered",
        "register": register.slug,
        "coverage": register.coverage.value,
        "format": register.format.value,
        "region": register.region,
        "categories": list(register.categories),
        "max_change_percent": register.max_change_percent,
        "max_age_days": register.max_age_days,
    }
    about: dict[str, Any] = {"kind": LeafKind.REGISTER, "controller_id": None, "actor": actor, "now": now}
    record_act(session, **about, body=body, fields={"name": register.name})


def register_for(session: Session, *, slug: str) -> Register:
    """Give a register; whoever may ask at all reaches every one.

    :raises UnknownRegister: when there is none.
    """
    register = stored.register_by_slug(session, slug=slug) if SLUG.fullmatch(slug) else None
    if register is None:
        raise UnknownRegister()
    return register
