"""Rule files are read strictly: whatever is not understood stops the start."""

import json
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings

from app.domain.decision import decide
from app.domain.facts import Facts
from app.domain.rules.kinds import BadRule
from app.domain.ruleset import read_ruleset, reread_ruleset
from tests.builders import NOW, basis_table, file_of, guard_table, guarded, obligation_table, window_table
from tests.fact_strategies import any_facts
from tests.rule_strategies import rule_sets

Tables = dict[str, Any]


def without(table: Tables, key: str) -> Tables:
    return {name: value for name, value in table.items() if name != key}


def window(**params: Any) -> Tables:
    return window_table(params={"closed_on_holidays": False, "weekly": {"mon": ["08:00-20:00"]}} | params)


def weekly(*intervals: Any, day: str = "mon") -> Tables:
    return window(weekly={day: list(intervals)})


def basis(**params: Any) -> Tables:
    return basis_table(params={"any_of": ["consent"], "purpose": "marketing"} | params)


def when(**tests: Any) -> Tables:
    return basis_table(applies_when=tests)


def dated(**days: Any) -> Tables:
    return basis_table(**{"effective_from": date(2022, 7, 1), **days})


RULES: list[tuple[str, Tables, str]] = [
    ("an unknown key of a rule", basis_table(efective_to=date(2030, 1, 1)), "cz-basis: unknown key efective_to"),
    ("an unknown parameter", basis(max_age=3), "cz-basis: basis: unknown key max_age"),
    ("an unknown parameter of a guard", guard_table(params={"scope": "all", "lift": 1}), "unknown key lift"),
    ("an unknown day", weekly("08:00-20:00", day="monday"), "unknown key monday"),
    ("an unknown fact", when(callclass=["marketing"]), "callclass is not a fact that can be tested"),
    ("a fact that identifies", when(consents=["x"]), "consents is not a fact that can be tested"),
    ("an unknown value of a fact", when(call_class=["marketting"]), "'marketting' is not a known value"),
    ("a value of the wrong type", when(house_hours=[1]), "1 is not a known value"),
    ("a word for a list", when(call_class="marketing"), "must be a list of at least one value"),
    ("an empty list, which would bind nothing", when(call_class=[]), "must be a list of at least one value"),
    ("no id", without(basis_table(), "id"), "id is missing"),
    ("an empty id", basis_table(id=""), "id is empty"),
    ("an id of 49 characters, which a log leaf has no room for", basis_table(id="x" * 49), "id must be"),
    ("no kind", without(basis_table(), "kind"), "kind is missing"),
    ("no strength", without(basis_table(), "strength"), "strength is missing"),
    ("no citation", without(basis_table(), "citation"), "cz-basis: citation is missing"),
    ("an empty citation", basis_table(citation=""), "citation is empty"),
    ("a blank citation", basis_table(citation=" \n"), "citation is empty"),
    ("a citation that is no text", basis_table(citation=96), "citation must be str"),
    ("no first day", without(basis_table(), "effective_from"), "effective_from is missing"),
    ("a first day that is no day", dated(effective_from=2022), "effective_from must be date"),
    ("an instant for a day", dated(effective_from=NOW), "effective_from must be date"),
    ("a text that is no day", dated(effective_from="2022-02-30"), "'2022-02-30' is not a day"),
    ("an end on the first day", dated(effective_to=date(2022, 7, 1)), "effective_to is not after"),
    ("an end before the first day", dated(effective_to=date(2022, 6, 30)), "effective_to is not after"),
    ("an unknown kind", basis_table(kind="bases"), "'bases' is none of"),
    ("an unknown strength", basis_table(strength="law"), "'law' is none of"),
    ("an unknown status", basis_table(status="maybe"), "'maybe' is none of"),
    ("an unknown reason", basis_table(reason="because"), "'because' is none of"),
    ("an unknown basis", basis(any_of=["wish"]), "'wish' is none of"),
    ("a basis of no purpose", basis_table(params={"any_of": ["consent"]}), "cz-basis: basis: purpose is missing"),
    ("a word for a truth", basis(evidence_held="yes"), "evidence_held must be bool"),
    ("a truth for a number", basis(max_age_days=True), "max_age_days must be int"),
    ("an age of no days", basis(max_age_days=0), "max_age_days must be from 1"),
    ("an age no calendar holds", basis(max_age_days=36_501), "max_age_days must be from 1 to 36500"),
    ("an unknown scope", guard_table(params={"scope": "some"}), "scope: 'some' is none of"),
    (
        "an unknown lift",
        guard_table(params={"scope": "all", "lifted_by": "anything"}),
        "lifted_by: 'anything' is none of",
    ),
    ("no scope", guard_table(params={}), "scope is missing"),
    ("no hours at all", window(weekly={}), "no day has an open interval"),
    ("no week", window_table(params={"closed_on_holidays": True}), "weekly is missing"),
    ("no word on holidays", window_table(params={"weekly": {"mon": ["08:00-20:00"]}}), "closed_on_holidays is missing"),
    ("hours that are no text", weekly(8), "mon must hold nothing but str"),
    ("hours in words", weekly("8-20"), "'8-20' is not HH:MM-HH:MM"),
    ("an hour that is none", weekly("08:00-25:00"), "is not HH:MM-HH:MM"),
    ("a minute that is none", weekly("08:60-20:00"), "is not HH:MM-HH:MM"),
    ("an end past midnight", weekly("08:00-24:01"), "does not end after it starts"),
    ("an end before the start", weekly("20:00-08:00"), "does not end after it starts"),
    ("an end at the start", weekly("08:00-08:00"), "does not end after it starts"),
    ("an unknown disclosure", obligation_table(params={"disclose": ["name"]}), "'name' is none of"),
    ("years without a clock", obligation_table(params={"retain_years": 5}), "belong together"),
    ("a clock without years", obligation_table(params={"retain_clock": "granted"}), "belong together"),
    (
        "an unknown clock",
        obligation_table(params={"retain_years": 5, "retain_clock": "now"}),
        "retain_clock is none of",
    ),
    ("no years", obligation_table(params={"retain_years": 0, "retain_clock": "granted"}), "from 1 to 100"),
]


@pytest.mark.parametrize(("why", "table", "fault"), RULES, ids=[why for why, _, _ in RULES])
def test_a_rule_that_is_not_understood_is_refused_by_name(why: str, table: Tables, fault: str) -> None:
    with pytest.raises(BadRule) as refusal:
        guarded(table)
    assert fault in refusal.value.detail
    assert refusal.value.detail.startswith("cz.toml: ")


GUARDS = (guard_table("controller"), guard_table("all"))
FILES: list[tuple[str, list[Tables], str]] = [
    ("no file", [], "not a single rule"),
    ("no rule", [file_of()], "not a single rule"),
    ("an unknown key of a file", [file_of(*GUARDS, rules=[])], "unknown key rules"),
    ("no schema", [without(file_of(*GUARDS), "schema")], "schema is missing"),
    ("another schema", [file_of(*GUARDS, schema=2)], "schema is not 1"),
    ("a schema in words", [file_of(*GUARDS, schema="1")], "schema must be int"),
    ("no country", [without(file_of(*GUARDS), "jurisdiction")], "jurisdiction is missing"),
    ("a country in small letters, which would bind nobody", [file_of(*GUARDS, jurisdiction="cz")], "two capital"),
    ("no list of rules", [without(file_of(), "rule")], "rule is missing"),
    ("a rule that is a table", [file_of() | {"rule": basis_table()}], "rule must be list"),
    ("a rule that is a word", [file_of() | {"rule": ["basis"]}], "rule must hold nothing but dict"),
    ("what is not checked, in numbers", [file_of(*GUARDS, not_checked=[1])], "nothing but str"),
    ("an id twice", [file_of(*GUARDS, basis_table(), basis_table())], "used twice: cz-basis"),
    ("an id in two files", [file_of(*GUARDS), file_of(guard_table("all"))], "used twice: guard-all"),
    ("a permission everywhere", [file_of(*GUARDS, basis_table(), jurisdiction="*")], "belongs to one jurisdiction"),
    (
        "an unconfirmed clause that permits",
        [file_of(*GUARDS, basis(any_of=["none_required"]) | {"status": "unconfirmed"})],
        "may forbid, never permit",
    ),
    ("no rule honours objections", [file_of(basis_table())], "objections of scope controller"),
    ("nor those to all", [file_of(guard_table("controller"), basis_table())], "objections of scope all"),
    ("nor those to one", [file_of(guard_table("all"), basis_table())], "objections of scope controller"),
    ("honoured elsewhere", [file_of(*GUARDS, jurisdiction="SK"), file_of(basis_table())], "honours objections"),
    (
        "honoured in some calls",
        [file_of(GUARDS[0], guard_table("all", applies_when={"voice_mode": ["live"]}), basis_table())],
        "objections of scope all",
    ),
    (
        "honoured a day too late",
        [file_of(GUARDS[0], guard_table("all", effective_from=date(2022, 7, 2)), basis_table())],
        "objections of scope all",
    ),
    (
        "honoured for a time",
        [file_of(GUARDS[0], guard_table("all", effective_to=date(2030, 1, 1)), basis_table())],
        "objections of scope all",
    ),
    (
        "honoured a day too short",
        [file_of(GUARDS[0], guard_table("all", effective_to=date(2029, 12, 31)), dated(effective_to=date(2030, 1, 1)))],
        "objections of scope all",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("why", "files", "fault"), FILES, ids=[why for why, _, _ in FILES])
def test_files_that_contradict_each_other_or_the_law_are_refused(why: str, files: list[Tables], fault: str) -> None:
    with pytest.raises(BadRule) as refusal:
        read_ruleset((f"f{place}.toml", tables) for place, tables in enumerate(files))
    assert fault in refusal.value.detail


@pytest.mark.parametrize(
    "guard",
    [
        guard_table("all", effective_from=date(2022, 7, 1), effective_to=date(2030, 1, 1)),
        guard_table("all", effective_to=date(2030, 1, 2)),
    ],
)
def test_objections_need_be_honoured_only_as_long_as_something_is_permitted(guard: Tables) -> None:
    ending = dated(effective_to=date(2030, 1, 1))
    assert len(read_ruleset([("a", file_of(GUARDS[0], guard, ending))]).rules) == 3


def test_the_digest_hangs_on_the_rules_and_not_on_the_files() -> None:
    one = file_of(*GUARDS, basis_table(), not_checked=["b"])
    two = file_of(window_table(), obligation_table(), not_checked=["a"])
    digest = read_ruleset([("one", one), ("two", two)]).digest
    assert read_ruleset([("two", two), ("one", one)]).digest == digest
    assert (
        read_ruleset([("1", file_of(*reversed([*one["rule"], *two["rule"]]), not_checked=["b", "a"]))]).digest == digest
    )
    assert read_ruleset([("one", one)]).digest != digest


@pytest.mark.parametrize(
    "change",
    [
        {"citation": "§ 97"},
        {"strength": "house"},
        {"effective_to": date(2030, 1, 1)},
        {"params": {"any_of": ["consent"], "purpose": "marketing", "max_age_days": 3}},
        {"applies_when": {"voice_mode": ["live"]}},
    ],
)
def test_any_change_of_a_rule_changes_the_digest(change: Tables) -> None:
    assert guarded(basis_table(**change)).digest != guarded(basis_table()).digest


@settings(max_examples=200, deadline=None, derandomize=True)
@given(rule_sets(), any_facts())
def test_a_ruleset_read_back_from_the_record_is_the_same_and_decides_equally(
    tables: list[Tables], known: Facts
) -> None:
    rules = guarded(*tables)
    again = reread_ruleset(json.loads(json.dumps(rules.content)))
    assert (again.digest, again.not_checked) == (rules.digest, rules.not_checked)
    assert decide(known, again) == decide(known, rules)


SPOIL: list[Callable[[Tables], object]] = [
    lambda content: content.update(schema=2),
    lambda content: content.update(more=1),
    lambda content: content.pop("rules"),
    lambda content: content.update(rules=[]),
    lambda content: content.update(rules=["basis"]),
    lambda content: content.update(not_checked=["x"]),
    lambda content: content["rules"][0].pop("jurisdiction"),
    lambda content: content["rules"][0].update(jurisdiction=3),
    lambda content: content["rules"][0].update(more=1),
]


@pytest.mark.parametrize("spoil", SPOIL)
def test_a_record_that_is_no_ruleset_is_refused(spoil: Callable[[Tables], object]) -> None:
    content = json.loads(json.dumps(guarded(basis_table()).content))
    spoil(content)
    with pytest.raises(BadRule):
        reread_ruleset(content)


def test_what_is_not_checked_survives_being_read_back() -> None:
    rules = read_ruleset([("a", file_of(*GUARDS, not_checked=["list"]))])
    assert reread_ruleset(rules.content).not_checked == {"CZ": ("list",)}
