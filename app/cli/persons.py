"""`flask persons`: forgetting a person, and telling one what is held."""

import click
from flask.cli import AppGroup

from app.cli.door import command, from_stdin, show, the_operator
from app.context import current
from app.db.controllers import Controller
from app.domain.phone import parse
from app.services.access_page import access_page
from app.services.controllers import controller_for
from app.services.erasure_proposals import (
    NewProposal,
    proposal_answer,
    propose_erasure,
    reject_erasure,
    waiting_for,
)
from app.services.pack_words import Language
from app.services.retention import LISTS_KEPT, has_retention, switch_retention
from app.work.erasing import approve, erased_answer
from app.work.erasure_replay import replay_erasures
from app.work.person_access import given_access

group = AppGroup("persons", help="Called persons: erase (two people), access, retention.")
_MOST = 1000


@group.command("erase")
@click.argument("number")
@click.option("--controller", help="Whose records; left out: those of all.")
@click.option("--region", help="Where a national number belongs; default: the controller's country.")
@click.option("--ref", help="Your reference for the request; no name, no number.")
@command
def erase_command(number: str, controller: str | None, region: str | None, ref: str | None) -> None:
    """Propose to erase NUMBER (- for standard input); somebody else must approve it within two weeks.

    The somebody else is another login of this system, or an API key.
    """
    context, actor = current(), the_operator()
    owner: Controller | None = None
    if controller is not None:
        with context.reading() as reading:
            owner = controller_for(reading.session, slug=controller, actor=actor)
    phone = parse(from_stdin(number), region=region or (owner.country if owner else None))
    new = NewProposal(number=phone.key, controller_id=None if owner is None else owner.id, ref=ref)
    with context.transaction() as tx:
        row = propose_erasure(tx.session, new=new, actor=actor, now=tx.now)
    show(proposal_answer(row))


@group.command("waiting")
@command
def waiting_command() -> None:
    """Show the erasures that wait for a second person."""
    with current().reading() as reading:
        rows = waiting_for(reading.session, actor=the_operator(), before=None, limit=_MOST, now=reading.now)
    show([proposal_answer(row) for row in rows])


@group.command("approve")
@click.argument("id", type=click.UUID)
@command
def approve_command(id: object) -> None:
    """Approve the proposal ID, which another login made, and erase the person at once."""
    done = approve(current(), id=str(id), actor=the_operator())
    show(erased_answer(done, proposal=str(id)))


@group.command("reject")
@click.argument("id", type=click.UUID)
@command
def reject_command(id: object) -> None:
    """Reject the proposal ID, or take your own back."""
    with current().transaction() as tx:
        row = reject_erasure(tx.session, id=str(id), actor=the_operator(), now=tx.now)
    show(proposal_answer(row))


@group.command("access")
@click.argument("number")
@click.option("--controller", required=True)
@click.option("--ref", help="Your reference for the request.")
@click.option("--format", "format_", type=click.Choice(["json", "html"]), default="json")
@click.option("--language", type=click.Choice([one.value for one in Language]), default="en", help="Of the page.")
@command
def access_command(number: str, controller: str, ref: str | None, format_: str, language: str) -> None:
    """Give everything a controller has on NUMBER (- for standard input), with its proofs. That goes on record."""
    context, actor = current(), the_operator()
    with context.reading() as reading:
        owner = controller_for(reading.session, slug=controller, actor=actor)
    phone = parse(from_stdin(number), region=owner.country)
    answer = given_access(context, number=phone.key, controller=owner, ref=ref, actor=actor)
    if format_ == "html":
        click.echo(access_page(answer, language=Language(language)), nl=False)
    else:
        show(answer)


@group.command("replay-erasures")
@command
def replay_command() -> None:
    """After a backup was restored: erase again whom the journal outside the database names. May be run twice."""
    show(replay_erasures(current(), actor=the_operator()))


@group.command("retention")
@click.option("--controller", required=True)
@click.option("--on/--off", "is_on", default=None, help="Switch it; without either, only show.")
@command
def retention_command(controller: str, is_on: bool | None) -> None:
    """Have what served its time erased for a controller: records by the rules' clocks, files of lists after 90 days.

    It is off until it is switched on, for what it erases cannot be brought back.
    """
    context, actor = current(), the_operator()
    with context.reading() as reading:
        owner = controller_for(reading.session, slug=controller, actor=actor)
    if is_on is not None:
        with context.transaction() as tx:
            switch_retention(tx.session, controller_id=owner.id, is_on=is_on, actor=actor, now=tx.now)
    with context.reading() as reading:
        state = has_retention(reading.session, controller_id=owner.id)
    show({"controller": owner.slug, "retention": "on" if state else "off", "lists_kept_days": LISTS_KEPT.days})
