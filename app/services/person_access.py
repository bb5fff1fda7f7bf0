"""Access (GDPR, Art. 15): everything that one controller has on one number, and what proves each piece of it."""

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from app.db.api_keys import api_keys_by_id
from app.db.controllers import Controller
from app.db.decisions import place_of
from app.db.facts import consent_event
from app.db.list_rows import reading_rows, rows_of_number
from app.db.lists import lists_before
from app.db.records_of_number import decisions_on_number, outcomes_of
from app.db.types import Row
from app.domain.access import Actor
from app.domain.leaf import canonical, hash_text, written
from app.domain.phone import e164_of, parse
from app.domain.retention import kept_until, retains_of
from app.domain.ruleset import Ruleset
from app.services.answers import decision_answer, rfc3339
from app.services.consents import consent_history
from app.services.evidence import held_among
from app.services.lists import rows_path
from app.services.lookups import LookupAct, record_lookup
from app.services.packs import Pack, outcome_answers, pack_of_number
from app.services.proofs import proof_of
from app.services.relationships import relationship_answers, relationship_history
from app.services.suppressions import has_objected_to_all, suppression_history


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Whose data are asked for. `data_dir` is where the files of lists are."""

    number: int
    controller: Controller
    ruleset: Ruleset
    data_dir: Path
    erasure_keys: tuple[bytes, ...] = field(repr=False)


def record_access(session: Session, *, asked: Asked, found: int, ref: str | None, actor: Actor, now: datetime) -> None:
    """Put on record that a person was given their data; commit it before they are."""
    record_lookup(
        session,
        actor=actor,
        act=LookupAct.ACCESS_GIVEN,
        shown={asked.controller.id: found},
        number=asked.number,
        words={"ref": ref},
        now=now,
    )


def access_of(session: Session, *, asked: Asked, actor: Actor, now: datetime) -> dict[str, Any]:
    """Gather what is held: events, relationships and what proves them, objections, decisions with their reasons, calls,
    lists, who asked and who read.

    Each piece names its log entry; `entries` holds the exact leaf, the opening and, once it stands in the tree, the
    proof, so that the person can verify it without us. What another controller has is neither given nor hinted at.

    :raises UnknownController: when the controller is not the actor's.
    """
    controller, number = asked.controller, asked.number
    pack = pack_of_number(session, number=number, controller=controller.slug, actor=actor)
    known: dict[str, Any] = {"number": number, "erasure_keys": asked.erasure_keys}
    events = consent_history(session, controller_id=controller.id, number=number)
    ties = relationship_history(session, controller_id=controller.id, number=number)
    entries = sorted(pack.entries.values(), key=lambda row: (row["at"], row["id"]))
    return {
        "controller": controller.slug,
        "number": e164_of(number),
        "made_at": written(now),
        "events": [_event(row, controller.slug) for row in events],
        "relationships": relationship_answers(ties, controller.slug),
        "evidence": _evidence(session, controller, [*events, *ties]),
        "suppressions": [
            _suppression(row) for row in suppression_history(session, controller_id=controller.id, **known)
        ],
        "objected_all": has_objected_to_all(session, **known),
        "decisions": [decision_answer(one.row) for one in pack.decisions],
        "outcomes": pack.outcomes_told(),
        "lists": _lists(session, asked, now),
        "lookups": [_lookup(pack.entries[id]) for id in pack.lookups],
        "recipients": _recipients(session, pack),
        "retention": _retention(asked, pack, events, now),
        "entries": [_entry(session, row) for row in entries],
    }


def overview_of(session: Session, *, asked: Asked, now: datetime) -> dict[str, Any]:
    """Gather what a person asks first: the same pieces, without what proves and explains each, in few statements."""
    controller, number = asked.controller, asked.number
    known: dict[str, Any] = {"number": number, "erasure_keys": asked.erasure_keys}
    decisions = decisions_on_number(session, number=number, controller_id=controller.id)
    events = consent_history(session, controller_id=controller.id, number=number)
    ties = relationship_history(session, controller_id=controller.id, number=number)
    suppressions = suppression_history(session, controller_id=controller.id, **known)
    outcomes = outcomes_of(session, decision_ids={place_of(row) for row in decisions})
    return {
        "events": [_event(row, controller.slug) for row in events],
        "relationships": relationship_answers(ties, controller.slug),
        "suppressions": [_suppression(row) for row in suppressions],
        "decisions": [decision_answer(row) for row in decisions],
        "outcomes": outcome_answers(outcomes),
        "lists": _lists(session, asked, now),
    }


_PIECES = ("events", "relationships", "suppressions", "decisions", "outcomes", "lists")


def pieces_in(answer: Mapping[str, Any]) -> int:
    """Count what was given."""
    return sum(len(answer[name]) for name in _PIECES)


def _event(row: Row, controller: str) -> dict[str, Any]:
    names = ["id", "action", "purposes", "voice_modes", "product_categories", "origin"]
    names += ["call_times", "person", "notice", "evidence", "ref", "file"]
    instants = {name: rfc3339(row[name]) for name in ("obtained_at", "recorded_at", "expires_at")}
    own = {"controller": controller, "number": e164_of(row["number"]), "row": row["file_row"]}
    return {**{name: row[name] for name in names}, **instants, **own}


def _evidence(session: Session, controller: Controller, rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Name the artefacts that prove any of it, and say which of them are kept here."""
    named = list(dict.fromkeys(digest for row in rows for digest in row["evidence"]))
    held = held_among(session, controller_id=controller.id, hashes=named)
    return [
        {
            "sha256": digest,
            "held": digest in held,
            "media_type": held[digest]["media_type"] if digest in held else None,
            "size": held[digest]["size"] if digest in held else None,
            "received_at": rfc3339(held[digest]["received_at"]) if digest in held else None,
        }
        for digest in named
    ]


def _suppression(row: Row) -> dict[str, Any]:
    return {
        "id": row["id"],
        "reason": row["reason"],
        "since": rfc3339(row["since"]),
        "recorded_at": rfc3339(row["recorded_at"]),
        "ref": row["ref"],
        "by_hash": row["number_hash"] is not None,
        "lifted_at": rfc3339(row["lifted_at"]),
    }


def _lists(session: Session, asked: Asked, now: datetime) -> list[dict[str, Any]]:
    found = []
    for row in lists_before(session, until=now):
        path = rows_path(asked.data_dir, row)
        if row["controller_id"] != asked.controller.id or row["state"] != "ready" or not path.exists():
            continue
        with reading_rows(path) as store:
            found += [
                {
                    "list_id": row["id"],
                    "file_name": row["file_name"],
                    "campaign": row["campaign"],
                    "received_at": rfc3339(row["created_at"]),
                    "row": one.row,
                    "decision": one.decision,
                    "reasons": list(one.reasons),
                    "cells": list(one.cells),
                }
                for one in rows_of_number(store, asked.number)
            ]
    return found


def _lookup(row: Row) -> dict[str, Any]:
    leaf = json.loads(row["leaf"])
    return {"entry": row["id"], "at": leaf["at"], "actor": leaf["actor"], "act": leaf["act"]}


def _recipients(session: Session, pack: Pack) -> list[dict[str, Any]]:
    """Name the systems that asked about the number: they learned of it, or were told what was decided."""
    ids = {one.row["api_key_id"] for one in pack.decisions}
    keys = api_keys_by_id(session, ids=ids)
    return [
        {"id": id, "name": keys[id].name if id in keys else None, "role": keys[id].role if id in keys else None}
        for id in sorted(ids)
    ]


def _retention(asked: Asked, pack: Pack, rows: Sequence[Row], now: datetime) -> list[dict[str, Any]]:
    events = [consent_event(row) for row in rows]
    calls = [one.row["checked_at"] for one in pack.decisions]
    calls += [instant for row in pack.outcomes for instant in (row["attempted_at"], row["recorded_at"])]
    region = parse(e164_of(asked.number), region=None).region
    return [
        {
            "rule": retain.rule,
            "legal_ref": retain.citation,
            "years": retain.years,
            "clock": retain.clock,
            "until": rfc3339(kept_until(retain, events=events, calls=calls)),
        }
        for retain in retains_of(asked.ruleset, region=region, now=now)
    ]


def _entry(session: Session, row: Row) -> dict[str, Any]:
    """Give an entry as it can be verified: `fields` is the exact JSON that the leaf commits to."""
    return {
        "id": row["id"],
        "kind": row["kind"],
        "at": written(row["at"]),
        "leaf": row["leaf"].decode(),
        "leaf_hash": hash_text(row["leaf_hash"]),
        "salt": None if row["salt"] is None else base64.b64encode(row["salt"]).decode(),
        "fields": None if not row["fields"] else canonical(row["fields"]).decode(),
        "proof": proof_of(session, entry_id=row["id"]),
    }
