"""`flask log bundle`: a log as one file that a stranger can verify."""

from datetime import datetime
from pathlib import Path

import click

from app.cli.door import Time, command, the_operator
from app.cli.log import group
from app.context import current
from app.domain.checkpoint import Checkpoint, unverified_checkpoint
from app.services.bundles import log_to_bundle
from app.work.bundling import make_bundle
from app.work.sequencer import integrate


@group.command("bundle")
@click.option("--controller", help="Whose log. Default: the operator's.")
@click.option("--from", "since", type=Time(), help="Entries from this time on.")
@click.option("--to", "before", type=Time(), help="Entries before this time.")
@click.option("--openings", is_flag=True, help="With numbers and names, for those who may see them.")
@click.option("--previous", type=click.Path(exists=True, dir_okay=False), multiple=True, help="A checkpoint you hold.")
@click.option("--out", type=click.Path(dir_okay=False), required=True)
@command
def bundle(
    controller: str | None,
    since: datetime | None,
    before: datetime | None,
    openings: bool,
    previous: tuple[str, ...],
    out: str,
) -> None:
    """Write a bundle, to be verified with dialgate_verify.py by anyone, without this installation."""
    context = current()
    integrate(context)
    held = [_checkpoint(path) for path in previous]
    with context.transaction() as tx:
        log = log_to_bundle(
            tx.session,
            controller=controller,
            actor=the_operator(),
            openings=openings,
            period=(since, before),
            now=tx.now,
        )
    with Path(out).open("xb") as target:
        count = make_bundle(
            context, log=log, since=since, before=before, with_openings=openings, previous=held, target=target
        )
    click.echo(f"{out}: {count} entries of log {log.id}; verify it with: python dialgate_verify.py {out} --vkey …")


def _checkpoint(path: str) -> Checkpoint:
    return unverified_checkpoint(Path(path).read_text(encoding="utf-8"))
