"""The installation itself: what is done to its database goes to the operator's log."""

from datetime import datetime

from sqlalchemy.orm import Session

from app.domain.access import Actor
from app.domain.leaf import LeafKind
from app.services.log import record_act


def record_upgrade(session: Session, *, before: str | None, revision: str | None, actor: Actor, now: datetime) -> None:
    """Put on record that the database was brought to another schema; the revisions are those of the migrations."""
    body = {"act": "schema_upgraded", "before": before, "revision": revision}
    record_act(session, kind=LeafKind.ADMIN, controller_id=None, actor=actor, now=now, body=body)


def record_grant(session: Session, *, role: str, actor: Actor, now: datetime) -> None:
    """Put on record that a role of the database was let run the service; its name stands in the opening."""
    body = {"act": "role_granted"}
    fields = {"role": role}
    record_act(session, kind=LeafKind.ADMIN, controller_id=None, actor=actor, now=now, body=body, fields=fields)
