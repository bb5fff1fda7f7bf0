"""Facts: everything that is known about one call at one instant, and nothing that identifies anybody."""

from dataclasses import dataclass
from datetime import date, datetime

from app.domain.campaign import CallClass, NumberSource, PartyType, Profile, VoiceMode
from app.domain.consent import ConsentEvent
from app.domain.phone import LineType
from app.domain.suppression import Suppression


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the rules are asked about. None is *not known*, never *no*.

    `at` is the instant asked about. `region` is the called party's country (ISO 3166-1), which is the
    jurisdiction; `zones` are all the IANA zones the number may lie in. `party_type` unknown is None.
    `holidays` are the public holidays of the region from the day before `at` to ten days after it.
    `objected_all` tells only *that* the person objected to everybody: neither date nor origin.
    """

    at: datetime
    region: str | None
    line_type: LineType
    zones: tuple[str, ...] | None
    call_class: CallClass | None
    voice_mode: VoiceMode | None
    product_category: str | None
    party_type: PartyType | None = None
    number_source: NumberSource | None = None
    profile: Profile | None = None
    house_hours: bool | None = None
    consents: tuple[ConsentEvent, ...] | None = None
    suppressions: tuple[Suppression, ...] | None = None
    objected_all: bool | None = None
    holidays: frozenset[date] | None = None
