"""A decision can be derived again from the log alone."""

import json
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.attempt import MAX_CAP, Attempt
from app.domain.campaign import CallClass, NumberSource, PartyType, Profile, VoiceMode
from app.domain.consent import MAX_EVENTS, ConsentEvent, Evidence, Origin
from app.domain.decision import decide
from app.domain.entry import check_body, consent_body, relationship_body, suppression_body
from app.domain.facts import Facts
from app.domain.leaf import MAX_LEAF, LeafKind, hash_text, leaf_bytes, leaf_hash, written
from app.domain.phone import LineType
from app.domain.reason import Reason
from app.domain.recorded import facts_of
from app.domain.register import SLOVAK_AREAS
from app.domain.relationship import MAX_RELATIONSHIPS, Relationship
from app.domain.rules.permission import JUSTIFIABLE
from app.domain.rules.rule import EVERYWHERE, Basis, Finding, Kind, Outcome
from app.domain.subdivision import AREA_CODES
from app.domain.suppression import Suppression, SuppressionReason
from app.policies.load import shipped
from tests.builders import (
    NOW,
    answer,
    attempt,
    basis_table,
    facts,
    grant,
    guarded,
    objection,
    obligation_table,
    registration,
    relationship,
)
from tests.fact_strategies import any_facts
from tests.rule_strategies import rule_sets
from tests.strategies import histories, suppressions

LOG = "0" * 36
REQUEST = {
    "actor": "0" * 36,
    "campaign": "0" * 36,
    "check": "callback",
    "binding": False,
    "repeat_of": "0" * 36,
    "reservation": "0" * 36,
    "number": "0" * 64,
    "fields": "0" * 64,
}
"""What a check adds of its own: identifiers, and the commitments to number and reference."""


def logged(kind: LeafKind, *, id: str, at: datetime, body: dict[str, Any]) -> tuple[dict[str, Any], str]:
    """Write an entry and read it as a verifier does: the leaf, and its hash."""
    data = leaf_bytes(kind, log=LOG, id=id, at=at, body=body)
    return json.loads(data), hash_text(leaf_hash(data))


def logged_consent(event: ConsentEvent) -> tuple[dict[str, Any], str]:
    evidence = () if event.evidence is Evidence.MISSING else ("a" * 64,)
    body = consent_body(event, evidence=evidence, notice={"version": "1", "language": "cs", "sha256": "b" * 64})
    return logged(LeafKind.CONSENT, id=event.id, at=event.recorded_at, body=body)


def logged_suppression(suppression: Suppression) -> tuple[dict[str, Any], str]:
    body = suppression_body(suppression, scope="controller", file=None, row=None)
    return logged(LeafKind.SUPPRESSION, id=suppression.id, at=suppression.recorded_at, body=body)


def logged_relationship(one: Relationship) -> tuple[dict[str, Any], str]:
    body = relationship_body(one, replaces=None, evidence=())
    return logged(LeafKind.RELATIONSHIP, id=one.id, at=one.recorded_at, body=body)


def logged_attempt(one: Attempt) -> tuple[dict[str, Any], str]:
    if one.result is None:
        return logged(LeafKind.CHECK, id="c", at=one.at, body={})
    body = {"attempted_at": written(one.at), "result": one.result.value}
    return logged(LeafKind.OUTCOME, id="o", at=one.at, body=body)


@settings(max_examples=120, deadline=None, derandomize=True)
@given(
    any_facts(evidence=(Evidence.CLAIMED, Evidence.MISSING)),
    st.one_of(st.none(), histories(evidence=(Evidence.CLAIMED, Evidence.MISSING))),
    st.one_of(st.none(), suppressions()),
    rule_sets(),
)
def test_facts_and_decision_come_out_of_the_log_as_they_went_in(
    known: Facts,
    history: tuple[ConsentEvent, ...] | None,
    objections: tuple[Suppression, ...] | None,
    tables: list[dict[str, Any]],
) -> None:
    leaves: dict[str, dict[str, Any]] = {}
    events: list[ConsentEvent] = []
    for event in (known.consents if history is None else history) or ():
        leaf, name = logged_consent(event)
        leaves[name] = leaf
        events.append(replace(event, leaf_hash=name))
    stood: list[Suppression] = []
    for one in objections or ():
        leaf, name = logged_suppression(one)
        leaves[name] = leaf
        stood.append(replace(one, leaf_hash=name))
    ties = [(one, *logged_relationship(one)) for one in known.relationships or ()]
    tried = [(one, *logged_attempt(one)) for one in known.attempts or ()]
    leaves |= {name: leaf for _, leaf, name in (*ties, *tried)}
    known = replace(
        known,
        consents=None if known.consents is None else tuple(events),
        suppressions=None if objections is None else tuple(stood),
        relationships=None if known.relationships is None else tuple(replace(r, leaf_hash=name) for r, _, name in ties),
        attempts=None if known.attempts is None else tuple(replace(a, leaf_hash=name) for a, _, name in tried),
    )
    rules = guarded(basis_table(), obligation_table(), *tables)
    decision = decide(known, rules)
    leaf, _ = logged(LeafKind.CHECK, id="c", at=NOW, body=check_body(known, decision, request=REQUEST))
    again = facts_of(leaf, events=leaves)
    assert again == known
    assert decide(again, rules) == decision
    assert check_body(again, decide(again, rules), request=REQUEST) == check_body(known, decision, request=REQUEST)


def test_an_event_that_is_not_in_the_log_is_missed() -> None:
    known = facts(consents=(grant(leaf_hash="x" * 43),))
    leaf = check_body(known, decide(known, guarded(basis_table())), request={})
    with pytest.raises(KeyError):
        facts_of(leaf, events={})


def test_an_entry_of_a_consent_names_no_person_and_no_number() -> None:
    leaf, _ = logged_consent(grant(origin=Origin.IMPORT, file="f" * 64, row=3))
    assert sorted(leaf) == [
        *("action", "at", "evidence", "expires_at", "file", "id", "kind", "log", "notice", "obtained_at"),
        *("origin", "product_categories", "purposes", "row", "schema", "voice_modes"),
    ]


def test_an_entry_of_an_objection_names_no_person_and_no_number() -> None:
    leaf, _ = logged_suppression(objection())
    assert sorted(leaf) == ["at", "file", "id", "kind", "log", "reason", "row", "schema", "scope", "since"]


def largest_check(*, reasons: int, suppressions: int = 2 * len(SuppressionReason)) -> int:
    """Give the bytes of an entry in which every field is as long as it may be."""
    known = Facts(
        at=NOW,
        region="CZ",
        line_type=max(LineType, key=len),
        zones=tuple(f"America/Argentina/Rio_Gallego{letter}" for letter in "abcdefghijkl"),
        call_class=max(CallClass, key=len),
        voice_mode=max(VoiceMode, key=len),
        product_category="x" * 40,
        party_type=max(PartyType, key=len),
        number_source=max(NumberSource, key=len),
        profile=max(Profile, key=len),
        house_hours=False,
        house_caps=False,
        residence="SK",
        subdivisions=tuple(AREA_CODES),
        caller_prefix="+4218881",
        justified=frozenset(JUSTIFIABLE),
        relationships=tuple(relationship(leaf_hash="h" * 43) for _ in range(MAX_RELATIONSHIPS)),
        attempts=tuple(attempt(leaf_hash="h" * 43) for _ in range(2 * MAX_CAP + 3)),
        registers=tuple(
            answer(register="x" * 20, snapshot="h" * 43, categories=SLOVAK_AREAS, listed_on=NOW.date()) for _ in "1234"
        ),
        registrations=tuple(registration(valid_to=NOW.date()) for _ in "1234"),
        half_holidays=frozenset({date(2026, 12, 24), date(2026, 12, 31)}),
        rules_until=NOW,
        consents=tuple(grant(id=str(n), leaf_hash="h" * 43) for n in range(MAX_EVENTS)),
        suppressions=tuple(objection(id=str(n), leaf_hash="h" * 43) for n in range(suppressions)),
        objected_all=False,
        holidays=frozenset(date(2026, 12, 20) + timedelta(days=n) for n in range(12)),
    )
    rule = replace(guarded().rules[0], id="x" * 30)
    decision = replace(
        decide(facts(), guarded(basis_table())),
        reasons=(Finding(rule=rule, outcome=Outcome.BLOCK, reason=max(Reason, key=len)),) * reasons,
        basis=Basis(code="consent", event_id="0" * 36),
        not_before=NOW,
    )
    body = check_body(known, decision, request=REQUEST)
    try:
        return len(leaf_bytes(LeafKind.CHECK, log=LOG, id="0" * 36, at=NOW, body=body))
    except ValueError as fault:
        return int(str(fault).split()[3])


def most_reasons() -> int:
    """Count the rules in force that may block one call of known class, voice and profile, and the gates of no rule."""
    rules = [rule for rule in shipped().rules if rule.kind is not Kind.OBLIGATION and rule.is_in_force_on(NOW.date())]
    countries = sorted({rule.country for rule in rules} - {EVERYWHERE})
    calls = (
        facts(region=region, residence=residence, call_class=call_class, voice_mode=voice, profile=profile)
        for region in countries
        for residence in countries
        for call_class in CallClass
        for voice in VoiceMode
        for profile in Profile
    )
    gates, places = 4, {place: [rule for rule in rules if rule.country == place] for place in (*countries, EVERYWHERE)}
    return gates + max(
        sum(rule.applies_to(call) for place in (EVERYWHERE, *call.countries) for rule in places[place])
        for call in calls
    )


def test_the_largest_check_under_the_rules_that_ship_fits_a_leaf() -> None:
    assert most_reasons() >= 8
    assert largest_check(reasons=most_reasons()) <= MAX_LEAF
