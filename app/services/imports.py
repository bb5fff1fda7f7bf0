"""Bulk imports: a chunk at a time, idempotent by content, and the record of a finished one."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

import msgspec
from sqlalchemy.orm import Session

from app.db.consents import consent_events_of
from app.db.identity import new_id
from app.db.imports import add_import
from app.db.relationships import relationships_of
from app.db.suppressions import objections_to_all_of, suppressions_of
from app.db.types import Row
from app.domain.access import Actor
from app.domain.erasure import hashes_of
from app.domain.hours import written_weekly
from app.domain.leaf import LeafKind
from app.domain.suppression import OWN, Scope
from app.services.consents import NewConsentEvent, append_consent_events
from app.services.log import record_act
from app.services.relationships import NewRelationship, append_relationships
from app.services.suppressions import NewSuppression, append_suppressions, erased_at


class ImportKind(StrEnum):
    """What a file holds."""

    CONSENTS = "consents"
    SUPPRESSIONS = "suppressions"
    RELATIONSHIPS = "relationships"


def import_consents(
    session: Session,
    *,
    controller_id: int,
    new: Sequence[NewConsentEvent],
    erasure_keys: Sequence[bytes],
    actor: Actor,
    now: datetime,
) -> int:
    """Append the events that are not on record yet; gives how many. The numbers must be locked.

    An event is the same as one on record when everything it says is; so a file sent again, or a longer
    export of the same base, adds only what is new, and never moves a recorded time. What was said before a
    person was erased was on record once, and an old file does not bring it back.
    """
    known = defaultdict(set)
    numbers = {event.number for event in new}
    erased = erased_at(session, controller_id=controller_id, numbers=numbers, erasure_keys=erasure_keys)
    for row in consent_events_of(session, numbers=numbers, controller_ids=[controller_id]):
        known[row["number"]].add(_said(row))
    fresh = []
    for event in new:
        said = _said(_columns(event))
        if _is_older(event.obtained_at, than=erased.get(event.number)):
            continue
        if said not in known[event.number]:
            known[event.number].add(said)
            fresh.append(event)
    append_consent_events(session, controller_id=controller_id, new=fresh, actor=actor, now=now)
    return len(fresh)


def import_suppressions(
    session: Session,
    *,
    controller_id: int,
    new: Sequence[NewSuppression],
    erasure_keys: Sequence[bytes],
    actor: Actor,
    now: datetime,
) -> int:
    """Record the objections that are not on record yet; gives how many. The numbers must be locked.

    An import never lifts a suppression: there is no row that could say so. A person's own word from before that
    person was erased is covered by the block that the erasure left.
    """
    numbers = {one.number for one in new}
    wanted: dict[str, Any] = {"numbers": numbers, "hashes": hashes_of(numbers, keys=erasure_keys)}
    known = {
        (scope, row["number"], row["reason"], row["since"], row["ref"])
        for scope, rows in (
            (Scope.CONTROLLER, suppressions_of(session, controller_ids=[controller_id], **wanted)),
            (Scope.ALL, objections_to_all_of(session, **wanted)),
        )
        for row in rows
    }
    erased = erased_at(session, controller_id=controller_id, numbers=numbers, erasure_keys=erasure_keys)
    fresh = []
    for one in new:
        if one.reason in OWN and one.scope is Scope.CONTROLLER and _is_older(one.since, than=erased.get(one.number)):
            continue
        said = (one.scope, one.number, one.reason.value, one.since, one.ref)
        if said not in known:
            known.add(said)
            fresh.append(one)
    append_suppressions(session, controller_id=controller_id, new=fresh, actor=actor, now=now)
    return len(fresh)


def import_relationships(
    session: Session,
    *,
    controller_id: int,
    new: Sequence[NewRelationship],
    erasure_keys: Sequence[bytes],
    actor: Actor,
    now: datetime,
) -> int:
    """Record the relationships that are not on record yet; gives how many. The numbers must be locked.

    What a later record took the place of is on record too: an old file does not bring an ended contract back, nor
    what was before a person was erased.
    """
    numbers = {one.number for one in new}
    erased = erased_at(session, controller_id=controller_id, numbers=numbers, erasure_keys=erasure_keys)
    rows = relationships_of(session, numbers=numbers, controller_ids=[controller_id])
    known = {(row["number"], *_told(row)) for row in rows}
    fresh = []
    for one in new:
        columns: dict[str, Any] = {
            "kind": one.kind.value,
            "began_at": one.began_at,
            "ended_at": one.ended_at,
            "ref": one.ref,
        }
        columns |= {"product_categories": sorted(set(one.product_categories)), "evidence": list(one.evidence)}
        said = (one.number, *_told(columns))
        if said not in known and not _is_older(one.began_at, than=erased.get(one.number)):
            known.add(said)
            fresh.append(one)
    append_relationships(session, controller_id=controller_id, new=fresh, actor=actor, now=now)
    return len(fresh)


def record_import(
    session: Session,
    *,
    kind: ImportKind,
    controller_id: int,
    file_name: str,
    file_sha256: str,
    totals: Mapping[str, int],
    errors: Sequence[Mapping[str, Any]],
    started_at: datetime,
    actor: Actor,
    now: datetime,
) -> str:
    """Put a finished import on record; gives its id."""
    id = new_id(now)
    record_act(
        session,
        kind=LeafKind.IMPORT,
        controller_id=controller_id,
        actor=actor,
        now=now,
        id=id,
        body={"import": kind.value, "file": file_sha256, "totals": dict(totals)},
        fields={"file_name": file_name},
    )
    values: dict[str, Any] = {"id": id, "kind": kind.value, "controller_id": controller_id, "imported_by": actor.id}
    values |= {"file_name": file_name, "file_sha256": file_sha256, "totals": dict(totals)}
    add_import(session, values=values | {"errors": list(errors), "started_at": started_at, "finished_at": now})
    return id


def _is_older(said: datetime, *, than: datetime | None) -> bool:
    return than is not None and said <= than


def _columns(event: NewConsentEvent) -> dict[str, Any]:
    return {
        "action": event.action.value,
        "purposes": sorted(event.purposes),
        "voice_modes": sorted(event.voice_modes),
        "product_categories": sorted(event.product_categories),
        "origin": event.origin.value,
        "obtained_at": event.obtained_at,
        "expires_at": event.expires_at,
        "evidence": list(event.evidence),
        "ref": event.ref,
        "notice": event.notice,
        "person": event.person,
        "call_times": None if event.call_times is None else written_weekly(event.call_times),
    }


def _said(row: Row) -> tuple[object, ...]:
    lists = (tuple(row[name]) for name in ("purposes", "voice_modes", "product_categories", "evidence"))
    told = (msgspec.json.encode(row[name], order="sorted") for name in ("notice", "person", "call_times"))
    return (row["action"], row["origin"], row["obtained_at"], row["expires_at"], row["ref"], *lists, *told)


def _told(row: Row) -> tuple[object, ...]:
    lists = (tuple(row[name]) for name in ("product_categories", "evidence"))
    return (row["kind"], row["began_at"], row["ended_at"], row["ref"], *lists)
