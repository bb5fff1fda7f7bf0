"""The second wall: on PostgreSQL, row-level security limits a transaction to the controllers it may touch."""

from collections.abc import Collection

from sqlalchemy.orm import Session

from app.db.locks import enter

EVERYBODY = "*"
SETTING = "dialgate.controllers"


def set_reach(session: Session, *, controller_ids: Collection[int] | None) -> None:
    """Tell the database which controllers this transaction may touch; None is all of them."""
    enter(session, settings=reach_setting(controller_ids))


def reach_setting(controller_ids: Collection[int] | None) -> dict[str, str]:
    """Give the setting that tells it."""
    return {SETTING: EVERYBODY if controller_ids is None else ",".join(str(id) for id in sorted(controller_ids))}
