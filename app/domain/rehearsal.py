"""A rehearsal: what past decisions would be under other rules, compared and counted."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from heapq import nlargest
from typing import Any

from app.domain.decision import Verdict, decide
from app.domain.recorded import facts_of
from app.domain.ruleset import Ruleset, reread_ruleset

EXAMPLES = 10
"""Decisions named for each kind of flip: the latest ones."""
_STRICTER = {Verdict.ALLOW: 0, Verdict.DEFER: 1, Verdict.DENY: 2}
_BEGINNING = "1900-01-01"

Flip = tuple[str, str]
"""The verdict on record, and the one under the other rules."""
Ground = tuple[str, str | None]
"""A reason and the rule that gives it."""


@dataclass(slots=True, kw_only=True)
class Tally:
    """What was counted. decisions = same + flips + unreadable, always; `other_reasons` are among the same.

    `unreadable` are those that cannot be derived again: they are no flips, and nobody may take them for none.
    """

    decisions: int = 0
    same: int = 0
    other_reasons: int = 0
    unreadable: int = 0
    unreadable_examples: list[str] = field(default_factory=list)
    flips: Counter[Flip] = field(default_factory=Counter)
    examples: dict[Flip, list[str]] = field(default_factory=dict)
    by_campaign: Counter[tuple[str, Flip]] = field(default_factory=Counter)
    by_ground: Counter[tuple[Ground, Flip]] = field(default_factory=Counter)

    def add(self, leaf: Mapping[str, Any], *, events: Mapping[str, Mapping[str, Any]], ruleset: Ruleset) -> None:
        """Decide a check again under `ruleset` and count what becomes of it; `events` are the leaves its leaf names."""
        self.decisions += 1
        try:
            decision = decide(facts_of(leaf, events=events), ruleset)
            before, after = Verdict(leaf["verdict"]), decision.verdict
            old: list[Ground] = [(code, rule) for code, rule in leaf["reasons"]]
        except (KeyError, TypeError, ValueError):
            self.unreadable += 1
            self.unreadable_examples = _latest([*self.unreadable_examples, str(leaf.get("id"))])
            return
        new: list[Ground] = [
            (str(found.reason), None if found.rule is None else found.rule.id) for found in decision.reasons
        ]
        if before is after:
            self.same += 1
            self.other_reasons += set(old) != set(new)
            return
        flip = (before.value, after.value)
        self.flips[flip] += 1
        self.examples[flip] = _latest([*self.examples.get(flip, ()), leaf["id"]])
        self.by_campaign[leaf["campaign"], flip] += 1
        for ground in _grounds(old, new, is_stricter=_STRICTER[after] > _STRICTER[before]):
            self.by_ground[ground, flip] += 1

    def merge(self, other: "Tally") -> None:
        """Add what was counted elsewhere."""
        self.decisions += other.decisions
        self.same += other.same
        self.other_reasons += other.other_reasons
        self.unreadable += other.unreadable
        self.unreadable_examples = _latest([*self.unreadable_examples, *other.unreadable_examples])
        self.flips.update(other.flips)
        self.by_campaign.update(other.by_campaign)
        self.by_ground.update(other.by_ground)
        for flip, ids in other.examples.items():
            self.examples[flip] = _latest([*self.examples.get(flip, ()), *ids])


def _latest(ids: list[str]) -> list[str]:
    """Give the latest of these ids, which sort by time."""
    return ids if len(ids) == 1 else nlargest(EXAMPLES, ids)


def _grounds(old: list[Ground], new: list[Ground], *, is_stricter: bool) -> list[Ground]:
    """Give what a flip is due to: the reasons that came where it became stricter, else those that fell away."""
    come = [ground for ground in new if ground not in old]
    gone = [ground for ground in old if ground not in new]
    return (come or new) if is_stricter else (gone or old)


def as_on(ruleset: Ruleset, *, day: date) -> Ruleset:
    """Give the rules that bind on a day as if they always did: what begins later is rehearsed on past calls by this.

    :raises BadRule: when nothing, or nothing lawful, is left.
    """
    kept = []
    for rule in ruleset.rules:
        if rule.is_in_force_on(day):
            source = {name: value for name, value in rule.source.items() if name != "effective_to"}
            kept.append({**source, "effective_from": _BEGINNING})
    return reread_ruleset({**ruleset.content, "rules": kept})


def not_binding(ruleset: Ruleset, *, since: date, until: date) -> tuple[str, ...]:
    """Name the rules that bind on no day of a period: past calls say nothing of them."""
    return tuple(
        rule.id
        for rule in ruleset.rules
        if rule.effective_from > until or (rule.effective_to is not None and rule.effective_to <= since)
    )
