"""Drives a submission for every interface: the numbers of a list that a register must be asked about, in a file."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from app.context import Context, Transaction
from app.db.identity import new_id
from app.db.list_index import all_numbers
from app.db.list_rows import reading_rows
from app.db.register_building import KEY_SHIFT, Runs, Tally, listing, one_each, write_numbers
from app.db.register_files import RegisterFiles
from app.db.types import Row
from app.domain.access import Actor
from app.domain.register import Register
from app.services.lists import ListNotReady, list_for, rows_path
from app.services.register_folders import building, in_place, registers_folder
from app.services.register_submissions import (
    NothingToSubmit,
    asked_register,
    record_submission,
    submission_path,
    unanswered,
)


@dataclass(slots=True, kw_only=True)
class Prepared:
    """The numbers of a submission, whole and in their place; it is made once it is on record."""

    id: str
    register: Register
    list_id: str
    count: int
    sha256: str
    is_made: bool = False

    def make(self, tx: Transaction, *, actor: Actor) -> Row:
        """Put the submission on record in a transaction, which must be committed before the numbers are let go."""
        self.is_made = True
        return record_submission(
            tx.session,
            id=self.id,
            register=self.register,
            list_id=self.list_id,
            count=self.count,
            sha256=self.sha256,
            actor=actor,
            now=tx.now,
        )


def submit_list(context: Context, *, register: str, list_id: str, actor: Actor) -> Row:
    """Make a submission of a ready list in a transaction of its own; gives its row.

    :raises Trouble: as `prepared_submission` does.
    """
    prepared = prepared_submission(context, register=register, list_id=list_id, actor=actor)
    with prepared as ready, context.transaction() as tx:
        return ready.make(tx, actor=actor)


@contextmanager
def prepared_submission(context: Context, *, register: str, list_id: str, actor: Actor) -> Iterator[Prepared]:
    """Gather the numbers of a ready list; the block makes the submission in a transaction that it commits.

    What a block does not make, or fails to, goes.

    :raises NeedsAllControllers: for an actor of named controllers.
    :raises UnknownRegister, UnknownList: when there is none.
    :raises NotAsked: when the register is a full list.
    :raises ListNotReady: before the list was read.
    :raises NothingToSubmit: when there is nothing to ask.
    """
    actor.require_all_controllers()
    folder = registers_folder(context.data_dir)
    with context.reading() as reading:
        wanted = asked_register(reading.session, slug=register)
        listed = list_for(reading.session, id=list_id, actor=actor)
        if listed["state"] != "ready":
            raise ListNotReady(f"the list is {listed['state']}")
        id = new_id(reading.now)
    with building(folder, id=id, now=context.now()) as place:
        tally = Tally()
        runs = Runs(place / "runs", tally=tally)
        for numbers in _to_submit(context, wanted, listed):
            runs.add(number << KEY_SHIFT for number in numbers)
        blocks = one_each(runs.merged(), merge=listing, tally=tally)
        count, sha256 = write_numbers(place / "numbers", blocks, snapshot=id)
        if not count:
            raise NothingToSubmit()
        path = submission_path(folder, {"register": register, "id": id})
        with in_place(place / "numbers", path):
            prepared = Prepared(id=id, register=wanted, list_id=list_id, count=count, sha256=sha256)
            yield prepared
            if not prepared.is_made:
                path.unlink()


def _to_submit(context: Context, register: Register, listed: Row) -> Iterator[list[int]]:
    files = RegisterFiles(registers_folder(context.data_dir))
    with reading_rows(rows_path(context.data_dir, listed)) as store:
        for numbers in all_numbers(store):
            with context.reading() as reading:
                yield unanswered(
                    reading.session,
                    register=register,
                    controller_id=listed["controller_id"],
                    numbers=numbers,
                    files=files,
                    now=reading.now,
                )
