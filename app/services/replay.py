"""Replay: a decision derived again from what is on record, and compared with what was answered."""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from app.db.log_search import entries_by_hash, entries_by_id
from app.db.rulesets import ruleset_content
from app.db.types import Row
from app.domain.decision import Decision, decide
from app.domain.errors import Conflict, Trouble
from app.domain.facts import Facts
from app.domain.leaf import hash_text, leaf_hash, written
from app.domain.recorded import events_named, facts_of
from app.domain.ruleset import Ruleset
from app.services.rulesets import read_recorded


class NotReplayable(Conflict):
    """The decision cannot be derived again: something that it names is missing, or is not what it was."""

    code = "not_replayable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """A decision as it stands in the log, what it rests on, and the same derived again.

    `entry` and `events` are rows with their openings; the events come in the order in which the decision names them.
    """

    entry: Row
    leaf: Mapping[str, Any]
    events: tuple[Row, ...]
    facts: Facts
    ruleset: Ruleset
    decision: Decision
    differences: tuple[str, ...]

    @property
    def recorded(self) -> dict[str, Any]:
        """Give what the log says was answered."""
        return {name: self.leaf[name] for name in _TOLD}

    @property
    def derived(self) -> dict[str, Any]:
        """Give what is derived now, in the words of the log."""
        return _told(self.decision, is_binding=self.leaf["binding"])


def replay(session: Session, *, row: Row) -> Replay:
    """Derive a decision again from its leaf, the events it names and its ruleset; `row` is the decision's own.

    Nothing personal is needed: it works after an erasure. The row and the log must agree too.

    :raises NotReplayable: saying what is missing or was changed.
    """
    entry = entries_by_id(session, ids=[row["id"]]).get(row["id"])
    if entry is None:
        raise NotReplayable("the entry of the decision is missing")
    if leaf_hash(entry["leaf"]) != entry["leaf_hash"] or hash_text(entry["leaf_hash"]) != row["leaf_hash"]:
        raise NotReplayable("the entry of the decision is not the one that was answered")
    leaf = json.loads(entry["leaf"])
    events = _events(session, leaf, log_id=entry["log_id"])
    ruleset = _ruleset(session, leaf["ruleset"])
    try:
        facts = facts_of(leaf, events={name: json.loads(event["leaf"]) for name, event in events.items()})
    except (KeyError, ValueError) as fault:
        raise NotReplayable("the entry speaks of facts that this version does not know") from fault
    decision = decide(facts, ruleset)
    derived = _told(decision, is_binding=leaf["binding"])
    differences = [name for name in _TOLD if derived[name] != leaf[name]]
    answered = [reason["code"] for reason in row["answer"]["reasons"]]
    if (row["verdict"], answered) != (leaf["verdict"], [code for code, _ in leaf["reasons"]]):
        differences.append("answer")
    return Replay(
        entry=entry,
        leaf=leaf,
        events=tuple(events.values()),
        facts=facts,
        ruleset=ruleset,
        decision=decision,
        differences=tuple(differences),
    )


def _events(session: Session, leaf: Mapping[str, Any], *, log_id: str) -> dict[str, Row]:
    wanted = {name: base64.urlsafe_b64decode(name + "=") for name in events_named(leaf)}
    found = entries_by_hash(session, log_id=log_id, hashes=wanted.values())
    for name, digest in wanted.items():
        if digest not in found:
            raise NotReplayable(f"the event with the leaf hash {name} is missing")
        if leaf_hash(found[digest]["leaf"]) != digest:
            raise NotReplayable(f"the event with the leaf hash {name} is not what it was")
    return {name: found[digest] for name, digest in wanted.items()}


def _ruleset(session: Session, digest: str) -> Ruleset:
    content = ruleset_content(session, digest=digest)
    if content is None:
        raise NotReplayable(f"the ruleset {digest} is missing")
    try:
        ruleset = read_recorded(content)
    except Trouble as fault:
        raise NotReplayable(f"the ruleset {digest} cannot be read by this version") from fault
    if ruleset.digest != digest:
        raise NotReplayable(f"the ruleset {digest} is not what it was")
    return ruleset


_TOLD = ("verdict", "reasons", "basis", "valid_until", "not_before", "ruleset")


def _told(decision: Decision, *, is_binding: bool) -> dict[str, Any]:
    until, opening = decision.valid_until if is_binding else None, decision.not_before
    return {
        "verdict": decision.verdict.value,
        "reasons": [[str(one.reason), None if one.rule is None else one.rule.id] for one in decision.reasons],
        "basis": None if decision.basis is None else [decision.basis.code, decision.basis.event_id],
        "valid_until": None if until is None else written(until),
        "not_before": None if opening is None else written(opening),
        "ruleset": decision.digest,
    }


def replay_answer(replayed: Replay) -> dict[str, Any]:
    """Give a replay as the contract words it: `verdict` and the rest are derived now, `recorded` is what the log says.

    It has no `decision` on purpose: nothing may be dialled on it.
    """
    laws = {rule.id: rule for rule in replayed.ruleset.rules}
    said = replayed.derived | {"recorded": replayed.recorded}
    for told in (said, said["recorded"]):
        told["reasons"] = [
            {"code": code, "rule": rule, "legal_ref": laws[rule].citation if rule in laws else None}
            for code, rule in told["reasons"]
        ]
        told["basis"] = None if told["basis"] is None else dict(zip(("code", "consent_id"), told["basis"], strict=True))
    names = {"decision_id": replayed.entry["id"], "equal": not replayed.differences}
    return {**names, "differences": list(replayed.differences), **said}
