"""API keys: listed, made and shown once, revoked."""

from collections.abc import Mapping
from typing import Any

from flask import flash, render_template, request
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response
from wtforms import RadioField, StringField

from app.context import Transaction
from app.db.api_keys import ApiKey, all_api_keys
from app.domain.access import Role, Scope
from app.domain.errors import Trouble
from app.pages.access import Visit, page
from app.pages.entry import NEEDED, ONE_OF_THESE, choices
from app.pages.languages import ROLE_NAMES
from app.pages.reach_entry import ReachEntry, controllers_field, reach_field
from app.pages.sending import sent_once
from app.services.api_keys import create_api_key, end_api_key
from app.services.controllers import controllers_for


class KeyEntry(ReachEntry):
    """Whose key it is, and what it may do."""

    name = StringField(
        _l("Name"),
        [NEEDED],
        description=_l("Which system holds it, as in Dialer Brno."),
        render_kw={"autocomplete": "off", "maxlength": 200},
    )
    role = RadioField(
        _l("Role"),
        [NEEDED],
        choices=choices(ROLE_NAMES, Role),
        default=Role.DIALER.value,
        invalid_choice_message=ONE_OF_THESE,
    )
    reach, controllers = reach_field(), controllers_field()


@page("/keys", to=Scope.ADMIN, methods=("GET", "POST"), nav=_l("API keys"))
def keys_page(visit: Visit) -> str | Response | tuple[str, int]:
    """List the keys, and make one. Its text is shown once and kept nowhere."""
    visit.actor.require_all_controllers()
    with visit.context.reading(reach=()) as reading:
        controllers = controllers_for(reading.session, actor=visit.actor)
        keys = all_api_keys(reading.session)
    entry = KeyEntry()
    entry.among(controllers)
    names = {one.id: one.name for one in controllers}
    if entry.is_sent():

        def create(tx: Transaction) -> str:
            token = create_api_key(
                tx.session,
                env="live",
                role=Role(entry.role.data),
                controller_ids=entry.controller_ids,
                name=entry.name.data,
                pepper=visit.context.api_key_pepper,
                actor=visit.actor,
                now=tx.now,
            )
            flash(token, "key")
            return "/keys"

        try:
            return sent_once(visit, create)
        except Trouble as wrong:
            if wrong.code != "malformed_field":
                raise
            entry.refuse(wrong, field="name")
    text = render_template("keys.html", entry=entry, keys=[_row(one, names) for one in reversed(keys)])
    return (text, 422) if entry.errors else text


@page("/keys/revoke", to=Scope.ADMIN, methods=("POST",))
def revoke_key(visit: Visit) -> Response:
    """Revoke a key: from the commit on, nothing it asks is answered."""
    visit.actor.require_all_controllers()

    def revoke(tx: Transaction) -> str:
        end_api_key(tx.session, id=request.form.get("key", ""), actor=visit.actor, now=tx.now)
        return "/keys"

    answer = sent_once(visit, revoke)
    flash(gettext("The key is revoked. Nothing it asks is answered any more."))
    return answer


def _row(key: ApiKey, names: Mapping[int, str]) -> dict[str, Any]:
    return {
        "id": key.id,
        "name": key.name,
        "role": ROLE_NAMES[Role(key.role)],
        "controllers": gettext("all")
        if key.all_controllers
        else ", ".join(names.get(id, "") for id in key.controller_ids),
        "created_at": key.created_at,
        "revoked_at": key.revoked_at,
    }
