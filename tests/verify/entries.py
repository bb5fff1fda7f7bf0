"""A made-up history of one log: consents, objections and true decisions, from the application's own domain code."""

import random
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from app.domain.attempt import Attempt, CallResult
from app.domain.attempt import condensed as condensed_attempts
from app.domain.campaign import CallClass, NumberSource, PartyType, Profile, VoiceMode
from app.domain.consent import Action, ConsentEvent, Evidence, Origin
from app.domain.consent import condensed as condensed_consents
from app.domain.decision import decide
from app.domain.entry import check_body, consent_body, relationship_body, suppression_body
from app.domain.facts import Facts
from app.domain.leaf import LeafKind, fields_commitment, hash_text, leaf_bytes, leaf_hash, number_commitment, written
from app.domain.phone import LineType
from app.domain.relationship import Relationship
from app.domain.ruleset import Ruleset
from app.domain.suppression import Suppression, SuppressionReason
from app.domain.suppression import condensed as condensed_objections
from app.policies.load import shipped

LOG = "0123456789abcdef0123456789abcdef"
BEGIN = datetime(2026, 11, 25, 10, tzinfo=UTC)
DAYTIME = timedelta(hours=14)
ACTOR = "k0k0k0k0k0k0"


@dataclass(frozen=True, slots=True, kw_only=True)
class Logged:
    """An entry of the log with its opening, which is None where a person was erased."""

    kind: str
    id: str
    at: datetime
    leaf: bytes
    hash: bytes
    salt: bytes | None
    number: str | None
    fields: Mapping[str, Any]


class Pen:
    """Writes entries as the application does, with ids and salts from a seed."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def id(self, at: datetime) -> str:
        """Make an id of the form the application gives."""
        milliseconds = int(at.timestamp() * 1000)
        return str(UUID(int=milliseconds << 80 | 7 << 76 | self.random.getrandbits(76) & ~(3 << 62) | 2 << 62))

    def write(
        self,
        kind: LeafKind,
        *,
        id: str,
        at: datetime,
        body: Mapping[str, Any],
        number: str | None = None,
        fields: Mapping[str, Any] | None = None,
    ) -> Logged:
        """Write one entry."""
        salt = self.random.randbytes(32)
        public = dict(body)
        if number is not None:
            public["number"] = number_commitment(salt, number)
        if fields:
            public["fields"] = fields_commitment(salt, fields)
        leaf = leaf_bytes(kind, log=LOG, id=id, at=at, body=public)
        return Logged(
            kind=kind.value,
            id=id,
            at=at,
            leaf=leaf,
            hash=leaf_hash(leaf),
            salt=salt,
            number=number,
            fields=dict(fields or {}),
        )


def consent(pen: Pen, event: ConsentEvent, *, number: str | None = None) -> tuple[Logged, ConsentEvent]:
    """Write a consent event; gives it as decisions know it, with its leaf hash."""
    evidence = () if event.evidence is Evidence.MISSING else ("a" * 64,)
    body = {"actor": ACTOR, **consent_body(event, evidence=evidence, notice=None)}
    entry = pen.write(LeafKind.CONSENT, id=event.id, at=event.recorded_at, body=body, number=number)
    return entry, replace(event, leaf_hash=hash_text(entry.hash))


def objection(pen: Pen, one: Suppression, *, number: str | None = None) -> tuple[Logged, Suppression]:
    """Write an objection; gives it as decisions know it, with its leaf hash."""
    body = {"actor": ACTOR, **suppression_body(one, scope="controller", file=None, row=None)}
    entry = pen.write(LeafKind.SUPPRESSION, id=one.id, at=one.recorded_at, body=body, number=number)
    return entry, replace(one, leaf_hash=hash_text(entry.hash))


def relationship(pen: Pen, one: Relationship, *, number: str | None = None) -> tuple[Logged, Relationship]:
    """Write a relationship; gives it as decisions know it, with its leaf hash."""
    body = {"actor": ACTOR, **relationship_body(one, replaces=None, evidence=())}
    entry = pen.write(LeafKind.RELATIONSHIP, id=one.id, at=one.recorded_at, body=body, number=number)
    return entry, replace(one, leaf_hash=hash_text(entry.hash))


def attempt(pen: Pen, one: Attempt) -> tuple[Logged, Attempt]:
    """Write the outcome of a call, or as much of a check as says that it reserved a place."""
    id = pen.id(one.at)
    if one.result is None:
        entry = pen.write(LeafKind.CHECK, id=id, at=one.at, body={"actor": ACTOR, "reservation": id})
    else:
        said = {"decision": pen.id(one.at), "result": one.result.value, "attempted_at": written(one.at)}
        entry = pen.write(LeafKind.OUTCOME, id=id, at=one.at, body={"actor": ACTOR, "opt_out": False, **said})
    return entry, replace(one, leaf_hash=hash_text(entry.hash))


def check(
    pen: Pen, facts: Facts, *, at: datetime, rules: Ruleset, binding: bool = True, number: str | None = None
) -> Logged:
    """Decide and write a check."""
    decision = decide(facts, rules)
    id = pen.id(at)
    request = {
        "actor": ACTOR,
        "campaign": "01890000-0000-7000-8000-000000000001",
        "check": "auto",
        "binding": binding,
        "repeat_of": None,
        "reservation": id if binding and decision.verdict == "allow" else None,
    }
    answered = decision if binding else replace(decision, valid_until=None)
    fields = {"ref": f"lead-{pen.random.randrange(10**6)}", "note": "čára"} if pen.random.random() < 0.3 else {}
    body = check_body(facts, answered, request=request)
    return pen.write(LeafKind.CHECK, id=id, at=at, body=body, number=number, fields=fields)


_LINES = (LineType.MOBILE,) * 8 + (LineType.FIXED_LINE, LineType.PREMIUM_RATE)
_CLASSES = (CallClass.MARKETING,) * 6 + (CallClass.SURVEY_RESEARCH, CallClass.SERVICE, CallClass.MEETING_SETUP)
_PLACES = (("CZ", "Europe/Prague"), ("CZ", "Europe/Prague"), ("SK", "Europe/Bratislava"), ("PL", "Europe/Warsaw"))
_ORIGINS = (Origin.WEB_FORM, Origin.WEB_FORM, Origin.INBOUND_CALL, Origin.OUTBOUND_CALL, Origin.IMPORT)
_WHOLE = frozenset({"marketing", "survey_research", "service"})
_HOLIDAYS = frozenset({date(2026, 11, 27)})


class Town:
    """Some numbers, what was said on each, and whoever calls them."""

    def __init__(self, pen: Pen, numbers: int, rules: Ruleset) -> None:
        self.pen, self.rules = pen, rules
        self.numbers = [f"+420601{n:06}" for n in range(numbers)]
        self.consents: defaultdict[str, list[ConsentEvent]] = defaultdict(list)
        self.objections: defaultdict[str, list[Suppression]] = defaultdict(list)
        self.tried: defaultdict[str, dict[str, Attempt]] = defaultdict(dict)

    def consent(self, at: datetime) -> Logged:
        """Somebody says yes, or no."""
        dice, number = self.pen.random, self.pen.random.choice(self.numbers)
        is_grant = dice.random() < 0.8
        event = ConsentEvent(
            id=self.pen.id(at),
            action=Action.GIVEN if is_grant else dice.choice([a for a in Action if a is not Action.GIVEN]),
            purposes=_WHOLE if dice.random() < 0.7 else frozenset({"marketing"}),
            voice_modes=frozenset({"live"}) if dice.random() < 0.7 else frozenset({"live", "ai"}),
            product_categories=frozenset({"energy"}),
            origin=dice.choice(_ORIGINS),
            obtained_at=at - timedelta(seconds=dice.randrange(3 * 86_400)),
            recorded_at=at,
            expires_at=at + timedelta(seconds=dice.randrange(1, 900)) if dice.random() < 0.1 else None,
            evidence=Evidence.MISSING if dice.random() < 0.05 else Evidence.CLAIMED,
        )
        entry, event = consent(self.pen, event, number=number)
        self.consents[number].append(event)
        return entry

    def objection(self, at: datetime) -> Logged:
        """Somebody objects."""
        number = self.pen.random.choice(self.numbers)
        reason = self.pen.random.choice(list(SuppressionReason)[:3])
        one = Suppression(id=self.pen.id(at), reason=reason, since=at - timedelta(hours=1), recorded_at=at)
        entry, one = objection(self.pen, one, number=number)
        self.objections[number].append(one)
        return entry

    def check(self, at: datetime) -> Logged:
        """Somebody asks whether a number may be called, mostly now."""
        dice, number = self.pen.random, self.pen.random.choice(self.numbers)
        binding = dice.random() < 0.85
        region, zone = dice.choice(_PLACES)
        facts = Facts(
            at=at if binding else at + timedelta(minutes=dice.randrange(9 * 1440)),
            region=region,
            line_type=dice.choice(_LINES),
            zones=(zone,),
            call_class=dice.choice(_CLASSES),
            voice_mode=VoiceMode.LIVE if dice.random() < 0.8 else VoiceMode.AI,
            product_category="energy",
            party_type=PartyType.CONSUMER,
            number_source=NumberSource.CONSENT,
            profile=Profile.STRICT,
            house_hours=dice.random() < 0.9,
            consents=condensed_consents(self.consents.get(number, ())),
            suppressions=condensed_objections(self.objections.get(number, ())),
            objected_all=dice.random() < 0.02,
            attempts=condensed_attempts(self.tried[number].values()),
            holidays=_HOLIDAYS,
        )
        entry = check(self.pen, facts, at=at, rules=self.rules, binding=binding, number=number)
        if f'"reservation":"{entry.id}"'.encode() in entry.leaf:
            self.tried[number][entry.id] = Attempt(at=at, result=None, leaf_hash=hash_text(entry.hash))
        return entry

    def outcome(self, at: datetime) -> Logged:
        """Somebody reports what became of a call; of one that nobody permitted, where all are reported."""
        places = self.tried[self.pen.random.choice(self.numbers)]
        decision = next((id for id, one in places.items() if one.result is None), self.pen.id(at))
        result = self.pen.random.choice(list(CallResult))
        said = {"decision": decision, "result": result.value, "attempted_at": written(at), "opt_out": False}
        entry = self.pen.write(LeafKind.OUTCOME, id=self.pen.id(at), at=at, body={"actor": ACTOR, **said})
        if decision in places:
            places[decision] = Attempt(at=at, result=result, leaf_hash=hash_text(entry.hash))
        return entry


def story(
    count: int, *, seed: int = 0, span: timedelta = DAYTIME, begin: datetime = BEGIN, rules: Ruleset | None = None
) -> Iterator[Logged]:
    """Tell a history of so many entries in a span of time, one after the other, by the rules that ship or others."""
    pen = Pen(seed)
    town = Town(pen, max(4, count // 5), rules or shipped())
    for place in range(count):
        at = begin + place * (span / count)
        dice = pen.random.random()
        if dice < 0.24:
            yield town.consent(at)
        elif dice < 0.27:
            yield town.objection(at)
        elif dice < 0.28:
            body = {"actor": "cli", "act": "campaign_added", "campaign": {"id": pen.id(at)}}
            yield pen.write(LeafKind.ADMIN, id=pen.id(at), at=at, body=body, fields={"slug": f"c{place}", "name": "č"})
        elif dice < 0.31:
            yield town.outcome(at)
        else:
            yield town.check(at)
