"""Submissions: the numbers of a list that a register is sent, which answers for what it is asked alone."""

from collections.abc import Collection, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import phonenumbers
from sqlalchemy.orm import Session

from app.db.lists import list_by_id
from app.db.register_files import RegisterFile, RegisterFiles
from app.db.registers import add_submission, submission_by_id
from app.db.types import Row
from app.domain.access import Actor
from app.domain.errors import Conflict, NotFound
from app.domain.leaf import LeafKind
from app.domain.register import Coverage, ListStatus, Register
from app.services.log import record_act
from app.services.registers import register_for

FOLDER = "submissions"
SUBMISSIONS_KEPT = timedelta(days=31)
"""How long the numbers of a submission are kept for its answer to come."""
_PIECE = 10_000


class NotAsked(Conflict):
    """This register is a full list; it is not asked about numbers."""

    code = "register_not_asked"


class UnknownSubmission(NotFound):
    """There is no such submission to this register here."""

    code = "unknown_submission"


class NothingToSubmit(Conflict):
    """Every number of this list that the register could be asked about has an answer that is young enough."""

    code = "nothing_to_submit"


def submission_path(folder: Path, row: Row) -> Path:
    """Say where the numbers of a submission are."""
    return folder / str(row["register"]) / FOLDER / f"{row['id']}.numbers"


def asked_register(session: Session, *, slug: str) -> Register:
    """Give a register that answers for what it is asked.

    :raises UnknownRegister: when there is none.
    :raises NotAsked: when it is a full list.
    """
    register = register_for(session, slug=slug)
    if register.coverage is not Coverage.ASKED:
        raise NotAsked()
    return register


def submission_for(session: Session, *, slug: str, id: str) -> Row:
    """Give a submission to a register.

    :raises UnknownSubmission: when there is none.
    """
    row = submission_by_id(session, id=id)
    if row is None or row["register"] != slug:
        raise UnknownSubmission()
    return row


def controller_asking(session: Session, row: Row) -> int:
    """Give the controller whose list was submitted: the answers are its own.

    :raises UnknownSubmission: when the list is not on record, so that nobody can tell.
    """
    listed = list_by_id(session, id=row["list_id"], controller_ids=None)
    if listed is None:
        raise UnknownSubmission("its list is not there any more")
    controller_id: int = listed["controller_id"]
    return controller_id


def unanswered(
    session: Session,
    *,
    register: Register,
    controller_id: int,
    numbers: Collection[int],
    files: RegisterFiles,
    now: datetime,
) -> list[int]:
    """Give those numbers of the register's country that it must be asked about for a controller: it never answered,
    or too long ago. What it answered another does not count.
    """
    code = "" if register.region is None else str(phonenumbers.country_code_for_region(register.region))
    own = [number for number in numbers if str(number).startswith(code)]
    oldest = now - timedelta(days=register.max_age_days or 0)
    answers = files.answers(session, registers=[register.slug], calls=[(number, controller_id) for number in own])
    return [
        number
        for number in own
        if not any(
            one.status is not ListStatus.UNASKED and one.as_of > oldest for one in answers[number, controller_id]
        )
    ]


def record_submission(
    session: Session,
    *,
    id: str,
    register: Register,
    list_id: str,
    count: int,
    sha256: str,
    actor: Actor,
    now: datetime,
) -> Row:
    """Put on record that numbers of a list were given out to be asked about; their file must stand by then.

    :raises NeedsAllControllers: for an actor of named controllers: what registers are sent is the caller's business.
    """
    actor.require_all_controllers()
    body = {
        "act": "submitted",
        "register": register.slug,
        "submission": id,
        "list": list_id,
        "digest": f"sha256:{sha256}",
        "count": count,
    }
    _, leaf_hash = record_act(session, kind=LeafKind.REGISTER, controller_id=None, actor=actor, now=now, body=body)
    values = {"id": id, "register": register.slug, "list_id": list_id, "sha256": sha256, "count": count}
    add_submission(session, values=values | {"submitted_by": actor.id, "submitted_at": now, "leaf_hash": leaf_hash})
    return submission_for(session, slug=register.slug, id=id)


def submitted_lines(folder: Path, row: Row) -> Iterator[bytes]:
    """Give the numbers of a submission, one E.164 a line, some thousands at a time.

    :raises BadRegisterFile: when they are not there any more, or not whole.
    """
    numbers = RegisterFile(submission_path(folder, row), snapshot=row["id"], count=row["count"]).numbers
    for place in range(0, len(numbers), _PIECE):
        yield b"".join(b"+%d\n" % number for number in numbers[place : place + _PIECE])


def forget_submissions(folder: Path, *, before: datetime) -> None:
    """Delete the numbers of old submissions; that they were made stays on record."""
    for path in folder.glob(f"*/{FOLDER}/*.numbers"):
        if path.stat().st_mtime < before.timestamp():
            path.unlink(missing_ok=True)
