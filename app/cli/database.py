"""`flask db`: the schema, the ruleset it is run with, and the role that runs the service."""

import click
from flask.cli import AppGroup

from app.cli.door import command, the_operator
from app.context import current
from app.db.migrations import grant, is_current, upgrade
from app.policies.load import shipped
from app.services.rulesets import activate_shipped

group = AppGroup("db", help="The database: schema, ruleset in force, role of the service.")


@group.command("upgrade")
@command
def upgrade_command() -> None:
    """Run the migrations that are missing, and put this version's ruleset in force."""
    context = current()
    upgrade(context.engine)
    with context.transaction() as tx:
        is_new = activate_shipped(tx.session, ruleset=shipped(), actor=the_operator(), now=tx.now)
    with context.reading() as reading:
        in_force = context.ruleset(reading.session).digest
    click.echo(f"schema current; ruleset {in_force}{' activated' if is_new else ''}")
    if in_force != shipped().digest:
        click.echo(
            f"WARNING: NOT in force are the rules of this version, {shipped().digest}: they were once, and ended"
        )


@group.command("current")
@command
def current_command() -> None:
    """Say whether the schema is this version's; exit code 1 if not."""
    if not is_current(current().engine):
        raise click.ClickException("another schema: run flask db upgrade")
    click.echo("current")


@group.command("grant")
@click.argument("role")
@command
def grant_command(role: str) -> None:
    """Let a PostgreSQL ROLE run the service: append to the record, change the state of work, own nothing."""
    if current().is_sqlite:
        raise click.ClickException("SQLite has no roles")
    grant(current().engine, role=role)
    click.echo(f"granted to {role}")
