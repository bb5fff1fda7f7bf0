"""Idempotency keys: a repeated write gives the first result, a repeated check is decided again."""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from app.db.controllers import slug_of
from app.db.decisions import decisions_by_id, settled_places
from app.db.idempotency import add_uses, answers_naming, first_uses, forget_uses, replace_answer
from app.domain.access import Actor
from app.domain.erasure import Traces, traces_of
from app.domain.errors import InvalidInput

KEPT_FOR = timedelta(hours=48)


_ERASED = {
    "type": "urn:dialgate:problem:erased",
    "title": "What this key was first used for concerned a person who was erased since",
    "status": 410,
    "detail": "the write was done then, and is not done again",
    "instance": "urn:dialgate:request:erased",
    "code": "erased",
    "errors": [],
}


class KeyUsedOtherwise(InvalidInput):
    """This Idempotency-Key was used for another request."""

    code = "idempotency_key_reused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Idempotency:
    """The caller's key, and what it is used for: a route and a digest of the body."""

    key: str
    route: str
    body_sha256: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstCheckUse:
    """The first check with a key; `reservation` is set while a repeat may still share it."""

    decision_id: str
    body_sha256: bytes
    reservation: str | None

    def require_same(self, idempotency: Idempotency) -> None:
        """Refuse the key for another request.

        :raises KeyUsedOtherwise: when the body differs.
        """
        if self.body_sha256 != idempotency.body_sha256:
            raise KeyUsedOtherwise()


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredAnswer:
    """What the first request was answered."""

    status: int
    body: bytes


def refuse_other_uses(session: Session, *, uses: Collection[tuple[Actor, Idempotency]]) -> None:
    """Refuse a whole request when one of its keys was used for another: a batch is not decided in part.

    :raises KeyUsedOtherwise: when one was.
    """
    rows = first_uses(session, pairs={(actor.id, one.key) for actor, one in uses})
    for actor, one in uses:
        row = rows.get((actor.id, one.key))
        if row is not None and row["body_sha256"] != one.body_sha256:
            raise KeyUsedOtherwise()


def first_check_uses(
    session: Session, *, uses: Collection[tuple[Actor, Idempotency]], now: datetime
) -> dict[tuple[str, str], FirstCheckUse]:
    """Give the first check of each key used before. A reservation is shared only until the first answer's
    `valid_until` and before any outcome; after that a repeat reserves anew.
    """
    rows = first_uses(session, pairs={(actor.id, one.key) for actor, one in uses})
    ids = {row["decision_id"] for row in rows.values() if row["decision_id"] is not None}
    decisions = decisions_by_id(session, ids=ids, controller_ids=None) if ids else {}
    reserved = {row["reservation_id"] for row in decisions.values() if row["reservation_id"] is not None}
    settled = settled_places(session, places=reserved) if reserved else set()
    found = {}
    for pair, row in rows.items():
        first = decisions.get(row["decision_id"])
        is_open = first is not None and first["reservation_id"] not in settled and (first["valid_until"] or now) > now
        found[pair] = FirstCheckUse(
            decision_id=row["decision_id"] or "",
            body_sha256=row["body_sha256"],
            reservation=first["reservation_id"] if first is not None and is_open else None,
        )
    return found


def remember_checks(session: Session, *, uses: Sequence[tuple[Actor, Idempotency, str]], now: datetime) -> None:
    """Remember the first checks of keys: actor, key, decision."""
    add_uses(
        session,
        rows=[
            _row(actor, one, now) | {"decision_id": decision, "status": None, "body": None}
            for actor, one, decision in uses
        ],
    )


def first_answer(session: Session, *, actor: Actor, idempotency: Idempotency) -> StoredAnswer | None:
    """Give what a write with this key was answered first; None where it was not used.

    :raises KeyUsedOtherwise: when it was used for another request.
    """
    row = first_uses(session, pairs=[(actor.id, idempotency.key)]).get((actor.id, idempotency.key))
    if row is None:
        return None
    if row["body_sha256"] != idempotency.body_sha256 or row["body"] is None:
        raise KeyUsedOtherwise()
    return StoredAnswer(status=row["status"], body=row["body"])


def remember_answer(
    session: Session, *, actor: Actor, idempotency: Idempotency, answer: StoredAnswer, now: datetime
) -> None:
    """Remember what a write was answered, in the write's own transaction."""
    row = _row(actor, idempotency, now)
    add_uses(session, rows=[row | {"decision_id": None, "status": answer.status, "body": answer.body}])


def forget_old_answers(session: Session, *, now: datetime) -> None:
    """Drop keys older than two days."""
    forget_uses(session, before=now - KEPT_FOR)


def forget_answers(session: Session, *, number: int, controller_id: int | None) -> int:
    """Forget what writes about a number, for one controller (None: for all), were answered; gives how many.

    A repeated key is told so (410), and never does the write again.
    """
    slug = None if controller_id is None else slug_of(session, id=controller_id)
    traces = Traces([number])
    count = 0
    for row in answers_naming(session, words=traces_of(number)):
        answer = json.loads(row["body"])
        if traces.are_in_any(answer) and (slug is None or answer.get("controller") == slug):
            body = json.dumps(_ERASED, separators=(",", ":")).encode()
            replace_answer(session, api_key_id=row["api_key_id"], key=row["key"], status=410, body=body)
            count += 1
    return count


def _row(actor: Actor, one: Idempotency, now: datetime) -> dict[str, object]:
    return {
        "api_key_id": actor.id,
        "key": one.key,
        "route": one.route,
        "body_sha256": one.body_sha256,
        "created_at": now,
    }
