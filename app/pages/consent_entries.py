"""A consent, recorded in one step from the page of the number, with the artefact that proves it."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import request
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response
from wtforms import FileField, SelectField, SelectMultipleField, StringField
from wtforms.validators import Optional

from app.context import Transaction
from app.db.controllers import Controller
from app.domain.access import Scope
from app.domain.campaign import CallClass, VoiceMode
from app.domain.consent import Action, Origin
from app.domain.form import TOKEN, require_form
from app.domain.user import OWN_NAMES, UserLanguage
from app.pages.access import Visit, page
from app.pages.consent_words import CALL_CLASSES, ORIGINS, VOICE_MODES
from app.pages.entry import NEEDED, ONE_OF_THESE, choices, offered
from app.pages.instants import InstantField, local
from app.pages.number_acts import CHECKBOXES, INSTANT, Answer, SaidEntry, instant_of, own_controllers, recorded
from app.pages.sending import sent_once
from app.services.consents import NewConsentEvent, append_consent_events
from app.services.evidence import hold_evidence, media_type_of
from app.services.uploads import Upload, store_upload


class ConsentEntry(SaidEntry):
    """What a person agreed to, and what proves it."""

    purposes = SelectMultipleField(_l("What for"), [NEEDED], choices=choices(CALL_CLASSES, CallClass), **CHECKBOXES)
    voice_modes = SelectMultipleField(
        _l("Who may speak"), [NEEDED], choices=choices(VOICE_MODES, VoiceMode), **CHECKBOXES
    )
    product_categories = StringField(
        _l("Products"),
        [NEEDED],
        description=_l("As your campaigns name them, divided by commas: energy, insurance."),
        render_kw={"autocomplete": "off", "maxlength": 200},
    )
    origin = SelectField(_l("How it was said"), choices=choices(ORIGINS, Origin), invalid_choice_message=ONE_OF_THESE)
    expires_at = InstantField(_l("Until (optional)"), [Optional()], format=INSTANT)
    wording = StringField(
        _l("Version of the wording that was shown or read (optional)"),
        render_kw={"autocomplete": "off", "maxlength": 40},
    )
    language = SelectField(
        _l("Language of the wording"), choices=choices(OWN_NAMES, UserLanguage), invalid_choice_message=ONE_OF_THESE
    )
    person = StringField(_l("Name of the person (optional)"), render_kw={"autocomplete": "off", "maxlength": 200})
    evidence = FileField(
        _l("What proves it"),
        description=_l(
            "A recording, a form or a text: PDF, PNG, JPEG, MP3, WAV, Ogg, JSON or UTF-8 text. "
            "Without it the consent permits nothing."
        ),
    )

    @property
    def products(self) -> tuple[str, ...]:
        """Give the categories that were typed."""
        return tuple(one.strip() for one in self.product_categories.data.split(",") if one.strip())

    @property
    def shown_wording(self) -> dict[str, Any] | None:
        """Give the notice; None where no version was typed."""
        version = (self.wording.data or "").strip()
        return {"version": version, "language": self.language.data, "sha256": None} if version else None


@page("/numbers/<ref>/consent", to=Scope.CONSENTS_WRITE, methods=("GET", "POST"), takes_file=True)
def consent_page(visit: Visit, ref: str) -> Answer:
    """Record a consent, and keep what proves it, in one transaction."""
    controllers = own_controllers(visit)
    entry = ConsentEntry(data={"said_at": local(visit.context.now())})
    entry.controller.choices = offered({one.slug: one.name for one in controllers})

    def record(number: int) -> Response:
        owner = next(one for one in controllers if one.slug == entry.controller.data)
        require_form(TOKEN, wording=None if entry.shown_wording is None else entry.shown_wording["version"])
        with sent_file(visit) as upload:
            new = _new_consent(entry, number, upload)
            kind = None if upload is None else media_type_of(upload.path)

            def append(tx: Transaction) -> str:
                if upload is not None:
                    _hold(tx, visit, owner, upload, kind or "")
                append_consent_events(tx.session, controller_id=owner.id, new=[new], actor=visit.actor, now=tx.now)
                return f"/numbers/{ref}"

            return sent_once(visit, append, exclusive=[number], reach=[owner.id])

    told = gettext("The consent is recorded.")
    return recorded(visit, ref, entry, record, template="consent.html", told=told)


def _new_consent(entry: ConsentEntry, number: int, upload: Upload | None) -> NewConsentEvent:
    person = (entry.person.data or "").strip()
    return NewConsentEvent(
        number=number,
        action=Action.GIVEN,
        purposes=tuple(entry.purposes.data),
        voice_modes=tuple(entry.voice_modes.data),
        product_categories=entry.products,
        origin=Origin(entry.origin.data),
        obtained_at=instant_of(entry.said_at),
        expires_at=entry.expires_at.instant,
        notice=entry.shown_wording,
        person={"name": person, "capacity": None, "address": None} if person else None,
        evidence=() if upload is None else (f"sha256:{upload.sha256}",),
        ref=entry.reference,
    )


def _hold(tx: Transaction, visit: Visit, owner: Controller, upload: Upload, media_type: str) -> None:
    hold_evidence(
        tx.session,
        controller_id=owner.id,
        upload=upload,
        media_type=media_type,
        data_dir=visit.context.data_dir,
        actor=visit.actor,
        now=tx.now,
    )


@contextmanager
def sent_file(visit: Visit) -> Iterator[Upload | None]:
    """Write the form's file to disk for the time of the block; None where none was chosen."""
    file = request.files.get("evidence")
    if file is None or not file.filename:
        yield None
        return
    path = visit.context.data_dir / "uploads" / secrets.token_hex(16)
    try:
        yield store_upload(file.stream, path=path, name=file.filename, limit=visit.context.max_evidence)
    finally:
        path.unlink(missing_ok=True)
