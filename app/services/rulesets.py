"""Rulesets: which one is in force, and putting the shipped one in force."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.db.rulesets import active_digest, add_ruleset, ruleset_content
from app.domain.access import Actor
from app.domain.errors import NotFound
from app.domain.leaf import LeafKind
from app.domain.ruleset import Ruleset
from app.services.log import record_act


class NoRuleset(NotFound):
    """No ruleset was ever activated."""

    code = "no_ruleset"


def activate_shipped(session: Session, *, ruleset: Ruleset, actor: Actor, now: datetime) -> bool:
    """Put the ruleset of this version in force unless it ever was; tell whether it changed anything.

    One that was in force before is never brought back: an old process that starts again during an upgrade
    must not undo a newer law.
    """
    if ruleset_content(session, digest=ruleset.digest) is not None:
        return False
    add_ruleset(session, digest=ruleset.digest, content=ruleset.content, now=now)
    body = {"ruleset": ruleset.digest, "act": "activated"}
    record_act(session, kind=LeafKind.RULESET, controller_id=None, actor=actor, now=now, body=body)
    return True


def ruleset_in_force(
    session: Session, *, known: dict[str, Ruleset], read: Callable[[Mapping[str, Any]], Ruleset]
) -> Ruleset:
    """Give the ruleset in force as this transaction sees it; read ones are kept in `known` by digest.

    :raises NoRuleset: when there is none. `BadRule` when this version cannot read it.
    """
    digest = active_digest(session)
    if digest is None:
        raise NoRuleset()
    if digest not in known:
        known[digest] = read(ruleset_content(session, digest=digest) or {})
    return known[digest]
