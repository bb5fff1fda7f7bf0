"""Erasure of a person: proposed from the page of the number, decided by a second person."""

from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response
from wtforms import SelectField, StringField

from app.context import Transaction
from app.domain.access import Scope
from app.pages.access import Visit, page
from app.pages.entry import NEEDED, ONE_OF_THESE, Entry, offered
from app.pages.number_acts import EVERYBODY, Answer, own_controllers, recorded
from app.pages.sending import sent_once
from app.services.erasure_proposals import NewProposal, propose_erasure


class ErasureEntry(Entry):
    """For whom a person is to be forgotten."""

    controller = SelectField(_l("Controller"), [NEEDED], invalid_choice_message=ONE_OF_THESE)
    ref = StringField(_l("Your reference (optional)"), render_kw={"autocomplete": "off", "maxlength": 200})


@page("/numbers/<ref>/erasure", to=Scope.PERSONS_WRITE, methods=("GET", "POST"))
def erasure_page(visit: Visit, ref: str) -> Answer:
    """Propose that a person is erased, for one controller or for all."""
    controllers = own_controllers(visit)
    names: dict[str, Any] = {one.slug: one.name for one in controllers}
    if visit.actor.controllers is None:
        names[EVERYBODY] = _l("All callers")
    entry = ErasureEntry()
    entry.controller.choices = offered(names)

    def record(number: int) -> Response:
        owner = next((one.id for one in controllers if one.slug == entry.controller.data), None)
        new = NewProposal(number=number, controller_id=owner, ref=(entry.ref.data or "").strip() or None)

        def propose(tx: Transaction) -> str:
            propose_erasure(tx.session, new=new, actor=visit.actor, now=tx.now)
            return f"/numbers/{ref}"

        return sent_once(visit, propose, reach=None if owner is None else [owner])

    told = gettext("The erasure is proposed. It waits for a second person.")
    return recorded(visit, ref, entry, record, template="erasure.html", told=told)
