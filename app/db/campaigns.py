"""Campaigns of controllers."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Integer,
    String,
    Table,
    UniqueConstraint,
    insert,
    select,
)
from sqlalchemy.orm import Session

from app.db.controllers import controllers
from app.db.driver import Lookup, one_of
from app.db.gathering import Gathering
from app.db.types import Id, Instant, Json, Row, all_rows, metadata
from app.domain.campaign import CallClass, Campaign, NumberSource, PartyType, Profile, VoiceMode

campaigns = Table(
    "campaigns",
    metadata,
    Column("id", Id, primary_key=True),
    Column("controller_id", Integer, ForeignKey("controllers.id"), nullable=False),
    Column("slug", String(63), nullable=False),
    Column("name", String(200), nullable=False),
    Column("call_class", String(32), nullable=False),
    Column("voice_mode", String(16), nullable=False),
    Column("product_category", String(40), nullable=False),
    Column("caller_id", String(16)),
    Column("region", String(2), nullable=False),
    Column("profile", String(16), nullable=False),
    Column("house_hours", Boolean, nullable=False),
    Column("house_caps", Boolean, nullable=False),
    Column("justified", Json, nullable=False),
    Column("party_type", String(16)),
    Column("number_source", String(16)),
    Column("created_at", Instant, nullable=False),
    UniqueConstraint("controller_id", "slug"),
)


def add_campaign(session: Session, *, values: Mapping[str, Any], now: datetime) -> None:
    """Store a campaign; `values` are its columns."""
    session.execute(insert(campaigns).values(**values, created_at=now))


def campaigns_by_slug(session: Session, *, slugs: Collection[str]) -> Sequence[Campaign]:
    """Find the campaigns of any controller that have one of these slugs."""
    return [_campaign(row) for row in SLUGS.rows(session, slugs=slugs)]


def campaigns_beyond_reach(session: Session, *, slugs: Collection[str], reach: Collection[int]) -> Sequence[Campaign]:
    """Find them in a transaction whose reach is narrower, and stays so."""
    _BEYOND_REACH.ask(session, reach=reach, slugs=slugs)
    return campaigns_by_slug(session, slugs=slugs)


def campaigns_of(session: Session, *, controller_ids: Collection[int] | None) -> Sequence[Campaign]:
    """List the campaigns of these controllers, or of all."""
    query = _IN_ORDER if controller_ids is None else _IN_ORDER.where(campaigns.c.controller_id.in_(controller_ids))
    return [_campaign(row) for row in all_rows(session, query)]


def campaigns_by_id(session: Session, *, ids: Collection[str]) -> dict[str, Campaign]:
    """Find campaigns by id."""
    return {row["id"]: _campaign(row) for row in CAMPAIGNS.rows(session, campaign_ids=ids)}


_IN_ORDER = (
    select(campaigns, controllers.c.slug.label("controller"))
    .join(controllers, controllers.c.id == campaigns.c.controller_id)
    .order_by(campaigns.c.slug, controllers.c.slug)
)
SLUGS = Lookup(_IN_ORDER.where(one_of(campaigns.c.slug, "slugs")))
_BEYOND_REACH = Gathering(beyond=SLUGS)
CAMPAIGNS = Lookup(_IN_ORDER.where(one_of(campaigns.c.id, "campaign_ids")))


def _campaign(row: Row) -> Campaign:
    return Campaign(
        id=row["id"],
        slug=row["slug"],
        controller=row["controller"],
        controller_id=row["controller_id"],
        name=row["name"],
        call_class=CallClass(row["call_class"]),
        voice_mode=VoiceMode(row["voice_mode"]),
        product_category=row["product_category"],
        caller_id=row["caller_id"],
        region=row["region"],
        profile=Profile(row["profile"]),
        house_hours=row["house_hours"],
        house_caps=row["house_caps"],
        justified=frozenset(row["justified"]),
        party_type=None if row["party_type"] is None else PartyType(row["party_type"]),
        number_source=None if row["number_source"] is None else NumberSource(row["number_source"]),
    )
