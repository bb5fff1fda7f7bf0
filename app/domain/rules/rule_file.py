"""One rule of a rule file, read strictly, and what is wrong with rules that are sound one by one."""

import re
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from app.domain.reason import Reason
from app.domain.rules.fields import Fields
from app.domain.rules.kinds import read_params
from app.domain.rules.permission import Accepted
from app.domain.rules.rule import EVERYWHERE, TESTABLE, Kind, Rule, Status, Strength
from app.domain.suppression import Scope


def read_rule(table: Mapping[str, Any], jurisdiction: str, name: str, faults: list[str]) -> Rule | None:
    """Read one rule; None where something is wrong with it, which then stands in `faults`."""
    sound = len(faults)
    fields = Fields(table, f"{name}: {table.get('id', 'a rule without id')}", faults)
    id = fields.required("id", str)
    if id is not None and re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,47}", id) is None:
        fields.fault("id must be 1 to 48 small letters, digits and hyphens")
    kind = fields.word("kind", Kind)
    strength = fields.word("strength", Strength)
    citation = fields.required("citation", str)
    status = fields.word("status", Status, needed=False) or Status.CONFIRMED
    effective_from, effective_to = fields.day("effective_from"), fields.day("effective_to")
    if effective_from is None and "effective_from" not in table:
        fields.fault("effective_from is missing")
    if effective_from is not None and effective_to is not None and effective_to <= effective_from:
        fields.fault("effective_to is not after effective_from")
    applies_when = _read_applies_when(fields)
    reason = fields.word("reason", Reason, needed=False)
    params_table = fields.table("params") or {}
    fields.done()
    params = None
    if kind is not None:
        params = read_params(kind, Fields(params_table, f"{fields.where}: {kind}", faults))
    if len(faults) > sound or None in (id, kind, strength, citation, effective_from):
        return None
    return Rule(
        id=str(id),
        jurisdiction=jurisdiction,
        kind=Kind(str(kind)),
        strength=Strength(str(strength)),
        citation=str(citation),
        status=status,
        effective_from=effective_from or date.max,
        effective_to=effective_to,
        applies_when=applies_when,
        params=params,
        reason=reason,
        source=_plain({**table, "jurisdiction": jurisdiction}),
    )


def _read_applies_when(fields: Fields) -> dict[str, frozenset[str | bool]]:
    tests = fields.table("applies_when") or {}
    for fact, values in tests.items():
        if fact not in TESTABLE and fact != "region":
            fields.fault(f"applies_when: {fact} is not a fact that can be tested")
            continue
        if not isinstance(values, list) or not values:
            fields.fault(f"applies_when: {fact} must be a list of at least one value")
            continue
        for value in values:
            if type(value) not in (str, bool) or not _may_be(fact, value):
                fields.fault(f"applies_when: {fact}: {value!r} is not a known value")
    return {
        fact: frozenset(value for value in values if type(value) in (str, bool))
        for fact, values in tests.items()
        if isinstance(values, list)
    }


def _may_be(fact: str, value: str | bool) -> bool:
    if fact == "region":
        return isinstance(value, str) and re.fullmatch(r"[A-Z]{2}", value) is not None
    return value in TESTABLE[fact]


def contradictions(rules: list[Rule], *, had_faults: bool) -> Iterable[str]:
    """Give what is wrong with rules that are sound one by one; a file with faults is not said to lack a rule."""
    if not rules and not had_faults:
        yield "there is not a single rule: an empty ruleset is refused"
    ids = [rule.id for rule in rules]
    if doubled := {i for i in ids if ids.count(i) > 1}:
        yield f"rule ids used twice: {', '.join(sorted(doubled))}"
    for rule in rules:
        if rule.kind is Kind.BASIS:
            yield from _lax_basis(rule, rules, had_faults=had_faults)


def _lax_basis(rule: Rule, rules: list[Rule], *, had_faults: bool) -> Iterable[str]:
    if rule.jurisdiction == EVERYWHERE and rule.params.any_of:
        yield f"{rule.id}: a basis belongs to one jurisdiction"
    if "region" in rule.applies_when:
        yield f"{rule.id}: a basis does not test the region: it belongs to one jurisdiction"
    if rule.status is Status.UNCONFIRMED and Accepted.NONE_REQUIRED in rule.params.any_of:
        yield f"{rule.id}: an unconfirmed clause may forbid, never permit"
    for scope in Scope if not had_faults else ():
        if not any(_honours(guard, scope, rule) for guard in rules):
            yield f"{rule.id}: no rule honours objections of scope {scope} for as long as it permits"


def _honours(guard: Rule, scope: Scope, rule: Rule) -> bool:
    return (
        guard.kind is Kind.SUPPRESSION
        and guard.params.scope is scope
        and guard.jurisdiction in (EVERYWHERE, rule.jurisdiction, rule.country)
        and not guard.applies_when
        and guard.effective_from <= rule.effective_from
        and (guard.effective_to is None or (rule.effective_to is not None and rule.effective_to <= guard.effective_to))
    )


def _plain(value: Any) -> Any:
    """Give the same tables as plain JSON data: days become text."""
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value.isoformat() if isinstance(value, date) else value
