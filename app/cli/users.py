"""`flask users`: who may sign in to the pages."""

import click
from flask import current_app
from flask.cli import AppGroup

from app.cli.door import command, show, the_operator
from app.context import current
from app.db.users import all_users
from app.domain.access import STAFF, Role, Scope
from app.domain.user import UserLanguage
from app.services.answers import rfc3339
from app.services.controllers import controller_for
from app.services.user_access import Access
from app.services.users import disable_user, invite_user, reset_user, user_for

group = AppGroup("users", help="Users of the pages: invite, reset, disable, list.")
_Scopes = click.Choice([scope.value for scope in Scope])


@group.command("invite")
@click.argument("email")
@click.option("--name", required=True, help="The person's name.")
@click.option("--role", required=True, type=click.Choice([role.value for role in STAFF]))
@click.option("--controller", "slugs", required=True, multiple=True, help="A controller's slug, or all.")
@click.option("--language", default="en", type=click.Choice([one.value for one in UserLanguage]))
@click.option("--scope", "scopes", multiple=True, type=_Scopes, help="One more scope.")
@click.option("--hide-numbers", is_flag=True, help="Pages show this user references in place of numbers.")
@command
def invite(
    email: str,
    name: str,
    role: str,
    slugs: tuple[str, ...],
    language: str,
    scopes: tuple[str, ...],
    hide_numbers: bool,
) -> None:
    """Invite a user and print the one-time link alone: it works for three days, and no mail is sent."""
    actor = the_operator()
    with current().transaction() as tx:
        ids = [controller_for(tx.session, slug=slug, actor=actor).id for slug in slugs if slug != "all"]
        access = Access(
            role=Role(role),
            controller_ids=None if "all" in slugs else ids,
            sees_numbers=not hide_numbers,
            extra_scopes=[Scope(scope) for scope in scopes],
        )
        _, token = invite_user(
            tx.session,
            email=email,
            name=name,
            language=UserLanguage(language),
            access=access,
            actor=actor,
            now=tx.now,
        )
    _tell(token)


@group.command("reset")
@click.argument("email")
@command
def reset(email: str) -> None:
    """Take a user's password, authenticator and sessions away; print the link, good for two hours, to set new ones."""
    with current().transaction() as tx:
        user = user_for(tx.session, email=email)
        _, token = reset_user(tx.session, id=user.id, actor=the_operator(), now=tx.now)
    _tell(token)


@group.command("disable")
@click.argument("email")
@command
def disable(email: str) -> None:
    """Disable a user for ever: whoever is signed in as the user no longer is."""
    with current().transaction() as tx:
        user = user_for(tx.session, email=email)
        disable_user(tx.session, id=user.id, actor=the_operator(), now=tx.now)
    click.echo(f"disabled {user.email}")


@group.command("list")
@command
def list_users() -> None:
    """List the users."""
    with current().reading() as reading:
        found = all_users(reading.session)
    show(
        [
            {
                "id": user.id,
                "email": user.email,
                "name": user.name,
                "language": user.language,
                "role": user.role,
                "scopes": user.scopes,
                "controllers": "all" if user.all_controllers else user.controller_ids,
                "sees_numbers": user.sees_numbers,
                "has_password": user.password_hash is not None,
                "has_authenticator": user.totp_enrolled_at is not None,
                "created_at": rfc3339(user.created_at),
                "disabled_at": rfc3339(user.disabled_at),
            }
            for user in found
        ]
    )


def _tell(token: str) -> None:
    serving = current_app.config["SERVING"]
    click.echo(f"{serving['url'] or 'http://{host}:{port}'.format(**serving)}/welcome/{token}")
