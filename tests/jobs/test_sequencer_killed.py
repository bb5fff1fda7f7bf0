"""The sequencer, killed with -9 before and after every statement and commit: nothing lost, doubled or forked."""

import multiprocessing
import os
import random
import signal
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import event, select

from app.context import Context
from app.db.engine import make_engine
from app.db.log import pending
from app.work.sequencer import integrate
from tests.gate import Gate
from tests.trees import assert_sound, notes_of

NUMBER = "+420601123456"
STAGES = 60
"""More moments than one run of the sequencer has."""
_fork = multiprocessing.get_context("fork")


def sequence_until_killed(context: Context, url: str, moment: int) -> None:
    """Sequence in a process of its own, and die at the given moment: each statement and commit has two."""
    engine = make_engine(url)
    passed = 0

    def step(*_: object) -> None:
        nonlocal passed
        passed += 1
        if passed == moment:
            os.kill(os.getpid(), signal.SIGKILL)

    event.listen(engine, "before_cursor_execute", step)
    event.listen(engine, "after_cursor_execute", step)
    event.listen(engine, "commit", step)
    integrate(replace(context, engine=engine), is_forced=True)
    os._exit(0)


@pytest.mark.parametrize("kills", [12, pytest.param(200, marks=pytest.mark.soak)], ids=["short", "long"])
def test_killed_at_every_stage_it_loses_doubles_and_forks_nothing(
    energo: Gate, database_url: str, tmp_path: Path, kills: int
) -> None:
    rng, seen, died, moment = random.Random(3), [], 0, 0
    while died < kills:
        for _ in range(rng.randint(1, 4)):
            energo.check(NUMBER)
        moment = moment % STAGES + (1 if kills >= STAGES else rng.randint(1, 4))
        child = _fork.Process(target=sequence_until_killed, args=(energo.context, database_url, moment))
        child.start()
        child.join(60)
        assert child.exitcode in (0, -signal.SIGKILL)
        died += child.exitcode != 0
        moment = 0 if child.exitcode == 0 else moment  # it came to its end: begin with the first moment again
        seen += notes_of(energo)
        if died % 20 == 0:
            assert_sound(energo, seen=seen)
    energo.integrate()
    with energo.context.reading() as reading:
        assert reading.session.execute(select(pending)).all() == []
    assert_sound(energo, seen=seen)
