"""What is claimed of the clauses of the countries whose calls are told in the tables of `cases/`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from itertools import product
from zoneinfo import ZoneInfo

from app.domain.campaign import CallClass, NumberSource, PartyType, VoiceMode
from app.domain.decision import Decision, applicable_rules, decide
from app.domain.facts import Facts
from app.domain.rules.rule import Status, Strength
from app.policies.load import shipped
from tests.policies.calls import rule
from tests.policies.case_notation import read_facts, read_pairs, read_when
from tests.policies.case_table import rows

SOLD = ("marketing", "meeting_setup", "survey_commercial")
PROSPECTING = (*SOLD, "consent_request")
AUTOMATED = ("prerecorded", "ai")
PERSONS = ("consumer", "sole_trader")
COMPANY = ("company",)
BUSINESS = ("sole_trader", "company")
PARTIES = (*PERSONS, *COMPANY)
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Clause:
    """What a rule is said to be: the finding it rests on, its first day and the first on which it no longer binds,
    and the calls it binds.
    """

    quote: str
    since: date
    until: date | None = None
    classes: Sequence[str] = tuple(CallClass)
    voices: Sequence[str] = tuple(VoiceMode)
    parties: Sequence[str] = PARTIES
    sources: Sequence[str] = tuple(NumberSource)


def told(table: str, differs: str = "", *, when: str = "") -> Facts:
    """Build the facts of a call in the words of the tables: what differs from the lawful call of a table."""
    pairs = read_pairs(_default(table)) | read_pairs(differs)
    usual = pairs.pop("when")
    return read_facts(pairs, at=read_when(when or usual, pairs["zones"]))


def decided(table: str, differs: str = "", *, when: str = "") -> Decision:
    """Decide such a call under the rules that ship."""
    return decide(told(table, differs, when=when), shipped())


def reasons(table: str, differs: str = "", *, when: str = "") -> list[str]:
    """Give the reasons for which such a call is refused; none is an allow."""
    return [str(finding.reason) for finding in decided(table, differs, when=when).reasons]


def assert_clauses(place: str, clauses: Mapping[str, Clause]) -> None:
    """Assert that these are all the rules of a place, and that each binds on its days the calls it names."""
    assert {one.id for one in shipped().rules if one.jurisdiction == place} == set(clauses)
    for id, clause in clauses.items():
        assert clause.quote
        assert_days(place, id, clause)
        assert_calls(place, id, clause)


def assert_days(place: str, id: str, clause: Clause) -> None:
    """Assert that the rule binds from its first day to the eve of its last."""
    bound = replace(told(place.lower(), _one_call(clause)), house_hours=True)
    edges = [(clause.since - DAY, False), (clause.since, True), (clause.since + DAY, True)]
    if clause.until is not None:
        edges += [(clause.until - DAY, True), (clause.until, False), (clause.until + DAY, False)]
    for day, binds in edges:
        moved = replace(bound, at=_noon(bound, day))
        assert (id in {one.id for one in applicable_rules(moved, shipped())}) is binds, (id, day)


def assert_calls(place: str, id: str, clause: Clause) -> None:
    """Assert that the rule speaks of the calls it names and of no others; of one of which nothing is known, it does."""
    known = replace(told(place.lower()), house_hours=True)
    speaks = rule(id).applies_to
    for call_class, voice, party, source in product(CallClass, VoiceMode, PARTIES, NumberSource):
        call = replace(
            known, call_class=call_class, voice_mode=voice, party_type=PartyType(party), number_source=source
        )
        said = call_class in clause.classes and voice in clause.voices
        said = said and party in clause.parties and source in clause.sources
        assert speaks(call) is said, (id, call_class, voice, party, source)
    assert speaks(replace(known, call_class=None, voice_mode=None, party_type=None, number_source=None))


def house(place: str, since: date, *classes: str, quote: str = "nothing was found for this class") -> dict[str, Clause]:
    """Give the clauses by which the house asks a consent, one a class."""
    short = {"survey_research": "research", "consent_request": "consent-request"}
    return {
        f"{place}-house-{short.get(one, one)}-basis": Clause(quote=quote, since=since, classes=[one]) for one in classes
    }


def unconfirmed(place: str) -> set[str]:
    """Name the rules of a place that nobody confirmed."""
    return {one.id for one in shipped().rules if one.jurisdiction == place and one.status is Status.UNCONFIRMED}


def of_strength(place: str, strength: Strength) -> set[str]:
    """Name the rules of a place that are demanded so."""
    return {one.id for one in shipped().rules if one.jurisdiction == place and one.strength is strength}


def _noon(known: Facts, day: date) -> datetime:
    zone = ZoneInfo((known.zones or ("UTC",))[0])
    return datetime.combine(day, time(12), tzinfo=zone).astimezone(UTC)


def _one_call(clause: Clause) -> str:
    first = (clause.classes[0], clause.voices[0], clause.parties[0], clause.sources[0])
    return "class={}; voice={}; party={}; source={}".format(*first)


@cache
def _default(table: str) -> str:
    return next(row.default for row in rows() if row.table == table)
