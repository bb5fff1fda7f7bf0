"""`flask serve`: the server."""

import os
import tempfile

import click
from flask import current_app
from granian import Granian
from granian.constants import Interfaces

from app.cli.door import command, the_operator
from app.context import current
from app.db.migrations import is_current
from app.demo.keys import demo_keys
from app.policies.load import shipped
from app.services.rulesets import activate_shipped

BLOCKING_THREADS = 32
"""Requests a process answers at once: most of them wait for their group's commit."""


@click.command("serve")
@command
def serve() -> None:
    """Serve on HOST:PORT (DIALGATE_HOST, PORT); in demonstration mode print a key per role first."""
    context, settings = current(), current_app.config["SERVING"]
    if not is_current(context.engine):
        raise click.ClickException("the database has another schema: run flask db upgrade")
    with context.transaction() as tx:
        activate_shipped(tx.session, ruleset=shipped(), actor=the_operator(), now=tx.now)
    click.echo(f"Dialgate: http://{settings['host']}:{settings['port']}  (docs: /v1/docs)")
    if context.demo:
        for role, key in demo_keys(context).items():
            click.echo(f"{role:<10} {key}")
    click.get_text_stream("stdout").flush()
    os.environ["DIALGATE_RUNS_JOBS"] = "1"  # noqa: TID251  the workers read it as they start
    if settings["workers"] > 1:
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = tempfile.mkdtemp(prefix="dialgate-metrics-")  # noqa: TID251
    context.engine.dispose()
    Granian(
        target="wsgi:app",
        address=settings["host"],
        port=settings["port"],
        interface=Interfaces.WSGI,
        workers=settings["workers"],
        blocking_threads=BLOCKING_THREADS,
        respawn_failed_workers=True,
        log_access=False,
        websockets=False,
    ).serve()
