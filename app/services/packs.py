"""Defence packs: everything on record that answers *why was this call permitted, or not?*"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from app.db.decisions import place_of
from app.db.log import Log
from app.db.log_search import entries_by_id, entries_page
from app.db.pages import Place
from app.db.records_of_number import decisions_on_number, event_ids_on_number, outcomes_of
from app.db.types import Row
from app.domain.access import Actor
from app.domain.decision import applicable_rules
from app.domain.leaf import LeafKind
from app.domain.ruleset import Ruleset
from app.services.answers import decision_answer, rfc3339
from app.services.controllers import controller_for
from app.services.decisions import decision_for
from app.services.log import log_of
from app.services.replay import NotReplayable, Replay, replay, replay_answer

MANY = 500
"""Ids asked for in one statement."""
_ATTEMPTS = (LeafKind.CHECK, LeafKind.OUTCOME)
"""What a decision names beside events: the calls made before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PackedDecision:
    """One decision as it was answered, derived again; `fault` says why it cannot be."""

    row: Row
    replayed: Replay | None
    fault: str | None

    def told(self) -> dict[str, Any]:
        """Give it in the words of the contract, with the facts it rests on."""
        leaf = None if self.replayed is None else self.replayed.leaf
        return {
            **decision_answer(self.row),
            "facts": None if leaf is None else leaf["facts"],
            "consents": None if leaf is None else leaf["consents"],
            "suppressions": None if leaf is None else leaf["suppressions"],
            "relationships": None if leaf is None else leaf.get("relationships"),
            "replay": {"fault": self.fault} if self.replayed is None else replay_answer(self.replayed),
        }

    def rules_asked(self) -> list[Mapping[str, Any]]:
        """Give every rule that was asked, with its text and citation."""
        if self.replayed is None:
            return []
        return [dict(rule.source) for rule in applicable_rules(self.replayed.facts, self.replayed.ruleset)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pack:
    """What goes into a defence pack. `entries` are all the log entries it speaks of, by id, with their openings.

    `number` is None where it was erased. `events`, `outcomes` and `lookups` are ids, in the order recorded.
    """

    controller: str
    controller_id: int
    log_id: str
    number: int | None
    decisions: tuple[PackedDecision, ...]
    events: tuple[str, ...]
    outcomes: tuple[Row, ...]
    lookups: tuple[str, ...]
    entries: Mapping[str, Row]

    @property
    def rulesets(self) -> dict[str, Ruleset]:
        """Give the rulesets that decided, by digest."""
        return {one.replayed.ruleset.digest: one.replayed.ruleset for one in self.decisions if one.replayed is not None}

    @property
    def found(self) -> int:
        """Count the decisions and events that are handed out."""
        return len(self.decisions) + len(self.events)

    @property
    def evidence(self) -> tuple[str, ...]:
        """Give the SHA-256 of every artefact that an event names, once."""
        named = (digest for id in self.events for digest in leaf_of(self.entries[id]).get("evidence", ()))
        return tuple(dict.fromkeys(named))

    def outcomes_told(self) -> list[dict[str, Any]]:
        """Give what became of the calls in the words of the contract."""
        return outcome_answers(self.outcomes)


def outcome_answers(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Give what became of calls in the words of the contract."""
    return [
        {
            "decision_id": row["decision_id"],
            "attempted_at": rfc3339(row["attempted_at"]),
            "result": row["result"],
            "opt_out": row["opt_out"],
            "recorded_at": rfc3339(row["recorded_at"]),
        }
        for row in rows
    ]


def pack_of_decision(session: Session, *, id: str, actor: Actor) -> Pack:
    """Gather what one decision rests on: the events it names, and those on the number that were on record by then.

    :raises UnknownDecision: when there is none, or it is another controller's: the answers are equal.
    """
    row = decision_for(session, id=id, actor=actor)
    return _pack(session, rows=[row], controller=row["controller"], controller_id=row["controller_id"], single=row)


def pack_of_number(session: Session, *, number: int, controller: str, actor: Actor) -> Pack:
    """Gather everything one controller has on one number.

    :raises UnknownController: when it is not the actor's.
    """
    owner = controller_for(session, slug=controller, actor=actor)
    rows = decisions_on_number(session, number=number, controller_id=owner.id)
    return _pack(session, rows=rows, controller=owner.slug, controller_id=owner.id, number=number)


def _pack(
    session: Session,
    *,
    rows: Sequence[Row],
    controller: str,
    controller_id: int,
    number: int | None = None,
    single: Row | None = None,
) -> Pack:
    log = log_of(session, controller_id=controller_id)
    number = number if single is None else single["number"]
    packed = tuple(_packed(session, row) for row in rows)
    entries = {event["id"]: event for one in packed if one.replayed is not None for event in one.replayed.events}
    named = set(entries)
    if number is not None:
        entries |= _entries(session, event_ids_on_number(session, number=number, controller_id=controller_id))
    until = None if single is None else single["checked_at"]
    events = sorted(
        (
            row
            for row in entries.values()
            if row["kind"] not in _ATTEMPTS and (until is None or row["at"] <= until or row["id"] in named)
        ),
        key=lambda row: (row["at"], row["id"]),
    )
    attempts = [row for row in entries.values() if row["kind"] in _ATTEMPTS]
    outcomes = tuple(row for at in range(0, len(rows), MANY) for row in _outcomes(session, rows[at : at + MANY]))
    lookups = [] if number is None else _lookups(session, number=number, log=log)
    kept = {row["id"]: row for row in (*events, *attempts, *lookups)}
    kept |= _entries(session, [*(row["id"] for row in rows), *(row["id"] for row in outcomes)])
    return Pack(
        controller=controller,
        controller_id=controller_id,
        log_id=log.id,
        number=number,
        decisions=packed,
        events=tuple(row["id"] for row in events),
        outcomes=outcomes,
        lookups=tuple(row["id"] for row in lookups),
        entries=kept,
    )


def _packed(session: Session, row: Row) -> PackedDecision:
    try:
        return PackedDecision(row=row, replayed=replay(session, row=row), fault=None)
    except NotReplayable as fault:
        return PackedDecision(row=row, replayed=None, fault=fault.detail)


def _entries(session: Session, ids: Sequence[str]) -> dict[str, Row]:
    found: dict[str, Row] = {}
    for at in range(0, len(ids), MANY):
        found |= entries_by_id(session, ids=ids[at : at + MANY])
    return found


def _outcomes(session: Session, rows: Sequence[Row]) -> Sequence[Row]:
    return outcomes_of(session, decision_ids={place_of(row) for row in rows})


def _lookups(session: Session, *, number: int, log: Log) -> list[Row]:
    found: list[Row] = []
    after: Place | None = None
    while True:
        rows, after = entries_page(
            session,
            logs=[log],
            number=number,
            kind=LeafKind.LOOKUP,
            act=None,
            since=None,
            before=None,
            after=after,
            limit=MANY,
        )
        found += rows
        if after is None:
            return found[::-1]


def leaf_of(row: Row) -> dict[str, Any]:
    """Read an entry's leaf."""
    leaf: dict[str, Any] = json.loads(row["leaf"])
    return leaf
