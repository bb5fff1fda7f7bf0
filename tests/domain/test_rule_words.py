"""One rule of a rule file: what is read of it, and every fault of it in its own words."""

from datetime import date
from typing import Any

import pytest

from app.domain.reason import Reason
from app.domain.rules.fields import Fields
from app.domain.rules.rule import Kind, Rule, Status, Strength
from app.domain.rules.rule_file import contradictions, read_rule
from app.domain.rules.voice import VoiceParams
from tests.builders import basis_table, guard_table, window_table

VOICE: dict[str, Any] = {
    "id": "voice",
    "kind": "voice",
    "strength": "code",
    "citation": "§ 1",
    "effective_from": date(2020, 1, 1),
    "params": {"forbidden_modes": ["ai"]},
}
WORDS = "marketing, consent_request"
KINDS = "registration, category_ban, suppression, register, basis, number_state, voice, caller_id, window"


def read(table: dict[str, Any]) -> tuple[Rule | None, list[str]]:
    faults: list[str] = []
    return read_rule(table, "CZ", "a.toml", faults), faults


def test_a_rule_holds_what_its_table_says_and_the_table_in_plain_words() -> None:
    table = VOICE | {
        "status": "unconfirmed",
        "effective_to": date(2021, 1, 1),
        "applies_when": {"region": ["SK", "CZ"], "house_hours": [True]},
        "reason": "manual_review",
    }
    rule, faults = read(table)
    assert faults == []
    assert rule == Rule(
        id="voice",
        jurisdiction="CZ",
        kind=Kind.VOICE,
        strength=Strength.CODE,
        citation="§ 1",
        status=Status.UNCONFIRMED,
        effective_from=date(2020, 1, 1),
        effective_to=date(2021, 1, 1),
        applies_when={"region": frozenset({"SK", "CZ"}), "house_hours": frozenset({True})},
        params=read(VOICE)[0].params,  # type: ignore[union-attr]
        reason=Reason.MANUAL_REVIEW,
        source=table
        | {"effective_from": "2020-01-01", "effective_to": "2021-01-01", "jurisdiction": "CZ"}
        | {"applies_when": {"region": ["SK", "CZ"], "house_hours": [True]}},
    )
    assert isinstance(rule.params, VoiceParams)
    plain, _ = read(VOICE)
    assert plain is not None
    assert (plain.status, plain.effective_to, plain.applies_when, plain.reason) == (Status.CONFIRMED, None, {}, None)


@pytest.mark.parametrize("id", ["a", "0", "a_b-c", "x" * 48])
def test_an_id_is_of_small_letters_digits_and_hyphens(id: str) -> None:
    assert read(VOICE | {"id": id})[1] == []


TESTED = "applies_when: call_class: 'marketting' is not a known value"
WRONG: list[tuple[dict[str, Any], list[str]]] = [
    *(({"id": id}, ["id must be 1 to 48 small letters, digits and hyphens"]) for id in ("-a", "A", "x" * 49, "a.b")),
    ({"effective_to": date(2020, 1, 1)}, ["effective_to is not after effective_from"]),
    ({"effective_from": "2020-13-01"}, ["effective_from: '2020-13-01' is not a day"]),
    ({"effective_from": 3}, ["effective_from must be date"]),
    ({"applies_when": {"x": [1]}}, ["applies_when: x is not a fact that can be tested"]),
    ({"applies_when": {"call_class": []}}, ["applies_when: call_class must be a list of at least one value"]),
    ({"applies_when": {"call_class": "marketing"}}, ["applies_when: call_class must be a list of at least one value"]),
    ({"applies_when": {"call_class": ["marketting"]}}, [TESTED]),
    ({"applies_when": {"x": [], "region": "CZ", "call_class": ["marketting"]}}, [
        "applies_when: x is not a fact that can be tested",
        "applies_when: region must be a list of at least one value",
        TESTED,
    ]),
    *(
        ({"applies_when": {"region": [place]}}, [f"applies_when: region: {place!r} is not a known value"])
        for place in ("cz", "CZE", True, 1)
    ),
    ({"applies_when": {"house_hours": [1]}}, ["applies_when: house_hours: 1 is not a known value"]),
    ({"applies_when": []}, ["applies_when must be dict"]),
    ({"params": {}}, ["voice: forbidden_modes is missing"]),
    ({"params": []}, ["params must be dict", "voice: forbidden_modes is missing"]),
    ({"params": {"forbidden_modes": ["ai"], "b": 1, "a": 1}}, ["voice: unknown key a, b"]),
    ({"strength": "law"}, ["strength: 'law' is none of statute, regulator, code, house"]),
    ({"status": "maybe"}, ["status: 'maybe' is none of confirmed, unconfirmed"]),
    ({"kind": "bases"}, [f"kind: 'bases' is none of {KINDS}, cooldown, frequency, obligation"]),
    ({"citation": " "}, ["citation is empty"]),
    ({"citation": 1}, ["citation must be str"]),
    ({"more": 1, "again": 2}, ["unknown key again, more"]),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "told"), WRONG)
def test_each_fault_of_a_rule_is_told_by_file_and_rule(changes: dict[str, Any], told: list[str]) -> None:
    rule, faults = read(VOICE | changes)
    assert rule is None
    assert faults == [f"a.toml: {changes.get('id', 'voice')}: {fault}" for fault in told]


def test_a_rule_of_nothing_lacks_all_that_a_rule_must_have() -> None:
    rule, faults = read({})
    assert rule is None
    lacks = ("id", "kind", "strength", "citation", "effective_from")
    assert faults == [f"a.toml: a rule without id: {word} is missing" for word in lacks]


def told(*tables: dict[str, Any], place: str = "CZ", had_faults: bool = False) -> list[str]:
    rules = [rule for table in tables if (rule := read_rule(table, place, "a.toml", [])) is not None]
    assert len(rules) == len(tables)
    return list(contradictions(rules, had_faults=had_faults))


GUARDS = guard_table("controller"), guard_table("all")
FREE = basis_table(params={"any_of": ["none_required"], "purpose": "a"}, status="unconfirmed")
UNGUARDED = "cz-basis: no rule honours objections of scope {} for as long as it permits"


def test_contradictions_are_told_in_whole_sentences() -> None:
    assert told() == ["there is not a single rule: an empty ruleset is refused"]
    assert told(had_faults=True) == []
    assert told(*GUARDS, *GUARDS) == ["rule ids used twice: guard-all, guard-controller"]
    assert told(*GUARDS, basis_table(), place="*") == ["cz-basis: a basis belongs to one jurisdiction"]
    assert told(*GUARDS, basis_table(params={"any_of": []}), place="*") == []
    assert told(*GUARDS, basis_table(applies_when={"region": ["CZ"]})) == [
        "cz-basis: a basis does not test the region: it belongs to one jurisdiction"
    ]
    assert told(*GUARDS, FREE) == ["cz-basis: an unconfirmed clause may forbid, never permit"]
    assert told(*GUARDS, FREE | {"status": "confirmed"}) == []
    assert told(basis_table()) == [UNGUARDED.format("controller"), UNGUARDED.format("all")]
    assert told(basis_table(), had_faults=True) == []
    assert told(GUARDS[0], window_table(), basis_table()) == [UNGUARDED.format("all")]


def test_keys_are_taken_once_each_with_its_type() -> None:
    faults: list[str] = []
    fields = Fields({"a": True, "b": 2, "c": "", "d": {}, "e": None}, "here", faults)
    assert (fields.flag("a"), fields.flag("a"), fields.flag("x", default=True)) == (True, False, True)
    assert (fields.number("b", most=2, needed=True), fields.number("x", most=2)) == (2, None)
    assert (fields.required("c", str), fields.table("d", needed=True), fields.table("x")) == (None, {}, None)
    assert (fields.optional("e", str), fields.list_of("x", str)) == (None, [])
    fields.done()
    assert faults == ["here: c is empty", "here: e must be str"]
