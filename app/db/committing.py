"""The commit: nothing cancels it, and nothing softens it unnoticed."""

from collections.abc import Callable
from typing import Any

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from app.db.engine import OutcomeUnknown, driver_connection
from app.db.running import run


def commit(session: Session) -> None:
    """Commit, with no limit of time: a commit that is cut off leaves nobody any the wiser.

    :raises OutcomeUnknown: when it fails, or a warning came with it: a standby that did not confirm is one. Then the
        change may be stored or not, and nothing may rely on either.
    """
    notices: list[str] = []
    try:
        if session.get_bind().dialect.name == "postgresql":
            run(session, "SELECT set_config('statement_timeout', '0', true), set_config('lock_timeout', '0', true)")
            connection = driver_connection(session.connection())
            connection.add_notice_handler(listen := _listener(notices))
            try:
                session.commit()
            finally:
                connection.remove_notice_handler(listen)
        else:
            session.commit()
    except SQLAlchemyError as fault:
        session.invalidate()  # the pool takes a failed commit for an end, and would lend the open transaction on
        raise OutcomeUnknown() from fault
    if notices:
        raise OutcomeUnknown()


def _listener(notices: list[str]) -> Callable[[Any], None]:
    def listen(notice: Any) -> None:
        if notice.severity_nonlocalized in ("WARNING", "ERROR", "FATAL", "PANIC"):
            notices.append(notice.severity_nonlocalized)

    return listen
