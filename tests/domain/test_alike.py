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
from app.domain.ruleset import Ruleset
from tests.builders import DAY, NOW, basis_table, facts, grant, guarded, objection, withdrawal
from tests.fact_strategies import any_facts
from tests.rule_strategies import rule_sets

IS_SOAK = bool(os.environ.get("DIALGATE_SOAK"))
pytestmark = [pytest.mark.soak] if IS_SOAK else []
LAW = settings(
    max_examples=20_000 if IS_SOAK else 400,
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
