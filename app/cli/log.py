"""`flask log`: the log."""

from pathlib import Path
from typing import Any, BinaryIO
from uuid import UUID

import click
from flask.cli import AppGroup

from app.cli.door import Time, command, from_stdin, the_operator
from app.context import current
from app.domain.decision import Verdict
from app.domain.leaf import LeafKind
from app.domain.phone import parse
from app.domain.reason import Reason
from app.services.controllers import controller_for
from app.services.log_export import ExportFormat
from app.services.pack_words import Language
from app.work.log_reading import Export, exported_log, made_pack

group = AppGroup("log", help="The log of decisions, events and acts.")


@group.command("export")
@click.option("--format", "format_", type=click.Choice([f.value for f in ExportFormat]), default="jsonl")
@click.option("--controller", help="Default: every log.")
@click.option("--from", "since", type=Time(), help="Entries from this time on.")
@click.option("--to", "before", type=Time(), help="Entries before this time.")
@click.option("--kind", type=click.Choice([kind.value for kind in LeafKind]), help="Entries of one kind.")
@click.option("--campaign", help="Checks of one campaign; likewise the next two.")
@click.option("--verdict", type=click.Choice([verdict.value for verdict in Verdict]))
@click.option("--reason", type=click.Choice([reason.value for reason in Reason]), help="Any of a check's reasons.")
@click.option("--out", type=click.File("wb"), default="-", help="Default: standard output.")
@command
def export(format_: str, kind: str | None, out: BinaryIO, **options: Any) -> None:
    """Write the log, oldest entry first. That it was exported goes on record."""
    wanted = Export(format=ExportFormat(format_), kind=LeafKind(kind) if kind else None, **options)
    for piece in exported_log(current(), wanted=wanted, actor=the_operator()):
        out.write(piece)


@group.command("pack")
@click.option("--decision", type=click.UUID, help="The decision to be explained; or:")
@click.option("--number", help="Everything on a number (- for standard input) with one --controller.")
@click.option("--controller")
@click.option("--language", type=click.Choice([one.value for one in Language]), default="en", show_default=True)
@click.option("--out", required=True, type=click.Path(dir_okay=False), help="The ZIP to write; it must not exist.")
@command
def pack(decision: UUID | None, number: str | None, controller: str | None, language: str, out: str) -> None:
    """Write a defence pack: events, decisions, rules and proofs as one ZIP with a readable page inside."""
    context, actor = current(), the_operator()
    if (decision is None) is (number is None) or (number is None) is not (controller is None):
        raise click.UsageError("name --decision, or --number and --controller")
    key = None
    if number is not None and controller is not None:
        with context.reading() as reading:
            owner = controller_for(reading.session, slug=controller, actor=actor)
        key = parse(from_stdin(number), region=owner.country).key
    with Path(out).open("xb") as target:
        try:
            made_pack(
                context,
                decision=None if decision is None else str(decision),
                number=key,
                controller=controller,
                language=Language(language),
                actor=actor,
                target=target,
            )
        except BaseException:
            Path(out).unlink()
            raise
