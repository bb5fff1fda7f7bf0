"""Drives a rehearsal for every interface: cuts it into stretches and has processes ask them again beside the gate."""

import os
import pickle
import subprocess
import sys
import threading
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

from app.context import Context
from app.db.rehearsals import Stretch
from app.domain.access import Actor
from app.domain.errors import Unavailable
from app.domain.rehearsal import Tally
from app.domain.ruleset import Ruleset
from app.services.cores import CORES
from app.services.rehearsal import (
    Events,
    Rehearsal,
    RehearsalRunning,
    prepared_rehearsal,
    rehearsal_answer,
    rehearse_stretch,
)
from app.work.rehearsal_child import Task

FEW = 4
"""Stretches that are not worth a process of their own."""
_CHILD = [sys.executable, "-m", "app.work.rehearsal_child"]
_ROOT = Path(__file__).resolve().parents[2]
_running = threading.Lock()


class RehearsalFailed(Unavailable):
    """The rehearsal did not come to its end; nothing of it can be relied on."""

    code = "rehearsal_failed"


def rehearsed(
    context: Context, *, ruleset: Ruleset, days: int, as_on: date | None = None, actor: Actor, few: int = FEW
) -> dict[str, Any]:
    """Ask the decisions of the last days again under a ruleset, and tell what would flip. Nothing is written.

    One at a time in a process, and in children of low priority: the gate answers on.

    :raises NeedsAllControllers, BadPeriod, BadRule: when it cannot be asked so.
    :raises RehearsalRunning: when another one runs here.
    :raises RehearsalFailed: when a child died.
    """
    if not _running.acquire(blocking=False):
        raise RehearsalRunning()
    try:
        with context.reading() as reading:
            session, now = reading.session, reading.now
            rehearsal, cut = prepared_rehearsal(session, ruleset=ruleset, days=days, as_on=as_on, actor=actor, now=now)
        tally = _here(context, rehearsal, cut) if len(cut) <= few else _apart(context, rehearsal, cut)
        with context.reading() as reading:
            return rehearsal_answer(reading.session, rehearsal=rehearsal, tally=tally)
    finally:
        _running.release()


def _here(context: Context, rehearsal: Rehearsal, cut: Sequence[Stretch]) -> Tally:
    tally, events, rules = Tally(), Events(), rehearsal.rules
    for stretch in cut:
        with context.reading() as reading:
            rehearse_stretch(reading.session, stretch=stretch, rules=rules, events=events, tally=tally)
    return tally


def _apart(context: Context, rehearsal: Rehearsal, cut: Sequence[Stretch]) -> Tally:
    """Deal the stretches out to a process a core, and add up what they counted."""
    count = min(os.cpu_count() or 1, len(cut))
    url, content = context.engine.url.render_as_string(hide_password=False), rehearsal.rules.content
    tasks = [Task(url=url, content=content, stretches=cut[place::count]) for place in range(count)]
    children = [_child() for _ in tasks]
    tally = Tally()
    try:
        for child, task in zip(children, tasks, strict=True):
            assert child.stdin is not None
            child.stdin.write(pickle.dumps(task))
            child.stdin.close()
        for child in children:
            assert child.stdout is not None
            data = child.stdout.read()
            if child.wait() != 0:
                raise RehearsalFailed()
            tally.merge(pickle.loads(data))
    except BrokenPipeError:
        raise RehearsalFailed() from None
    finally:
        for child in children:
            child.kill()
            child.wait()
            for pipe in (child.stdin, child.stdout):
                if pipe is not None and not pipe.closed:
                    pipe.close()
    return tally


def _child() -> "subprocess.Popen[bytes]":
    pipe, silent = subprocess.PIPE, subprocess.DEVNULL
    child = subprocess.Popen(_CHILD, stdin=pipe, stdout=pipe, stderr=silent, cwd=_ROOT)
    CORES.let_roam(child)
    return child
