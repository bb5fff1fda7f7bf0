"""Calls that are alike are decided alike: the law that lets a list decide one of each kind."""

import os
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from app.domain.alike import AHEAD, Likeness
from app.domain.decision import decide, decide_ahead
from app.domain.facts import Facts
from app.domain.register import ListStatus
from app.domain.ruleset import Ruleset
from tests.builders import (
    DAY,
    NOW,
    answer,
    attempt,
    basis_table,
    facts,
    grant,
    guard_table,
    guarded,
    objection,
    relationship,
    withdrawal,
)
from tests.fact_strategies import any_facts
from tests.rule_strategies import rule_sets

IS_SOAK = bool(os.environ.get("DIALGATE_SOAK"))
pytestmark = [pytest.mark.soak] if IS_SOAK else []
LAW = settings(
    max_examples=20_000 if IS_SOAK else 150,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
INSTANTS = ("obtained_at", "recorded_at", "expires_at", "began_at", "ended_at", "since")


def shown(known: Facts, rules: Ruleset) -> list[Any]:
    """Give what a list shows of a call, decided ahead and at once."""
    ahead, at = decide_ahead(known, rules)
    seen: list[Any] = [at]
    for one in (ahead, decide(known, rules)):
        end = one.stands_until if one.stands_until and one.stands_until <= known.at + AHEAD else None
        codes = list(dict.fromkeys(str(finding.reason) for finding in one.reasons))
        seen += [one.verdict, codes, one.not_before, end]
    return seen


def moved(one: Any, by: timedelta, name: str) -> Any:
    """Move every instant of an event, and call it otherwise."""
    found = {field: getattr(one, field, None) for field in INSTANTS}
    return replace(one, id=name, leaf_hash=name, **{k: v + by for k, v in found.items() if isinstance(v, datetime)})


@LAW
@given(any_facts(), rule_sets(), st.integers(-40 * 24, 40 * 24), st.data())
def test_facts_of_one_key_are_decided_alike(
    known: Facts, tables: list[dict[str, Any]], hours: int, data: st.DataObject
) -> None:
    by = data.draw(st.sampled_from([timedelta(0), timedelta(seconds=hours), timedelta(hours=hours)]))
    other = known
    for name in ("consents", "relationships", "suppressions"):
        events = getattr(known, name) or ()
        changed = tuple(moved(one, by, f"{place:03}") for place, one in enumerate(events))
        if getattr(known, name) is not None:
            other = replace(other, **{name: changed})  # type: ignore[arg-type]
    rules = guarded(basis_table(), *tables)
    alike = Likeness(rules)
    assume(alike.key(known) == alike.key(other))
    assert shown(known, rules) == shown(other, rules)


def test_a_consent_is_like_any_other_that_is_as_far_from_the_clock() -> None:
    alike = Likeness(guarded(basis_table(params={"any_of": ["consent"], "purpose": "marketing", "max_age_days": 365})))

    def key(days: float, **changes: Any) -> object:
        at = NOW - timedelta(days=days)
        return alike.key(facts(consents=(grant(obtained_at=at, recorded_at=at, id=f"{days}", **changes),)))

    assert key(30) == key(200.5)
    assert key(360) != key(361), "one of them ends while the list is dialled"
    assert key(400) == key(800)
    assert key(30) != key(400)
    assert key(30, expires_at=NOW + 30 * DAY) == key(31, expires_at=NOW + 80 * DAY)
    assert key(30, expires_at=NOW + 3 * DAY) != key(30, expires_at=NOW + 4 * DAY)
    assert key(30, expires_at=NOW + 30 * DAY) != key(30)


def test_the_order_of_a_yes_and_a_no_tells_calls_apart() -> None:
    alike = Likeness(guarded(basis_table()))
    yes = grant(obtained_at=NOW - 30 * DAY, recorded_at=NOW - 30 * DAY)
    early, late = (withdrawal(obtained_at=NOW - n * DAY, recorded_at=NOW - n * DAY) for n in (40, 20))
    keys = {alike.key(facts(consents=tuple(some))) for some in ((yes,), (early, yes), (yes, late))}
    assert len(keys) == 3
    stops = [objection(since=NOW - n * DAY, recorded_at=NOW - n * DAY) for n in (40, 20)]
    assert len({alike.key(facts(consents=(yes,), suppressions=(stop,))) for stop in stops}) == 2


BASIS = {"any_of": ["consent", "customer", "contract", "inquiry"], "purpose": "marketing"}


@pytest.mark.parametrize(("terms", "days"), [
    ({}, [(1, -9)]),
    ({"max_age_days": 365}, [(367, 356), (1, -9)]),
    ({"contract_days": 100}, [(102, 91), (1, -9)]),
    ({"customer_months": 18}, [(560, 495), (1, -9)]),
    ({"inquiry_months": 3, "max_age_days": 88}, [(95, 75), (1, -9)]),
    ({"max_age_days": 9}, [(11, -9)]),
    ({"max_age_days": 10}, [(12, 1), (1, -9)]),
])  # fmt: skip
def test_an_instant_is_near_the_clock_within_the_days_that_some_rule_adds(
    terms: dict[str, Any], days: list[tuple[int, int]]
) -> None:
    alike = Likeness(guarded(basis_table(params=BASIS | terms)))
    bounds = alike.bounds(("CZ",), at=NOW)
    merged = [day for stretch in days for day in stretch]
    if merged[1:3] == [1, 1]:
        merged = [merged[0], merged[3]]
    assert bounds == [NOW - day * DAY for day in merged]
    assert alike.bounds(("CZ",), at=NOW) is bounds


def test_years_of_keeping_are_added_too() -> None:
    alike = Likeness(guarded(guard_table(id="g", params={"scope": "controller", "keep_for_years": 3})))
    assert alike.bounds(("CZ",), at=NOW) == [NOW - 1100 * DAY, NOW - 1086 * DAY, NOW - DAY, NOW + 9 * DAY]
    assert alike.bounds(("SK",), at=NOW) == [NOW - DAY, NOW + 9 * DAY]


@pytest.mark.parametrize("name", ["consents", "relationships", "suppressions", "attempts"])
def test_by_what_an_event_is_called_no_calls_are_told_apart(name: str) -> None:
    made: Any = {"consents": grant, "relationships": relationship, "suppressions": objection, "attempts": attempt}[name]
    alike = Likeness(guarded(basis_table()))
    nothing: dict[str, Any] = {"consents": (), "relationships": (), "suppressions": (), "attempts": ()}
    keys = {alike.key(facts(**nothing | {name: (made(leaf_hash=hash),)})) for hash in "ab"}
    assert len(keys) == 1
    assert alike.key(facts(**nothing)) not in keys
    assert alike.key(facts(**nothing | {name: None})) != alike.key(facts(**nothing))
    assert alike.key(facts(**nothing | {name: (made(), made())})) not in keys


def test_of_files_only_the_same_and_another_are_told_apart() -> None:
    alike = Likeness(guarded(basis_table()))

    def key(*files: str | None) -> object:
        return alike.key(facts(consents=tuple(grant(file=file, row=1) for file in files)))

    assert key("a", "a") == key("b", "b")
    assert key("a", "b") == key("c", "d")
    assert key("a", "b") != key("a", "a")
    assert key(None, "a") != key("b", "a")
    assert key(None) != key("a")
    assert key(None, None) != key("a", "a")


def test_rows_count_only_between_several_events_and_agreed_hours_keep_instants_whole() -> None:
    alike = Likeness(guarded(basis_table()))
    assert alike.key(facts(consents=(grant(row=1),))) == alike.key(facts(consents=(grant(row=2),)))
    pairs = [facts(consents=(grant(row=1), grant(row=row))) for row in (1, 2)]
    assert alike.key(pairs[0]) != alike.key(pairs[1])
    early = {"obtained_at": NOW - 31 * DAY, "recorded_at": NOW - 31 * DAY}
    listed: dict[str, Any] = {"registers": (answer(status=ListStatus.LISTED),)}
    dated: dict[str, Any] = {"registers": (answer(listed_on=NOW.date()),)}
    for more, hours, is_like in (
        ({}, None, True),
        ({"registers": (answer(),)}, None, True),
        (listed, None, False),
        (dated, None, False),
        ({"attempts": (attempt(),)}, None, False),
        ({}, ((),) * 7, False),
    ):
        both = [facts(consents=(grant(call_times=hours, **changes),), **more) for changes in ({}, early)]
        assert (alike.key(both[0]) == alike.key(both[1])) is is_like
