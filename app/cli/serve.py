"""`flask serve`: the server."""

import os
import shutil
import subprocess
import sys

import click
from flask import current_app

from app.cli.door import command, the_operator
from app.context import current
from app.db.migrations import is_current
from app.demo.data import second_person
from app.demo.keys import demo_keys
from app.demo.logins import demo_logins
from app.policies.load import shipped
from app.services.shipped_rules import activate_shipped

BLOCKING_THREADS = 32
"""Requests a process answers at once: most of them wait for their group's commit."""


@click.command("serve")
@command
def serve() -> None:
    """Serve on HOST:PORT (DIALGATE_HOST, PORT); in demonstration mode print a key and a login per role first."""
    context, settings = current(), current_app.config["SERVING"]
    if not is_current(context.engine):
        raise click.ClickException("the database has another schema: run flask db upgrade")
    context.require_own_history()
    with context.transaction() as tx:
        actor, second = the_operator(), second_person(context)
        rules = activate_shipped(tx.session, ruleset=shipped(), actor=actor, second=second, now=tx.now)
    if rules.warning is not None:
        click.echo(f"WARNING: {rules.warning}", err=True)
    click.echo(f"Dialgate: http://{settings['host']}:{settings['port']}  (docs: /v1/docs)")
    if context.demo:
        for role, key in demo_keys(context).items():
            click.echo(f"{role:<10} {key}")
        click.echo("")
        for login in demo_logins(context).values():
            click.echo(f"sign in: {login.email:<32} {login.password}")
    sys.stdout.flush()
    if not context.is_sqlite:  # which one process alone may write
        subprocess.Popen([sys.executable, "-m", "app.jobs.beside", str(os.getpid())], stdin=subprocess.DEVNULL)
    # A process of its own: the service must be put together in the worker, not inherited from this command.
    environ = dict(os.environ, DIALGATE_RUNS_JOBS="1")  # noqa: TID251  handed on, not read
    if settings["workers"] > 1:
        counts = context.data_dir / "metrics"  # of this run alone: what the last one left would be counted again
        shutil.rmtree(counts, ignore_errors=True)
        counts.mkdir()
        environ["PROMETHEUS_MULTIPROC_DIR"] = str(counts)
    options = {
        "interface": "wsgi",
        "host": settings["host"],
        "port": settings["port"],
        "workers": settings["workers"],
        "blocking-threads": BLOCKING_THREADS,
        "log-level": "warning",
    }
    flags = ["--no-ws", "--no-access-log", "--respawn-failed-workers"]
    arguments = [word for name, value in options.items() for word in (f"--{name}", str(value))]
    os.execve(sys.executable, [sys.executable, "-m", "granian", *arguments, *flags, "wsgi:app"], environ)
