"""Asking one rule of any kind about one call, for the tests of the kinds."""

from datetime import date
from typing import Any

from app.domain.facts import Facts
from app.domain.rules.kinds import ask
from app.domain.rules.rule import Finding, Rule
from tests.builders import guarded


def rule(kind: str, **params: Any) -> Rule:
    """Read one Czech rule of a kind, in force since 2018."""
    table = {
        "id": "a-rule",
        "kind": kind,
        "strength": "statute",
        "citation": "§ 1",
        "effective_from": date(2018, 5, 25),
        "params": params,
    }
    return next(one for one in guarded(table).rules if one.id == "a-rule")


def asked(kind: str, known: Facts, **params: Any) -> Finding:
    """Ask a rule of a kind about a call."""
    return answered(rule(kind, **params), known)


def answered(one: Rule, known: Facts) -> Finding:
    """Ask a rule about a call; what it finds bears its name."""
    found = ask(one, known)
    assert found.rule is one
    return found
