"""Locks on numbers: checks share, changes exclude, and nobody waits for each other in a ring."""

import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from app.db.engine import DatabaseUnavailable, make_engine
from app.db.locks import enter, lock_key
from tests.databases import Template


@contextmanager
def waited() -> Iterator[None]:
    """Expect the wait for a lock to be cut off."""
    with pytest.raises(DatabaseUnavailable) as caught:
        yield
    assert isinstance(caught.value.__cause__, psycopg.errors.LockNotAvailable)


@pytest.fixture
def engine(postgres_empty: Template) -> Iterator[Engine]:
    with postgres_empty.copy() as url:
        engine = make_engine(url)
        yield engine
        engine.dispose()


def test_the_lock_of_a_number_is_eight_bytes_of_its_sha_256() -> None:
    # printf +420601123456 | sha256sum
    assert lock_key(420601123456) == -858031315366052268
    assert lock_key(48601123456) != lock_key(420601123456)
    assert all(-(2**63) <= lock_key(number) < 2**63 for number in range(420601000000, 420601001000))


def test_checks_share_and_a_change_excludes(engine: Engine) -> None:
    with Session(engine) as one, Session(engine) as other, Session(engine) as third:
        enter(one, shared=[1, 2], exclusive=[])
        enter(other, shared=[2, 3], exclusive=[])
        enter(third, shared=[], exclusive=[4])
        with Session(engine) as change:
            change.connection().exec_driver_sql("SET LOCAL lock_timeout = '50ms'")
            with waited():
                enter(change, shared=[], exclusive=[2])
        with Session(engine) as check:
            check.connection().exec_driver_sql("SET LOCAL lock_timeout = '50ms'")
            with waited():
                enter(check, shared=[4], exclusive=[])
        one.rollback()
        other.rollback()
        with Session(engine) as change:
            change.connection().exec_driver_sql("SET LOCAL lock_timeout = '50ms'")
            enter(change, shared=[], exclusive=[1, 2, 3])


def test_a_number_wanted_in_both_forms_is_taken_in_the_stronger(engine: Engine) -> None:
    with Session(engine) as one:
        enter(one, shared=[1, 2], exclusive=[2])
        with Session(engine) as other:
            other.connection().exec_driver_sql("SET LOCAL lock_timeout = '50ms'")
            enter(other, shared=[1], exclusive=[])
            with waited():
                enter(other, shared=[2], exclusive=[])


def test_overlapping_sets_in_both_forms_never_wait_in_a_ring(engine: Engine) -> None:
    faults: list[BaseException] = []
    rounds: list[int] = []

    def work(seed: int) -> None:
        dice = random.Random(seed)
        try:
            for _ in range(25):
                with Session(engine) as session:
                    shared = dice.sample(range(12), dice.randint(0, 8))
                    exclusive = dice.sample(range(12), dice.randint(0, 4))
                    enter(session, shared=shared, exclusive=exclusive)
                rounds.append(seed)
        except BaseException as fault:  # noqa: BLE001  it is asserted below
            faults.append(fault)

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    assert len(rounds) == 12 * 25


def test_what_is_to_be_set_is_set_whether_or_not_something_is_locked(engine: Engine) -> None:
    for numbers in ([], [1], [1, 2, 3]):
        with Session(engine) as session:
            before = session.execute(text("SELECT clock_timestamp()")).scalar_one()
            held_at = enter(session, shared=numbers, exclusive=numbers[:1], settings={"dialgate.controllers": "7"})
            assert held_at is not None
            assert held_at >= before
            assert session.execute(text("SELECT current_setting('dialgate.controllers')")).scalar_one() == "7"
