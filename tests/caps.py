"""Caps and pauses in tests: rules that set them, put in force, and calls that are permitted and reported."""

from datetime import date
from typing import Any

from tests.builders import basis_table, guarded
from tests.gate import Gate, Reply
from tests.rulesets import approved_ruleset, proposed_ruleset


def house_table(id: str, kind: str, **params: Any) -> dict[str, Any]:
    """Build a policy file's house rule of a kind."""
    since = {"strength": "house", "citation": "House rule", "effective_from": date(2018, 5, 25)}
    return {"id": id, "kind": kind, **since, "params": params}


def cap_table(most: int = 1, *, id: str = "cap", **params: Any) -> dict[str, Any]:
    """Build a `frequency` rule: at most so many attempts in seven days."""
    return house_table(id, "frequency", **({"max": most, "window_days": 7} | params))


def pause_table(trigger: str, *, days: int = 7) -> dict[str, Any]:
    """Build a `cooldown` rule."""
    return house_table(f"pause-{trigger}", "cooldown", trigger=trigger, days=days)


def activate(gate: Gate, *tables: dict[str, Any]) -> None:
    """Put these rules in force for Czechia, with a basis (consent) and what honours objections."""
    ruleset = guarded(basis_table(), *tables)
    approved_ruleset(gate, proposed_ruleset(gate, ruleset))


def report(gate: Gate, decision: str, result: str, **said: Any) -> Reply:
    """Report what became of a call, made now."""
    body = {"attempted_at": gate.now.isoformat(), "result": result} | said
    return gate.post(f"/v1/decisions/{decision}/outcome", body, key="dialer")


def called(gate: Gate, number: str, result: str | None = None, **changes: Any) -> dict[str, Any]:
    """Check a number, which must be allowed, and report what became of the call; None reports nothing."""
    answer = gate.check(number, **changes)
    assert answer["decision"] == "allow", answer["reasons"]
    if result is not None:
        told = report(gate, answer["decision_id"], result)
        assert told.status == 200, told.text
    return answer
