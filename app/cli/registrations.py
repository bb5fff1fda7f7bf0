"""`flask registrations`: the caller's and the controllers' own entries with authorities."""

from datetime import date, datetime

import click
from flask.cli import AppGroup

from app.cli.door import command, show, the_operator
from app.context import current
from app.domain.registration import Holder
from app.services.registrations import (
    NewRegistration,
    add_registration,
    end_registration,
    registration_answer,
    registration_for,
    registrations_for,
)

group = AppGroup("registrations", help="Entries with authorities without which some laws bar calls: add, list, end.")
DAY = click.DateTime(formats=["%Y-%m-%d"])


@group.command("add")
@click.argument("authority")
@click.option("--controller", help="Whose it is; left out: the call centre's own.")
@click.option("--name", required=True, help="What the authority knows it by: its number, as a rule.")
@click.option("--from", "valid_from", required=True, type=DAY)
@click.option("--to", "valid_to", type=DAY, help="The first day on which it no longer holds.")
@command
def add(authority: str, controller: str | None, name: str, valid_from: datetime, valid_to: datetime | None) -> None:
    """Add a registration with AUTHORITY, as rules name it."""
    new = NewRegistration(
        authority=authority,
        holder=Holder.CALLER if controller is None else Holder.CONTROLLER,
        controller=controller,
        name=name,
        valid_from=valid_from.date(),
        valid_to=_day(valid_to),
    )
    with current().transaction() as tx:
        id = add_registration(tx.session, new=new, actor=the_operator(), now=tx.now)
        added = registration_answer(registration_for(tx.session, id=id, actor=the_operator()))
    show(added)


@group.command("list")
@command
def list_command() -> None:
    """List the registrations that count."""
    with current().reading() as reading:
        show([registration_answer(row) for row in registrations_for(reading.session, actor=the_operator())])


@group.command("end")
@click.argument("id", type=click.UUID)
@click.option("--on", required=True, type=DAY, help="The first day on which it no longer holds.")
@command
def end(id: object, on: datetime) -> None:
    """Record that a registration ends; what was decided before stays as it was."""
    with current().transaction() as tx:
        later = end_registration(tx.session, id=str(id), on=on.date(), actor=the_operator(), now=tx.now)
        ended = registration_answer(registration_for(tx.session, id=later, actor=the_operator()))
    show(ended)


def _day(instant: datetime | None) -> date | None:
    return None if instant is None else instant.date()
