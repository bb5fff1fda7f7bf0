"""Facts: everything that is known about one call at one instant, and nothing that identifies anybody."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from app.domain.attempt import Attempt
from app.domain.campaign import CallClass, NumberSource, PartyType, Profile, VoiceMode
from app.domain.consent import ConsentEvent
from app.domain.phone import LineType
from app.domain.register import RegisterAnswer
from app.domain.registration import Registration
from app.domain.relationship import Relationship
from app.domain.suppression import Suppression

PREFIX_DIGITS = 7
"""How many digits of the caller ID are known to the rules: enough for every prefix a law names, too few for a line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the rules are asked about. None is *not known*, never *no*.

    `at` is the instant asked about. `region` is the country (ISO 3166-1) of the called party's number, whose law
    binds; `residence` is another country where the person is known to live, whose law then binds too (None: nothing
    else is known, and that is no missing fact). `subdivisions` are the parts of the country (ISO 3166-2), of those
    with rules of their own, that the number may lie in; empty is *in none of them*. `zones` are all the IANA zones the
    number may lie in. `party_type` unknown is None. `caller_prefix` is `+` and the first seven digits of the number
    that is shown to the called party. `holidays` are the public holidays of the countries from the day before `at` to
    at least ten days after it, `half_holidays` those on which half the day is free. `justified` are the bases for
    which the campaign has a justification on record. `registers` holds an answer of each register that has a
    standing snapshot. `objected_all` tells only *that* the person objected to everybody: neither date nor origin.
    `rules_until` is when another ruleset is due to take effect; None is that none is.
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
    house_caps: bool | None = None
    residence: str | None = None
    subdivisions: tuple[str, ...] | None = None
    caller_prefix: str | None = None
    justified: frozenset[str] | None = None
    consents: tuple[ConsentEvent, ...] | None = None
    relationships: tuple[Relationship, ...] | None = None
    suppressions: tuple[Suppression, ...] | None = None
    objected_all: bool | None = None
    registers: tuple[RegisterAnswer, ...] | None = None
    registrations: tuple[Registration, ...] | None = None
    attempts: tuple[Attempt, ...] | None = None
    holidays: frozenset[date] | None = None
    half_holidays: frozenset[date] | None = None
    rules_until: datetime | None = None

    @property
    def countries(self) -> tuple[str, ...]:
        """The countries whose law binds the call; none where the number's is not known."""
        if self.region is None:
            return ()
        return (self.region,) if self.residence in (None, self.region) else (self.region, self.residence or "")

    def may_lie_in(self, place: str) -> bool:
        """Tell whether the called party may be in a country (`US`) or a part of one (`US-FL`)."""
        country, _, part = place.partition("-")
        if country not in self.countries:
            return False
        return not part or self.subdivisions is None or place in self.subdivisions

    @property
    def local_days(self) -> frozenset[date]:
        """The called party's possible local days; without a zone, every day it may be on Earth."""
        if self.zones:
            return frozenset(self.at.astimezone(ZoneInfo(zone)).date() for zone in self.zones)
        span = (self.at - timedelta(hours=12), self.at, self.at + timedelta(hours=14))
        return frozenset(instant.astimezone(UTC).date() for instant in span)
