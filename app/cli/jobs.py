"""`flask jobs`: the worker on its own, where the server shall not do the work."""

import click
from flask.cli import AppGroup

from app.cli.door import command
from app.context import current
from app.jobs.worker import Worker

group = AppGroup("jobs", help="Background work.")


@group.command("work")
@command
def work() -> None:
    """Work off the queue until interrupted."""
    worker = Worker(current())
    try:
        worker.run()
    except KeyboardInterrupt:
        worker.stop()
        click.echo("stopped", err=True)
