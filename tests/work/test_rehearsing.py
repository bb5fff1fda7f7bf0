"""Rehearsals: past decisions asked again by the evaluator itself, nothing left out, nothing written."""

import sys
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from app.domain.access import NeedsAllControllers, operator
from app.domain.rehearsal import EXAMPLES, as_on
from app.domain.ruleset import Ruleset, read_ruleset, reread_ruleset
from app.policies.load import shipped
from app.services.rehearsal import BadPeriod, RehearsalRunning
from app.work import rehearsing
from app.work.rehearsing import RehearsalFailed, rehearsed
from tests.builders import basis_table, file_of, guard_table, guarded, window_table
from tests.gate import Gate
from tests.rulesets import BAN

YES, NO, LATER = "+420601123456", "+420601123457", "+420601123458"
DANA = operator("dana")
HOUR = timedelta(hours=1)


def rehearse(gate: Gate, ruleset: Ruleset, *, days: int = 7, few: int = 1000, **more: Any) -> dict[str, Any]:
    return rehearsed(gate.context, ruleset=ruleset, days=days, actor=DANA, few=few, **more)


def told(gate: Gate) -> dict[str, str]:
    """Have decisions of every kind on record, all in the past, and give their ids: two of them are allowed."""
    gate.campaign("summer")
    gate.consent(YES)
    gate.consent(LATER)
    ids = {"allow": gate.check(YES)["decision_id"], "deny": gate.check(NO)["decision_id"]}
    ids["summer"] = gate.check(YES, "summer")["decision_id"]
    gate.withdraw(LATER)
    ids["withdrawn"] = gate.check(LATER)["decision_id"]
    gate.now += 12 * HOUR
    ids["defer"] = gate.check(YES)["decision_id"]
    gate.now += HOUR
    return ids


def without(*ids: str) -> Ruleset:
    content: Any = shipped().content
    return reread_ruleset({**content, "rules": [rule for rule in content["rules"] if rule["id"] not in ids]})


@pytest.mark.parametrize("few", [1000, 0])
def test_under_the_same_rules_nothing_flips(energo: Gate, few: int) -> None:
    told(energo)
    found = rehearse(energo, shipped(), few=few)
    assert (found["decisions"], found["same"], found["unreadable"], found["other_reasons"]) == (5, 5, 0, 0)
    assert (found["flips"], found["campaigns"], found["rules"]) == ([], [], [])
    assert found["ruleset"] == shipped().digest


@pytest.mark.parametrize("few", [1000, 0])
def test_tighter_rules_flip_allows_and_name_rule_and_campaign(energo: Gate, few: int) -> None:
    ids = told(energo)
    found = rehearse(energo, BAN, few=few)
    assert found["decisions"] == found["same"] + sum(one["count"] for one in found["flips"])
    assert found["flips"] == [
        {"from": "allow", "to": "deny", "count": 2, "examples": [ids["summer"], ids["allow"]]},
        {"from": "defer", "to": "deny", "count": 1, "examples": [ids["defer"]]},
    ]
    deny = {"from": "allow", "to": "deny", "count": 1}
    assert found["campaigns"] == [
        {"campaign": "winter", "controller": "energo", "flips": [deny, {"from": "defer", "to": "deny", "count": 1}]},
        {"campaign": "summer", "controller": "energo", "flips": [deny]},
    ]
    (ban,) = found["rules"]
    assert (ban["rule"], ban["reason"], len(ban["flips"])) == ("cz-ban", "category_banned", 2)
    assert found["other_reasons"] == 2, "what is denied stays denied, for another reason"
    assert YES not in str(found)


def test_laxer_rules_name_the_rule_that_fell_away(energo: Gate) -> None:
    ids = told(energo)
    found = rehearse(energo, without("house-hours"))
    assert found["flips"] == [{"from": "defer", "to": "allow", "count": 1, "examples": [ids["defer"]]}]
    assert [(one["rule"], one["reason"]) for one in found["rules"]] == [("house-hours", "outside_hours")]


def test_only_the_last_days_are_asked(energo: Gate) -> None:
    told(energo)
    assert rehearse(energo, BAN, days=1)["decisions"] == 5
    energo.now += timedelta(hours=11) - timedelta(microseconds=1)
    assert rehearse(energo, BAN, days=1)["decisions"] == 5
    energo.now += timedelta(microseconds=1)
    assert rehearse(energo, BAN, days=1)["decisions"] == 5, "the first instant is in"
    energo.now += timedelta(microseconds=1)
    assert rehearse(energo, BAN, days=1)["decisions"] == 1
    assert rehearse(energo, BAN, days=2)["decisions"] == 5


def test_stretches_leave_nothing_out_and_ask_nothing_twice(energo: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = told(energo)
    for place in range(EXAMPLES + 3):
        energo.check(f"+4206012000{place:02}")
    energo.now += HOUR
    whole = rehearse(energo, BAN)
    for size in (1, 2, 3):
        monkeypatch.setattr("app.db.rehearsals.STRETCH", size)
        assert rehearse(energo, BAN) == whole
    assert whole["decisions"] == len(ids) + EXAMPLES + 3
    assert max(len(one["examples"]) for one in whole["flips"]) <= EXAMPLES


def test_examples_are_the_latest_ten(energo: Gate) -> None:
    energo.now += 12 * HOUR
    energo.consent(YES)
    ids = [energo.check(YES)["decision_id"] for _ in range(EXAMPLES + 1)]
    energo.now += HOUR
    (flip,) = rehearse(energo, guarded(basis_table()), days=1)["flips"]
    assert (flip["count"], flip["examples"]) == (EXAMPLES + 1, ids[:0:-1])


def test_rules_that_begin_later_are_rehearsed_as_on_a_day(energo: Gate) -> None:
    told(energo)
    begins = date(2027, 3, 1)
    ban = basis_table(id="cz-ban", params={"any_of": []}, effective_from=begins)
    window = window_table(effective_to=begins)
    later = read_ruleset([("cz.toml", file_of(guard_table(), guard_table("all"), basis_table(), ban, window))])
    found = rehearse(energo, later)
    assert (found["not_binding"], found["flips"]) == (["cz-ban"], [])
    found = rehearse(energo, later, as_on=begins)
    assert (found["not_binding"], found["as_on"]) == (["hours"], "2027-03-01")
    assert [(one["from"], one["to"], one["count"]) for one in found["flips"]] == [
        ("allow", "deny", 2),
        ("defer", "deny", 1),
    ]
    assert {rule.id for rule in as_on(later, day=begins).rules} == {
        "cz-basis",
        "cz-ban",
        "guard-all",
        "guard-controller",
    }


def test_a_period_is_bounded_and_the_actor_reaches_all(energo: Gate) -> None:
    for days in (0, 3661):
        with pytest.raises(BadPeriod):
            rehearse(energo, BAN, days=days)
    named = replace(DANA, controllers=frozenset({1}))
    with pytest.raises(NeedsAllControllers):
        rehearsed(energo.context, ruleset=BAN, days=1, actor=named)
    assert rehearse(energo, BAN)["decisions"] == 0, "a refused rehearsal leaves nothing behind"


def test_one_rehearsal_runs_at_a_time_and_one_that_dies_tells_nothing(
    energo: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    told(energo)
    with rehearsing._running, pytest.raises(RehearsalRunning):
        rehearse(energo, BAN)
    monkeypatch.setattr(rehearsing, "_CHILD", [sys.executable, "-c", "raise SystemExit(1)"])
    with pytest.raises(RehearsalFailed):
        rehearse(energo, BAN, few=0)
