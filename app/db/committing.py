"""The commit: nothing cancels it, and nothing softens it unnoticed."""

from collections.abc import Callable
from typing import Any

from sqlalchemy.orm import Session

from app.db.engine import OutcomeUnknown, driver_connection
from app.db.running import connection_of, run_at_once

_COMMIT = "SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0; COMMIT"
"""One journey instead of two."""


def commit(session: Session) -> None:
    """Commit, with no limit of time: a commit that is cut off leaves nobody any the wiser.

    :raises OutcomeUnknown: when it fails, or a warning came with it: a standby that did not confirm is one. Then the
        change may be stored or not, and nothing may rely on either.
    """
    notices: list[str] = []
    try:
        if session.get_bind().dialect.name == "postgresql":
            connection = driver_connection(connection_of(session))
            connection.add_notice_handler(listen := _listener(notices))
            try:
                run_at_once(session, _COMMIT)
                session.commit()  # what the driver was to commit is committed
            finally:
                connection.remove_notice_handler(listen)
        else:
            session.commit()
    except Exception as fault:  # whatever it was, it came after the commit may have been sent
        session.invalidate()  # the pool takes a failed commit for an end, and would lend the open transaction on
        raise OutcomeUnknown() from fault
    if notices:
        raise OutcomeUnknown()


def _listener(notices: list[str]) -> Callable[[Any], None]:
    def listen(notice: Any) -> None:
        if notice.severity_nonlocalized in ("WARNING", "ERROR", "FATAL", "PANIC"):
            notices.append(notice.severity_nonlocalized)

    return listen
