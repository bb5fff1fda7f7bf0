"""What an auditor sees: the log as it is downloaded."""

import json
from datetime import timedelta
from typing import Any

from tests.gate import Gate


def entries(gate: Gate, query: str = "", *, key: str = "auditor") -> list[dict[str, Any]]:
    """Download the log a moment later (`to` is exclusive) and give its lines."""
    now = gate.now
    gate.now = now + timedelta(seconds=1)
    answer = gate.get(f"/v1/log/export?format=jsonl{query}", key=key)
    gate.now = now
    assert answer.status == 200, answer.text
    return [json.loads(line) for line in answer.data.splitlines()]


def leaves(gate: Gate, kind: str | None = None) -> list[dict[str, Any]]:
    """Give the leaves of every log, oldest first, or those of one kind."""
    found = [json.loads(entry["leaf"]) for entry in entries(gate)]
    return [leaf for leaf in found if kind in (None, leaf["kind"])]


def without_correlator(problem: dict[str, Any]) -> dict[str, Any]:
    """Give a problem without what differs between two requests by design."""
    return {name: value for name, value in problem.items() if name != "instance"}
