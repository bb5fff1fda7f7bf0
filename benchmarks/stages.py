"""Where the processor time of a check goes: groups of several sizes are decided in one process, stage by stage.

`python -m benchmarks.stages NUMBERS SIZE [SIZE...]`, with a gate's environment and one of its keys (`KEY`), prints
microseconds a check as JSON. What a server adds, its threads and HTTP, is not in it.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from time import thread_time_ns
from typing import Any

import msgspec
from sqlalchemy import text

from app import create_app
from app.context import Context
from app.domain.access import Role
from app.group_commit import Result
from app.services import checks as deciding
from app.services.api_keys import authenticate, read_credential
from app.services.check_requests import CheckRequest, PreparedCheck
from app.work import checking
from benchmarks.load import drawn_numbers
from benchmarks.page import Page, Table
from benchmarks.processes import cpu_seconds
from config import Config
from tests.server import ROOT, Server

KEY = "DIALGATE_BENCHMARK_KEY"
REST, STORE = "everything else of the group", "PostgreSQL's backend, beside it"
OPENED, COMMITTED = "opening the group: locks, settings, time", "commit"
STAGES: Sequence[tuple[Any, str, str]] = (
    (checking, "prepare_check", "reading the request and its number"),
    (checking, "gather_standing", "what stands: names, keys, campaigns, rules"),
    (deciding, "facts_for", "the facts, asked and read"),
    (deciding, "decide", "the decision"),
    (deciding, "leaf_of", "the leaf of the log"),
    (deciding, "store_checked", "writing entries and decisions"),
    (checking, "answer_of", "the answer"),
    (checking, "signed_receipt", "the receipt, signed"),
)
"""Who calls a function, its name, and what it is called here."""
CHECKS = 4000
"""About as many are decided for each size."""


@dataclass(slots=True)
class Watch:
    """Nanoseconds of this thread's processor by stage; what runs within another stage counts for itself alone."""

    clock: Callable[[], int] = thread_time_ns
    spent: dict[str, int] = field(default_factory=dict)
    _open: list[str] = field(default_factory=lambda: [REST])
    _since: int = 0

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Count what the block takes."""
        self.note()
        self._open.append(name)
        try:
            yield
        finally:
            self.note()
            self._open.pop()

    def note(self) -> None:
        """Count what was spent since the last look, for the stage that is open."""
        now = self.clock()
        self.spent[self._open[-1]] = self.spent.get(self._open[-1], 0) + now - self._since
        self._since = now

    def begin(self) -> None:
        """Forget what was counted."""
        self.spent.clear()
        self._since = self.clock()

    def watched(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """Give a function that is counted as a stage."""

        def call(*args: Any, **given: Any) -> Any:
            with self.stage(name):
                return function(*args, **given)

        return call

    def transaction(self, open_one: Callable[..., AbstractContextManager[Any]]) -> Callable[..., Any]:
        """Give a transaction whose beginning and end are counted as stages."""

        @contextmanager
        def opened(*args: Any, **given: Any) -> Iterator[Any]:
            manager = open_one(*args, **given)
            with self.stage(OPENED):
                tx = manager.__enter__()
            try:
                yield tx
            except BaseException:
                manager.__exit__(*sys.exc_info())
                raise
            with self.stage(COMMITTED):
                manager.__exit__(None, None, None)

        return opened


class AtOnce:
    """Decides what it is given, in the thread that asks: no group waits for others."""

    def __init__(self, context: Context) -> None:
        self._decide = checking.decide_and_commit(context)

    def submit(self, checks: Sequence[PreparedCheck]) -> list[Result]:
        """Decide them as one group."""
        return self._decide(checks)


def main(numbers: int, sizes: Sequence[int]) -> None:
    """Measure in this process, and print."""
    context: Context = create_app(Config.from_environ(os.environ)).extensions["dialgate"]
    context.checks = AtOnce(context)
    credential = read_credential(os.environ[KEY])
    with context.reading() as reading:
        actor = authenticate(reading.session, credential=credential, pepper=context.api_key_pepper, demo=context.demo)
    watch = Watch()
    for caller, name, told in STAGES:
        setattr(caller, name, watch.watched(told, getattr(caller, name)))
    Context.transaction = watch.transaction(Context.transaction)  # type: ignore[method-assign]

    def ask(size: int, *, groups: int, seed: int) -> None:
        drawn = drawn_numbers(numbers=numbers, count=size * groups, seed=seed)
        for start in range(0, len(drawn), size):
            asked = [CheckRequest(number=one, campaign="winter") for one in drawn[start : start + size]]
            answers = checking.answer_checks(context, requests=asked, actor=actor)
            if not all(isinstance(one, dict) for one in answers):
                raise SystemExit("a check was not decided")
            with watch.stage("the answer"):
                msgspec.json.encode(answers)

    found: dict[int, dict[str, float]] = {}
    for place, size in enumerate(sizes):
        groups = max(4, CHECKS // size // (1 if size > 1 else 4))
        ask(size, groups=max(2, groups // 8), seed=1000 + place)
        store = None if context.is_sqlite else _backend(context)
        before = 0.0 if store is None else cpu_seconds(store)
        watch.begin()
        ask(size, groups=groups, seed=2000 + place)
        watch.note()
        found[size] = {name: spent / 1000 / size / groups for name, spent in watch.spent.items()}
        if store is not None:
            found[size][STORE] = (cpu_seconds(store) - before) * 1e6 / size / groups
    print(json.dumps(found))


def _backend(context: Context) -> int:
    """Give the process that serves this one's connection: one thread takes the same again and again."""
    with context.reading() as reading:
        return int(reading.session.execute(text("SELECT pg_backend_pid()")).scalar_one())


def measure(page: Page, server: Server, *, numbers: int, sizes: Sequence[int]) -> None:
    """Put the stages of a check on the page."""
    environ = {**server.environ, KEY: server.key(Role.DIALER), "DIALGATE_RUNS_JOBS": "0"}
    command = [sys.executable, "-m", "benchmarks.stages", str(numbers), *map(str, sizes)]
    done = subprocess.run(command, cwd=ROOT, env=environ, stdout=subprocess.PIPE, text=True, check=True)
    page.tables.append(table(json.loads(done.stdout.splitlines()[-1]), numbers=numbers))


def table(found: dict[str, dict[str, float]], *, numbers: int) -> Table:
    """Write them as a table: a row a stage, a column a size of the group."""
    is_sqlite = all(STORE not in own for own in found.values())
    title = f"Where the processor time of a check goes, {'SQLite' if is_sqlite else 'PostgreSQL'}"
    made = Table(title=title, head=("µs a check, in one thread", *(f"group of {size}" for size in found)))
    names = dict.fromkeys(name for _, _, name in STAGES) | dict.fromkeys((OPENED, COMMITTED, REST, STORE))
    for name in names:
        if any(name in own for own in found.values()):
            made.rows.append((name, *(f"{own.get(name, 0.0):,.0f}" for own in found.values())))
    made.rows.append(("together", *(f"{sum(own.values()):,.0f}" for own in found.values())))
    made.notes.append(
        f"A registry of {numbers:,} numbers. Threads, waking and HTTP are not in it, nor the sequencer's work later."
    )
    return made


if __name__ == "__main__":
    main(int(sys.argv[1]), [int(word) for word in sys.argv[2:]])
