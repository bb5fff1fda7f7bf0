"""Cores: each process of a service keeps to one of its own, and what it starts does not."""

import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from uuid import uuid4

import pytest

from app.jobs.messenger import Messenger
from app.jobs.outside import OutsideCopies
from app.jobs.sequencer import Sequencer
from app.jobs.worker import Worker
from app.services.cores import CORES, Cores
from tests.databases import Template
from tests.gate import make_gate
from tests.server import PATIENCE, ROOT

PROCESS = """
import os, subprocess, sys
from app.services.cores import Cores
os.sched_setaffinity(0, set(map(int, sys.argv[2].split(","))))
cores = Cores(sys.argv[1])
kept = cores.keep_to_one()
child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
before = os.sched_getaffinity(child.pid)
cores.let_roam(child)
print(kept, *(sorted(one) for one in (os.sched_getaffinity(0), before, os.sched_getaffinity(child.pid))), sep=";")
sys.stdout.flush()
input()
child.communicate(b"\\n")
cores.let_roam(child)
"""
Start = Callable[[set[int]], tuple["subprocess.Popen[str]", list[str]]]


@pytest.fixture
def start() -> Iterator[Start]:
    """Start processes of one service on some cores; each tells what it keeps to, and its child's cores."""
    names = f"test {uuid4()}"
    with ExitStack() as stack:

        def started(cores: set[int]) -> tuple["subprocess.Popen[str]", list[str]]:
            words = [sys.executable, "-c", PROCESS, names, ",".join(map(str, cores))]
            pipe = subprocess.PIPE
            process = stack.enter_context(subprocess.Popen(words, cwd=ROOT, text=True, stdin=pipe, stdout=pipe))
            stack.callback(process.kill)
            assert process.stdout is not None
            return process, process.stdout.readline().strip().split(";")

        yield started


def test_each_process_keeps_to_a_core_of_its_own_until_it_dies(start: Start) -> None:
    cores = set(sorted(os.sched_getaffinity(0))[:2])
    first, (one, own, child, roaming) = start(cores)
    if len(cores) < 2:  # there is nothing to choose
        assert (one, own) == ("None", str(sorted(cores)))
        return
    _, (other, *_) = start(cores)
    assert {int(one), int(other)} == cores
    assert (own, child, roaming) == (f"[{one}]", f"[{one}]", str(sorted(cores)))
    late, (none, everywhere, *_) = start(cores)
    assert (none, everywhere) == ("None", str(sorted(cores)))
    first.kill()
    first.wait(PATIENCE)
    _, (again, *_) = start(cores)
    assert again == one
    late.communicate("\n", timeout=PATIENCE)
    assert late.returncode == 0


def test_where_there_is_one_core_there_is_nothing_to_keep_to(start: Start) -> None:
    process, (none, *_) = start({min(os.sched_getaffinity(0))})
    assert none == "None"
    process.communicate("\n", timeout=PATIENCE)
    assert process.returncode == 0


@pytest.mark.parametrize("refused", ["sched_getaffinity", "sched_setaffinity", "socket"])
def test_where_the_system_forbids_it_a_process_roams(refused: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError("forbidden")

    monkeypatch.setattr(socket if refused == "socket" else os, refused, refuse)
    cores = Cores(f"test {uuid4()}")
    assert cores.keep_to_one() is None
    with subprocess.Popen([sys.executable, "-c", ""]) as child:
        cores.let_roam(child)


@pytest.mark.parametrize(("workers", "own_cores", "kept"), [(2, True, 1), (2, False, 0), (1, True, 0)])
def test_several_processes_of_a_server_keep_to_cores_and_a_single_one_does_not(
    postgres_empty: Template,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    workers: int,
    own_cores: bool,
    kept: int,
) -> None:
    asked: list[int] = []
    monkeypatch.setattr(CORES, "keep_to_one", lambda: asked.append(1))
    for thread in (Worker, Sequencer, OutsideCopies, Messenger):
        monkeypatch.setattr(thread, "start", lambda _: None)
    with postgres_empty.copy() as url:
        gate = make_gate(url, tmp_path, runs_jobs=True, workers=workers, own_cores=own_cores)
        gate.context.engine.dispose()
    assert len(asked) == kept


def test_whatever_starts_a_process_lets_it_roam() -> None:
    starting = [
        path for path in (ROOT / "app").rglob("*.py") if "subprocess.Popen(" in path.read_text(encoding="utf-8")
    ]
    roaming = [path for path in starting if "CORES.let_roam(" in path.read_text(encoding="utf-8")]
    # the command that becomes the server, what it starts beside itself, the drill and the tour never keep to a core
    others = {"app/cli/serve.py", "app/jobs/beside.py", "app/demo/drilled.py", "app/demo/tour.py"}
    assert {str(path.relative_to(ROOT)) for path in starting if path not in roaming} == others
