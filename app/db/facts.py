"""The only bridge from rows to the domain: the facts of many calls, gathered by set."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy.orm import Session

from app.db.attempts import ATTEMPTS, COUNTED_FOR, attempt, attempts_of
from app.db.consents import EVENTS, HELD, consent_events_of, evidence_held
from app.db.gathering import Gathering
from app.db.register_files import RegisterFiles
from app.db.registrations import REGISTRATIONS, registration, registrations_of
from app.db.relationships import RELATIONSHIPS, relationship, relationships_of, that_count
from app.db.standing_snapshots import STANDING
from app.db.suppressions import (
    OBJECTIONS,
    SUPPRESSIONS,
    numbers_objecting_to_all,
    suppression,
    suppressions_of,
)
from app.db.types import Row
from app.domain.attempt import Attempt
from app.domain.attempt import condensed as condensed_attempts
from app.domain.campaign import Campaign, NumberSource, PartyType, VoiceMode
from app.domain.consent import MAX_EVENTS, Action, ConsentEvent, Evidence, Origin, condensed
from app.domain.erasure import hashes_of
from app.domain.facts import PREFIX_DIGITS, Facts
from app.domain.hours import read_weekly
from app.domain.phone import Phone
from app.domain.register import RegisterAnswer
from app.domain.registration import Registration, in_view
from app.domain.relationship import Relationship, bounded
from app.domain.ruleset import Ruleset
from app.domain.subdivision import subdivisions_of
from app.domain.suppression import Suppression
from app.domain.suppression import condensed as condensed_suppressions

_GATHERING = Gathering(EVENTS, HELD, RELATIONSHIPS, REGISTRATIONS, SUPPRESSIONS, OBJECTIONS, STANDING, ATTEMPTS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call somebody wants to make; what is None takes the campaign's default.

    `caller_id` is the number that is shown. `residence` is where the person is known to live (`SK`, `US-FL`), with all
    its `home_zones`; `zone` is another time zone in which the person may be. `place` is the place in a cap that this
    very call took before: it does not count against it. The holidays are those of the called party's countries around
    `at`; None is *not known*.
    """

    phone: Phone
    campaign: Campaign
    at: datetime
    caller_id: str | None = None
    party_type: PartyType | None = None
    number_source: NumberSource | None = None
    voice_mode: VoiceMode | None = None
    residence: str | None = None
    zone: str | None = None
    home_zones: tuple[str, ...] | None = None
    place: str | None = None
    holidays: frozenset[date] | None = None
    half_holidays: frozenset[date] | None = None


def countries_of(region: str | None, residence: str | None) -> tuple[str, ...]:
    """Give the countries whose law binds a call to such a number; none where its country is not known."""
    home = None if residence is None else residence.partition("-")[0]
    return () if region is None else (region,) if home in (None, region) else (region, str(home))


def facts_for(
    session: Session,
    *,
    calls: Sequence[Call],
    ruleset: Ruleset,
    rules_until: datetime | None,
    erasure_keys: Sequence[bytes],
    registers: RegisterFiles,
) -> list[Facts]:
    """Gather the facts of each call, in order: one statement a table, however many calls.

    Under the erasure keys an erased number is recognised by its hash. Of registers and registrations those are looked
    at that some rule of the call's countries names. `rules_until` is when another ruleset takes the place of this one.
    """
    numbers = {call.phone.key for call in calls}
    controller_ids = {call.campaign.controller_id for call in calls}
    hashes = hashes_of(numbers, keys=erasure_keys)
    named = [ruleset.registers_of(*countries_of(call.phone.region, call.residence)) for call in calls]
    every = frozenset().union(*named)
    since = min((call.at for call in calls), default=datetime.max.replace(tzinfo=UTC)) - COUNTED_FOR
    whose: dict[str, Any] = {"numbers": numbers, "controller_ids": controller_ids}
    _GATHERING.ask(session, **whose, hashes=list(hashes), registers=every, since=since)
    consents: dict[tuple[int, int], list[ConsentEvent]] = defaultdict(list)
    rows = consent_events_of(session, **whose)
    held = evidence_held(session, **whose) if any(row["evidence"] for row in rows) else defaultdict(set)
    for row in rows:
        consents[row["number"], row["controller_id"]].append(consent_event(row, held=held[row["controller_id"]]))
    related: dict[tuple[int, int], list[Relationship]] = defaultdict(list)
    for row in that_count(relationships_of(session, **whose)):
        related[row["number"], row["controller_id"]].append(relationship(row))
    registered: dict[int | None, list[Registration]] = defaultdict(list)
    for row in registrations_of(session, controller_ids=controller_ids):
        registered[row["controller_id"]].append(registration(row))
    objections: dict[tuple[int, int], list[Suppression]] = defaultdict(list)
    for row in suppressions_of(session, **whose, hashes=hashes):
        if row["lifted_at"] is None:
            objections[row["number"], row["controller_id"]].append(suppression(row))
    objected_all = numbers_objecting_to_all(session, numbers=numbers, hashes=hashes)
    asked = {(call.phone.key, call.campaign.controller_id) for call in calls}
    answers = registers.answers(session, registers=every, calls=asked)
    attempts: dict[tuple[int, int], list[tuple[str, Attempt]]] = defaultdict(list)
    for row in attempts_of(session, **whose, since=since):
        attempts[row["number"], row["controller_id"]].append((row["id"], attempt(row)))
    facts = []
    for call, wanted in zip(calls, named, strict=True):
        mine = call.phone.key, call.campaign.controller_id
        binding = ruleset.authorities_of(*countries_of(call.phone.region, call.residence))
        known = [one for one in (*registered[None], *registered[mine[1]]) if one.authority in binding]
        facts.append(
            _facts(
                call,
                rules_until=rules_until,
                consents=_bounded(consents[mine]),
                relationships=bounded(related[mine], product=call.campaign.product_category),
                registrations=in_view(known, at=call.at),
                suppressions=condensed_suppressions(objections[mine]),
                objected_all=call.phone.key in objected_all,
                registers=tuple(one for one in answers[mine] if one.register in wanted),
                attempts=condensed_attempts(one for place, one in attempts[mine] if place != call.place),
            )
        )
    return facts


def _facts(
    call: Call,
    *,
    rules_until: datetime | None,
    consents: tuple[ConsentEvent, ...] | None,
    relationships: tuple[Relationship, ...],
    registrations: tuple[Registration, ...],
    suppressions: tuple[Suppression, ...],
    objected_all: bool,
    registers: tuple[RegisterAnswer, ...],
    attempts: tuple[Attempt, ...],
) -> Facts:
    campaign, phone = call.campaign, call.phone
    countries = countries_of(phone.region, call.residence)
    party_type = call.party_type or campaign.party_type
    return Facts(
        at=call.at,
        region=phone.region,
        line_type=phone.line_type,
        zones=_zones(call),
        residence=countries[1] if len(countries) > 1 else None,
        subdivisions=_subdivisions(call),
        caller_prefix=None if call.caller_id is None else call.caller_id[: PREFIX_DIGITS + 1],
        call_class=campaign.call_class,
        voice_mode=call.voice_mode or campaign.voice_mode,
        product_category=campaign.product_category,
        party_type=None if party_type is PartyType.UNKNOWN else party_type,
        number_source=call.number_source or campaign.number_source,
        profile=campaign.profile,
        house_hours=campaign.house_hours,
        house_caps=campaign.house_caps,
        justified=campaign.justified,
        consents=consents,
        relationships=relationships,
        registrations=registrations,
        suppressions=suppressions,
        objected_all=objected_all,
        registers=registers,
        attempts=attempts,
        holidays=call.holidays,
        half_holidays=call.half_holidays,
        rules_until=rules_until,
    )


def _zones(call: Call) -> tuple[str, ...] | None:
    """Give the zones of the number, of the residence, and the one that was named; what the number or the residence does
    not tell, a name does not.
    """
    if call.phone.zones is None or (call.residence is not None and call.home_zones is None):
        return None
    named = () if call.zone is None else (call.zone,)
    return tuple(sorted({*call.phone.zones, *(call.home_zones or ()), *named}))


def _subdivisions(call: Call) -> tuple[str, ...] | None:
    """Give the parts of its country the number may lie in, the known residence among them."""
    parts = subdivisions_of(call.phone.e164, call.phone.region)
    if parts is None or call.residence is None or "-" not in call.residence:
        return parts
    return tuple(sorted({*parts, call.residence}))


def _bounded(events: list[ConsentEvent]) -> tuple[ConsentEvent, ...] | None:
    """Give what decides; None, which denies, where the history is too tangled to fit one log entry."""
    kept = condensed(events)
    return kept if len(kept) <= MAX_EVENTS else None


def consent_event(row: Row, *, held: Collection[str] = ()) -> ConsentEvent:
    """Turn a row into the event the domain knows; its evidence is held where every artefact it names is."""
    named = set(row["evidence"])
    evidence = Evidence.MISSING if not named else Evidence.HELD if named <= set(held) else Evidence.CLAIMED
    return ConsentEvent(
        id=row["id"],
        action=Action(row["action"]),
        purposes=frozenset(row["purposes"]),
        voice_modes=frozenset(row["voice_modes"]),
        product_categories=frozenset(row["product_categories"]),
        origin=Origin(row["origin"]),
        obtained_at=row["obtained_at"],
        recorded_at=row["recorded_at"],
        expires_at=row["expires_at"],
        evidence=evidence,
        call_times=None if row["call_times"] is None else read_weekly(row["call_times"]),
        file=row["file"],
        row=row["file_row"],
        leaf_hash=row["leaf_hash"],
    )
