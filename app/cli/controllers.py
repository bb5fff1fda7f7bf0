"""`flask controllers`: the client brands."""

import click
from flask.cli import AppGroup

from app.cli.door import command, show, the_operator
from app.context import current
from app.db.controllers import Controller
from app.services.answers import rfc3339
from app.services.controllers import add_controller, controller_for, controllers_for

group = AppGroup("controllers", help="The client brands on whose behalf calls are made.")


@group.command("add")
@click.argument("slug")
@click.option("--name", required=True)
@click.option("--country", required=True, help="ISO 3166-1, as in CZ.")
@command
def add(slug: str, name: str, country: str) -> None:
    """Add a controller and begin its log."""
    with current().transaction() as tx:
        new = {"slug": slug, "name": name, "country": country.upper()}
        controller = add_controller(tx.session, **new, actor=the_operator(), now=tx.now)
    show(_answer(controller))


@group.command("show")
@click.argument("slug", required=False)
@command
def show_controllers(slug: str | None) -> None:
    """Show one controller, or all."""
    with current().reading() as reading:
        if slug is not None:
            show(_answer(controller_for(reading.session, slug=slug, actor=the_operator())))
        else:
            show([_answer(one) for one in controllers_for(reading.session, actor=the_operator())])


def _answer(one: Controller) -> dict[str, object]:
    return {"slug": one.slug, "name": one.name, "country": one.country, "created_at": rfc3339(one.created_at)}
