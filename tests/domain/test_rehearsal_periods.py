"""Rules rehearsed as of a day, rules that bound on no day of a period, and what a flip is due to."""

from datetime import date

import pytest

from app.domain.rehearsal import EXAMPLES, Tally, as_on, not_binding
from app.domain.ruleset import BadRule
from tests.builders import basis_table, guarded, window_table
from tests.domain.test_rehearsal import ALLOWED, BAN, CAMPAIGN, HASH, checked, event

FIRST, LAST = date(2026, 3, 1), date(2026, 9, 1)
SUMMER = window_table(id="summer", effective_from=FIRST, effective_to=LAST)
RULES = guarded(SUMMER, basis_table())


@pytest.mark.parametrize(("day", "binds"), [
    (date(2026, 2, 28), False),
    (FIRST, True),
    (date(2026, 8, 31), True),
    (LAST, False),
])  # fmt: skip
def test_rules_as_on_a_day_are_those_that_bind_on_it_as_if_they_always_did(day: date, binds: bool) -> None:
    found = {rule.id: rule for rule in as_on(RULES, day=day).rules}
    assert set(found) == {"cz-basis", "guard-all", "guard-controller", *(["summer"] if binds else [])}
    assert {(rule.effective_from, rule.effective_to) for rule in found.values()} == {(date(1900, 1, 1), None)}
    kept = found["cz-basis"].source
    assert kept == {**guarded(basis_table()).rules[0].source, "effective_from": "1900-01-01"}


def test_a_day_on_which_nothing_bound_is_refused() -> None:
    with pytest.raises(BadRule):
        as_on(RULES, day=date(2018, 5, 24))


@pytest.mark.parametrize(("since", "until", "named"), [
    (date(2026, 1, 1), date(2026, 2, 28), ("summer",)),
    (date(2026, 1, 1), FIRST, ()),
    (date(2026, 8, 31), date(2026, 12, 1), ()),
    (LAST, date(2026, 12, 1), ("summer",)),
    (date(2020, 1, 1), date(2021, 1, 1), ("cz-basis", "summer")),
])  # fmt: skip
def test_the_rules_that_bound_on_no_day_of_a_period_are_named(since: date, until: date, named: tuple[str, ...]) -> None:
    assert not_binding(RULES, since=since, until=until) == named


def test_a_flip_names_verdicts_campaign_and_the_ground_that_came() -> None:
    tally = Tally()
    tally.add(checked(ALLOWED, 1), events={HASH: event()}, ruleset=BAN)
    flip = ("allow", "deny")
    assert dict(tally.flips) == {flip: 1}
    assert dict(tally.by_campaign) == {(CAMPAIGN, flip): 1}
    assert dict(tally.by_ground) == {(("category_banned", "cz-basis"), flip): 1}
    assert tally.examples == {flip: ["01a1ee19-5500-7000-8934-000000000001"]}
    assert (tally.decisions, tally.same, tally.other_reasons, tally.unreadable) == (1, 0, 0, 0)


def test_a_ground_that_was_there_before_is_not_what_a_flip_is_due_to() -> None:
    """A call outside of hours, and from now on banned: the ban came, the hours were there."""
    late = window_table(params={"closed_on_holidays": False, "weekly": {"mon": ["08:00-09:00"]}})
    leaf = checked(ALLOWED) | {"verdict": "defer", "reasons": [["outside_hours", "hours"]]}
    tally = Tally()
    tally.add(leaf, events={HASH: event()}, ruleset=guarded(late, basis_table(params={"any_of": []})))
    assert list(tally.by_ground) == [(("category_banned", "cz-basis"), ("defer", "deny"))]
    freed = Tally()
    both = [["category_banned", "cz-basis"], ["outside_hours", "hours"]]
    freed.add(leaf | {"verdict": "deny", "reasons": both}, events={HASH: event()}, ruleset=guarded(late, basis_table()))
    assert list(freed.by_ground) == [(("category_banned", "cz-basis"), ("deny", "defer"))]


def test_the_latest_that_cannot_be_read_are_named() -> None:
    tally = Tally()
    for place in range(EXAMPLES + 3):
        tally.add({"id": f"{place:03}"}, events={}, ruleset=RULES)
    tally.add({}, events={}, ruleset=RULES)
    names = sorted((f"{place:03}" for place in range(EXAMPLES + 3)), reverse=True)
    assert tally.unreadable_examples == ["None", *names][:EXAMPLES]
    assert tally.unreadable == EXAMPLES + 4
    merged = Tally(unreadable=1, unreadable_examples=["005x"])
    merged.merge(tally)
    assert merged.unreadable == EXAMPLES + 5
    assert merged.unreadable_examples == [*tally.unreadable_examples[:8], "005x", "005"]


def test_the_same_verdict_for_another_reason_is_counted_among_the_same() -> None:
    leaf = checked(ALLOWED) | {"verdict": "deny", "reasons": [["no_consent", "cz-basis"]]}
    tally = Tally()
    tally.add(leaf, events={HASH: event()}, ruleset=BAN)
    tally.add(leaf | {"reasons": [["category_banned", "cz-basis"]]}, events={HASH: event()}, ruleset=BAN)
    assert (tally.same, tally.other_reasons) == (2, 1)
    other = Tally()
    other.merge(tally)
    other.merge(tally)
    assert (other.decisions, other.same, other.other_reasons) == (4, 4, 2)
