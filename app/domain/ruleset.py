"""Rulesets: all the rules that bind, read strictly, with the digest that names them."""

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any, TypeVar

from app.domain.campaign import CallClass, NumberSource, PartyType, Profile, VoiceMode
from app.domain.leaf import canonical
from app.domain.phone import LineType
from app.domain.reason import Reason
from app.domain.rules.basis import Accepted
from app.domain.rules.kinds import BadRule, Fields, read_params
from app.domain.rules.rule import EVERYWHERE, Kind, Rule, Status, Strength
from app.domain.suppression import Scope

W = TypeVar("W", bound=StrEnum)

SCHEMA = 1

TESTABLE: Mapping[str, tuple[str | bool, ...]] = {
    "call_class": tuple(CallClass),
    "voice_mode": tuple(VoiceMode),
    "party_type": tuple(PartyType),
    "number_source": tuple(NumberSource),
    "profile": tuple(Profile),
    "line_type": tuple(LineType),
    "house_hours": (True, False),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruleset:
    """All the rules, the things each jurisdiction would ask that are not yet checked, and the digest.

    `content` is what the digest is taken of: plain JSON data from which the ruleset is read again.
    `by_place` holds the rules that may bind a call to a country: its own and those of everywhere.
    """

    rules: tuple[Rule, ...]
    by_place: Mapping[str, tuple[Rule, ...]]
    not_checked: Mapping[str, tuple[str, ...]]
    digest: str
    content: Mapping[str, Any] = field(repr=False)

    def binding(self, region: str | None) -> tuple[Rule, ...]:
        """Give the rules that may bind a call to this country; None is a country that is not known."""
        return self.by_place.get(region or EVERYWHERE, self.by_place[EVERYWHERE])


def read_ruleset(files: Iterable[tuple[str, Mapping[str, Any]]]) -> Ruleset:
    """Read policy files, each a name and its tables (`schema`, `jurisdiction`, `rule`, `not_checked`).

    :raises BadRule: on anything unknown, missing, doubled or contradictory; on no rules at all; on an
        unconfirmed rule that would permit; on a country with a basis but no rule that honours objections.
    """
    rules: list[Rule] = []
    not_checked: dict[str, tuple[str, ...]] = {}
    for name, tables in files:
        fields = Fields(tables, name)
        if fields.required("schema", int) != SCHEMA:
            raise BadRule(f"{name}: schema is not {SCHEMA}")
        jurisdiction = fields.required("jurisdiction", str)
        if re.fullmatch(r"[A-Z]{2}|\*", jurisdiction) is None:
            raise BadRule(f"{name}: jurisdiction must be two capital letters, or *")
        if missing := fields.list_of("not_checked", str):
            not_checked[jurisdiction] = tuple(sorted({*not_checked.get(jurisdiction, ()), *missing}))
        if "rule" not in tables:
            raise BadRule(f"{name}: rule is missing")
        rules += [_read_rule(table, jurisdiction, name) for table in fields.list_of("rule", dict)]
        fields.done()
    rules.sort(key=lambda rule: rule.id)
    _refuse_contradictions(rules)
    content = {
        "schema": SCHEMA,
        "not_checked": {place: list(names) for place, names in sorted(not_checked.items())},
        "rules": [dict(rule.source) for rule in rules],
    }
    return Ruleset(
        rules=tuple(rules),
        by_place={
            place: tuple(rule for rule in rules if rule.jurisdiction in (EVERYWHERE, place))
            for place in {EVERYWHERE, *(rule.jurisdiction for rule in rules)}
        },
        not_checked=not_checked,
        digest="sha256:" + hashlib.sha256(canonical(content)).hexdigest(),
        content=content,
    )


def reread_ruleset(content: Mapping[str, Any]) -> Ruleset:
    """Read a ruleset back from its own `content`, as it is kept on record.

    :raises BadRule: when it is not the content of a ruleset this version understands.
    """
    fields = Fields(content, "the ruleset on record")
    if fields.required("schema", int) != SCHEMA:
        raise BadRule(f"the ruleset on record: schema is not {SCHEMA}")
    files: list[tuple[str, dict[str, Any]]] = []
    for place, names in fields.required("not_checked", dict).items():
        files.append((place, {"schema": SCHEMA, "jurisdiction": place, "not_checked": names, "rule": []}))
    for source in fields.list_of("rules", dict):
        table = {key: value for key, value in source.items() if key != "jurisdiction"}
        place = source.get("jurisdiction")
        files.append((str(place), {"schema": SCHEMA, "jurisdiction": place, "rule": [table]}))
    fields.done()
    return read_ruleset(files)


def _read_rule(table: Mapping[str, Any], jurisdiction: str, name: str) -> Rule:
    where = f"{name}: {table.get('id', 'a rule without id')}"
    fields = Fields(table, where)
    id = fields.required("id", str)
    if re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,47}", id) is None:
        raise BadRule(f"{where}: id must be 1 to 48 small letters, digits and hyphens")
    citation = fields.required("citation", str)
    if not citation.strip():
        raise BadRule(f"{where}: citation is empty")
    reason = fields.optional("reason", str)
    kind = _word(fields.required("kind", str), Kind, where)
    effective_from = fields.day("effective_from")
    if effective_from is None:
        raise BadRule(f"{where}: effective_from is missing")
    rule = Rule(
        id=id,
        jurisdiction=jurisdiction,
        kind=kind,
        strength=_word(fields.required("strength", str), Strength, where),
        citation=citation,
        status=_word(fields.optional("status", str) or "confirmed", Status, where),
        effective_from=effective_from,
        effective_to=fields.day("effective_to"),
        applies_when=_read_applies_when(fields.optional("applies_when", dict) or {}, where),
        params=read_params(kind, fields.optional("params", dict) or {}, where),
        reason=None if reason is None else _word(reason, Reason, where),
        source=_plain({**table, "jurisdiction": jurisdiction}),
    )
    fields.done()
    if rule.effective_to is not None and rule.effective_to <= rule.effective_from:
        raise BadRule(f"{where}: effective_to is not after effective_from")
    return rule


def _read_applies_when(table: Mapping[str, Any], where: str) -> dict[str, frozenset[str | bool]]:
    for fact, values in table.items():
        if fact not in TESTABLE:
            raise BadRule(f"{where}: applies_when: {fact} is not a fact that can be tested")
        if not isinstance(values, list) or not values:
            raise BadRule(f"{where}: applies_when: {fact} must be a list of at least one value")
        for value in values:
            if type(value) not in (str, bool) or value not in TESTABLE[fact]:
                raise BadRule(f"{where}: applies_when: {fact}: {value!r} is not a known value")
    return {fact: frozenset(values) for fact, values in table.items()}


def _refuse_contradictions(rules: list[Rule]) -> None:
    if not rules:
        raise BadRule("there is not a single rule: an empty ruleset is refused")
    ids = [rule.id for rule in rules]
    if doubled := {i for i in ids if ids.count(i) > 1}:
        raise BadRule(f"rule ids used twice: {', '.join(sorted(doubled))}")
    for rule in rules:
        if rule.kind is Kind.BASIS:
            _refuse_lax_basis(rule, rules)


def _refuse_lax_basis(rule: Rule, rules: list[Rule]) -> None:
    if rule.jurisdiction == EVERYWHERE and rule.params.any_of:
        raise BadRule(f"{rule.id}: a basis belongs to one jurisdiction")
    if rule.status is Status.UNCONFIRMED and Accepted.NONE_REQUIRED in rule.params.any_of:
        raise BadRule(f"{rule.id}: an unconfirmed clause may forbid, never permit")
    for scope in Scope:
        if not any(_honours(guard, scope, rule) for guard in rules):
            raise BadRule(f"{rule.id}: no rule honours objections of scope {scope} for as long as it permits")


def _honours(guard: Rule, scope: Scope, rule: Rule) -> bool:
    return (
        guard.kind is Kind.SUPPRESSION
        and guard.params.scope is scope
        and guard.jurisdiction in (EVERYWHERE, rule.jurisdiction)
        and not guard.applies_when
        and guard.effective_from <= rule.effective_from
        and (guard.effective_to is None or (rule.effective_to is not None and rule.effective_to <= guard.effective_to))
    )


def _word(text: str, words: type[W], where: str) -> W:
    try:
        return words(text)
    except ValueError:
        raise BadRule(f"{where}: {text!r} is none of {', '.join(words)}") from None


def _plain(value: Any) -> Any:
    """Give the same tables as plain JSON data: days become text."""
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value.isoformat() if isinstance(value, date) else value
