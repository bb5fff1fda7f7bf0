"""`flask jobs`: the worker on its own, where the server shall not do the work."""

import os
import signal
import sys
import threading

import click
from flask.cli import AppGroup

from app.cli.door import command
from app.context import current
from app.jobs.worker import Worker

group = AppGroup("jobs", help="Background work.")


LOWER = 10
"""By how much whoever works beside a server is below it."""
LOOKED_FOR = 1.0
"""Seconds after which it looks again whether the server is still there."""


@group.command("work")
@click.option("--beside", type=int, help="The process to work beside: below its priority, and no longer than it lives.")
@command
def work(beside: int | None) -> None:
    """Work off the queue until interrupted or terminated; the job at hand is left to whoever comes next."""
    worker = Worker(current())
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_: worker.stop())
    if beside is not None:
        _give_way()
        threading.Thread(target=_end_with, args=(beside, worker), name="beside", daemon=True).start()
    click.echo("working off the queue", err=True)
    worker.run()
    click.echo("stopped", err=True)


def _give_way() -> None:
    """Take what processor others leave: on Linux a check that comes is served at once, elsewhere it is served more."""
    os.nice(LOWER)
    if sys.platform == "linux":
        os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))


def _end_with(process: int, worker: Worker) -> None:
    """Stop the worker once the process that started this one is gone, however it went."""
    gone = threading.Event()
    while os.getppid() == process:
        gone.wait(LOOKED_FOR)
    worker.stop()
