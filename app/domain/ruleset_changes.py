"""What differs between two rulesets, rule by rule and field by field, and the same in words."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from app.domain.rules.rule import EVERYWHERE, Rule, Status, Strength
from app.domain.ruleset import Ruleset


class Change(StrEnum):
    """What became of a rule. `ended` is one that got a last day; `coverage` is of no rule: what is not asked."""

    ADDED = "added"
    REMOVED = "removed"
    ENDED = "ended"
    CHANGED = "changed"
    COVERAGE = "coverage"


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldChange:
    """One field before and after, in words; None is that it is not there. Nested names are joined by dots."""

    name: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleChange:
    """What differs in one rule; `rule` is its id, None for a jurisdiction's coverage."""

    jurisdiction: str
    rule: str | None
    change: Change
    fields: tuple[FieldChange, ...]


_STRENGTH = {
    Strength.STATUTE: "statute",
    Strength.REGULATOR: "a regulator's opinion",
    Strength.CODE: "a code of conduct",
    Strength.HOUSE: "house rule",
}
_STATUS = {Status.CONFIRMED: "confirmed", Status.UNCONFIRMED: "not confirmed"}


def changes_between(old: Ruleset, new: Ruleset) -> tuple[RuleChange, ...]:
    """Give what differs, by jurisdiction and rule; equal rulesets give nothing."""
    before, after = ({rule.id: rule for rule in ruleset.rules} for ruleset in (old, new))
    found = [_rule_change(before.get(id), after.get(id)) for id in {*before, *after}]
    changes = [change for change in found if change is not None]
    for place in {*old.not_checked, *new.not_checked}:
        gone, come = (set(one.not_checked.get(place, ())) for one in (old, new))
        fields = [FieldChange(name=name, before="not asked", after=None) for name in sorted(gone - come)]
        fields += [FieldChange(name=name, before=None, after="not asked") for name in sorted(come - gone)]
        if fields:
            changes.append(RuleChange(jurisdiction=place, rule=None, change=Change.COVERAGE, fields=tuple(fields)))
    return tuple(sorted(changes, key=lambda change: (change.jurisdiction, change.rule or "")))


def words_of(changes: tuple[RuleChange, ...]) -> list[str]:
    """Say the changes in words, one line a field; nothing changed is one line too."""
    return [line for change in changes for line in _lines(change)] or ["no rule changes"]


def _rule_change(before: Rule | None, after: Rule | None) -> RuleChange | None:
    told = [{} if rule is None else dict(_told(rule)) for rule in (before, after)]
    names = sorted({*told[0], *told[1]})
    fields = tuple(
        FieldChange(name=name, before=told[0].get(name), after=told[1].get(name))
        for name in names
        if told[0].get(name) != told[1].get(name)
    )
    rule = after or before
    if rule is None or not fields:
        return None
    if before is None or after is None:
        change = Change.ADDED if before is None else Change.REMOVED
    else:
        is_ended = before.effective_to is None and after.effective_to is not None
        change = Change.ENDED if is_ended else Change.CHANGED
    return RuleChange(jurisdiction=rule.jurisdiction, rule=rule.id, change=change, fields=fields)


def _told(rule: Rule) -> Iterator[tuple[str, str]]:
    """Give the fields of a rule as words; what is left out and what says the default are the same."""
    left = {name: value for name, value in rule.source.items() if name not in ("id", "strength", "status")}
    yield "strength", _STRENGTH[rule.strength]
    yield "status", _STATUS[rule.status]
    yield from _flat(left)


def _flat(table: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    for name, value in table.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield prefix + name, _plain(value)


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return ", ".join(map(_plain, value)) or "none"
    return str(value)


def _lines(change: RuleChange) -> Iterator[str]:
    place = "everywhere" if change.jurisdiction == EVERYWHERE else change.jurisdiction
    if change.change is Change.COVERAGE:
        for field in change.fields:
            yield f"{place}: {field.name}: {'is asked now' if field.after is None else 'is not asked any more'}"
        return
    yield f"{place}: {change.rule}: {change.change}"
    for field in change.fields:
        if change.change is Change.ADDED:
            yield f"{place}: {change.rule}: {field.name}: {field.after}"
        elif change.change is not Change.REMOVED:
            yield f"{place}: {change.rule}: {field.name}: {field.before or 'not set'} → {field.after or 'not set'}"
