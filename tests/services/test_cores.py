"""Cores: each process of a service keeps to one of its own, and what it starts does not."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from uuid import uuid4

import pytest

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
