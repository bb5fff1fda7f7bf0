"""Controllers: the client brands, listed and added."""

from flask import flash, render_template
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response
from wtforms import StringField

from app.context import Transaction
from app.domain.access import Scope
from app.domain.errors import Trouble
from app.pages.access import Visit, page
from app.pages.entry import NEEDED, Entry
from app.pages.sending import sent_once
from app.services.controllers import add_controller, controllers_for


class ControllerEntry(Entry):
    """A client brand."""

    name = StringField(_l("Name"), [NEEDED], render_kw={"autocomplete": "off", "maxlength": 200})
    slug = StringField(
        _l("Short name"),
        [NEEDED],
        description=_l(
            "Small letters, digits and hyphens, as in energo. It stands in addresses and files, and never changes."
        ),
        render_kw={"autocomplete": "off", "maxlength": 63, "autocapitalize": "none"},
    )
    country = StringField(
        _l("Country"),
        [NEEDED],
        description=_l("Two letters, as in CZ: where its numbers without + belong."),
        render_kw={"autocomplete": "off", "maxlength": 2},
    )


@page("/controllers", to=Scope.ADMIN, methods=("GET", "POST"), nav=_l("Controllers"))
def controllers_page(visit: Visit) -> str | Response | tuple[str, int]:
    """List the controllers, and add one: its log begins."""
    entry = ControllerEntry()
    if entry.is_sent():

        def add(tx: Transaction) -> str:
            new = {"slug": entry.slug.data, "name": entry.name.data, "country": entry.country.data.upper()}
            add_controller(tx.session, **new, actor=visit.actor, now=tx.now)
            return "/controllers"

        try:
            answer = sent_once(visit, add)
        except Trouble as wrong:
            if wrong.code not in ("controller_exists", "malformed_field"):
                raise
            entry.refuse(wrong, field="slug")
        else:
            flash(gettext("The controller is added."))
            return answer
    with visit.context.reading(reach=visit.actor.controllers) as reading:
        found = controllers_for(reading.session, actor=visit.actor)
    may_add = visit.actor.controllers is None
    text = render_template("controllers.html", entry=entry, controllers=found, may_add=may_add)
    return (text, 422) if entry.errors else text
