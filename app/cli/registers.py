"""`flask registers`: external lists, their snapshots, and what is sent to those that must be asked."""

import sys
from datetime import datetime
from typing import Any

import click
from flask.cli import AppGroup

from app.cli.door import Time, command, given_file, show, the_operator
from app.context import current
from app.domain.register import (
    MAX_CHANGE_PERCENT,
    REGION_OF,
    SLOVAK_AREAS,
    Coverage,
    Register,
    RegisterFormat,
)
from app.services.register_answers import (
    import_answer,
    register_answer,
    registers_answer,
    snapshot_answer,
    snapshots_answer,
    submission_answer,
    verified,
)
from app.services.register_folders import registers_folder
from app.services.register_snapshots import approve_snapshot, reject_snapshot
from app.services.register_submissions import submitted_lines
from app.services.registers import add_register
from app.work.register_import import NewImport, import_snapshot
from app.work.register_submission import submit_list

group = AppGroup("registers", help="External lists (TPS, DNC, …): add, import, approve, verify.")
_MOST = 1000


@group.command("add")
@click.argument("slug")
@click.option("--name", required=True)
@click.option("--format", "format_", required=True, type=click.Choice([one.value for one in RegisterFormat]))
@click.option("--coverage", type=click.Choice([one.value for one in Coverage]), default="full", show_default=True)
@click.option("--region", help="Where national numbers belong; default: the format's own country.")
@click.option("--category", "categories", multiple=True, help="One of its words, in their order.")
@click.option("--max-change-percent", type=int, default=MAX_CHANGE_PERCENT, show_default=True)
@click.option("--max-age-days", type=int, help="Of coverage asked: how long an answer is used.")
@command
def add(slug: str, format_: str, coverage: str, region: str | None, categories: tuple[str, ...], **rest: Any) -> None:
    """Add the register SLUG."""
    kind = RegisterFormat(format_)
    register = Register(
        slug=slug,
        format=kind,
        coverage=Coverage(coverage),
        region=region.upper() if region else REGION_OF.get(kind),
        categories=categories or (SLOVAK_AREAS if kind is RegisterFormat.SK_LIST else ()),
        **rest,
    )
    with current().transaction() as tx:
        add_register(tx.session, register=register, actor=the_operator(), now=tx.now)
        answer = register_answer(tx.session, slug=slug)
    show(answer)


@group.command("list")
@click.argument("slug", required=False)
@command
def list_command(slug: str | None) -> None:
    """List the registers, or the newest snapshots of SLUG."""
    with current().reading() as reading:
        if slug is None:
            show(registers_answer(reading.session, controller_ids=None))
        else:
            show(snapshots_answer(reading.session, slug=slug, controller_ids=None, before=None, limit=_MOST))


@group.command("import")
@click.argument("slug")
@click.argument("file", type=click.Path(exists=True, dir_okay=False))
@click.option("--as-of", required=True, type=Time(), help="The state of the register that the file shows.")
@click.option("--source", required=True, help="Where the file is from.")
@click.option("--changes", is_flag=True, help="The file holds changes of the snapshot that stands.")
@click.option("--skip-invalid", is_flag=True, help="Leave wrong lines out, instead of refusing the file.")
@click.option("--submission", type=click.UUID, help="What this answer answers: a submission made here.")
@click.option("--submitted", type=click.Path(exists=True, dir_okay=False), help="Or: the file that was sent.")
@command
def import_command(
    slug: str,
    file: str,
    as_of: datetime,
    source: str,
    changes: bool,
    skip_invalid: bool,
    submission: object,
    submitted: str | None,
) -> None:
    """Import FILE, as it is or zipped, as a snapshot of SLUG: whole, or not at all.

    Exit code 2 if lines were left out, 3 if the snapshot waits for a second person.
    """
    context, actor = current(), the_operator()
    new = NewImport(
        register=slug,
        as_of=as_of,
        source=source,
        is_change_list=changes,
        skip_invalid=skip_invalid,
        submission=None if submission is None else str(submission),
        submitted=None if submitted is None else given_file(submitted),
    )
    done = import_snapshot(context, upload=given_file(file), new=new, actor=actor)
    with context.reading() as reading:
        answer = import_answer(reading.session, done.row, done.built)
    show(answer)
    if answer["state"] == "waiting":
        raise SystemExit(3)
    if answer["skipped"]:
        raise SystemExit(2)


@group.command("approve")
@click.argument("slug")
@click.argument("id", type=click.UUID)
@command
def approve_command(slug: str, id: object) -> None:
    """Put the waiting snapshot ID of SLUG in force, which another login imported."""
    with current().transaction() as tx:
        row = approve_snapshot(tx.session, slug=slug, id=str(id), actor=the_operator(), now=tx.now)
        answer = snapshot_answer(tx.session, row)
    show(answer)


@group.command("reject")
@click.argument("slug")
@click.argument("id", type=click.UUID)
@command
def reject_command(slug: str, id: object) -> None:
    """Reject the waiting snapshot ID of SLUG, or take your own back."""
    with current().transaction() as tx:
        row = reject_snapshot(tx.session, slug=slug, id=str(id), actor=the_operator(), now=tx.now)
        answer = snapshot_answer(tx.session, row)
    show(answer)


@group.command("submission")
@click.argument("slug")
@click.option("--list", "list_id", required=True, type=click.UUID, help="The call list whose numbers are asked about.")
@click.option("--out", required=True, type=click.File("wb"), help="Where to write them; - for standard output.")
@command
def submission_command(slug: str, list_id: object, out: Any) -> None:
    """Write the numbers of a list that SLUG must be asked about, one a line, and put that on record."""
    context = current()
    row = submit_list(context, register=slug, list_id=str(list_id), actor=the_operator())
    out.writelines(submitted_lines(registers_folder(context.data_dir), row))
    if out is not sys.stdout.buffer:
        show(submission_answer(row))


@group.command("verify")
@click.argument("slug", required=False)
@command
def verify_command(slug: str | None) -> None:
    """Hash the numbers of every snapshot again, of SLUG or of all. Exit code 1 if one that stands or waits is bad."""
    context = current()
    with context.reading() as reading:
        found = list(verified(reading.session, folder=registers_folder(context.data_dir), register=slug))
    show(found)
    if any(one["file"] != "whole" and one["state"] in ("standing", "waiting") for one in found):
        raise SystemExit(1)
