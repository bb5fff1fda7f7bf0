"""What a ruleset answers beside decisions: which rules bind where, what they ask, and when they turn."""

from datetime import date, timedelta
from typing import Any

import pytest

from app.domain.reason import Reason
from app.domain.rules.kinds import facts_seen
from app.domain.rules.rule import Rule
from app.domain.ruleset import BadRule, Ruleset, read_ruleset, reread_ruleset
from tests.builders import DAY, NOW, basis_table, facts, file_of, guarded, rule_table, window_table

DNC = rule_table("register", {"register": "dnc", "fixed_days": [1]}, id="cz-dnc")
REASSIGNED = rule_table(
    "number_state",
    {"check": "reassigned", "purpose": "marketing", "register": "rnd", "register_max_age_days": 5},
    id="us-rnd",
    jurisdiction="US",
)
WISH = {"any_of": ["positive_register"], "purpose": "marketing"}
WISHED = basis_table(params=WISH | {"positive_register": "wish", "positive_register_max_age_days": 9})
ACS = rule_table("registration", {"authority": "acs", "holder": "caller"}, id="fl-acs", jurisdiction="US-FL")
RULES = guarded(DNC, WISHED, REASSIGNED, ACS)


def ids(rules: tuple[Rule, ...]) -> set[str]:
    return {rule.id for rule in rules}


def test_the_registers_of_a_country_are_those_that_its_rules_and_their_terms_name() -> None:
    assert RULES.registers_of("CZ") == {"dnc", "wish"}
    assert RULES.registers_of("US") == {"rnd"}
    assert RULES.registers_of("US", "CZ") == {"dnc", "wish", "rnd"}
    assert RULES.registers_of("SK") == frozenset()
    assert RULES.registers_of("CZ") == {"dnc", "wish"}, "and again, as it was kept"
    assert RULES.named_registers == {"dnc", "wish", "rnd"}


def test_the_authorities_of_a_country_are_those_of_its_parts_too() -> None:
    assert RULES.authorities_of("US") == {"acs"}
    assert RULES.authorities_of("CZ") == frozenset()
    assert RULES.authorities_of("US") == {"acs"}, "and again, as it was kept"
    assert RULES.named_authorities == {"acs"}


def test_the_rules_of_everywhere_bind_in_every_country_and_none_binds_twice() -> None:
    world = guarded(window_table(id="world", jurisdiction="*"), basis_table(), ACS)
    everywhere = {"world", "guard-controller-world", "guard-all-world"}
    assert ids(world.binding()) == ids(world.binding("JP")) == everywhere
    assert ids(world.binding("CZ")) == everywhere | {"cz-basis", "guard-controller", "guard-all"}
    both = world.binding("CZ", "US")
    assert len(both) == len(ids(both)) == 9
    assert world.binding("CZ") is world.by_place["CZ"]


@pytest.mark.parametrize(("days", "turns"), [(-10, False), (-9, True), (0, True), (9, True), (10, False)])
def test_the_days_on_which_rules_turn_are_told_nine_days_ahead_and_back(days: int, turns: bool) -> None:
    first, last = date(2026, 11, 25), date(2027, 11, 25)
    rules = guarded(window_table(effective_from=first, effective_to=last))
    for turn in (first, last):
        found = rules.turning_days(turn - timedelta(days=days), "CZ")
        assert found == ((turn,) if turns else ())
        assert rules.turning_days(turn - timedelta(days=days), "CZ") == found, "and again, as it was kept"
    assert rules.turning_days(first, "SK") == ()


def test_turning_days_come_in_order() -> None:
    day = date(2026, 11, 25)
    turning = [window_table(id=f"w{n}", effective_from=day + timedelta(days=n)) for n in (5, -5, 3, -1)]
    assert guarded(*turning).turning_days(day, "CZ") == tuple(day + timedelta(days=n) for n in (-5, -1, 3, 5))


def test_what_is_kept_is_forgotten_before_it_grows_for_ever() -> None:
    rules = guarded(window_table())
    for kept in (rules.daily, rules.gated, rules.turning):
        kept.update({(place,): () for place in range(4095)})
    rules.turning_days(NOW.date(), "CZ")
    assert [len(kept) for kept in (rules.daily, rules.gated, rules.turning)] == [4095, 4095, 4096]
    rules.applicable(facts())
    assert [len(kept) for kept in (rules.daily, rules.gated, rules.turning)] == [4096, 4095, 0]


def test_only_rules_in_force_on_the_local_day_and_made_for_such_calls_apply() -> None:
    robots = window_table(id="robots", applies_when={"voice_mode": ["prerecorded"]})
    past = window_table(id="past", effective_to=NOW.date())
    rules = guarded(window_table(), robots, past)
    assert ids(rules.applicable(facts())) == {"hours", "guard-controller", "guard-all"}
    assert ids(rules.applicable(facts(voice_mode=None))) == {"hours", "robots", "guard-controller", "guard-all"}
    assert ids(rules.applicable(facts(at=NOW - DAY))) == {"hours", "past", "guard-controller", "guard-all"}


def test_a_rule_names_the_facts_it_looks_at_each_once() -> None:
    rules = {
        rule.id: rule for rule in guarded(window_table(applies_when={"voice_mode": ["ai"], "region": ["CZ"]})).rules
    }
    assert facts_seen(rules["hours"]) == (
        *("at", "region", "voice_mode", "zones", "holidays", "half_holidays", "consents"),
    )
    assert facts_seen(rules["guard-all"]) == ("at", "suppressions", "objected_all", "consents")


def faults(*files: tuple[str, dict[str, Any]]) -> tuple[str, ...]:
    with pytest.raises(BadRule) as refusal:
        read_ruleset(files)
    return refusal.value.faults


PLACE = "jurisdiction must be two capital letters, with or without a part of the country, or *"


@pytest.mark.parametrize("place", ["cz", "CZE", "CZ-", "CZ-ABCD", "**", "CZ\n"])
def test_a_place_that_is_none_is_told_by_file(place: str) -> None:
    assert f"a.toml: {PLACE}" in faults(("a.toml", file_of(jurisdiction=place)))


def test_what_a_file_lacks_is_told_by_file() -> None:
    assert faults(("a.toml", {})) == (
        "a.toml: schema is missing",
        "a.toml: jurisdiction is missing",
        "a.toml: rule is missing",
    )
    assert faults(("a.toml", file_of(schema=3, not_checked=[1], more=1))) == (
        "a.toml: schema is not 1",
        "a.toml: not_checked must hold nothing but str",
        "a.toml: unknown key more",
    )
    assert faults() == ("there is not a single rule: an empty ruleset is refused",)


def test_what_a_record_lacks_is_told_too() -> None:
    for content, told in (
        ({}, ["schema is missing", "not_checked is missing"]),
        (
            {"schema": 3, "not_checked": [], "rules": [1], "more": 1},
            ["schema is not 1", "not_checked must be dict", "rules must hold nothing but dict", "unknown key more"],
        ),
    ):
        with pytest.raises(BadRule) as refusal:
            reread_ruleset(content)
        assert list(refusal.value.faults) == [f"the ruleset on record: {fault}" for fault in told]


def test_a_ruleset_holds_its_rules_in_order_and_content_in_plain_words() -> None:
    rules: Ruleset = guarded(window_table(effective_to=date(2030, 1, 1), reason=str(Reason.HOLIDAY)))
    assert [rule.id for rule in rules.rules] == ["guard-all", "guard-controller", "hours"]
    kept = read_ruleset([("a", file_of(window_table(), not_checked=["b", "a"]))])
    assert kept.content == {
        "schema": 1,
        "not_checked": {"CZ": ["a", "b"]},
        "rules": [{**window_table(effective_from="2018-05-25"), "jurisdiction": "CZ"}],
    }
    assert kept.not_checked == {"CZ": ("a", "b")}
    assert kept.digest.startswith("sha256:")
    assert len(kept.digest) == 71
    assert rules.rules[2].reason is Reason.HOLIDAY
    assert rules.rules[2].effective_to == date(2030, 1, 1)
