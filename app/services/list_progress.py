"""How far the scrub of a list is, how fast it goes, and how it is ended before its end."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from math import ceil
from typing import Any

from sqlalchemy.orm import Session

from app.db.lists import change_list
from app.domain.access import Actor
from app.domain.errors import Conflict
from app.domain.leaf import LeafKind
from app.services.lists import UNFINISHED, list_for
from app.services.log import record_act


class ListNotInWork(Conflict):
    """The list is not being checked: there is nothing to cancel."""

    code = "list_not_in_work"


def cancel_list(session: Session, *, id: str, actor: Actor, now: datetime) -> None:
    """End a list that waits or is being checked; whoever works on it stops at its next step. It can be scrubbed again.

    :raises UnknownList: when the actor reaches none of that id.
    :raises ListNotInWork: when it has ended already.
    """
    row = list_for(session, id=id, actor=actor)
    if row["state"] not in UNFINISHED:
        raise ListNotInWork(f"the list is {row['state']}")
    change_list(session, id=id, run=row["run"], states=UNFINISHED, values={"state": "cancelled"})
    body = {"act": "cancelled", "list": id, "run": row["run"]}
    record_act(session, kind=LeafKind.LIST, controller_id=row["controller_id"], actor=actor, now=now, body=body)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How fast a list is being checked: rows a second, and the seconds left."""

    rate: float
    seconds_left: int


def pace_of(row: Mapping[str, Any], *, now: datetime) -> Pace | None:
    """Say how fast a list is being checked since that was begun or taken up again; None before anything was."""
    begun = row["found"].get("pace")
    if row["state"] != "checking" or begun is None:
        return None
    seconds = (now - datetime.fromisoformat(begun["since"])).total_seconds()
    rows, share = row["rows_done"] - begun["rows"], row["progress"] - begun["progress"]
    if seconds <= 0 or rows <= 0 or share <= 0:
        return None
    return Pace(rate=round(rows / seconds, 1), seconds_left=ceil((1 - row["progress"]) * seconds / share))
