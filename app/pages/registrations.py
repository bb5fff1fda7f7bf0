"""Registrations: the caller's and the controllers' own entries with authorities, listed, added, and ended."""

from datetime import date
from typing import Any
from uuid import UUID

from flask import flash, render_template
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response
from wtforms import DateField, SelectField, StringField
from wtforms.validators import Optional

from app.context import Transaction
from app.domain.access import Scope
from app.domain.errors import InvalidInput
from app.domain.registration import Holder
from app.pages.access import Visit, page
from app.pages.entry import NEEDED, ONE_OF_THESE, Entry, offered
from app.pages.sending import sent_once
from app.services.controllers import controllers_for
from app.services.registrations import (
    NewRegistration,
    add_registration,
    end_registration,
    registration_for,
    registrations_for,
)

CALLER = "*"
"""The choice of the caller in place of a controller; no slug is written so."""


class RegistrationEntry(Entry):
    """An entry with an authority."""

    holder = SelectField(_l("Whose registration"), [NEEDED], invalid_choice_message=ONE_OF_THESE)
    authority = StringField(
        _l("Authority"),
        [NEEDED],
        description=_l("The name by which the rules ask for it, as in us-fl-dacs."),
        render_kw={"autocomplete": "off", "maxlength": 32, "autocapitalize": "none"},
    )
    name = StringField(_l("Number or name there"), [NEEDED], render_kw={"autocomplete": "off", "maxlength": 200})
    valid_from = DateField(_l("Valid from"), [NEEDED])
    valid_to = DateField(_l("First day it is over (optional)"), [Optional()])


class EndEntry(Entry):
    """From when on a registration no longer holds."""

    on = DateField(_l("First day it is over"), [NEEDED])


@page("/registrations", to=Scope.REGISTERS_WRITE, methods=("GET", "POST"), nav=_l("Registrations"))
def registrations_page(visit: Visit) -> str | Response | tuple[str, int]:
    """List what counts, and add one."""
    with visit.context.reading(reach=visit.actor.controllers) as reading:
        rows = registrations_for(reading.session, actor=visit.actor)
        controllers = controllers_for(reading.session, actor=visit.actor)
        today = reading.now.date()
    names: dict[str, Any] = {one.slug: one.name for one in controllers}
    if visit.actor.controllers is None:
        names = {CALLER: _l("The caller's own")} | names
    entry = RegistrationEntry(data={"valid_from": today})
    entry.holder.choices = offered(names)
    if entry.is_sent():
        owner = next((one for one in controllers if one.slug == entry.holder.data), None)
        new = NewRegistration(
            authority=entry.authority.data,
            holder=Holder.CALLER if owner is None else Holder.CONTROLLER,
            controller=None if owner is None else owner.slug,
            name=entry.name.data,
            valid_from=entry.valid_from.data,
            valid_to=entry.valid_to.data,
        )

        def add(tx: Transaction) -> str:
            add_registration(tx.session, new=new, actor=visit.actor, now=tx.now)
            return "/registrations"

        try:
            answer = sent_once(visit, add, reach=None if owner is None else [owner.id])
        except InvalidInput as wrong:
            entry.refuse(wrong, field="authority")
        else:
            flash(gettext("The registration is added."))
            return answer
    found = [
        {
            **row,
            "is_over": _is_over(row["valid_to"], today),
            "may_end": visit.actor.controllers is None or row["controller_id"] is not None,
        }
        for row in rows
    ]
    text = render_template("registrations.html", entry=entry, found=found, names=names, own=CALLER)
    return (text, 422) if entry.errors else text


@page("/registrations/<uuid:id>/end", to=Scope.REGISTERS_WRITE, methods=("GET", "POST"))
def registration_end_page(visit: Visit, id: UUID) -> str | Response | tuple[str, int]:
    """Record that a registration no longer holds from a day on; the record of it stays."""
    with visit.context.reading(reach=visit.actor.controllers) as reading:
        row = registration_for(reading.session, id=str(id), actor=visit.actor)
        today = reading.now.date()
    entry = EndEntry(data={"on": today})
    if entry.is_sent():

        def finish(tx: Transaction) -> str:
            end_registration(tx.session, id=str(id), on=entry.on.data, actor=visit.actor, now=tx.now)
            return "/registrations"

        owner = row["controller_id"]
        try:
            answer = sent_once(visit, finish, reach=None if owner is None else [owner])
        except InvalidInput as wrong:
            entry.refuse(wrong, field="on", words=_l("It can only be made to end earlier, and not before it began."))
        else:
            flash(gettext("The registration is ended. The record of it stays."))
            return answer
    text = render_template("registration_end.html", entry=entry, one=row)
    return (text, 422) if entry.errors else text


def _is_over(valid_to: date | None, today: date) -> bool:
    return valid_to is not None and valid_to <= today
