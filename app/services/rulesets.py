"""Rulesets: which one is in force, and until when."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy.orm import Session

from app.db.rulesets import ruleset_content, standing_activations
from app.domain.errors import Conflict, NotFound, Trouble
from app.domain.ruleset import Ruleset, reread_ruleset

Read = Callable[[Mapping[str, Any]], Ruleset]


class NoRuleset(NotFound):
    """No ruleset was ever activated."""

    code = "no_ruleset"


class UnknownRuleset(NotFound):
    """There is no such ruleset on record."""

    code = "unknown_ruleset"


class UnreadableRuleset(Conflict):
    """This version cannot decide by that ruleset."""

    code = "unreadable_ruleset"


@dataclass(frozen=True, slots=True, kw_only=True)
class RulesInForce:
    """The ruleset in force, and when another takes its place; None is that nothing is scheduled."""

    ruleset: Ruleset
    until: datetime | None


def read_recorded(content: Mapping[str, Any]) -> Ruleset:
    """Read a ruleset's content as it is on record; the same content is parsed once a process.

    :raises BadRule: when this version cannot read it.
    """
    return _parsed(json.dumps(content))


@lru_cache(maxsize=8)
def _parsed(content: str) -> Ruleset:
    # The whole content is the key, not its digest: what was changed on record must never be taken for what it was.
    return reread_ruleset(json.loads(content))


def active_digest(session: Session, *, now: datetime, known: int | None = None) -> str | None:
    """Give the digest in force at `now`; None where none is. `known` is the newest activation to be reckoned with."""
    digest, _ = _standing(session, now=now, known=known)
    return digest


def next_activation(session: Session, *, now: datetime) -> datetime | None:
    """Give the next scheduled instant at which another ruleset comes into force; None where none is."""
    _, until = _standing(session, now=now)
    return until


def rules_in_force(session: Session, *, now: datetime, known: dict[str, Ruleset], read: Read) -> RulesInForce:
    """Give the ruleset in force at `now` as this transaction sees it, and until when, both by one statement.

    Rulesets once read are kept in `known` by digest.

    :raises NoRuleset: when there is none. `BadRule` when this version cannot read it, `UnreadableRuleset` when what
        it reads is another.
    """
    digest, until = _standing(session, now=now)
    if digest is None:
        raise NoRuleset()
    if digest not in known:
        found = read(ruleset_content(session, digest=digest) or {})
        if found.digest != digest:
            raise UnreadableRuleset("it is read as another")
        known[digest] = found
    return RulesInForce(ruleset=known[digest], until=until)


def ruleset_in_force(session: Session, *, now: datetime, known: dict[str, Ruleset], read: Read) -> Ruleset:
    """Give the ruleset in force at `now`, as `rules_in_force` does.

    :raises NoRuleset: when there is none. `BadRule` when this version cannot read it.
    """
    return rules_in_force(session, now=now, known=known, read=read).ruleset


def ruleset_of(session: Session, *, digest: str) -> Ruleset:
    """Read a ruleset on record, in force or not.

    :raises UnknownRuleset: when it is not on record.
    :raises UnreadableRuleset: when this version cannot read it, or reads another.
    """
    content = ruleset_content(session, digest=digest)
    if content is None:
        raise UnknownRuleset()
    try:
        ruleset = read_recorded(content)
    except Trouble as fault:
        raise UnreadableRuleset(fault.detail) from fault
    if ruleset.digest != digest:
        raise UnreadableRuleset("it is read as another")
    return ruleset


def _standing(session: Session, *, now: datetime, known: int | None = None) -> tuple[str | None, datetime | None]:
    """Give the digest in force, and when another one follows.

    Of several that come into force at one instant the last one counts; one that only puts the same in force again
    ends nothing.
    """
    digest: str | None = None
    ahead: dict[datetime, str] = {}
    for effective_at, named in standing_activations(session, now=now, known=known):
        if effective_at <= now:
            digest = named
        else:
            ahead[effective_at] = named
    return digest, next((at for at, named in ahead.items() if named != digest), None)
