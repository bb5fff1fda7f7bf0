"""Rules as people read them: what each demands, whose demand it is, and where it stands."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.domain.rules.rule import Rule, Status
from app.domain.ruleset import Ruleset
from app.pages.campaign_words import STRENGTHS, country_name
from app.pages.languages import language
from app.pages.rule_words import demand
from app.services.campaign_rules import Choices, countries_with_rules, rules_ahead
from app.services.explanation_words import explanation_words
from app.services.pack_words import Language


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldRule:
    """One rule in the reader's words."""

    id: str
    kind: str
    demand: str
    strength: str
    citation: str
    is_confirmed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldCountry:
    """A country and its rules for a campaign; without a basis no such call is lawful there."""

    code: str
    name: str
    rules: Sequence[ToldRule]
    has_basis: bool


def told_rules(rules: Iterable[Rule]) -> list[ToldRule]:
    """Put rules into words."""
    words = explanation_words(Language(language()))
    return [
        ToldRule(
            id=rule.id,
            kind=words[rule.kind],
            demand=demand(rule),
            strength=str(STRENGTHS[rule.strength.value]),
            citation=rule.citation,
            is_confirmed=rule.status is Status.CONFIRMED,
        )
        for rule in rules
    ]


def told_countries(ruleset: Ruleset, *, choices: Choices, home: str | None, now: datetime) -> list[ToldCountry]:
    """Give every country with its rules for such calls, the campaign's own first."""
    found = []
    for code in countries_with_rules(ruleset):
        rules = rules_ahead(ruleset, choices=choices, country=code, now=now)
        has_basis = any(rule.kind.value == "basis" for rule in rules)
        found.append(ToldCountry(code=code, name=country_name(code), rules=told_rules(rules), has_basis=has_basis))
    return sorted(found, key=lambda one: one.code != home)
