"""`flask suppressions`: objections."""

from datetime import datetime
from typing import Any

import click
from flask.cli import AppGroup

from app.cli.consents import import_for
from app.cli.door import Time, command, from_stdin, show, the_operator
from app.context import current
from app.domain.phone import parse
from app.domain.suppression import GIVEN, Scope, SuppressionReason
from app.services.answers import rfc3339
from app.services.controllers import controller_for
from app.services.imports import ImportKind
from app.services.lookups import LookupAct, record_lookup
from app.services.suppressions import (
    NewSuppression,
    append_suppressions,
    has_objected_to_all,
    suppression_history,
)

group = AppGroup("suppressions", help="Objections to one controller, or to all: import, add, show.")


@group.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False))
@click.option("--controller", required=True, help="Whom rows of scope controller mean.")
@command
def import_command(file: str, controller: str) -> None:
    """Import a CSV or XLSX of objections; the same FILE again changes nothing. Exit code 2 if rows were refused."""
    import_for(file, controller, ImportKind.SUPPRESSIONS)


@group.command("add")
@click.argument("number")
@click.option("--controller", help="Whom it is addressed to; left out: all.")
@click.option("--reason", type=click.Choice(sorted(reason.value for reason in GIVEN)), default="objection")
@click.option("--since", type=Time(), help="Default: now.")
@click.option("--region", help="Where a national number belongs; default: the controller's country.")
@click.option("--ref")
@command
def add(
    number: str, controller: str | None, reason: str, since: datetime | None, region: str | None, ref: str | None
) -> None:
    """Record an objection of NUMBER (- for standard input) to one controller, or to all."""
    context, actor = current(), the_operator()
    owner = None
    if controller is not None:
        with context.reading() as reading:
            owner = controller_for(reading.session, slug=controller, actor=actor)
    phone = parse(from_stdin(number), region=region or (owner.country if owner else None))
    scope = Scope.ALL if owner is None else Scope.CONTROLLER
    with context.transaction(exclusive=[phone.key]) as tx:
        new = NewSuppression(
            number=phone.key, scope=scope, reason=SuppressionReason(reason), since=since or tx.now, ref=ref
        )
        owner_id = None if owner is None else owner.id
        (id,) = append_suppressions(tx.session, controller_id=owner_id, new=[new], actor=actor, now=tx.now)
    show({"id": id, "scope": scope})


@group.command("show")
@click.argument("number")
@click.option("--controller", required=True)
@command
def show_suppressions(number: str, controller: str) -> None:
    """Show the objections of NUMBER to a controller, and whether it objected to all. Who asked goes on record."""
    context, actor = current(), the_operator()
    with context.reading() as reading:
        owner = controller_for(reading.session, slug=controller, actor=actor)
        phone = parse(from_stdin(number), region=owner.country)
        known: dict[str, Any] = {"number": phone.key, "erasure_keys": context.erasure_keys}
        rows = suppression_history(reading.session, controller_id=owner.id, **known)
        objected_all = has_objected_to_all(reading.session, **known)
    with context.transaction() as tx:
        record_lookup(
            tx.session,
            actor=actor,
            act=LookupAct.SUPPRESSIONS_SHOWN,
            shown={owner.id: len(rows) + objected_all},
            number=phone.key,
            now=tx.now,
        )
    found = [
        {"id": row["id"], "reason": row["reason"], "since": rfc3339(row["since"]), "ref": row["ref"]} for row in rows
    ]
    show({"number": phone.e164, "suppressions": found, "objected_all": objected_all})
