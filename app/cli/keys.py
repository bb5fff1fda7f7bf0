"""`flask keys`: API keys."""

import click
from flask.cli import AppGroup

from app.cli.door import command, show, the_operator
from app.context import current
from app.db.api_keys import all_api_keys
from app.domain.access import Role, Scope
from app.services.answers import rfc3339
from app.services.api_keys import create_api_key, end_api_key
from app.services.controllers import controller_for

group = AppGroup("keys", help="API keys: create, list, revoke.")


@group.command("create")
@click.option("--role", required=True, type=click.Choice([role.value for role in Role]))
@click.option("--controller", "slugs", required=True, multiple=True, help="A controller's slug, or all.")
@click.option("--name", required=True, help="Whose key it is.")
@click.option("--scope", "scopes", multiple=True, type=click.Choice([s.value for s in Scope]), help="One more scope.")
@command
def create(role: str, slugs: tuple[str, ...], name: str, scopes: tuple[str, ...]) -> None:
    """Create a key and print it alone. It cannot be shown again."""
    context, actor = current(), the_operator()
    with context.transaction() as tx:
        ids = [controller_for(tx.session, slug=slug, actor=actor).id for slug in slugs if slug != "all"]
        token = create_api_key(
            tx.session,
            env="live",
            role=Role(role),
            controller_ids=None if "all" in slugs else ids,
            name=name,
            extra_scopes=[Scope(scope) for scope in scopes],
            pepper=context.api_key_pepper,
            actor=actor,
            now=tx.now,
        )
    click.echo(token)


@group.command("list")
@command
def list_keys() -> None:
    """List the keys; their secrets are not kept."""
    with current().reading() as reading:
        keys = all_api_keys(reading.session)
    show(
        [
            {
                "id": key.id,
                "name": key.name,
                "role": key.role,
                "scopes": key.scopes,
                "controllers": "all" if key.all_controllers else key.controller_ids,
                "created_at": rfc3339(key.created_at),
                "revoked_at": rfc3339(key.revoked_at),
            }
            for key in keys
        ]
    )


@group.command("revoke")
@click.argument("id")
@command
def revoke(id: str) -> None:
    """Revoke the key with this ID (the part between the second and third underscore)."""
    with current().transaction() as tx:
        end_api_key(tx.session, id=id, actor=the_operator(), now=tx.now)
    click.echo(f"revoked {id}")
