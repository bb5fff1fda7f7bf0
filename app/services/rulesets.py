"""Rulesets: which one is in force, and until when."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.db.rulesets import add_activation, add_ruleset, ruleset_content, standing_activations
from app.domain.access import Actor
from app.domain.errors import NotFound
from app.domain.leaf import LeafKind
from app.domain.ruleset import Ruleset
from app.services.log import record_act

Read = Callable[[Mapping[str, Any]], Ruleset]


class NoRuleset(NotFound):
    """No ruleset was ever activated."""

    code = "no_ruleset"


@dataclass(frozen=True, slots=True, kw_only=True)
class RulesInForce:
    """The ruleset in force, and when another takes its place; None is that nothing is scheduled."""

    ruleset: Ruleset
    until: datetime | None


def active_digest(session: Session, *, now: datetime) -> str | None:
    """Give the digest in force at `now`; None where none is."""
    digest, _ = _standing(session, now=now)
    return digest


def next_activation(session: Session, *, now: datetime) -> datetime | None:
    """Give the next scheduled instant at which another ruleset comes into force; None where none is."""
    _, until = _standing(session, now=now)
    return until


def rules_in_force(session: Session, *, now: datetime, known: dict[str, Ruleset], read: Read) -> RulesInForce:
    """Give the ruleset in force at `now` as this transaction sees it, and until when, both by one statement.

    Rulesets once read are kept in `known` by digest.

    :raises NoRuleset: when there is none. `BadRule` when this version cannot read it.
    """
    digest, until = _standing(session, now=now)
    if digest is None:
        raise NoRuleset()
    if digest not in known:
        known[digest] = read(ruleset_content(session, digest=digest) or {})
    return RulesInForce(ruleset=known[digest], until=until)


def ruleset_in_force(session: Session, *, now: datetime, known: dict[str, Ruleset], read: Read) -> Ruleset:
    """Give the ruleset in force at `now`, as `rules_in_force` does.

    :raises NoRuleset: when there is none. `BadRule` when this version cannot read it.
    """
    return rules_in_force(session, now=now, known=known, read=read).ruleset


def activate_shipped(session: Session, *, ruleset: Ruleset, actor: Actor, now: datetime) -> bool:
    """Put the ruleset of this version in force unless it ever was; tell whether it changed anything.

    One that was in force before is never brought back: an old process that starts again during an upgrade
    must not undo a newer law.
    """
    if ruleset_content(session, digest=ruleset.digest) is not None:
        return False
    add_ruleset(session, digest=ruleset.digest, content=ruleset.content, now=now)
    values = {"digest": ruleset.digest, "effective_at": now, "proposed_by": actor.id, "recorded_at": now}
    add_activation(session, values=values)
    body = {"ruleset": ruleset.digest, "act": "activated"}
    record_act(session, kind=LeafKind.RULESET, controller_id=None, actor=actor, now=now, body=body)
    return True


def _standing(session: Session, *, now: datetime) -> tuple[str | None, datetime | None]:
    """Give the digest in force, and when another one follows.

    Of several that come into force at one instant the last one counts; one that only puts the same in force again
    ends nothing.
    """
    digest: str | None = None
    ahead: dict[datetime, str] = {}
    for effective_at, named in standing_activations(session, now=now):
        if effective_at <= now:
            digest = named
        else:
            ahead[effective_at] = named
    return digest, next((at for at, named in ahead.items() if named != digest), None)
