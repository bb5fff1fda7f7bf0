"""The notation of the decision cases: facts, instants and events in a few words a lawyer can read."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from app.domain.attempt import Attempt, CallResult
from app.domain.campaign import CallClass, NumberSource, PartyType, Profile, VoiceMode
from app.domain.consent import Action, ConsentEvent, Evidence, Origin
from app.domain.facts import Facts
from app.domain.hours import Weekly, read_weekly
from app.domain.phone import LineType
from app.domain.register import ListStatus, RegisterAnswer
from app.domain.registration import Holder, Registration
from app.domain.relationship import Relationship, RelationshipKind, months_after
from app.domain.suppression import Suppression, SuppressionReason
from app.policies.holidays import free_days
from tests.builders import answer, attempt, facts, grant, objection, registration, relationship, withdrawal

NOT_KNOWN = "unknown"
_WHEN = re.compile(
    r"([A-Z][a-z]{2}) ([0-9]{4}-[0-9]{2}-[0-9]{2}) ([0-9]{2}:[0-9]{2}(?::[0-9]{2})?)([+-][0-9]{2}:[0-9]{2})?"
)
_STEP = re.compile(r"([+-])([0-9]+)(mo|y|d|h|min|s)")
_ITEM = re.compile(r"(?:([0-9]+)\*)?([a-z_-]+)(?:\(([^()]*)\))?")
_WORDS: Mapping[str, tuple[str, type[StrEnum]]] = {
    "class": ("call_class", CallClass),
    "voice": ("voice_mode", VoiceMode),
    "party": ("party_type", PartyType),
    "source": ("number_source", NumberSource),
    "profile": ("profile", Profile),
    "line": ("line_type", LineType),
}
_FLAGS = {"house_hours", "house_caps", "objected_all"}
_TEXTS = {"country": "region", "residence": "residence", "product": "product_category", "caller_id": "caller_prefix"}
_LISTS = {"zones": "zones", "subdivisions": "subdivisions", "justified": "justified"}


class BadNotation(ValueError):
    """A cell says nothing that can be understood."""


def read_pairs(cell: str) -> dict[str, str]:
    """Read `key=value; key=value`; no key comes twice."""
    pairs: dict[str, str] = {}
    for part in (part.strip() for part in cell.split(";") if part.strip()):
        key, equals, value = (text.strip() for text in part.partition("="))
        if not equals or not value or key in pairs:
            raise BadNotation(f"{part!r} is no new key=value")
        pairs[key] = value
    return pairs


def read_when(text: str, zone: str) -> datetime:
    """Read `Wed 2026-11-25 11:00`, on the clock of the zone or with an offset of its own."""
    found = _WHEN.fullmatch(text)
    if found is None:
        raise BadNotation(f"{text!r} is not a weekday, a day and a time")
    weekday, day, hour, offset = found.groups()
    naive = datetime.combine(date.fromisoformat(day), time.fromisoformat(hour))
    if naive.strftime("%a") != weekday:
        raise BadNotation(f"{day} is no {weekday}")
    return datetime.fromisoformat(f"{naive.isoformat()}{offset}").astimezone(UTC) if offset else _local(naive, zone)


def _local(naive: datetime, zone: str) -> datetime:
    """Give the instant of a local time; of one that does not exist or comes twice an offset must be told."""
    first, second = (naive.replace(tzinfo=ZoneInfo(zone), fold=fold).astimezone(UTC) for fold in (0, 1))
    if first != second:
        raise BadNotation(f"{naive} comes twice or never in {zone}: write its offset")
    return first


def read_facts(pairs: Mapping[str, str], *, at: datetime) -> Facts:
    """Build the facts of one call: lawful defaults, but for what the pairs say."""
    known: dict[str, Any] = {"at": at, "residence": None}
    zones = _listed(pairs.get("zones", "Europe/Prague"))
    reader = _Events(at, "UTC" if zones is None else zones[0])
    month_ago = at - timedelta(days=30)
    known["consents"] = (grant(obtained_at=month_ago, recorded_at=month_ago),)
    for key, value in pairs.items():
        is_known = value != NOT_KNOWN
        if key in _WORDS:
            name, words = _WORDS[key]
            known[name] = words(value) if is_known else None
        elif key in _FLAGS:
            known[key] = {"yes": True, "no": False, NOT_KNOWN: None}[value]
        elif key in _TEXTS:
            known[_TEXTS[key]] = None if value in ("none", NOT_KNOWN) else value
        elif key in _LISTS:
            listed = _listed(value)
            known[_LISTS[key]] = frozenset(listed) if key == "justified" and listed is not None else listed
        elif key == "holidays" and not is_known:
            known |= {"holidays": None, "half_holidays": None}
        else:
            known |= reader.read(key, value)
    countries = [one for one in (known.get("region", "CZ"), known["residence"]) if one is not None]
    free = free_days(countries, at.date())
    return facts(**({"holidays": free.public, "half_holidays": free.half} | known))


def _listed(value: str) -> tuple[str, ...] | None:
    if value == NOT_KNOWN:
        return None
    return () if value == "none" else tuple(one.strip() for one in value.split("+"))


class _Events:
    """Reads what happened: `given(purpose=service, said=-1d)`, `4*no_answer(at=-2d)`, joined by `&`."""

    def __init__(self, at: datetime, zone: str) -> None:
        self._at = at
        self._zone = zone
        self._build = {
            "consent": ("consents", self._consent),
            "relationship": ("relationships", self._relationship),
            "suppression": ("suppressions", self._suppression),
            "register": ("registers", self._answer),
            "registration": ("registrations", self._registration),
            "attempts": ("attempts", self._attempt),
        }

    def read(self, key: str, value: str) -> dict[str, Any]:
        if key not in self._build:
            raise BadNotation(f"{key!r} is no fact")
        name, build = self._build[key]
        if value in ("none", NOT_KNOWN):
            return {name: () if value == "none" else None}
        events: list[Any] = []
        for text in value.split("&"):
            found = _ITEM.fullmatch(text.strip())
            if found is None:
                raise BadNotation(f"{text!r} is no event")
            times, word, told = found.groups()
            for _ in range(int(times or 1)):
                said = read_pairs((told or "").replace(",", ";"))
                events.append(build(f"{key}-{len(events)}", word, said))
                if said:
                    raise BadNotation(f"{key}: {', '.join(said)} is not understood")
        return {name: tuple(events)}

    def _consent(self, id: str, word: str, told: dict[str, str]) -> ConsentEvent:
        action = Action(word)
        said = self._instant(told.pop("said", "-30d" if action is Action.GIVEN else "-10d"))
        common: dict[str, Any] = {
            "id": id,
            "action": action,
            "obtained_at": said,
            "recorded_at": self._instant(told.pop("recorded", "")) or said,
            "expires_at": self._instant(told.pop("expires", "")),
        }
        for key, name in (("purpose", "purposes"), ("voice", "voice_modes"), ("product", "product_categories")):
            if key in told:
                common[name] = frozenset(_listed(told.pop(key)) or ())
        if "origin" in told:
            common["origin"] = Origin(told.pop("origin"))
        if "evidence" in told:
            common["evidence"] = Evidence(told.pop("evidence"))
        if "times" in told:
            common["call_times"] = _weekly(told.pop("times"))
        return grant(**common) if action is Action.GIVEN else withdrawal(**common)

    def _relationship(self, id: str, word: str, told: dict[str, str]) -> Relationship:
        began = self._instant(told.pop("began", "-90d"))
        return relationship(
            id=id,
            kind=RelationshipKind(word),
            product_categories=frozenset(_listed(told.pop("product", "energy")) or ()),
            began_at=began,
            recorded_at=began,
            ended_at=self._instant(told.pop("ended", "")),
        )

    def _suppression(self, id: str, word: str, told: dict[str, str]) -> Suppression:
        since = self._instant(told.pop("since", "-10d"))
        recorded = self._instant(told.pop("recorded", "")) or since
        return objection(id=id, reason=SuppressionReason(word), since=since, recorded_at=recorded)

    def _answer(self, id: str, word: str, told: dict[str, str]) -> RegisterAnswer:
        listed_on = told.pop("listed_on", None)
        return answer(
            register=word,
            snapshot=id,
            as_of=self._instant(told.pop("as_of", "-1d")),
            status=ListStatus(told.pop("says", "unlisted")),
            categories=frozenset(_listed(told.pop("category", "none")) or ()),
            listed_on=None if listed_on is None else date.fromisoformat(listed_on),
        )

    def _registration(self, id: str, word: str, told: dict[str, str]) -> Registration:
        last = told.pop("to", None)
        begun = registration(authority=word, holder=Holder(told.pop("holder", "caller")))
        first = date.fromisoformat(told.pop("from", self._at.date().replace(day=1).isoformat()))
        return replace(begun, valid_from=first, valid_to=None if last is None else date.fromisoformat(last))

    def _attempt(self, id: str, word: str, told: dict[str, str]) -> Attempt:
        result = None if word == "unreported" else CallResult(word)
        return attempt(at=self._instant(told.pop("at", "-1d")), result=result, leaf_hash=id)

    def _instant(self, text: str) -> Any:
        """Read `-30d`, `-12mo+1s` (from the call on), or `2026-11-01 10:00` on the called party's clock."""
        if not text:
            return None
        if "".join(found.group() for found in _STEP.finditer(text)) == text:
            moved = self._at
            for sign, amount, unit in _STEP.findall(text):
                moved = _moved(moved, int(sign + amount), unit)
            return moved
        return _local(datetime.fromisoformat(text), self._zone)


def _moved(instant: datetime, amount: int, unit: str) -> datetime:
    if unit in ("mo", "y"):
        return months_after(instant, amount * (12 if unit == "y" else 1))
    seconds = {"d": 86_400, "h": 3600, "min": 60, "s": 1}[unit]
    return instant + timedelta(seconds=amount * seconds)


def _weekly(text: str) -> Weekly:
    table: dict[str, list[str]] = {}
    for day, hours in (one.strip().split(" ") for one in text.split("+")):
        table.setdefault(day, []).append(hours)
    return read_weekly(table)
