"""`flask jobs`: the worker on its own, where the server shall not do the work."""

import signal

import click
from flask.cli import AppGroup

from app.cli.door import command
from app.context import current
from app.jobs.worker import Worker

group = AppGroup("jobs", help="Background work.")


@group.command("work")
@command
def work() -> None:
    """Work off the queue until interrupted or terminated; the job at hand is left to whoever comes next."""
    worker = Worker(current())
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_: worker.stop())
    click.echo("working off the queue", err=True)
    worker.run()
    click.echo("stopped", err=True)
