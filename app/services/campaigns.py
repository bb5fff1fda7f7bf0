"""Campaigns: adding and finding what checks are asked for."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime

from sqlalchemy.orm import Session

from app.db.campaigns import add_campaign as store_campaign
from app.db.campaigns import campaigns_by_id, campaigns_by_slug, campaigns_of
from app.db.identity import new_id
from app.domain.access import Actor
from app.domain.campaign import CallClass, Campaign, NumberSource, PartyType, Profile, VoiceMode
from app.domain.errors import Conflict, InvalidInput, NotFound
from app.domain.form import CATEGORY, COUNTRY, SLUG, TEXT, require_form
from app.domain.leaf import LeafKind
from app.domain.phone import InvalidNumber, parse
from app.domain.rules.permission import JUSTIFIABLE
from app.services.controllers import controller_for
from app.services.log import record_act

MAX_KNOWN = 4096


class UnknownCampaign(NotFound):
    """There is no such campaign here."""

    code = "unknown_campaign"


class AmbiguousCampaign(Conflict):
    """Several controllers have a campaign of this slug; name the controller too."""

    code = "ambiguous_campaign"


class CampaignExists(Conflict):
    """This controller has a campaign of this slug already."""

    code = "campaign_exists"


class BadJustification(InvalidInput):
    """Only a basis that rests on a judgement can be justified, in words."""

    code = "bad_justification"


class BadCallerId(InvalidInput):
    """The caller ID is not a telephone number."""

    code = "bad_caller_id"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCampaign:
    """A campaign to be added; `region` (ISO 3166-1) None is the controller's country.

    `justifications` says, for bases that rest on a judgement, why they hold: only then may a rule accept them.
    """

    slug: str
    controller: str
    name: str
    call_class: CallClass
    voice_mode: VoiceMode
    product_category: str
    caller_id: str | None = None
    region: str | None = None
    profile: Profile = Profile.STRICT
    house_hours: bool = True
    house_caps: bool = True
    justifications: Mapping[str, str] = field(default_factory=dict)
    party_type: PartyType | None = None
    number_source: NumberSource | None = None


def add_campaign(session: Session, *, new: NewCampaign, actor: Actor, now: datetime) -> Campaign:
    """Add a campaign. Switching off a house rule, and justifying a basis, is on record with it.

    :raises UnknownController: when the controller is not the actor's.
    :raises CampaignExists: when this controller has the slug already.
    :raises BadCallerId: when the caller ID is not a number.
    :raises BadJustification: when it is for another basis, or empty.
    :raises Malformed: when a field does not have its form.
    """
    require_form(SLUG, slug=new.slug)
    require_form(TEXT, name=new.name)
    require_form(CATEGORY, product_category=new.product_category)
    require_form(COUNTRY, region=new.region)
    for basis, why in new.justifications.items():
        if basis not in tuple(JUSTIFIABLE) or not why.strip():
            raise BadJustification(pointer="/justifications")
        require_form(TEXT, justifications=why)
    controller = controller_for(session, slug=new.controller, actor=actor)
    if any(c.controller_id == controller.id for c in campaigns_by_slug(session, slugs=[new.slug])):
        raise CampaignExists()
    region = new.region or controller.country
    caller_id = None if new.caller_id is None else _caller_id(new.caller_id, region)
    values = {name: value for name, value in asdict(new).items() if name not in ("controller", "justifications")}
    values["justified"] = sorted(new.justifications)
    values |= {"id": new_id(now), "controller_id": controller.id, "region": region, "caller_id": caller_id}
    store_campaign(session, values=values, now=now)
    public = (
        "id",
        "call_class",
        "voice_mode",
        "product_category",
        "region",
        "profile",
        "house_hours",
        "house_caps",
        "justified",
    )
    record_act(
        session,
        kind=LeafKind.ADMIN,
        controller_id=controller.id,
        actor=actor,
        now=now,
        body={"act": "campaign_added", "campaign": {name: values[name] for name in public}},
        fields={"slug": new.slug, "name": new.name, "caller_id": caller_id}
        | ({"justifications": dict(new.justifications)} if new.justifications else {}),
    )
    return Campaign(**values | {"justified": frozenset(new.justifications)}, controller=controller.slug)


def _caller_id(text: str, region: str) -> str:
    try:
        return parse(text, region=region).e164
    except InvalidNumber as fault:
        raise BadCallerId(fault.detail, pointer="/caller_id") from None


def campaign_for(session: Session, *, slug: str, controller: str | None, actor: Actor) -> Campaign:
    """Give a campaign the actor reaches.

    :raises UnknownCampaign: when there is none, or it is another controller's: the answers are equal.
    :raises AmbiguousCampaign: when several of the actor's controllers have one and none was named.
    """
    return meant(campaigns_by_slug(session, slugs=[slug]), slug=slug, controller=controller, actor=actor)


def own_campaign(session: Session, *, id: str, actor: Actor) -> Campaign:
    """Give the campaign of an id that the actor reaches.

    :raises UnknownCampaign: when there is none, or it is another controller's: the answers are equal.
    """
    found = campaigns_by_id(session, ids=[id]).get(id)
    if found is None or not actor.reaches(found.controller_id):
        raise UnknownCampaign()
    return found


def meant(known: Iterable[Campaign], *, slug: str, controller: str | None, actor: Actor) -> Campaign:
    """Give the one of these campaigns that the actor means, as `campaign_for` does."""
    found = [
        one
        for one in known
        if one.slug == slug and actor.reaches(one.controller_id) and controller in (None, one.controller)
    ]
    if not found:
        raise UnknownCampaign()
    if len(found) > 1:
        raise AmbiguousCampaign()
    return found[0]


def may_mean_several(*, controller: str | None, actor: Actor) -> bool:
    """Tell whether a name may come to mean a campaign of another controller too: none is named, and several reached."""
    return controller is None and (actor.controllers is None or len(actor.controllers) > 1)


def campaigns_for(session: Session, *, actor: Actor) -> Sequence[Campaign]:
    """List the campaigns the actor reaches, by slug."""
    return campaigns_of(session, controller_ids=actor.controllers)


class KnownCampaigns:
    """Which campaign a caller means by a name, once that was found.

    No campaign ever changes or goes. What may change is whether the name means it alone (`may_mean_several`): whoever
    relies on this memory must ask that anew, as a group of checks does.
    """

    def __init__(self) -> None:
        self._found: dict[tuple[str, str, str | None], Campaign] = {}

    def find(self, *, slug: str, controller: str | None, actor: Actor) -> Campaign | None:
        """Give the campaign that was found; None where none was."""
        return self._found.get((actor.id, slug, controller))

    def remember(self, campaign: Campaign, *, slug: str, controller: str | None, actor: Actor) -> None:
        """Remember what was found just now."""
        if len(self._found) >= MAX_KNOWN:
            self._found.clear()
        self._found[actor.id, slug, controller] = campaign
