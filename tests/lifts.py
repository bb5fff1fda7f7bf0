"""Lifts in tests: suppressions that staff recorded, and the two persons who end one."""

from typing import Any

from tests.gate import Gate, Reply
from tests.persons import second_key


def suppressed(gate: Gate, number: str, reason: str = "complaint", controller: str | None = "energo") -> str:
    """Record a suppression, made now, for a controller or (None) for all; give its id."""
    scope = {"scope": "all"} if controller is None else {"scope": "controller", "controller": controller}
    body = {"number": number, "reason": reason, "since": gate.now.isoformat(), **scope}
    answer = gate.post("/v1/suppressions", body)
    assert answer.status == 201, answer.text
    id: str = answer.json["id"]
    return id


def proposing(gate: Gate, suppression: str, *, key: str = "compliance", **body: Any) -> Reply:
    """Ask to lift a suppression."""
    return gate.post(f"/v1/suppressions/{suppression}/lift", {"reason": "The complaint was withdrawn"} | body, key=key)


def proposed_lift(gate: Gate, suppression: str) -> str:
    """Propose to lift a suppression, which must be taken; give the proposal's id."""
    answer = proposing(gate, suppression)
    assert answer.status == 202, answer.text
    id: str = answer.json["id"]
    return id


def approving(gate: Gate, proposal: str, *, key: str | None = None) -> Reply:
    """Ask to approve a proposal, as a second person where no key is named."""
    return gate.post(f"/v1/suppressions/lifts/{proposal}/approve", {}, key=key or second_key(gate))


def lifted(gate: Gate, suppression: str) -> dict[str, Any]:
    """Lift a suppression by two; give what the second was answered."""
    answer = approving(gate, proposed_lift(gate, suppression))
    assert answer.status == 200, answer.text
    told: dict[str, Any] = answer.json
    return told
