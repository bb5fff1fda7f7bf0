"""A check as it was asked, and as it was understood."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from zoneinfo import available_timezones as read_timezones

from app.domain.access import Actor
from app.domain.campaign import Campaign, CheckKind, NumberSource, PartyType, VoiceMode
from app.domain.errors import InvalidInput
from app.domain.form import PLACE, require_form
from app.domain.phone import E164, InvalidNumber, Phone, parse
from app.services.idempotency import Idempotency

MAX_AHEAD = timedelta(days=366)
available_timezones = cache(read_timezones)


class BadInstant(InvalidInput):
    """A check can be asked for an instant from now to a year ahead."""

    code = "bad_instant"


class UnknownZone(InvalidInput):
    """There is no such time zone."""

    code = "unknown_zone"


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckRequest:
    """A check as it was asked. `at` None is now; the other optional facts take the campaign's defaults.

    `residence` is where the person is known to live: a country (`SK`), whose law then binds too, or a part of the
    number's own (`US-FL`). `zone` is another time zone in which the person may be.
    """

    number: str
    campaign: str
    controller: str | None = None
    kind: CheckKind = CheckKind.AUTO
    caller_id: str | None = None
    reserve: bool = True
    ref: str | None = None
    at: datetime | None = None
    party_type: PartyType | None = None
    number_source: NumberSource | None = None
    voice_mode: VoiceMode | None = None
    residence: str | None = None
    zone: str | None = None
    idempotency: Idempotency | None = None

    @property
    def is_binding(self) -> bool:
        """Tell whether the answer may be a permission to dial now."""
        return self.reserve and self.at is None and not self.kind.is_planning


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparedCheck:
    """A check whose numbers were understood and whose campaign was found."""

    request: CheckRequest
    actor: Actor
    campaign: Campaign
    phone: Phone
    caller_id: E164 | None


def prepare_check(*, request: CheckRequest, actor: Actor, campaign: Campaign) -> PreparedCheck:
    """Understand a request that is for this campaign.

    :raises InvalidNumber: when number or caller ID is not one number.
    :raises UnknownZone: when the zone is none.
    :raises Malformed: when the residence is no ISO 3166 code.
    """
    require_form(PLACE, residence=request.residence)
    if request.zone is not None and request.zone not in available_timezones():
        raise UnknownZone(pointer="/zone")
    try:
        phone = parse(request.number, region=campaign.region)
    except InvalidNumber as fault:
        raise InvalidNumber(fault.fault, pointer="/number") from None
    caller_id = None
    if request.caller_id is not None:
        try:
            caller_id = parse(request.caller_id, region=campaign.region).e164
        except InvalidNumber as fault:
            raise InvalidNumber(fault.fault, pointer="/caller_id") from None
    elif campaign.caller_id is not None:
        caller_id = E164(campaign.caller_id)
    return PreparedCheck(request=request, actor=actor, campaign=campaign, phone=phone, caller_id=caller_id)


def require_ahead(at: datetime | None, *, now: datetime) -> None:
    """Refuse an instant that a check cannot be asked for; None is now.

    :raises BadInstant: when it lies in the past or more than a year ahead.
    """
    if at is not None and not now <= at <= now + MAX_AHEAD:
        raise BadInstant(pointer="/at")
