"""What waits for a second person: lifts, erasures, rulesets, snapshots of registers, in one list."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy.orm import Session

from app.db.api_keys import api_keys_by_id
from app.db.registers import waiting_snapshots
from app.db.ruleset_proposals import waiting_proposals
from app.db.rulesets import newest_activation
from app.db.users import user_names
from app.domain.access import COMMAND_LINE, USER, Actor, Scope
from app.services.erasure_proposals import waiting_for
from app.services.lifts import waiting_lifts
from app.services.ruleset_proposals import LIFETIME as RULESET_LIFETIME
from app.services.two_persons import LIFETIME

MOST = 100
"""Of each kind that are listed, the newest."""


class WaitingKind(StrEnum):
    """What waits."""

    LIFT = "lift"
    ERASURE = "erasure"
    RULESET = "ruleset"
    SNAPSHOT = "snapshot"


NEEDS: Mapping[WaitingKind, Scope] = {
    WaitingKind.LIFT: Scope.SUPPRESSIONS_WRITE,
    WaitingKind.ERASURE: Scope.PERSONS_WRITE,
    WaitingKind.RULESET: Scope.RULES_WRITE,
    WaitingKind.SNAPSHOT: Scope.REGISTERS_WRITE,
}
"""Who may see and settle it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waits:
    """One thing that waits. It never tells a number. `about` are its own fields; `is_own` is that the reader proposed
    it, and so may take it back and not approve it. `expires_at` None is that it waits as long as it takes.
    """

    kind: WaitingKind
    id: str
    controller: str | None
    about: Mapping[str, Any]
    proposed_by: str
    proposed_at: datetime
    expires_at: datetime | None
    is_own: bool


def waiting_for_second(session: Session, *, actor: Actor, now: datetime) -> list[Waits]:
    """Give what waits within the actor's reach and scopes, newest first, at most a hundred of each kind."""
    found: list[Waits] = []
    for kind, gather in _GATHER.items():
        if NEEDS[kind] in actor.scopes:
            found += gather(session, actor, now)
    return sorted(found, key=lambda one: one.proposed_at, reverse=True)


def names_of_actors(session: Session, *, ids: Collection[str]) -> dict[str, str]:
    """Give the names of users and keys by the ids of actors; whoever has none is left out."""
    users = user_names(session, ids=[id.removeprefix(USER) for id in ids if id.startswith(USER)])
    keys = api_keys_by_id(session, ids=[id for id in ids if not id.startswith(USER) and id != COMMAND_LINE])
    return {USER + id: name for id, name in users.items()} | {id: key.name for id, key in keys.items()}


def _waits(row: Mapping[str, Any], actor: Actor, *, by: str = "proposed_by", login: str = "proposed_login") -> Any:
    return {"id": row["id"], "proposed_by": row[by], "is_own": (row[by], row[login]) == (actor.id, actor.login)}


def _lifts(session: Session, actor: Actor, now: datetime) -> Iterator[Waits]:
    for row in waiting_lifts(session, actor=actor, before=None, limit=MOST, now=now):
        yield Waits(
            **_waits(row, actor),
            kind=WaitingKind.LIFT,
            controller=row["controller"],
            about={
                "reason": (row["fields"] or {}).get("reason"),
                "suppressed_for": row["suppression"]["reason"],
                "since": row["suppression"]["since"],
            },
            proposed_at=row["proposed_at"],
            expires_at=row["proposed_at"] + LIFETIME,
        )


def _erasures(session: Session, actor: Actor, now: datetime) -> Iterator[Waits]:
    for row in waiting_for(session, actor=actor, before=None, limit=MOST, now=now):
        yield Waits(
            **_waits(row, actor),
            kind=WaitingKind.ERASURE,
            controller=row["controller"],
            about={"ref": row["ref"]},
            proposed_at=row["proposed_at"],
            expires_at=row["proposed_at"] + LIFETIME,
        )


def _rulesets(session: Session, actor: Actor, now: datetime) -> Iterator[Waits]:
    if actor.controllers is not None:
        return
    follows = newest_activation(session)
    for row in waiting_proposals(session, follows=follows, since=now - RULESET_LIFETIME, limit=MOST):
        yield Waits(
            **_waits(row, actor),
            kind=WaitingKind.RULESET,
            controller=None,
            about={"reason": row["reason"], "digest": row["digest"]},
            proposed_at=row["proposed_at"],
            expires_at=row["proposed_at"] + RULESET_LIFETIME,
        )


def _snapshots(session: Session, actor: Actor, now: datetime) -> Iterator[Waits]:
    if actor.controllers is not None:
        return
    for row in waiting_snapshots(session, limit=MOST):
        yield Waits(
            **_waits(row, actor, by="imported_by", login="imported_login"),
            kind=WaitingKind.SNAPSHOT,
            controller=None,
            about={name: row[name] for name in ("register", "count", "as_of", "source")},
            proposed_at=row["imported_at"],
            expires_at=None,
        )


_GATHER: Mapping[WaitingKind, Any] = {
    WaitingKind.LIFT: _lifts,
    WaitingKind.ERASURE: _erasures,
    WaitingKind.RULESET: _rulesets,
    WaitingKind.SNAPSHOT: _snapshots,
}


def of_kind(found: Sequence[Waits], kind: WaitingKind, id: str) -> Waits | None:
    """Give one of what waits; None where it does not wait any more."""
    return next((one for one in found if (one.kind, one.id) == (kind, id)), None)
