"""`flask consents`: consent events."""

from datetime import datetime

import click
import msgspec
from flask.cli import AppGroup

from app.cli.door import Time, command, from_stdin, given_file, show, the_operator
from app.context import current
from app.db.facts import consent_event
from app.domain.campaign import CallClass, VoiceMode
from app.domain.consent import Action, Origin
from app.domain.hours import Weekly
from app.domain.phone import parse
from app.services.attachments import attach_evidence, consent_for
from app.services.consents import NewConsentEvent, append_consent_events, consent_history
from app.services.controllers import controller_for
from app.services.import_cells import read_hours
from app.services.imports import ImportKind
from app.services.lookups import LookupAct, record_lookup
from app.services.standing import standing_lines
from app.work.bulk_import import import_file

group = AppGroup("consents", help="Consent events: import, add, show, withdraw.")


@group.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False))
@click.option("--controller", required=True)
@command
def import_command(file: str, controller: str) -> None:
    """Import a CSV or XLSX of events; the same FILE again changes nothing. Exit code 2 if rows were refused."""
    import_for(file, controller, ImportKind.CONSENTS)


def import_for(file: str, slug: str, kind: ImportKind) -> None:
    """Import a file for one controller, print the report, and exit with 2 if rows were refused."""
    context, actor = current(), the_operator()
    with context.reading() as reading:
        controller = controller_for(reading.session, slug=slug, actor=actor)
    report = import_file(context, kind=kind, upload=given_file(file), controller=controller, actor=actor)
    show(report)
    if report["totals"]["invalid"]:
        raise SystemExit(2)


@group.command("add")
@click.argument("number")
@click.option("--controller", required=True)
@click.option("--action", type=click.Choice([a.value for a in Action]), default="given", show_default=True)
@click.option("--purpose", "purposes", multiple=True, type=click.Choice([c.value for c in CallClass]))
@click.option("--voice-mode", "voice_modes", multiple=True, type=click.Choice([v.value for v in VoiceMode]))
@click.option("--category", "categories", multiple=True)
@click.option("--origin", required=True, type=click.Choice([o.value for o in Origin]))
@click.option("--obtained-at", type=Time(), help="Default: now.")
@click.option("--expires-at", type=Time())
@click.option("--call-times", help="Hours expressly agreed to, as in 'sat 10:00-12:00|sun 10:00-12:00'.")
@click.option("--evidence", multiple=True, help="sha256:<64 hexadecimal digits> of the artefact.")
@click.option("--ref")
@command
def add(
    number: str,
    controller: str,
    action: str,
    purposes: tuple[str, ...],
    voice_modes: tuple[str, ...],
    categories: tuple[str, ...],
    origin: str,
    obtained_at: datetime | None,
    expires_at: datetime | None,
    call_times: str | None,
    evidence: tuple[str, ...],
    ref: str | None,
) -> None:
    """Append an event. On a grant an omitted dimension means none. NUMBER may be - for standard input."""
    context, actor = current(), the_operator()
    with context.reading() as reading:
        owner = controller_for(reading.session, slug=controller, actor=actor)
    phone = parse(from_stdin(number), region=owner.country)
    with context.transaction(exclusive=[phone.key]) as tx:
        new = NewConsentEvent(
            number=phone.key,
            action=Action(action),
            purposes=purposes,
            voice_modes=voice_modes,
            product_categories=categories,
            origin=Origin(origin),
            obtained_at=obtained_at or tx.now,
            expires_at=expires_at,
            call_times=_hours(call_times),
            evidence=evidence,
            ref=ref,
        )
        (id,) = append_consent_events(tx.session, controller_id=owner.id, new=[new], actor=actor, now=tx.now)
    show({"id": id, "action": action})


def _hours(text: str | None) -> Weekly | None:
    try:
        return None if text is None else read_hours(text)
    except ValueError as fault:
        raise click.BadParameter(str(fault), param_hint="--call-times") from None


@group.command("attach")
@click.argument("id", type=click.UUID)
@click.option("--evidence", multiple=True, required=True, help="sha256:<64 hexadecimal digits> of the artefact.")
@command
def attach(id: object, evidence: tuple[str, ...]) -> None:
    """Record the consent ID again with more evidence; a no that came since still wins."""
    context, actor = current(), the_operator()
    with context.reading() as reading:
        row = consent_for(reading.session, id=str(id), actor=actor)
    with context.transaction(reach=[row["controller_id"]], exclusive=[row["number"]]) as tx:
        later = attach_evidence(
            tx.session, id=str(id), evidence=evidence, erasure_keys=context.erasure_keys, actor=actor, now=tx.now
        )
    show({"id": later})


@group.command("withdraw")
@click.argument("number")
@click.option("--controller", required=True)
@click.option("--origin", type=click.Choice([o.value for o in Origin]), default="inbound_call", show_default=True)
@command
def withdraw(number: str, controller: str, origin: str) -> None:
    """Withdraw everything NUMBER agreed to with a controller; from then on no check allows on it."""
    context, actor = current(), the_operator()
    with context.reading() as reading:
        owner = controller_for(reading.session, slug=controller, actor=actor)
    phone = parse(from_stdin(number), region=owner.country)
    with context.transaction(exclusive=[phone.key]) as tx:
        no = NewConsentEvent(
            number=phone.key,
            action=Action.WITHDRAWN,
            purposes=(),
            voice_modes=(),
            product_categories=(),
            origin=Origin(origin),
            obtained_at=tx.now,
        )
        (id,) = append_consent_events(tx.session, controller_id=owner.id, new=[no], actor=actor, now=tx.now)
    show({"id": id, "action": "withdrawn"})


@group.command("show")
@click.argument("number")
@click.option("--controller", required=True)
@command
def show_consents(number: str, controller: str) -> None:
    """Show the events of NUMBER with a controller, and what stands. Who asked goes on record."""
    context, actor = current(), the_operator()
    with context.reading() as reading:
        owner = controller_for(reading.session, slug=controller, actor=actor)
        phone = parse(from_stdin(number), region=owner.country)
        rows = consent_history(reading.session, controller_id=owner.id, number=phone.key)
    with context.transaction() as tx:
        record_lookup(
            tx.session,
            actor=actor,
            act=LookupAct.CONSENTS_SHOWN,
            shown={owner.id: len(rows)},
            number=phone.key,
            now=tx.now,
        )
    events = [{name: value for name, value in row.items() if name not in ("controller_id", "number")} for row in rows]
    show(
        {
            "number": phone.e164,
            "events": msgspec.to_builtins(events),
            "standing": standing_lines(map(consent_event, rows), now=reading.now),
        }
    )
