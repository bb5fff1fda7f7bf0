"""The worker: leases, takeovers and giving up, with a clock that is set."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from app.db.engine import SimultaneousChange
from app.db.jobs import jobs
from app.db.lists import lists
from app.domain.access import operator
from app.jobs.worker import GIVES_WAY, LEASE, MAX_ATTEMPTS, Worker
from app.work.scrub import scrub_list
from tests.call_lists import csv_of, list_acts, received, result, scrubbed, shown
from tests.gate import Gate

SECOND = timedelta(seconds=1)
ROWS, MANY_ROWS = 22_000, 45_000
ONE, TWO = 19_999, 39_999
"""Rows that are done after one chunk and after two, of two chunks or of three."""


def listed(rows: int) -> bytes:
    return csv_of([[f"+4206011{n:05}", "x"] for n in range(rows)])


LIST, LONG_LIST = listed(ROWS), listed(MANY_ROWS)


class Killed(BaseException):
    """What a test raises where a process would be killed: nobody catches it."""


def job_of(gate: Gate, id: str) -> dict[str, Any]:
    with gate.context.reading() as reading:
        rows = reading.session.execute(select(jobs).where(jobs.c.subject_id == id)).mappings().all()
    assert len(rows) == 1
    return dict(rows[0])


def die_after(chunks: int) -> Any:
    """Give a listener that kills whoever works after so many chunks."""
    told = []

    def listen(done: int, total: int) -> None:
        told.append(done)
        if len(told) == chunks:
            raise Killed()

    return listen


def test_a_job_is_held_by_one_worker_at_a_time(energo: Gate) -> None:
    id = received(energo, LIST)
    other = Worker(energo.context)
    tried = []

    def meanwhile(done: int, total: int) -> None:
        tried.append(other.work_once())

    assert Worker(energo.context).work_once(told=meanwhile)
    assert tried
    assert not any(tried)
    assert shown(energo, id)["totals"]["rows"] == ROWS


@pytest.mark.parametrize(("waited", "is_taken"), [(LEASE - SECOND, False), (LEASE, False), (LEASE + SECOND, True)])
def test_a_job_whose_worker_died_is_taken_over_when_its_lease_ran_out(
    energo: Gate, waited: timedelta, is_taken: bool
) -> None:
    id = received(energo, LIST)
    with pytest.raises(Killed):
        Worker(energo.context).work_once(told=die_after(1))
    assert shown(energo, id)["state"] == "checking"
    energo.now += waited
    assert Worker(energo.context).work_once() is is_taken
    assert (shown(energo, id)["state"] == "ready") is is_taken


def test_what_a_dead_worker_finished_is_not_done_again(energo: Gate) -> None:
    undisturbed = scrubbed(energo, LONG_LIST)
    id = received(energo, LONG_LIST)
    started = energo.now
    with pytest.raises(Killed):
        Worker(energo.context).work_once(told=die_after(2))
    energo.now += LEASE + SECOND
    energo.work()
    rows = result(energo, id)
    assert {row["checked_at"] for row in rows[:TWO]} == {_written(started)}
    assert {row["checked_at"] for row in rows[TWO:]} == {_written(energo.now)}
    assert shown(energo, id)["totals"] == shown(energo, undisturbed)["totals"]
    assert [row["number"] for row in rows] == [row["number"] for row in result(energo, undisturbed)]


def _written(instant: datetime) -> str:
    return instant.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def test_a_chunk_that_was_stored_but_not_noted_is_not_lost_and_not_doubled(energo: Gate) -> None:
    id = received(energo, LONG_LIST)
    with pytest.raises(Killed):
        Worker(energo.context).work_once(told=die_after(2))
    with energo.context.transaction() as tx:  # as if it had died between the chunk's commit and the note
        tx.session.execute(update(lists).where(lists.c.id == id).values(rows_done=ONE, progress=0.4))
    energo.now += LEASE + SECOND
    energo.work()
    assert [row["row"] for row in result(energo, id)] == [str(n) for n in range(2, 2 + MANY_ROWS)]
    answer = shown(energo, id)
    assert (answer["rows_done"], answer["progress"], answer["totals"]["rows"]) == (MANY_ROWS, 1.0, MANY_ROWS)


def test_a_worker_that_lost_its_lease_stops_and_changes_nothing_more(energo: Gate) -> None:
    id = received(energo, LIST)
    second = Worker(energo.context)
    heard = []

    def taken_over(done: int, total: int) -> None:
        heard.append(done)
        energo.now += LEASE + SECOND
        assert second.work_once()

    assert Worker(energo.context).work_once(told=taken_over)
    assert heard == [ONE]
    assert shown(energo, id)["state"] == "ready"
    assert shown(energo, id)["totals"]["rows"] == ROWS
    assert len(list_acts(energo, id, "scrubbed")) == 1
    assert job_of(energo, id)["state"] == "done"


def test_a_worker_that_stalled_at_the_very_end_does_not_finish_twice(energo: Gate) -> None:
    id = received(energo, LIST)
    second = Worker(energo.context)

    def take_over_at_the_end(done: int, total: int) -> None:
        if done == total == ROWS:
            energo.now += LEASE + SECOND
            assert second.work_once()

    with pytest.raises(SimultaneousChange):
        scrub_list(energo.context, id=id, actor=operator("worker"), progress=take_over_at_the_end)
    assert len(list_acts(energo, id, "scrubbed")) == 1
    assert shown(energo, id)["state"] == "ready"


def test_a_job_that_fails_again_and_again_is_given_up_and_blocks_nobody(energo: Gate) -> None:
    id = received(energo, LIST)
    (energo.context.data_dir / "lists" / id / "source").unlink()  # as a disk may
    for _ in range(MAX_ATTEMPTS):
        with pytest.raises(FileNotFoundError):
            Worker(energo.context).work_once()
        energo.now += LEASE + SECOND
    later = received(energo, LIST)
    energo.work()
    answer = shown(energo, id)
    assert answer["state"] == "failed"
    assert answer["fault"] == "gave_up: the scrub was tried several times and never ended"
    assert shown(energo, later)["state"] == "ready"


def test_a_stopped_worker_hands_its_job_on_at_once(energo: Gate) -> None:
    id = received(energo, LONG_LIST)
    worker = Worker(energo.context)
    assert worker.work_once(told=lambda done, total: worker.stop())
    assert shown(energo, id)["rows_done"] < MANY_ROWS
    assert job_of(energo, id)["attempts"] == 0
    assert Worker(energo.context).work_once()
    assert shown(energo, id)["state"] == "ready"


def test_a_worker_that_gives_way_takes_only_what_nobody_else_took_up(energo: Gate) -> None:
    id = received(energo, LIST)
    patient = Worker(energo.context, gives_way=True)
    for passed in (timedelta(0), GIVES_WAY - timedelta(milliseconds=1)):
        energo.now += passed
        assert not patient.work_once()
    energo.now += timedelta(milliseconds=1)
    with pytest.raises(Killed):
        patient.work_once(told=die_after(1))
    energo.now += LEASE + GIVES_WAY + SECOND
    assert not patient.work_once(), "what somebody died of is not for it"
    assert Worker(energo.context).work_once()
    assert shown(energo, id)["state"] == "ready"
