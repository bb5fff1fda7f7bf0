"""What a person said, recorded in one step from the page of the number: a withdrawal, an objection; and lifts."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from flask import flash, redirect, render_template, request
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response
from wtforms import Field, RadioField, SelectField, SelectMultipleField, StringField
from wtforms.widgets import CheckboxInput, ListWidget

from app.context import Transaction
from app.db.controllers import Controller
from app.domain.access import Scope as Permission
from app.domain.campaign import CallClass
from app.domain.consent import Action, Origin
from app.domain.errors import InvalidInput
from app.domain.phone import e164_of
from app.domain.suppression import Scope, SuppressionReason
from app.pages.access import Visit, page
from app.pages.consent_words import CALL_CLASSES, ORIGINS, SUPPRESSION_REASONS
from app.pages.entry import NEEDED, ONE_OF_THESE, Entry, choices, offered
from app.pages.instants import InstantField, local
from app.pages.looked_up import LookupExpired
from app.pages.number_stories import number_looked_up
from app.pages.paths import known_id
from app.pages.sending import sent_once
from app.services.consents import NewConsentEvent, append_consent_events
from app.services.controllers import controllers_for
from app.services.lifts import propose_lift
from app.services.suppressions import NewSuppression, append_suppressions

SEE_OTHER = 303
EVERYBODY = "*"
"""The choice of all callers in place of a controller; no slug is written so."""
Answer = str | Response | tuple[str, int]
NOTHING_DONE = _l("Nothing was done, because the page was open for too long. Press the button again.")
"""What is said where an act comes when the look-up of its number is over; the number is then looked up anew."""
INSTANT = "%Y-%m-%dT%H:%M"
_REASONS = [one for one in SuppressionReason if one is not SuppressionReason.ERASURE]
CHECKBOXES: dict[str, Any] = {"option_widget": CheckboxInput(), "widget": ListWidget(prefix_label=False)}


class SaidEntry(Entry):
    """What is asked of everything a person said."""

    controller = SelectField(_l("Controller"), [NEEDED], invalid_choice_message=ONE_OF_THESE)
    said_at = InstantField(_l("When it was said"), [NEEDED], format=INSTANT)
    ref = StringField(
        _l("Your reference (optional)"),
        render_kw={"autocomplete": "off", "maxlength": 200},
    )

    @property
    def reference(self) -> str | None:
        """Give the reference; None where there is none."""
        return (self.ref.data or "").strip() or None


class WithdrawalEntry(SaidEntry):
    """What a person no longer agrees to."""

    purposes = SelectMultipleField(
        _l("What for"),
        choices=choices(CALL_CLASSES, CallClass),
        description=_l("Choose none where the person withdraws everything."),
        **CHECKBOXES,
    )
    origin = SelectField(
        _l("How it was said"),
        choices=choices(ORIGINS, Origin),
        default=Origin.INBOUND_CALL.value,
        invalid_choice_message=ONE_OF_THESE,
    )


class ObjectionEntry(SaidEntry):
    """What a person does not want."""

    reason = RadioField(
        _l("Reason"),
        choices=choices(SUPPRESSION_REASONS, _REASONS),
        default=SuppressionReason.OBJECTION.value,
        invalid_choice_message=ONE_OF_THESE,
    )


class LiftEntry(Entry):
    """Why a suppression should end."""

    reason = StringField(
        _l("Why it should end"),
        [NEEDED],
        description=_l("No name and no number: the second person reads it."),
        render_kw={"autocomplete": "off", "maxlength": 200, "data-first": "yes"},
    )


@page("/numbers/<ref>/withdrawal", to=Permission.CONSENTS_WRITE, methods=("GET", "POST"))
def withdrawal_page(visit: Visit, ref: str) -> Answer:
    """Record a withdrawal: from its commit on, no check allows what it covers."""
    controllers = own_controllers(visit)
    entry = WithdrawalEntry(data={"said_at": local(visit.context.now())})
    entry.controller.choices = offered({one.slug: one.name for one in controllers})

    def record(number: int) -> Response:
        owner = next(one for one in controllers if one.slug == entry.controller.data)
        new = NewConsentEvent(
            number=number,
            action=Action.WITHDRAWN,
            purposes=tuple(entry.purposes.data),
            voice_modes=(),
            product_categories=(),
            origin=Origin(entry.origin.data),
            obtained_at=instant_of(entry.said_at),
            ref=entry.reference,
        )

        def append(tx: Transaction) -> str:
            append_consent_events(tx.session, controller_id=owner.id, new=[new], actor=visit.actor, now=tx.now)
            return f"/numbers/{ref}"

        return sent_once(visit, append, exclusive=[number], reach=[owner.id])

    return recorded(
        visit,
        ref,
        entry,
        record,
        template="withdrawal.html",
        told=gettext("The withdrawal is recorded. From now on no check allows what it covers."),
    )


@page("/numbers/<ref>/objection", to=Permission.SUPPRESSIONS_WRITE, methods=("GET", "POST"))
def objection_page(visit: Visit, ref: str) -> Answer:
    """Record an objection to one controller, or to all callers."""
    controllers = own_controllers(visit)
    names: dict[str, Any] = {one.slug: one.name for one in controllers}
    if visit.actor.controllers is None:
        names[EVERYBODY] = _l("All callers")
    entry = ObjectionEntry(data={"said_at": local(visit.context.now()), "reason": SuppressionReason.OBJECTION.value})
    entry.controller.choices = offered(names)

    def record(number: int) -> Response:
        owner = next((one for one in controllers if one.slug == entry.controller.data), None)
        new = NewSuppression(
            number=number,
            scope=Scope.ALL if owner is None else Scope.CONTROLLER,
            reason=SuppressionReason(entry.reason.data),
            since=instant_of(entry.said_at),
            ref=entry.reference,
        )

        def append(tx: Transaction) -> str:
            id = None if owner is None else owner.id
            append_suppressions(tx.session, controller_id=id, new=[new], actor=visit.actor, now=tx.now)
            return f"/numbers/{ref}"

        return sent_once(visit, append, exclusive=[number], reach=None if owner is None else [owner.id])

    return recorded(
        visit,
        ref,
        entry,
        record,
        template="objection.html",
        told=gettext("The objection is recorded. From now on no check allows what it forbids."),
    )


@page("/numbers/<ref>/lift/<id>", to=Permission.SUPPRESSIONS_WRITE, methods=("GET", "POST"))
def lift_page(visit: Visit, ref: str, id: str) -> Answer:
    """Propose that a suppression ends which staff recorded; a second person decides."""
    entry = LiftEntry()

    def record(number: int) -> Response:
        def propose(tx: Transaction) -> str:
            propose_lift(tx.session, suppression=known_id(id), reason=entry.reason.data, actor=visit.actor, now=tx.now)
            return f"/numbers/{ref}"

        return sent_once(visit, propose, reach=visit.actor.controllers)

    return recorded(
        visit,
        ref,
        entry,
        record,
        template="lift.html",
        told=gettext("The lift is proposed. It waits for a second person."),
    )


def own_controllers(visit: Visit) -> Sequence[Controller]:
    """Give the controllers of whoever visits."""
    with visit.context.reading(reach=visit.actor.controllers) as reading:
        return controllers_for(reading.session, actor=visit.actor)


def recorded(
    visit: Visit, ref: str, entry: Entry, record: Callable[[int], Response], *, template: str, told: str
) -> Answer:
    """Show a form about the number that was looked up, or do what it asks and lead back to the number's page."""
    try:
        number = number_looked_up(visit, ref)
    except LookupExpired:
        if request.method == "POST" or entry.notice:
            flash(NOTHING_DONE, "bad")
        return redirect("/numbers", SEE_OTHER)
    if entry.is_sent():
        try:
            answer = record(number)
        except InvalidInput as wrong:
            named = wrong.pointer or "/controller"
            wrong.pointer = _OF_FILES if wrong.code in _FILE_FAULTS else _FIELDS.get(named, named)
            entry.refuse(wrong, field=next(iter(entry)).name)
        else:
            flash(told)
            return answer
    text = render_template(template, entry=entry, ref=ref, number=e164_of(number))
    return (text, 422) if entry.errors else text


_FIELDS = {"/obtained_at": "/said_at", "/since": "/said_at"}
"""What a service calls a field, and what these forms do."""
_OF_FILES = "/evidence"
_FILE_FAULTS = ("unsupported_evidence", "empty_evidence", "content_too_large")


def instant_of(field: Field) -> datetime:
    """Give what was typed into a field that is needed."""
    instant: datetime = field.instant
    return instant
