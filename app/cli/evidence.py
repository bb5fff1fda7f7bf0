"""`flask evidence`: artefacts of evidence."""

import secrets
from typing import IO

import click
from flask.cli import AppGroup

from app.cli.door import command, show, the_operator
from app.context import current
from app.services.controllers import controller_for
from app.services.evidence import hold_evidence, media_type_of, verified_evidence
from app.services.uploads import store_upload

group = AppGroup("evidence", help="Artefacts that prove consents and relationships: add, verify.")


@group.command("add")
@click.argument("file", type=click.File("rb"))
@click.option("--controller", required=True)
@command
def add(file: IO[bytes], controller: str) -> None:
    """Keep a copy of FILE as evidence of a controller; prints the SHA-256 by which consents name it."""
    context, actor = current(), the_operator()
    with context.reading() as reading:
        owner = controller_for(reading.session, slug=controller, actor=actor)
    path = context.data_dir / "uploads" / secrets.token_hex(16)
    upload = store_upload(file, path=path, name="evidence", limit=context.max_evidence)
    try:
        kind = media_type_of(path)
        with context.transaction(reach=[owner.id]) as tx:
            held = hold_evidence(
                tx.session,
                controller_id=owner.id,
                upload=upload,
                media_type=kind,
                data_dir=context.data_dir,
                actor=actor,
                now=tx.now,
            )
    finally:
        path.unlink(missing_ok=True)
    show(held)


@group.command("verify")
@command
def verify() -> None:
    """Hash every artefact again, and name what is missing or damaged; exit code 2 if anything is."""
    with current().reading() as reading:
        report = verified_evidence(reading.session, data_dir=current().data_dir)
    show(report)
    if report["missing"] or report["damaged"]:
        raise SystemExit(2)
