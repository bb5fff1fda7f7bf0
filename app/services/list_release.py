"""Releasing a scrub: somebody looked at what it came to, and answers for handing its numbers out."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.db.lists import change_list
from app.domain.access import Actor
from app.domain.errors import Conflict
from app.domain.leaf import LeafKind
from app.services.lists import list_for, require_usable
from app.services.log import record_act


class ListNotReleased(Conflict):
    """The scrub was not released yet: look at what it came to, and release it."""

    code = "list_not_released"


class AnotherScrub(Conflict):
    """The list was scrubbed again meanwhile: look at what it came to now."""

    code = "another_scrub"


def release_list(session: Session, *, id: str, run: int, digest: str, actor: Actor, now: datetime) -> None:
    """Release the scrub `run` of a list, by the ruleset `digest` in force; a second release changes nothing.

    :raises UnknownList: when the actor reaches none of that id.
    :raises AnotherScrub: when it was scrubbed again since.
    :raises ListNotReady, ListStale: when its rows cannot be handed out.
    """
    row = list_for(session, id=id, actor=actor)
    if row["run"] != run:
        raise AnotherScrub()
    require_usable(row, digest=digest, now=now)
    if row["released_at"] is not None:
        return
    change_list(session, id=id, run=run, states=["ready"], values={"released_at": now, "released_by": actor.id})
    body = {"act": "released", "list": id, "run": run, "result": row["result_sha256"]}
    record_act(session, kind=LeafKind.LIST, controller_id=row["controller_id"], actor=actor, now=now, body=body)


def require_released(row: Mapping[str, Any]) -> None:
    """Refuse to hand out, as a list to dial, what nobody looked at.

    :raises ListNotReleased: when nobody released this scrub.
    """
    if row["released_at"] is None:
        raise ListNotReleased()
