"""The second wall: on PostgreSQL, row-level security limits a transaction to the controllers it may touch."""

from collections.abc import Collection

from sqlalchemy.orm import Session

from app.db.driver import run

EVERYBODY = "*"
SETTING = "dialgate.controllers"


def set_reach(session: Session, *, controller_ids: Collection[int] | None) -> None:
    """Tell the database which controllers this transaction may touch; None is all of them."""
    if session.get_bind().dialect.name != "postgresql":
        return
    value = EVERYBODY if controller_ids is None else ",".join(str(id) for id in sorted(controller_ids))
    run(session, "SELECT set_config(%s, %s, true)", (SETTING, value))
