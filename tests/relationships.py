"""Relationships in tests: recording them, and rules that accept them."""

from datetime import timedelta
from typing import Any

from tests.builders import basis_table, guarded
from tests.gate import Gate, Reply
from tests.rulesets import approved_ruleset, proposed_ruleset

NUMBER = "+420601123456"


def related(
    gate: Gate, number: str = NUMBER, controller: str = "energo", *, key: str = "compliance", **said: Any
) -> Reply:
    """Record that somebody bought energy ten days ago, or what is said instead."""
    body = {
        "controller": controller,
        "number": number,
        "kind": "customer",
        "since": (gate.now - timedelta(days=10)).isoformat(),
        "product_categories": ["energy"],
    }
    return gate.post("/v1/relationships", body | said, key=key)


def accepting(gate: Gate, *words: str, **terms: Any) -> None:
    """Put a ruleset in force that accepts these words in place of consent, and two years after a purchase."""
    params = {"any_of": ["consent", *words], "purpose": "marketing"} | terms
    if "customer" in words:
        params.setdefault("customer_months", 24)
    if "contract" in words:
        params.setdefault("contract_days", 30)
    if "inquiry" in words:
        params.setdefault("inquiry_months", 3)
    approved_ruleset(gate, proposed_ruleset(gate, guarded(basis_table(params=params))))
