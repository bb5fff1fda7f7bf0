"""Users: who may sign in, with which role, for which controllers."""

from collections.abc import Sequence
from typing import Any

from flask import current_app, flash, render_template, request
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response
from wtforms import BooleanField, EmailField, RadioField, SelectField, StringField

from app.context import Transaction
from app.db.controllers import Controller
from app.db.users import User, all_users, user_by_id
from app.domain.access import STAFF, Role, Scope
from app.domain.errors import Trouble
from app.domain.user import OWN_NAMES, UserLanguage
from app.pages.access import Visit, page
from app.pages.entry import NEEDED, ONE_OF_THESE, Entry, choices
from app.pages.languages import ROLE_NAMES
from app.pages.reach_entry import ALL, THESE, ReachEntry, controllers_field, reach_field
from app.pages.sending import sent_once
from app.services.controllers import controllers_for
from app.services.user_access import Access, extra_scopes_of
from app.services.users import UnknownUser, change_access, disable_user, invite_user, reset_user


class PersonEntry(Entry):
    """Who somebody is."""

    email = EmailField(_l("E-mail address"), [NEEDED], render_kw={"autocomplete": "off"})
    name = StringField(_l("Name"), [NEEDED], render_kw={"autocomplete": "off", "maxlength": 200})
    language = SelectField(
        _l("Language"), choices=choices(OWN_NAMES, UserLanguage), invalid_choice_message=ONE_OF_THESE
    )


class AccessEntry(ReachEntry):
    """What a user may do."""

    role = RadioField(_l("Role"), [NEEDED], choices=choices(ROLE_NAMES, STAFF), invalid_choice_message=ONE_OF_THESE)
    reach, controllers = reach_field(), controllers_field()
    sees_numbers = BooleanField(
        _l("Sees telephone numbers"),
        default=True,
        description=_l("Without this, pages and files show a reference in place of each number."),
    )

    @property
    def access(self) -> Access:
        """Give what was entered."""
        role, ids = Role(self.role.data), self.controller_ids
        return Access(role=role, controller_ids=ids, sees_numbers=self.sees_numbers.data)


class InvitationEntry(AccessEntry, PersonEntry):
    """Who is invited, and what they may do."""


@page("/users", to=Scope.ADMIN, nav=_l("Users"))
def users_page(visit: Visit) -> str:
    """List the users."""
    visit.actor.require_all_controllers()
    with visit.context.reading(reach=()) as reading:
        found = all_users(reading.session)
        names = {one.id: one.name for one in controllers_for(reading.session, actor=visit.actor)}
    return render_template("users.html", users=[_row(one, names) for one in found])


@page("/users/invite", to=Scope.ADMIN, methods=("GET", "POST"))
def invite_page(visit: Visit) -> str | Response | tuple[str, int]:
    """Invite a user."""
    entry = InvitationEntry()
    entry.among(_controllers(visit))
    if entry.is_sent():

        def invite(tx: Transaction) -> str:
            user, token = invite_user(
                tx.session,
                email=entry.email.data,
                name=entry.name.data,
                language=UserLanguage(entry.language.data),
                access=entry.access,
                actor=visit.actor,
                now=tx.now,
            )
            _show_once(token)
            return f"/users/{user.id}"

        try:
            return sent_once(visit, invite)
        except Trouble as wrong:
            if wrong.code not in ("user_exists", "malformed_field"):
                raise
            entry.refuse(wrong, field="email")
    text = render_template("invite.html", entry=entry)
    return (text, 422) if entry.errors else text


@page("/users/<id>", to=Scope.ADMIN, methods=("GET", "POST"))
def user_page(visit: Visit, id: str) -> str | Response | tuple[str, int]:
    """Show a user, and change what the user may do."""
    visit.actor.require_all_controllers()
    with visit.context.reading(reach=()) as reading:
        user = user_by_id(reading.session, id=id)
    if user is None:
        raise UnknownUser()
    controllers = _controllers(visit)
    held = [] if user.all_controllers else list(user.controller_ids)
    reach = ALL if user.all_controllers else THESE
    entry = AccessEntry(
        data={"role": user.role, "reach": reach, "controllers": held, "sees_numbers": user.sees_numbers}
    )
    entry.among(controllers)
    if entry.is_sent():

        def change(tx: Transaction) -> str:
            change_access(tx.session, id=id, access=entry.access, actor=visit.actor, now=tx.now)
            return f"/users/{id}"

        answer = sent_once(visit, change)
        flash(gettext("What the user may do is changed. It holds from the next click on."))
        return answer
    row, is_self = _row(user, {one.id: one.name for one in controllers}), user.id == visit.user.id
    text = render_template("user.html", entry=entry, user=row, is_self=is_self)
    return (text, 422) if entry.errors else text


@page("/users/<id>/reset", to=Scope.ADMIN, methods=("POST",))
def reset_user_page(visit: Visit, id: str) -> Response:
    """Let a user begin anew: with another password and another authenticator."""

    def reset(tx: Transaction) -> str:
        _, token = reset_user(tx.session, id=id, actor=visit.actor, now=tx.now)
        _show_once(token)
        return f"/users/{id}"

    return sent_once(visit, reset)


@page("/users/<id>/disable", to=Scope.ADMIN, methods=("POST",))
def disable_user_page(visit: Visit, id: str) -> Response:
    """Disable a user for ever."""

    def disable(tx: Transaction) -> str:
        disable_user(tx.session, id=id, actor=visit.actor, now=tx.now)
        return f"/users/{id}"

    answer = sent_once(visit, disable)
    flash(gettext("The user is disabled, and signed out everywhere."))
    return answer


def _show_once(token: str) -> None:
    base = current_app.config["SERVING"]["url"] or request.host_url.rstrip("/")
    flash(f"{base}/welcome/{token}", "link")


def _controllers(visit: Visit) -> Sequence[Controller]:
    with visit.context.reading(reach=()) as reading:
        return controllers_for(reading.session, actor=visit.actor)


def _row(user: User, names: dict[int, str]) -> dict[str, Any]:
    if user.disabled_at is not None:
        state = gettext("disabled")
    else:
        state = gettext("active") if user.password_hash else gettext("invited")
    reach = [names[id] for id in user.controller_ids if id in names]
    return {
        "id": user.id,
        "email": user.email,
        "name": user.name,
        "role": ROLE_NAMES[Role(user.role)],
        "controllers": gettext("all") if user.all_controllers else ", ".join(reach),
        "extra_scopes": ", ".join(sorted(extra_scopes_of(user))),
        "sees_numbers": user.sees_numbers,
        "has_authenticator": user.totp_enrolled_at is not None,
        "state": state,
        "is_disabled": user.disabled_at is not None,
        "created_at": user.created_at,
        "disabled_at": user.disabled_at,
    }
