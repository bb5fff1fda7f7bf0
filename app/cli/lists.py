"""`flask lists`: scrubbing a call list from the command line."""

import sys
from datetime import datetime
from pathlib import Path
from time import sleep
from typing import Any

import click
from flask.cli import AppGroup

from app.cli.door import Time, command, show, the_operator
from app.context import Context, current
from app.db.identity import new_id
from app.db.list_rows import columns_of
from app.domain.access import Actor
from app.jobs.worker import Worker
from app.services.campaigns import campaign_for
from app.services.check_requests import require_ahead
from app.services.list_progress import cancel_list
from app.services.list_results import result_pieces
from app.services.lists import UNFINISHED, list_for, new_list_folder, receive_list
from app.services.lookups import LookupAct, record_lookup
from app.services.uploads import store_upload
from app.work.scrub import DECISIONS
from app.work.scrub_report import usable_rows

group = AppGroup("lists", help="Call lists.")
NO_LIMIT = 1 << 50
POLL_SECONDS = 0.5


@group.command("scrub")
@click.argument("file", type=click.Path(exists=True, dir_okay=False))
@click.option("--campaign", required=True)
@click.option("--controller", help="Whose, where several have a campaign of this slug.")
@click.option("--out", required=True, type=click.Path(file_okay=False), help="Folder for the result files.")
@click.option("--encoding", help="Instead of what is found by looking; likewise the next three.")
@click.option("--delimiter")
@click.option("--sheet")
@click.option("--column", help="The phone column: its name, or its number from 1.")
@click.option("--at", type=Time(), help="One instant instead of the next opening.")
@command
def scrub(
    file: str, campaign: str, controller: str | None, out: str, at: datetime | None, **options: str | None
) -> None:
    """Scrub a CSV or XLSX and write one result file a verdict, and all.csv, into a folder.

    The files are planning, no permits: each call still needs its check.
    """
    context, actor = current(), the_operator()
    with context.reading() as reading:
        wanted = campaign_for(reading.session, slug=campaign, controller=controller, actor=actor)
        require_ahead(at, now=reading.now)
        id = new_id(reading.now)
    with Path(file).open("rb") as source, new_list_folder(context.data_dir, id) as folder:
        upload = store_upload(source, path=folder / "source", name=Path(file).name, limit=NO_LIMIT)
        with context.transaction() as tx:
            job = receive_list(
                tx.session, id=id, campaign=wanted, upload=upload, options=options, at=at, actor=actor, now=tx.now
            )
    with click.progressbar(length=1000, label="rows", file=sys.stderr) as bar:
        _work(context, job, id, actor, bar)
    with context.reading() as reading:
        row = list_for(reading.session, id=id, actor=actor)
    if row["state"] == "failed":
        raise click.ClickException(row["fault"])
    _write_results(context, id, actor, Path(out))
    show({"id": id, "totals": row["totals"], "reasons": row["reasons"], "file": row["found"], "out": out})


@group.command("cancel")
@click.argument("id")
@command
def cancel(id: str) -> None:
    """End a list that waits or is being checked."""
    with current().transaction() as tx:
        cancel_list(tx.session, id=id, actor=the_operator(), now=tx.now)


def _work(context: Context, job: str, id: str, actor: Actor, bar: Any) -> None:
    """Do the job here; where a worker of the server was quicker, or took it over, watch it."""

    def told(done: int, total: int) -> None:
        bar.update(int(1000 * done / max(total, 1)) - bar.pos)

    Worker(context).work_once(only=job, told=told)
    while True:
        with context.reading() as reading:
            row = list_for(reading.session, id=id, actor=actor)
        if row["state"] not in UNFINISHED:
            break
        told(int(row["progress"] * 1000), 1000)
        sleep(POLL_SECONDS)
    told(1, 1)


def _write_results(context: Context, id: str, actor: Actor, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with usable_rows(context, id=id, actor=actor) as (row, store):
        with context.transaction() as tx:
            shown, about = {row["controller_id"]: None}, {"list": id, "rows": "all"}
            record_lookup(tx.session, actor=actor, act=LookupAct.LIST_DOWNLOADED, shown=shown, about=about, now=tx.now)
        for decision in (*DECISIONS, None):
            pieces = result_pieces(columns_of(store, decision=decision), columns=row["found"]["columns"])
            with (folder / f"{decision or 'all'}.csv").open("wb") as target:
                target.writelines(pieces)
