"""Rulesets: all the rules that bind, read strictly, with the digest that names them."""

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from operator import attrgetter
from typing import Any

from app.domain.facts import Facts
from app.domain.leaf import canonical
from app.domain.rules.fields import BadRule, Fields, refuse
from app.domain.rules.rule import EVERYWHERE, TESTABLE, Rule
from app.domain.rules.rule_file import contradictions, read_rule

__all__ = ["SCHEMA", "BadRule", "Ruleset", "read_ruleset", "reread_ruleset"]

SCHEMA = 1
_KEPT = 4096
"""Answers that are kept of each question to the rules: a server sees few kinds of calls, a rehearsal many days."""
_tested = attrgetter(*TESTABLE)
_NEAR = timedelta(days=9)
"""The days in which a decision looks for rules that begin or end: the horizon of its hours, in any zone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruleset:
    """All the rules, the things each jurisdiction would ask that are not yet checked, and the digest.

    `content` is what the digest is taken of: plain JSON data from which the ruleset is read again.
    `by_place` holds the rules that may bind a call to a country: its own, its parts' and those of everywhere.
    `daily`, `gated`, `turning` and `named` keep what was asked of the rules before.
    """

    rules: tuple[Rule, ...]
    by_place: Mapping[str, tuple[Rule, ...]]
    not_checked: Mapping[str, tuple[str, ...]]
    digest: str
    content: Mapping[str, Any] = field(repr=False)
    daily: dict[tuple[Any, ...], tuple[Rule, ...]] = field(default_factory=dict, repr=False, compare=False)
    gated: dict[tuple[Any, ...], tuple[Any, ...]] = field(default_factory=dict, repr=False, compare=False)
    turning: dict[tuple[Any, ...], tuple[date, ...]] = field(default_factory=dict, repr=False, compare=False)
    named: dict[tuple[str, tuple[str, ...]], frozenset[str]] = field(default_factory=dict, repr=False, compare=False)

    def binding(self, *countries: str) -> tuple[Rule, ...]:
        """Give the rules that may bind a call to these countries and their parts; none is a country not known."""
        found = [self.by_place.get(country, self.by_place[EVERYWHERE]) for country in countries or (EVERYWHERE,)]
        return found[0] if len(found) == 1 else tuple({rule.id: rule for rules in found for rule in rules}.values())

    def situation(self, facts: Facts) -> tuple[Any, ...]:
        """Give what decides which rules bind a call: its local days first, then its places and what rules test."""
        return (facts.local_days, facts.countries, facts.subdivisions, *_tested(facts))

    def applicable(self, facts: Facts, situation: tuple[Any, ...] | None = None) -> tuple[Rule, ...]:
        """Give the rules that bind a call on the called party's local day, in any of its zones."""
        key = self.situation(facts) if situation is None else situation
        known = self.daily.get(key)
        if known is None:
            self._forget()
            known = self.daily[key] = tuple(
                rule
                for rule in self.binding(*facts.countries)
                if any(rule.is_in_force_on(day) for day in key[0]) and rule.applies_to(facts)
            )
        return known

    def turning_days(self, day: date, *countries: str) -> tuple[date, ...]:
        """Give the days within nine days of one on which some rule of these countries begins or ends."""
        key = (day, countries)
        known = self.turning.get(key)
        if known is None:
            self._forget()
            rules = self.binding(*countries)
            turning = {turn for rule in rules for turn in (rule.effective_from, rule.effective_to) if turn is not None}
            known = self.turning[key] = tuple(sorted(turn for turn in turning if abs(turn - day) <= _NEAR))
        return known

    def _forget(self) -> None:
        """Keep what was looked up from growing for ever."""
        for kept in (self.daily, self.gated, self.turning):
            if len(kept) >= _KEPT:
                kept.clear()

    @property
    def named_registers(self) -> frozenset[str]:
        """The registers that some rule asks, of whichever country."""
        return frozenset(name for place in self.by_place for name in self.registers_of(place))

    @property
    def named_authorities(self) -> frozenset[str]:
        """The authorities with which some rule demands a registration, in whichever country."""
        return frozenset(name for place in self.by_place for name in self.authorities_of(place))

    def registers_of(self, *countries: str) -> frozenset[str]:
        """Give the registers that some rule of these countries asks."""
        return self._named("register", countries)

    def authorities_of(self, *countries: str) -> frozenset[str]:
        """Give the authorities with which some rule of these countries demands a registration."""
        return self._named("authority", countries)

    def _named(self, what: str, countries: tuple[str, ...]) -> frozenset[str]:
        known = self.named.get((what, countries))
        if known is None:
            params = [rule.params for rule in self.binding(*countries)]
            found = [getattr(one, what, None) for one in params]
            found += [getattr(getattr(one, "terms", None), what, None) for one in params]
            known = self.named[what, countries] = frozenset(str(name) for name in found if name)
        return known


def read_ruleset(files: Iterable[tuple[str, Mapping[str, Any]]]) -> Ruleset:
    """Read policy files, each a name and its tables (`schema`, `jurisdiction`, `rule`, `not_checked`).

    :raises BadRule: naming every fault at once: anything unknown, missing, doubled or contradictory; no rules at all;
        an unconfirmed rule that would permit; a country with a basis but no rule that honours objections.
    """
    rules: list[Rule] = []
    faults: list[str] = []
    not_checked: dict[str, tuple[str, ...]] = {}
    for name, tables in files:
        fields = Fields(tables, name, faults)
        if fields.required("schema", int) not in (SCHEMA, None):
            fields.fault(f"schema is not {SCHEMA}")
        jurisdiction = fields.required("jurisdiction", str) or ""
        if jurisdiction and re.fullmatch(r"[A-Z]{2}(-[A-Z0-9]{1,3})?|\*", jurisdiction) is None:
            fields.fault("jurisdiction must be two capital letters, with or without a part of the country, or *")
        if missing := fields.list_of("not_checked", str):
            not_checked[jurisdiction] = tuple(sorted({*not_checked.get(jurisdiction, ()), *missing}))
        if "rule" not in tables:
            fields.fault("rule is missing")
        rules += [
            rule
            for table in fields.list_of("rule", dict)
            if (rule := read_rule(table, jurisdiction, name, faults)) is not None
        ]
        fields.done()
    rules.sort(key=lambda rule: rule.id)
    faults += contradictions(rules, had_faults=bool(faults))
    refuse(faults)
    content = {
        "schema": SCHEMA,
        "not_checked": {place: list(names) for place, names in sorted(not_checked.items())},
        "rules": [dict(rule.source) for rule in rules],
    }
    return Ruleset(
        rules=tuple(rules),
        by_place={
            place: tuple(rule for rule in rules if rule.country in (EVERYWHERE, place))
            for place in {EVERYWHERE, *(rule.country for rule in rules)}
        },
        not_checked=not_checked,
        digest="sha256:" + hashlib.sha256(canonical(content)).hexdigest(),
        content=content,
    )


def reread_ruleset(content: Mapping[str, Any]) -> Ruleset:
    """Read a ruleset back from its own `content`, as it is kept on record.

    :raises BadRule: when it is not the content of a ruleset this version understands.
    """
    faults: list[str] = []
    fields = Fields(content, "the ruleset on record", faults)
    if fields.required("schema", int) not in (SCHEMA, None):
        fields.fault(f"schema is not {SCHEMA}")
    not_checked = fields.table("not_checked", needed=True) or {}
    rules = fields.list_of("rules", dict)
    fields.done()
    refuse(faults)
    return read_ruleset(files_of(not_checked, rules))


def files_of(not_checked: Mapping[str, Any], rules: Iterable[Mapping[str, Any]]) -> list[tuple[str, dict[str, Any]]]:
    """Give what is kept of a ruleset as the tables of policy files, one a rule, each by its jurisdiction."""
    files: list[tuple[str, dict[str, Any]]] = [
        (place, {"schema": SCHEMA, "jurisdiction": place, "not_checked": names, "rule": []})
        for place, names in not_checked.items()
    ]
    for source in rules:
        table = {key: value for key, value in source.items() if key != "jurisdiction"}
        place = source.get("jurisdiction")
        files.append((str(place), {"schema": SCHEMA, "jurisdiction": place, "rule": [table]}))
    return files
