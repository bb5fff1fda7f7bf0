"""`flask log`: the log."""

from collections.abc import Sequence
from datetime import datetime
from typing import BinaryIO

import click
from flask.cli import AppGroup

from app.cli.door import Time, command, the_operator
from app.context import current
from app.services.log_export import ExportFormat, LogRow, Place, export_lines, read_log_page, readable_logs

group = AppGroup("log", help="The log of decisions, events and acts.")


@group.command("export")
@click.option("--format", "format_", type=click.Choice([f.value for f in ExportFormat]), default="jsonl")
@click.option("--controller", help="Default: every log.")
@click.option("--from", "since", type=Time(), help="Entries from this time on.")
@click.option("--to", "before", type=Time(), help="Entries before this time.")
@click.option("--out", type=click.File("wb"), default="-", help="Default: standard output.")
@command
def export(
    format_: str, controller: str | None, since: datetime | None, before: datetime | None, out: BinaryIO
) -> None:
    """Write the log, oldest entry first."""
    context = current()
    with context.reading() as reading:
        log_ids = readable_logs(reading.session, actor=the_operator(), controller=controller)
    settled = context.settled_before()
    end = min(before or settled, settled)

    def read_page(after: Place | None) -> Sequence[LogRow]:
        with context.reading() as page:
            return read_log_page(page.session, log_ids=log_ids, since=since, before=end, after=after)

    for piece in export_lines(read_page, format=ExportFormat(format_)):
        out.write(piece)
