"""Consent events: appending them, and a number's history."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.db.consents import add_consent_events, consent_events_of
from app.db.identity import new_id
from app.db.log import Entry, Log, append_entries
from app.db.types import Row
from app.domain.access import Actor
from app.domain.consent import Action, ConsentEvent, Evidence, Origin
from app.domain.entry import consent_body
from app.domain.errors import InvalidInput
from app.domain.form import CATEGORY, LATEST_EXPIRY, SHA256, TEXT, refuse_absurd, require_form
from app.domain.hours import Weekly, written_weekly
from app.domain.leaf import LeafKind, hash_text
from app.services.log import log_of


class CallTimesOfNo(InvalidInput):
    """Hours to be called in belong to a grant; a no covers every hour."""

    code = "call_times_of_a_no"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewConsentEvent:
    """A consent event to be appended. `file` and `row` are set for a row of an imported file.

    `call_times` are the hours in which the person expressly agreed to be called; None is that nothing was said of them.
    """

    number: int
    action: Action
    purposes: tuple[str, ...]
    voice_modes: tuple[str, ...]
    product_categories: tuple[str, ...]
    origin: Origin
    obtained_at: datetime
    expires_at: datetime | None = None
    call_times: Weekly | None = None
    evidence: tuple[str, ...] = ()
    notice: Mapping[str, Any] | None = None
    person: Mapping[str, Any] | None = None
    ref: str | None = None
    file: str | None = None
    row: int | None = None


def append_consent_events(
    session: Session, *, controller_id: int, new: Sequence[NewConsentEvent], actor: Actor, now: datetime
) -> list[str]:
    """Append events of one controller, with their log entries; gives their ids in order.

    The numbers must be locked in the exclusive form, so that no check that starts after the caller was
    told of a withdrawal can miss it. Nothing on record is changed.

    :raises Malformed, AbsurdTime, CallTimesOfNo: when a field of one does not have its form; then none is appended.
    """
    for event in new:
        _require_sense(event, now)
    log = log_of(session, controller_id=controller_id)
    ids = [new_id(now) for _ in new]
    entries = [_entry(event, id, log, actor, now) for event, id in zip(new, ids, strict=True)]
    written = append_entries(session, new=entries)
    rows = [
        _row(event, id, controller_id, now) | {"leaf_hash": hash_text(one.leaf_hash)}
        for event, id, one in zip(new, ids, written, strict=True)
    ]
    add_consent_events(session, rows=rows)
    return ids


def _require_sense(new: NewConsentEvent, now: datetime) -> None:
    for category in new.product_categories:
        require_form(CATEGORY, product_categories=category)
    for digest in new.evidence:
        require_form(SHA256, evidence=digest)
    require_form(TEXT, ref=new.ref)
    if new.call_times is not None and new.action is not Action.GIVEN:
        raise CallTimesOfNo(pointer="/call_times")
    refuse_absurd(new.obtained_at, pointer="/obtained_at", now=now)
    refuse_absurd(new.expires_at, pointer="/expires_at", now=now, until=LATEST_EXPIRY)


def _entry(new: NewConsentEvent, id: str, log: Log, actor: Actor, now: datetime) -> Entry:
    event = ConsentEvent(
        id=id,
        action=new.action,
        purposes=frozenset(new.purposes),
        voice_modes=frozenset(new.voice_modes),
        product_categories=frozenset(new.product_categories),
        origin=new.origin,
        obtained_at=new.obtained_at,
        recorded_at=now,
        expires_at=new.expires_at,
        evidence=Evidence.CLAIMED if new.evidence else Evidence.MISSING,
        call_times=new.call_times,
        file=new.file,
        row=new.row,
    )
    personal = {"person": new.person, "ref": new.ref, **actor.personal}
    return Entry(
        id=id,
        log=log,
        kind=LeafKind.CONSENT,
        at=now,
        body={"actor": actor.id, **consent_body(event, evidence=new.evidence, notice=new.notice)},
        number=new.number,
        fields={name: value for name, value in personal.items() if value is not None},
    )


def _row(new: NewConsentEvent, id: str, controller_id: int, now: datetime) -> dict[str, Any]:
    return {
        "id": id,
        "controller_id": controller_id,
        "number": new.number,
        "action": new.action.value,
        "purposes": sorted(new.purposes),
        "voice_modes": sorted(new.voice_modes),
        "product_categories": sorted(new.product_categories),
        "origin": new.origin.value,
        "obtained_at": new.obtained_at,
        "recorded_at": now,
        "expires_at": new.expires_at,
        "evidence": list(new.evidence),
        "notice": None if new.notice is None else dict(new.notice),
        "person": None if new.person is None else dict(new.person),
        "ref": new.ref,
        "file": new.file,
        "file_row": new.row,
        "call_times": None if new.call_times is None else written_weekly(new.call_times),
    }


def consent_history(session: Session, *, controller_id: int, number: int) -> Sequence[Row]:
    """Give every event of a number with one controller, in the order recorded."""
    return consent_events_of(session, numbers=[number], controller_ids=[controller_id])
