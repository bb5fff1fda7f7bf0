"""Campaigns: what checks are asked for."""

from typing import Any

import msgspec
from flask import Response

from app.api import api
from app.api.fields import Category, Country, Number, Slug, Strict, Text, fits
from app.api.operation import Call, committed, operation
from app.context import Transaction
from app.domain.access import Scope
from app.domain.campaign import CallClass, Campaign, NumberSource, PartyType, Profile, VoiceMode
from app.services.campaigns import NewCampaign, UnknownCampaign, add_campaign, campaign_for, campaigns_for


class Justifications(Strict):
    """Why a basis holds that rests on a judgement: only one that is justified here may be relied on."""

    published_business_contact: Text | None = None
    presumed_interest: Text | None = None
    legitimate_interest: Text | None = None


class CampaignBody(Strict):
    """A campaign. `house_hours` false switches off the house's calling hours, `house_caps` false its caps and pauses;
    never a law's. `justifications` is kept on record.
    """

    slug: Slug
    controller: Slug
    name: Text
    call_class: CallClass
    voice_mode: VoiceMode
    product_category: Category
    caller_id: Number | None = None
    region: Country | None = None
    profile: Profile = Profile.STRICT
    house_hours: bool = True
    house_caps: bool = True
    justifications: Justifications = msgspec.field(default_factory=Justifications)
    party_type: PartyType | None = None
    number_source: NumberSource | None = None


class CampaignAnswer(msgspec.Struct, kw_only=True):
    """A campaign on record."""

    slug: str
    controller: str
    name: str
    call_class: CallClass
    voice_mode: VoiceMode
    product_category: str
    caller_id: str | None
    region: str
    profile: Profile
    house_hours: bool
    house_caps: bool
    justified: list[str]
    party_type: PartyType | None
    number_source: NumberSource | None


class CampaignsAnswer(msgspec.Struct):
    """All the key's campaigns, by slug."""

    items: list[CampaignAnswer]


class CampaignQuery(Strict):
    """Which controller's, where several have a campaign of this slug."""

    controller: Slug | None = None


@operation(
    api,
    "GET",
    "/v1/campaigns",
    scope=Scope.CAMPAIGNS_WRITE,
    summary="List campaigns",
    answer=CampaignsAnswer,
)
def list_campaigns(call: Call) -> dict[str, Any]:
    """List the key's campaigns."""
    with call.context.reading(reach=call.actor.controllers) as reading:
        return {"items": [_answer(one) for one in campaigns_for(reading.session, actor=call.actor)]}


@operation(
    api,
    "POST",
    "/v1/campaigns",
    scope=Scope.CAMPAIGNS_WRITE,
    summary="Add a campaign",
    body=CampaignBody,
    answer=CampaignAnswer,
    status=201,
)
def create_campaign(call: Call) -> Response:
    """Add a campaign of one of the key's controllers."""
    given = {name: getattr(call.body, name) for name in call.body.__struct_fields__}
    reasons = msgspec.structs.asdict(call.body.justifications)
    given["justifications"] = {basis: why for basis, why in reasons.items() if why is not None}
    new = NewCampaign(**given)

    def add(tx: Transaction) -> dict[str, Any]:
        return _answer(add_campaign(tx.session, new=new, actor=call.actor, now=tx.now))

    return committed(call, add, status=201, reach=call.actor.controllers)


@operation(
    api,
    "GET",
    "/v1/campaigns/<slug>",
    scope=Scope.CAMPAIGNS_WRITE,
    summary="One campaign",
    query=CampaignQuery,
    answer=CampaignAnswer,
)
def show_campaign(call: Call, slug: str) -> dict[str, Any]:
    """Give one campaign."""
    if not fits(slug, Slug):
        raise UnknownCampaign()  # PostgreSQL would not even take a NUL into the question
    with call.context.reading(reach=call.actor.controllers) as reading:
        wanted = {"slug": slug, "controller": call.query.controller}
        return _answer(campaign_for(reading.session, **wanted, actor=call.actor))


def _answer(campaign: Campaign) -> dict[str, Any]:
    told = {name: getattr(campaign, name) for name in CampaignAnswer.__struct_fields__}
    return told | {"justified": sorted(campaign.justified)}
