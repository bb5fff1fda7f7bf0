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
from app.services.lifts import approve_lift, lift_answer, lift_for, propose_lift, reject_lift, waiting_lifts
from app.services.lookups import LookupAct, record_lookup
from app.services.suppressions import (
    NewSuppression,
    append_suppressions,
    has_objected_to_all,
    suppression_history,
)

group = AppGroup("suppressions", help="Objections to one controller, or to all: import, add, show, lift (two people).")
_MOST = 1000


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
        {name: row[name] for name in ("id", "reason", "ref")}
        | {name: rfc3339(row[name]) for name in ("since", "lifted_at")}
        for row in rows
    ]
    show({"number": phone.e164, "suppressions": found, "objected_all": objected_all})


@group.command("lift")
@click.argument("id", type=click.UUID)
@click.option("--reason", required=True, help="Why; no name, no number.")
@command
def lift_command(id: object, reason: str) -> None:
    """Propose to lift the suppression ID, which staff recorded; somebody else must approve it within two weeks.

    The somebody else is another login of this system, or an API key. A person's own objection is never lifted so.
    """
    with current().transaction() as tx:
        row = propose_lift(tx.session, suppression=str(id), reason=reason, actor=the_operator(), now=tx.now)
    show(lift_answer(row))


@group.command("lifts")
@command
def lifts_command() -> None:
    """Show the lifts that wait for a second person."""
    with current().reading() as reading:
        rows = waiting_lifts(reading.session, actor=the_operator(), before=None, limit=_MOST, now=reading.now)
    show([lift_answer(row) for row in rows])


@group.command("approve")
@click.argument("id", type=click.UUID)
@command
def approve_command(id: object) -> None:
    """Approve the lift ID, which another login proposed: the suppression ends at once."""
    context, actor = current(), the_operator()
    with context.reading() as reading:
        number = lift_for(reading.session, id=str(id), actor=actor)["suppression"]["number"]
    with context.transaction(exclusive=[] if number is None else [number]) as tx:
        row = approve_lift(tx.session, id=str(id), actor=actor, now=tx.now)
    show(lift_answer(row))


@group.command("reject")
@click.argument("id", type=click.UUID)
@command
def reject_command(id: object) -> None:
    """Reject the lift ID, or take your own proposal back."""
    with current().transaction() as tx:
        row = reject_lift(tx.session, id=str(id), actor=the_operator(), now=tx.now)
    show(lift_answer(row))
