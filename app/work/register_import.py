"""Drives the import of a register's file for every interface: read apart, written whole, put on record at once."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from app.context import Context, Transaction
from app.db.identity import new_id
from app.db.register_files import numbers_path
from app.db.standing_snapshots import Snapshot
from app.db.types import Row
from app.domain.access import Actor
from app.domain.errors import InvalidInput
from app.domain.form import TEXT, require_form
from app.domain.register import Coverage, Register, RegisterFormat
from app.services.register_building import Base, Built, Job
from app.services.register_child import build_numbers
from app.services.register_folders import building, in_place, registers_folder
from app.services.register_snapshots import (
    EmptyRegister,
    NewSnapshot,
    NothingToChange,
    newest_standing,
    require_timely,
    take_snapshot,
)
from app.services.register_submissions import controller_asking, submission_for, submission_path
from app.services.registers import register_for
from app.services.uploads import Upload

_SUBMITTED = "submitted"


class WrongLines(InvalidInput):
    """The file has lines that are not of its format; it was refused whole."""

    code = "wrong_lines"


class NoSubmission(InvalidInput):
    """An answer needs what was asked; name the submission. A list that is whole has none."""

    code = "no_submission"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewImport:
    """What is said of a file: of which register, as of when and from where it is.

    `is_change_list` lays it over the snapshot that stands; an answer names the `submission` it answers, or brings
    the numbers that were sent along as the file `submitted`. To a submission it answers the controller's calls alone
    whose list that was; without one, everybody's.
    """

    register: str
    as_of: datetime
    source: str
    is_change_list: bool = False
    skip_invalid: bool = False
    submission: str | None = None
    submitted: Upload | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """The snapshot's row, and what was found in the file."""

    row: Row
    built: Built


@dataclass(slots=True, kw_only=True)
class Prepared:
    """The numbers of a file, whole and in their place; a snapshot is what they are once they are taken."""

    new: NewSnapshot
    built: Built
    is_taken: bool = False

    def take(self, tx: Transaction, *, actor: Actor) -> Imported:
        """Put the snapshot on record in a transaction, which must be committed before the numbers are let go.

        :raises Trouble: as `take_snapshot` does.
        """
        self.is_taken = True
        return Imported(row=take_snapshot(tx.session, new=self.new, actor=actor, now=tx.now), built=self.built)


def import_snapshot(context: Context, *, upload: Upload, new: NewImport, actor: Actor) -> Imported:
    """Import a file in a transaction of its own.

    :raises Trouble: as `prepared_import` does.
    """
    prepared = prepared_import(context, upload=upload, new=new, actor=actor)
    with prepared as ready, context.transaction() as tx:
        return ready.take(tx, actor=actor)


@contextmanager
def prepared_import(context: Context, *, upload: Upload, new: NewImport, actor: Actor) -> Iterator[Prepared]:
    """Read a file: all of it, or nothing; the block takes it in a transaction that it commits.

    What a block does not take, or fails to, goes. What a crash leaves behind is no snapshot, and goes in time.

    :raises NeedsAllControllers: for an actor of named controllers.
    :raises WrongLines: naming lines and why; the file is refused whole, unless wrong lines are to be skipped.
    :raises EmptyRegister: when nothing is left of it.
    :raises InvalidInput, Conflict: when the file cannot be read, or does not fit what is on record.
    """
    actor.require_all_controllers()
    require_form(TEXT, source=new.source)
    with context.reading() as reading:
        register = register_for(reading.session, slug=new.register)
        newest = newest_standing(reading.session, register=register)
        require_timely(register, as_of=new.as_of, newest=newest, now=reading.now)
        submission = controller_id = None
        if new.submission is not None:
            submission = submission_for(reading.session, slug=new.register, id=new.submission)
            controller_id = controller_asking(reading.session, submission)
        id = new_id(reading.now)
    folder_of_all = registers_folder(context.data_dir)
    with building(folder_of_all, id=id, now=context.now()) as folder:
        job = Job(
            path=str(upload.path.resolve()),
            register=register,
            as_of=new.as_of.date(),
            snapshot=id,
            folder=str(folder),
            is_change_list=new.is_change_list,
            skip_invalid=new.skip_invalid,
            base=_base(folder_of_all, register, new, newest, submission, folder),
        )
        built = _whole(build_numbers(job))
        path = numbers_path(folder_of_all, register=register.slug, snapshot=id)
        with in_place(job.target, path):
            taken = NewSnapshot(
                id=id,
                register=register,
                as_of=new.as_of,
                source=new.source,
                file_name=upload.name,
                sha256=built.sha256 or "",
                count=built.count or 0,
                skipped=built.invalid,
                duplicates=built.duplicates,
                base=newest.id if newest is not None and new.is_change_list else None,
                submission=new.submission,
                controller_id=controller_id,
            )
            prepared = Prepared(new=taken, built=built)
            yield prepared
            if not prepared.is_taken:
                path.unlink()


def _base(
    folder_of_all: Path,
    register: Register,
    new: NewImport,
    newest: Snapshot | None,
    submission: Row | None,
    folder: Path,
) -> Base | None:
    """Give the numbers that the file speaks of."""
    needs_submission = register.format is RegisterFormat.IT_RPO
    # a file that says of each number whether it is listed needs none, but may name whose answer it is
    may_name = needs_submission or (register.coverage is Coverage.ASKED and new.submitted is None)
    named = submission is not None or new.submitted is not None
    if (needs_submission and not named) or (named and not may_name):
        raise NoSubmission(pointer="/submission")
    if new.is_change_list:
        if newest is None or register.coverage is not Coverage.FULL:
            raise NothingToChange()
        path = numbers_path(folder_of_all, register=register.slug, snapshot=newest.id)
        return Base(path=str(path), id=newest.id, count=newest.count)
    if submission is not None and needs_submission:
        path = submission_path(folder_of_all, submission)
        return Base(path=str(path), id=submission["id"], count=submission["count"])
    if new.submitted is None:
        return None
    return _submitted(register, new.submitted, new.as_of, folder / _SUBMITTED)


def _submitted(register: Register, upload: Upload, as_of: datetime, folder: Path) -> Base:
    """Read the numbers that were sent, a number a line."""
    folder.mkdir()
    plain = Register(
        slug=register.slug,
        name=register.name,
        coverage=Coverage.FULL,
        format=RegisterFormat.PLAIN,
        region=register.region,
    )
    id = new_id(as_of)
    job = Job(path=str(upload.path.resolve()), register=plain, as_of=as_of.date(), snapshot=id, folder=str(folder))
    built = _whole(build_numbers(job))
    return Base(path=str(job.target), id=id, count=built.count or 0)


def _whole(built: Built) -> Built:
    """Refuse what has wrong lines that were not to be skipped, and what has no number."""
    if built.count is None:
        several = "; ".join(f"line {error.line}: {error.code}" for error in built.errors[:10])
        told = f"{built.invalid} of {built.lines} lines; {several}".rstrip("; ")
        trouble = WrongLines(f"{told}; {built.contradictions} contradictions" if built.contradictions else told)
        trouble.errors = tuple((f"/lines/{error.line}", error.code) for error in built.errors)
        raise trouble
    if not built.count:
        raise EmptyRegister()
    return built
