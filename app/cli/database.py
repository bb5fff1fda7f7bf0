"""`flask db`: the schema, the ruleset it is run with, and the role that runs the service."""

from pathlib import Path

import click
from flask.cli import AppGroup

from app.cli.door import command, the_operator
from app.context import current
from app.db.backups import back_up
from app.db.migrations import grant, is_current, newest_revision, upgrade
from app.demo.data import second_person
from app.domain.leaf import LeafKind
from app.policies.load import shipped
from app.services.installation import record_grant, record_upgrade
from app.services.log import record_act
from app.services.shipped_rules import activate_shipped

group = AppGroup("db", help="The database: schema, ruleset in force, role of the service.")


@group.command("upgrade")
@command
def upgrade_command() -> None:
    """Run the migrations that are missing. This version's rules: in force in a new installation, else proposed."""
    context, actor = current(), the_operator()
    before = newest_revision(context.engine)
    upgrade(context.engine)
    revision = newest_revision(context.engine)
    with context.transaction(any_history=True) as tx:  # a restored database may be older than this version
        if revision != before:
            record_upgrade(tx.session, before=before, revision=revision, actor=actor, now=tx.now)
        second = second_person(context)
        rules = activate_shipped(tx.session, ruleset=shipped(), actor=actor, second=second, now=tx.now)
    with context.reading(any_history=True) as reading:
        in_force = context.ruleset(reading.session, now=reading.now).digest
    click.echo(f"schema current; ruleset {in_force}{' activated' if rules.is_new else ''}")
    if rules.warning is not None:
        click.echo(f"WARNING: {rules.warning}")


@group.command("current")
@command
def current_command() -> None:
    """Say whether the schema is this version's; exit code 1 if not."""
    if not is_current(current().engine):
        raise click.ClickException("another schema: run flask db upgrade")
    click.echo("current")


@group.command("backup")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@command
def backup_command(file: Path) -> None:
    """Write the whole database to FILE while the gate serves. The secrets and lists are not in it: keep them too."""
    context = current()
    with context.transaction(any_history=True) as tx:
        body = {"act": "backup_made"}
        record_act(tx.session, kind=LeafKind.ADMIN, controller_id=None, actor=the_operator(), now=tx.now, body=body)
    back_up(context.engine, file)
    click.echo(f"{file} ({file.stat().st_size} bytes)")


@group.command("grant")
@click.argument("role")
@command
def grant_command(role: str) -> None:
    """Let a PostgreSQL ROLE run the service: append to the record, change the state of work, own nothing."""
    context = current()
    if context.is_sqlite:
        raise click.ClickException("SQLite has no roles")
    with context.transaction(any_history=True) as tx:
        record_grant(tx.session, role=role, actor=the_operator(), now=tx.now)
        grant(tx.session.connection(), role=role)
    click.echo(f"granted to {role}")
