"""The laws of the decision, whatever the facts and whatever the rules."""

import os
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.domain.consent import Action
from app.domain.decision import PERMIT_LIFETIME, Decision, Verdict, decide
from app.domain.facts import Facts
from app.domain.reason import Reason
from app.domain.rules.kinds import ask
from app.domain.rules.rule import Kind, Outcome
from tests.builders import DAY, MINUTE, NOW, basis_table, facts, guarded, obligation_table, window_table, withdrawal
from tests.fact_strategies import NULLABLE, any_facts
from tests.rule_strategies import rule_sets, rule_tables

NEEDED = ("region", "zones", "call_class", "voice_mode", "product_category", "consents", "suppressions", "objected_all")
IS_SOAK = bool(os.environ.get("DIALGATE_SOAK"))
pytestmark = [pytest.mark.soak] if IS_SOAK else []
LAW = settings(
    max_examples=20_000 if IS_SOAK else 80,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)


def reasons(decision: Decision) -> list[Reason | None]:
    """Give the codes alone."""
    return [finding.reason for finding in decision.reasons]


@LAW
@given(any_facts(), rule_sets(), rule_tables())
def test_adding_a_rule_to_a_set_with_a_basis_only_tightens(
    known: Facts, tables: list[dict[str, Any]], more: dict[str, Any]
) -> None:
    before = decide(known, guarded(basis_table(), *tables))
    after = decide(known, guarded(basis_table(), *tables, {**more, "id": "added"}))
    if Reason.NO_POLICY not in reasons(before):
        assert set(reasons(before)) <= set(reasons(after))
        assert after.verdict is not Verdict.ALLOW or before.verdict is Verdict.ALLOW


@LAW
@given(any_facts(), rule_sets(), st.sets(st.sampled_from(NULLABLE), min_size=1, max_size=3))
def test_a_missing_fact_never_allows_what_the_fact_would_not(
    known: Facts, tables: list[dict[str, Any]], missing: set[str]
) -> None:
    rules = guarded(*tables)
    blank: dict[str, Any] = dict.fromkeys(missing)
    if decide(replace(known, **blank), rules).verdict is Verdict.ALLOW:
        assert decide(known, rules).verdict is Verdict.ALLOW


@LAW
@given(any_facts(), rule_sets(), st.sampled_from(NEEDED))
def test_a_call_of_which_something_needed_is_not_known_is_never_allowed(
    known: Facts, tables: list[dict[str, Any]], missing: str
) -> None:
    blank: dict[str, Any] = {missing: None}
    assert decide(replace(known, **blank), guarded(*tables)).verdict is not Verdict.ALLOW
    assert decide(facts(**blank), guarded(basis_table())).verdict is Verdict.DENY


@LAW
@given(any_facts(), rule_sets(), st.randoms(use_true_random=False))
def test_the_order_of_rules_is_irrelevant(known: Facts, tables: list[dict[str, Any]], random: Any) -> None:
    rules = guarded(basis_table(), obligation_table(), *tables)
    shuffled = {place: random.sample(some, len(some)) for place, some in rules.by_place.items()}
    other = replace(rules, by_place={place: tuple(some) for place, some in shuffled.items()}, turning={}, daily={})
    assert decide(known, other) == decide(known, rules)


@LAW
@given(any_facts(), rule_sets())
def test_only_an_allow_has_no_reasons_and_only_an_allow_has_a_basis(known: Facts, tables: list[dict[str, Any]]) -> None:
    decision = decide(known, guarded(basis_table(), *tables))
    is_allow = decision.verdict is Verdict.ALLOW
    assert is_allow is not bool(decision.reasons)
    assert is_allow is (decision.basis is not None)
    assert is_allow is (decision.valid_until is not None)
    assert is_allow or not decision.obligations
    assert all(finding.reason is not None for finding in decision.reasons)
    assert decision.primary_reason == (None if is_allow else decision.reasons[0].reason)
    outcomes = {finding.outcome for finding in decision.reasons}
    assert (decision.verdict is Verdict.DEFER) is (outcomes == {Outcome.DEFER})


@LAW
@given(any_facts(), rule_sets(), st.sampled_from([a for a in Action if a is not Action.GIVEN]))
def test_a_withdrawal_of_everything_always_wins(known: Facts, tables: list[dict[str, Any]], action: Action) -> None:
    last = withdrawal(action=action, obtained_at=NOW + 3 * DAY, recorded_at=NOW)
    after = replace(known, consents=(*(known.consents or ()), last))
    assert decide(after, guarded(basis_table(), *tables)).verdict is Verdict.DENY


@LAW
@given(any_facts(), rule_sets())
def test_a_permission_ends_before_anything_it_rests_on(known: Facts, tables: list[dict[str, Any]]) -> None:
    rules = guarded(basis_table(), *tables)
    decision = decide(known, rules)
    if decision.valid_until is None:
        return
    assert known.at < decision.valid_until <= known.at + PERMIT_LIFETIME
    last = replace(known, at=decision.valid_until - timedelta.resolution)
    assert decide(last, rules).verdict is Verdict.ALLOW


@LAW
@given(any_facts(), rule_sets(), st.integers(0, 9 * 24 * 4))
def test_a_deferred_call_is_no_longer_deferred_at_the_instant_named_and_is_before(
    known: Facts, tables: list[dict[str, Any]], quarters: int
) -> None:
    rules = guarded(basis_table(), window_table(), *tables)
    known = replace(known, at=NOW + quarters * 15 * MINUTE)
    decision = decide(known, rules)
    if decision.verdict is not Verdict.DEFER or decision.not_before is None:
        return
    assert Outcome.DEFER not in {f.outcome for f in decide(replace(known, at=decision.not_before), rules).reasons}
    timed = (rule for rule in rules.binding(*known.countries) if rule.kind in (Kind.COOLDOWN, Kind.FREQUENCY))
    ends = (ask(rule, known).until for rule in timed)
    assert known.at < decision.not_before <= max([known.at, *filter(None, ends)]) + 7 * DAY
    earlier = max(decision.not_before - MINUTE, known.at)
    assert decide(replace(known, at=earlier), rules).verdict is not Verdict.ALLOW
