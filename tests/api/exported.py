"""What an auditor sees: the log as it is downloaded."""

import hashlib
import json
from datetime import timedelta
from typing import Any

from tests.gate import Gate


def lines_of(data: bytes) -> list[dict[str, Any]]:
    """Read an export as JSON Lines; it must end with its manifest, and the manifest must fit."""
    *lines, last = data.splitlines(keepends=True)
    manifest = json.loads(last)["manifest"]
    assert manifest == {"rows": len(lines), "sha256": hashlib.sha256(b"".join(lines)).hexdigest()}
    return [json.loads(line) for line in lines]


def entries(gate: Gate, query: str = "", *, key: str = "auditor") -> list[dict[str, Any]]:
    """Download the log a moment later (`to` is exclusive) and give its entries, but for those that say who read."""
    return [entry for entry in every_entry(gate, query, key=key) if entry["kind"] != "lookup"]


def every_entry(gate: Gate, query: str = "", *, key: str = "auditor") -> list[dict[str, Any]]:
    """Download the log a moment later and give all its entries."""
    now = gate.now
    gate.now = now + timedelta(seconds=1)
    answer = gate.get(f"/v1/log/export?format=jsonl{query}", key=key)
    gate.now = now
    assert answer.status == 200, answer.text
    return lines_of(answer.data)


def leaves(gate: Gate, kind: str | None = None) -> list[dict[str, Any]]:
    """Give the leaves of every log, oldest first, or those of one kind; without a kind, lookups are left out."""
    found = [json.loads(entry["leaf"]) for entry in (entries(gate) if kind is None else every_entry(gate))]
    return [leaf for leaf in found if kind in (None, leaf["kind"])]


def lookups(gate: Gate, **about: Any) -> list[dict[str, Any]]:
    """Give the leaves of lookups that say this, oldest first."""
    return [leaf for leaf in leaves(gate, "lookup") if about.items() <= leaf.items()]


def without_correlator(problem: dict[str, Any]) -> dict[str, Any]:
    """Give a problem without what differs between two requests by design."""
    return {name: value for name, value in problem.items() if name != "instance"}
