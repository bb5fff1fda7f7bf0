"""Proposals to put a ruleset in force: who proposed, and how it was settled."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Column, ForeignKey, Index, Integer, String, Table, insert, select, update
from sqlalchemy.orm import Session

from app.db.engine import SimultaneousChange
from app.db.types import Id, Instant, Row, all_rows, metadata, one_row

ruleset_proposals = Table(
    "ruleset_proposals",
    metadata,
    Column("id", Id, ForeignKey("entries.id"), primary_key=True),
    Column("digest", String(71), ForeignKey("rulesets.digest"), nullable=False),
    Column("follows", Integer, ForeignKey("ruleset_activations.id")),
    Column("reason", String(200), nullable=False),
    Column("proposed_by", String(40), nullable=False),
    Column("proposed_login", String(200)),
    Column("proposed_at", Instant, nullable=False),
    Column("state", String(16), nullable=False),
    Column("settled_by", String(40)),
    Column("settled_at", Instant),
    Column("effective_at", Instant),
    Index("ix_ruleset_proposals_state", "state"),
)
"""`follows` is the newest activation when it was made: what it was compared with."""


def add_proposal(session: Session, *, values: Mapping[str, Any]) -> None:
    """Store a proposal; `values` are its columns."""
    settled = dict.fromkeys(("settled_by", "settled_at", "effective_at"))
    session.execute(insert(ruleset_proposals).values(**settled, **values))


def settle_proposal(session: Session, *, id: str, values: Mapping[str, Any]) -> None:
    """End a proposal that waits; `values` say how it ended.

    :raises SimultaneousChange: when it no longer waits: somebody else settled it.
    """
    waits = (ruleset_proposals.c.id == id, ruleset_proposals.c.state == "proposed")
    found = session.execute(update(ruleset_proposals).where(*waits).values(**values))
    if not found.rowcount:  # type: ignore[attr-defined]
        raise SimultaneousChange()


def proposal_by_id(session: Session, *, id: str) -> Row | None:
    """Find a proposal."""
    return one_row(session, select(ruleset_proposals).where(ruleset_proposals.c.id == id))


def proposals_before(session: Session, *, before: str | None, limit: int) -> Sequence[Row]:
    """Give up to `limit` proposals, newest first, older than the one named `before`."""
    query = select(ruleset_proposals)
    if before is not None:
        query = query.where(ruleset_proposals.c.id < before)
    return all_rows(session, query.order_by(ruleset_proposals.c.id.desc()).limit(limit))


def waiting_proposals(session: Session, *, follows: int | None, since: datetime, limit: int) -> Sequence[Row]:
    """Give up to `limit` proposals made after `since`, after this activation, that nobody settled, newest first."""
    own = ruleset_proposals.c.follows
    query = select(ruleset_proposals).where(
        ruleset_proposals.c.state == "proposed",
        own == follows if follows is not None else own.is_(None),
        ruleset_proposals.c.proposed_at > since,
    )
    return all_rows(session, query.order_by(ruleset_proposals.c.id.desc()).limit(limit))


def open_proposals(session: Session, *, digest: str, follows: int | None, since: datetime) -> Sequence[Row]:
    """Give the proposals of a ruleset made after `since`, after this activation, that nobody settled."""
    query = select(ruleset_proposals).where(
        ruleset_proposals.c.state == "proposed",
        ruleset_proposals.c.digest == digest,
        ruleset_proposals.c.follows == follows if follows is not None else ruleset_proposals.c.follows.is_(None),
        ruleset_proposals.c.proposed_at > since,
    )
    return all_rows(session, query.order_by(ruleset_proposals.c.id))
