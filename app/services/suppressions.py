"""Suppressions: recording objections, and a number's."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.db.identity import new_id
from app.db.log import Entry, Log, append_entries
from app.db.suppressions import (
    add_objections_to_all,
    add_suppressions,
    numbers_objecting_to_all,
    objections_to_all_of,
    suppressions_of,
)
from app.db.types import Row
from app.domain.access import Actor
from app.domain.entry import suppression_body
from app.domain.erasure import hashes_of
from app.domain.errors import InvalidInput
from app.domain.form import TEXT, refuse_absurd, require_form
from app.domain.leaf import LeafKind, hash_text
from app.domain.suppression import GIVEN, Scope, Suppression, SuppressionReason
from app.services.log import log_of


class ErasureIsProposed(InvalidInput):
    """A person is erased by a proposal that a second person approves, not by a suppression of that reason."""

    code = "erasure_is_proposed"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSuppression:
    """An objection to be recorded. `file` and `row` are set for a row of an imported file."""

    number: int
    scope: Scope
    reason: SuppressionReason
    since: datetime
    ref: str | None = None
    file: str | None = None
    row: int | None = None


def append_suppressions(
    session: Session, *, controller_id: int | None, new: Sequence[NewSuppression], actor: Actor, now: datetime
) -> list[str]:
    """Record objections; gives their ids in order. `controller_id` is whom scope `controller` means.

    The numbers must be locked in the exclusive form. An objection to all goes to the operator's log and to
    no controller's: a client must not learn what was said to another.

    :raises NeedsAllControllers: when one is to all and the actor is of named controllers.
    :raises ErasureIsProposed: when one claims to be what an erasure leaves.
    :raises Malformed, AbsurdTime: when a field of one does not have its form; then none is recorded.
    """
    for one in new:
        if one.reason not in GIVEN:
            raise ErasureIsProposed(pointer="/reason")
        require_form(TEXT, ref=one.ref)
        refuse_absurd(one.since, pointer="/since", now=now)
    if any(one.scope is Scope.ALL for one in new):
        actor.require_all_controllers()
    ids = [new_id(now) for _ in new]
    rows: dict[Scope, list[dict[str, Any]]] = {Scope.ALL: [], Scope.CONTROLLER: []}
    owners = {one.scope: None if one.scope is Scope.ALL else controller_id for one in new}
    logs = {scope: log_of(session, controller_id=owner) for scope, owner in owners.items()}
    entries = [_entry(one, id, logs[one.scope], actor, now) for one, id in zip(new, ids, strict=True)]
    for one, id, written in zip(new, ids, append_entries(session, new=entries), strict=True):
        row = {
            "id": id,
            "number": one.number,
            "reason": one.reason.value,
            "since": one.since,
            "recorded_at": now,
            "ref": one.ref,
            "file": one.file,
            "file_row": one.row,
            "leaf_hash": hash_text(written.leaf_hash),
        }
        rows[one.scope].append(row if one.scope is Scope.ALL else row | {"controller_id": controller_id})
    add_suppressions(session, rows=rows[Scope.CONTROLLER])
    add_objections_to_all(session, rows=rows[Scope.ALL])
    return ids


def _entry(new: NewSuppression, id: str, log: Log, actor: Actor, now: datetime) -> Entry:
    stored = Suppression(id=id, reason=new.reason, since=new.since, recorded_at=now)
    return Entry(
        id=id,
        log=log,
        kind=LeafKind.SUPPRESSION,
        at=now,
        body={"actor": actor.id, **suppression_body(stored, scope=new.scope, file=new.file, row=new.row)},
        number=new.number,
        fields=({} if new.ref is None else {"ref": new.ref}) | actor.personal,
    )


def suppression_history(
    session: Session, *, controller_id: int, number: int, erasure_keys: Sequence[bytes]
) -> Sequence[Row]:
    """Give the objections of a number to one controller, erased or not, in the order recorded."""
    hashes = hashes_of([number], keys=erasure_keys)
    return suppressions_of(session, numbers=[number], controller_ids=[controller_id], hashes=hashes)


def has_objected_to_all(session: Session, *, number: int, erasure_keys: Sequence[bytes]) -> bool:
    """Tell whether a number objected to all; when and through whom is not told."""
    hashes = hashes_of([number], keys=erasure_keys)
    return bool(numbers_objecting_to_all(session, numbers=[number], hashes=hashes))


def erased_at(
    session: Session, *, controller_id: int, numbers: Collection[int], erasure_keys: Sequence[bytes]
) -> dict[int, datetime]:
    """Tell which of these numbers were erased for this controller, or for all, and when last."""
    hashes = hashes_of(numbers, keys=erasure_keys)
    found: dict[int, datetime] = {}
    for row in (
        *suppressions_of(session, numbers=numbers, controller_ids=[controller_id], hashes=hashes),
        *objections_to_all_of(session, numbers=numbers, hashes=hashes),
    ):
        if row["reason"] == SuppressionReason.ERASURE:
            found[row["number"]] = max(row["since"], found.get(row["number"], row["since"]))
    return found
