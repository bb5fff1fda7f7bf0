"""Retention: which records have served their time, and the switch by which a controller's are erased then."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from app.db.consents import consent_events_of
from app.db.facts import consent_event
from app.db.relationships import relationship, relationships_of, that_count
from app.db.retention import last_calls, numbers_known_before, retention_of, set_retention
from app.domain.access import Actor
from app.domain.attempt import CallResult
from app.domain.leaf import LeafKind
from app.domain.phone import InvalidNumber, e164_of, parse
from app.domain.retention import is_over, retains_of
from app.domain.ruleset import Ruleset
from app.services.log import record_act
from app.services.standing import standing_lines

LISTS_KEPT = timedelta(days=90)
"""How long the files of a list are kept after it was checked; its report itself lasts a day."""
_SHORTEST_YEAR = timedelta(days=365)


def switch_retention(session: Session, *, controller_id: int, is_on: bool, actor: Actor, now: datetime) -> None:
    """Have what served its time erased for a controller from now on, or no longer."""
    body = {"act": "retention_on" if is_on else "retention_off"}
    record_act(session, kind=LeafKind.ERASURE, controller_id=controller_id, actor=actor, now=now, body=body)
    set_retention(session, controller_id=controller_id, is_on=is_on, now=now)


def has_retention(session: Session, *, controller_id: int) -> bool:
    """Tell whether it is on. It is off until somebody switches it on: what is erased cannot be brought back."""
    row = retention_of(session, controller_id=controller_id)
    return row is not None and bool(row["is_on"])


def record_deleted_lists(session: Session, *, controller_id: int, count: int, actor: Actor, now: datetime) -> None:
    """Put on record that the files of old lists were deleted."""
    body = {"act": "lists_deleted", "lists": count}
    record_act(session, kind=LeafKind.ERASURE, controller_id=controller_id, actor=actor, now=now, body=body)


def perhaps_due(
    session: Session, *, controller_id: int, ruleset: Ruleset, after: int, limit: int, now: datetime
) -> Sequence[int]:
    """Give numbers that are old enough to be looked at, in ascending order; most of them may still have to stay."""
    regions = {rule.jurisdiction for rule in ruleset.rules}
    years = [retain.years for region in regions for retain in retains_of(ruleset, region=region, now=now)]
    if not years:
        return []
    before = now - min(years) * _SHORTEST_YEAR
    return numbers_known_before(session, controller_id=controller_id, before=before, after=after, limit=limit)


def is_due(session: Session, *, number: int, controller_id: int, ruleset: Ruleset, now: datetime) -> bool:
    """Tell whether everything that a controller has on a number has served its time.

    It has not while a consent stands, a contract is in force, any duty of the number's country lasts, or where its
    clock is not known.
    Suppressions do not count: they go on by their hash.
    """
    rows = consent_events_of(session, numbers=[number], controller_ids=[controller_id])
    events = [consent_event(row) for row in rows]
    calls = {
        instant
        for row in last_calls(session, controller_id=controller_id, numbers=[number])
        for instant in (row["checked_at"], row["attempted_at"], row["recorded_at"])
        if instant is not None
    }
    known = relationships_of(session, numbers=[number], controller_ids=[controller_id])
    lasting = [relationship(row).last_at for row in that_count(known)]
    if any(last is None or last > now for last in lasting):
        return False
    # a purchase or an inquiry is no call, but nothing is erased of which a part is younger than the years
    calls |= {row["recorded_at"] for row in known} | {last for last in lasting if last is not None}
    if any(line["state"] == "given" for line in standing_lines(events, now=now)):
        return False
    retains = retains_of(ruleset, region=_region(number), now=now)
    return is_over(retains, events=events, calls=calls, now=now)


def latest_no(session: Session, *, number: int, controller_id: int) -> datetime | None:
    """Give when the person last said no to a controller, a contract was recorded to have ended, or somebody else was
    reported to have answered; None where none of it was.

    When the records go, this must stay as a block: or an old file would bring back a consent that was withdrawn, a
    contract that ended, or a number that was another's by then.
    """
    rows = consent_events_of(session, numbers=[number], controller_ids=[controller_id])
    noes = [event for event in map(consent_event, rows) if not event.is_grant]
    ends = [
        row["recorded_at"]
        for row in relationships_of(session, numbers=[number], controller_ids=[controller_id])
        if row["ended_at"] is not None and row["replaces"] is not None
    ]
    strangers = [
        row["recorded_at"]
        for row in last_calls(session, controller_id=controller_id, numbers=[number])
        if row["result"] == CallResult.WRONG_PARTY
    ]
    return max((*strangers, *(max(event.obtained_at, event.recorded_at) for event in noes), *ends), default=None)


def _region(number: int) -> str | None:
    try:
        return parse(e164_of(number), region=None).region
    except InvalidNumber:
        return None
