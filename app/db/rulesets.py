"""Rulesets on record, and when each comes into force; neither is ever edited."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Column,
    CompoundSelect,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    bindparam,
    insert,
    select,
    union_all,
)
from sqlalchemy.orm import Session

from app.db.driver import Lookup
from app.db.types import Instant, Json, Row, all_rows, metadata

rulesets = Table(
    "rulesets",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("digest", String(71), nullable=False, unique=True),
    Column("content", Json, nullable=False),
    Column("recorded_at", Instant, nullable=False),
)
ruleset_activations = Table(
    "ruleset_activations",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("digest", String(71), ForeignKey("rulesets.digest"), nullable=False),
    Column("effective_at", Instant, nullable=False),
    Column("proposed_by", String(40), nullable=False),
    Column("approved_by", String(40)),
    Column("recorded_at", Instant, nullable=False),
    Column("follows", Integer, ForeignKey("ruleset_activations.id"), unique=True),
    Index("ix_ruleset_activations_effective_at_id", "effective_at", "id"),
)
"""What is in force at an instant is the activation with the greatest (`effective_at`, `id`) not after it.

`approved_by` is None for the first of an installation, and for what older versions activated by themselves.
`follows` is the activation before it, and nothing is followed twice: of two approvals at once one wins, so neither
undoes unseen what the other did.
"""


def add_ruleset(session: Session, *, digest: str, content: Mapping[str, Any], now: datetime) -> None:
    """Put a ruleset on record. It is not in force by that."""
    session.execute(insert(rulesets).values(digest=digest, content=content, recorded_at=now))


def ruleset_content(session: Session, *, digest: str) -> Mapping[str, Any] | None:
    """Give the content of a ruleset on record; None where it is not."""
    content = session.execute(select(rulesets.c.content).where(rulesets.c.digest == digest)).scalar_one_or_none()
    return None if content is None else dict(content)


def recorded_rulesets(session: Session) -> Sequence[Row]:
    """Give digest and time of every ruleset on record, newest first."""
    return all_rows(session, select(rulesets.c.digest, rulesets.c.recorded_at).order_by(rulesets.c.id.desc()))


def add_activation(session: Session, *, values: Mapping[str, Any]) -> None:
    """Put a ruleset in force from an instant on; `values` are the columns but for the id."""
    session.execute(insert(ruleset_activations).values(**values))


def newest_activation(session: Session) -> int | None:
    """Give the id of the activation that was recorded last, in force or not; None where there is none."""
    newest = select(ruleset_activations.c.id).order_by(ruleset_activations.c.id.desc()).limit(1)
    return session.execute(newest).scalar_one_or_none()


def activations(session: Session) -> Sequence[Row]:
    """Give every activation, the last one to come into force first."""
    newest = (ruleset_activations.c.effective_at.desc(), ruleset_activations.c.id.desc())
    return all_rows(session, select(ruleset_activations).order_by(*newest))


def standing_activations(
    session: Session, *, now: datetime, known: int | None = None
) -> Sequence[tuple[datetime, str]]:
    """Give the activation in force at `now` and all that come after it, in their order: since when, and digest.

    `known` is the newest activation to be reckoned with; None is all.

    Empty where none was ever activated; where the first lies after `now`, none is in force yet. One statement: every
    check asks this.
    """
    found = ACTIVATIONS.rows(session, now=now, known=NEWEST if known is None else known)
    return [(row["effective_at"], row["digest"]) for row in sorted(found, key=_in_order)]


def _in_order(row: Row) -> tuple[datetime, int]:
    return row["effective_at"], row["id"]


def _standing() -> CompoundSelect[Any]:
    table, now = ruleset_activations, bindparam("now", type_=Instant)
    among = select(table.c.effective_at, table.c.id, table.c.digest)
    among = among.where(table.c.id <= bindparam("known", type_=Integer))
    newest = (table.c.effective_at.desc(), table.c.id.desc())
    present = among.where(table.c.effective_at <= now).order_by(*newest).limit(1).subquery()
    return union_all(select(present), among.where(table.c.effective_at > now))


NEWEST = 2**31 - 1
"""No activation is newer."""
ACTIVATIONS = Lookup(_standing())
