"""The verifier's own reading of the rules gives what the application decides, whatever the facts and the rules."""

import json
import os
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.consent import ConsentEvent
from app.domain.decision import Decision, decide
from app.domain.entry import check_body
from app.domain.facts import Facts
from app.domain.leaf import canonical
from app.domain.rules.window import WEEKDAYS
from app.domain.ruleset import Ruleset
from app.domain.suppression import Suppression
from app.policies.load import shipped
from app.static.log import dialgate_verify as verifier
from tests.builders import (
    DAY,
    MINUTE,
    NOW,
    basis_table,
    facts,
    grant,
    guarded,
    objection,
    obligation_table,
    window_table,
)
from tests.fact_strategies import any_facts
from tests.rule_strategies import rule_sets
from tests.strategies import colliding_histories, histories, suppressions
from tests.verify.entries import Logged, Pen, attempt, consent, relationship
from tests.verify.entries import objection as written_objection

IS_SOAK = bool(os.environ.get("DIALGATE_SOAK"))
SHORT = settings(max_examples=100, deadline=None, derandomize=True)
LONG = settings(max_examples=5_000, deadline=None)
ZONES = ("Europe/Prague", "America/New_York", "Asia/Tokyo", "Australia/Lord_Howe", "America/Sao_Paulo", "Africa/Cairo")


def many(test: Callable[..., None]) -> Callable[..., None]:
    """Draw a hundred examples of a law, the same in every run; thousands of others in the soak."""
    drawn: Callable[..., None] = pytest.mark.soak(LONG(test)) if IS_SOAK else SHORT(test)
    return drawn


def logged(known: Facts) -> tuple[Facts, dict[str, verifier.Event]]:
    """Write the events of some facts; gives the facts with the leaf hashes, and what the verifier reads."""
    pen, read = Pen(0), {}

    def put(entry: Logged, event: Any) -> Any:
        leaf = json.loads(entry.leaf)
        read[event.leaf_hash] = verifier.event_of(leaf, verifier.instant(leaf["at"]))
        return event

    writers: dict[str, Callable[[Pen, Any], tuple[Logged, Any]]] = {
        "consents": consent,
        "suppressions": written_objection,
        "relationships": relationship,
        "attempts": attempt,
    }
    written: dict[str, Any] = {
        name: None if getattr(known, name) is None else tuple(put(*write(pen, one)) for one in getattr(known, name))
        for name, write in writers.items()
    }
    return replace(known, **written), read


_READ: dict[str, verifier.Ruleset] = {}


def read_again(rules: Ruleset) -> verifier.Ruleset:
    """Have the verifier read a ruleset; one of hundreds of rules is asked about thousands of calls, and read once."""
    if rules.digest not in _READ:
        if len(_READ) > 8:
            _READ.clear()
        _READ[rules.digest] = verifier.Ruleset(json.loads(canonical(rules.content)))
    return _READ[rules.digest]


def derived(known: Facts, rules: Ruleset) -> tuple[verifier.Derived, dict[str, Any]]:
    """Derive a decision from its leaf alone; gives it and the leaf."""
    known, read = logged(known)
    decision: Decision = decide(known, rules)
    leaf = json.loads(canonical(check_body(known, decision, request={})))
    ruleset = read_again(rules)
    consents, objections, ties, attempts = (
        None if leaf.get(name) is None else [read[one] for one in leaf[name]]
        for name in ("consents", "suppressions", "relationships", "attempts")
    )
    held = frozenset(known.consents[place].id for place in leaf.get("held", ())) if known.consents else frozenset()
    said = verifier.Said(consents, objections, ties, attempts, held)  # type: ignore[arg-type]
    return verifier.derive(ruleset, verifier.Call(leaf["facts"]), said), leaf


def assert_same(known: Facts, rules: Ruleset) -> None:
    result, leaf = derived(known, rules)
    assert [result.verdict, result.reasons, result.basis] == [leaf["verdict"], leaf["reasons"], leaf["basis"]]
    assert result.valid_until == verifier.optional_instant(leaf["valid_until"])
    assert result.not_before == verifier.optional_instant(leaf["not_before"])


@many
@given(any_facts(), st.none() | histories(), st.none() | suppressions(), rule_sets())
def test_the_verifier_decides_as_the_application_does(
    known: Facts,
    history: tuple[ConsentEvent, ...] | None,
    objections: tuple[Suppression, ...] | None,
    tables: list[dict[str, Any]],
) -> None:
    known = replace(known, consents=history or known.consents, suppressions=objections or known.suppressions)
    assert_same(known, guarded(basis_table(), obligation_table(), *tables))


@pytest.mark.soak
@settings(max_examples=30_000, deadline=None)
@given(any_facts(), rule_sets(max_size=6))
def test_it_does_so_for_long(known: Facts, tables: list[dict[str, Any]]) -> None:
    assert_same(known, guarded(basis_table(), *tables))


@many
@given(any_facts(), rule_sets())
def test_it_does_so_without_a_basis_that_always_applies(known: Facts, tables: list[dict[str, Any]]) -> None:
    assert_same(known, guarded(*tables))


@many
@given(colliding_histories(), suppressions(), st.sampled_from(("marketing", "survey_research", "service")))
def test_it_unties_histories_that_collide_as_the_application_does(
    history: tuple[ConsentEvent, ...], objections: tuple[Suppression, ...], call_class: str
) -> None:
    assert_same(facts(consents=history, suppressions=objections, call_class=call_class), guarded(basis_table()))


@many
@given(
    st.integers(0, 3 * 366 * 1440),
    st.lists(st.sampled_from(ZONES), max_size=3, unique=True),
    st.lists(st.integers(-1, 10), max_size=4, unique=True),
    rule_sets(),
)
def test_it_opens_and_closes_as_the_application_does_in_every_season(
    minutes: int, zones: list[str], days: list[int], tables: list[dict[str, Any]]
) -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC) + minutes * MINUTE
    known = facts(at=now, zones=tuple(zones), holidays=frozenset(now.date() + day * DAY for day in days))
    assert_same(known, guarded(basis_table(), window_table(), *tables))


@pytest.mark.parametrize("seconds", [-16, -15, -14, -1, 0, 1])
@pytest.mark.parametrize("day", ["2026-03-29", "2026-10-25", "2028-02-29", "2026-11-25"])
def test_the_last_seconds_before_closing_are_cut_from_a_permission_in_both(day: str, seconds: int) -> None:
    weekly = {name: ["02:30-19:00"] for name in WEEKDAYS}
    rules = guarded(basis_table(), window_table(params={"closed_on_holidays": False, "weekly": weekly}))
    for hour in range(24):
        at = datetime.fromisoformat(f"{day}T{hour:02}:00:00+00:00") + timedelta(seconds=seconds)
        assert_same(facts(at=at), rules)
        assert_same(facts(at=at + 30 * MINUTE), rules)


@pytest.mark.parametrize("seconds", [-86_400, -16, -15, -14, -1, 0, 1])
def test_a_rule_that_begins_or_ends_bounds_a_permission_in_both(seconds: int) -> None:
    midnight = datetime.fromisoformat("2026-11-26T00:00:00+01:00")
    on = midnight.date()
    for change in ({"effective_from": on}, {"effective_to": on}):
        table = basis_table(id="other", applies_when={"voice_mode": ["ai"]}, **change)
        at = (midnight + timedelta(seconds=seconds)).astimezone(NOW.tzinfo)
        assert_same(facts(at=at), guarded(basis_table(), table))


@pytest.mark.parametrize("rule", [r.id for r in shipped().rules])
@pytest.mark.parametrize("voice", ["live", "ai", "prerecorded"])
def test_every_rule_that_ships_is_read_the_same(rule: str, voice: str) -> None:
    source = next(r for r in shipped().rules if r.id == rule)
    region = "CZ" if source.jurisdiction == "*" else source.country
    classes = sorted(source.applies_when.get("call_class", ("marketing", "service")))
    for call_class in classes:
        words = frozenset({str(call_class), "marketing"})
        yes = grant(purposes=words, voice_modes=frozenset({voice}), obtained_at=NOW - DAY, recorded_at=NOW - DAY)
        for history in ((), (yes,)):
            for objections in ((), (objection(),)):
                for at in (NOW, NOW + 10 * MINUTE * 60):
                    known = facts(at=at, region=region, call_class=call_class, voice_mode=voice, consents=history)
                    assert_same(replace(known, suppressions=objections), shipped())


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "register"},
        {"kind": "frequency"},
        {"kind": "oracle"},
        {"params": {"any_of": ["consent"], "purpose": "marketing", "weather": "fine"}},
        {"params": {"any_of": ["friendship"], "purpose": "marketing"}},
        {"applies_when": {"moon": ["full"]}},
        {"applies_when": {"call_class": ["poetry"]}},
        {"priority": 1},
    ],
)
def test_a_rule_it_does_not_know_is_a_fault_and_never_passed_over(change: dict[str, Any]) -> None:
    content = json.loads(canonical(guarded(basis_table()).content))
    content["rules"][0].update(change)
    with pytest.raises(verifier.Bad, match="this verifier"):
        verifier.Ruleset(content)
