"""The child process that asks a share of a rehearsal's decisions again, below the priority of whatever is served."""

import os
import pickle
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.orm import Session

from app.db.engine import make_engine
from app.db.reach import set_reach
from app.db.rehearsals import Stretch
from app.domain.rehearsal import Tally
from app.domain.ruleset import reread_ruleset
from app.services.rehearsal import Events, rehearse_stretch

_LOWER = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A share of a rehearsal; `content` is that of the rules. It comes by standard input: `url` holds a password."""

    url: str = field(repr=False)
    content: Mapping[str, Any]
    stretches: Sequence[Stretch]


def tally_of(task: Task) -> Tally:
    """Ask every stretch of a task again, each in a short transaction of its own."""
    engine, tally, events = make_engine(task.url), Tally(), Events()
    rules = reread_ruleset(task.content)
    try:
        for stretch in task.stretches:
            with Session(engine) as session:
                set_reach(session, controller_ids=None)
                rehearse_stretch(session, stretch=stretch, rules=rules, events=events, tally=tally)
                session.rollback()
    finally:
        engine.dispose()
    return tally


def main() -> None:
    """Run as `python -m app.work.rehearsal_child`: a pickled task on standard input, a pickled tally on its output."""
    os.nice(_LOWER)
    task = pickle.load(sys.stdin.buffer)
    sys.stdout.buffer.write(pickle.dumps(tally_of(task)))
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
