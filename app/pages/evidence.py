"""Evidence: opened or played once that is on record; and the consents whose evidence is claimed and not held."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from flask import Response, flash, render_template, request, send_file
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response as AnyResponse
from wtforms import FileField, SelectField

from app.context import Transaction
from app.db.controllers import Controller
from app.domain.access import Scope
from app.domain.errors import Forbidden, InvalidInput
from app.domain.form import SHA256
from app.domain.phone import e164_of, parse
from app.pages.access import Visit, page
from app.pages.consent_entries import sent_file
from app.pages.consent_words import CALL_CLASSES, ORIGINS, named
from app.pages.entry import NEEDED, ONE_OF_THESE, Entry, offered
from app.pages.looked_up import looked_up, reference_of, remember_lookup
from app.pages.number_acts import Answer, own_controllers
from app.pages.number_stories import story_shown
from app.pages.paths import known_id, own_path
from app.pages.sending import sent_once
from app.services.controllers import controller_for
from app.services.evidence import (
    SUFFIXES,
    EmptyEvidence,
    LostEvidence,
    UnknownEvidence,
    evidence_path,
    held_among,
    hold_evidence,
    media_type_of,
    shown_evidence,
)
from app.services.evidence_review import claimed_evidence, number_of_consent

EVIDENCE = "evidence"
"""The kind of look-up whose reference the addresses of artefacts hold."""
MOST_TEXT = 64 * 1024


class ArtefactEntry(Entry):
    """An artefact to keep."""

    controller = SelectField(_l("Controller"), [NEEDED], invalid_choice_message=ONE_OF_THESE)
    evidence = FileField(_l("File"))


class ShowsNumbers(Forbidden):
    """What proves a consent may name the number, which this user is not to see."""

    code = "shows_numbers"


@page("/evidence", to=Scope.CONSENTS_WRITE, methods=("GET", "POST"), nav=_l("Evidence"), takes_file=True)
def evidence_page(visit: Visit) -> Answer:
    """List consents whose evidence is not here, and take the artefacts."""
    entry = ArtefactEntry()
    controllers = own_controllers(visit)
    entry.controller.choices = offered({one.slug: one.name for one in controllers})
    if entry.is_sent():
        try:
            return _kept(visit, entry)
        except InvalidInput as wrong:
            wrong.pointer = None
            entry.refuse(wrong, field="evidence")
    before = request.args.get("before")
    before = None if before is None else known_id(before)
    with visit.context.reading(reach=visit.actor.controllers) as reading:
        review = claimed_evidence(reading.session, actor=visit.actor, before=before)
    text = render_template(
        "evidence.html", entry=entry, review=review, origins=ORIGINS, call_classes=CALL_CLASSES, named=named
    )
    return (text, 422) if entry.errors else text


def _kept(visit: Visit, entry: ArtefactEntry) -> AnyResponse:
    with visit.context.reading(reach=visit.actor.controllers) as reading:
        owner = controller_for(reading.session, slug=entry.controller.data, actor=visit.actor)
    with sent_file(visit) as upload:
        if upload is None:
            raise EmptyEvidence()
        kind = media_type_of(upload.path)

        def hold(tx: Transaction) -> str:
            held: dict[str, Any] = {"controller_id": owner.id, "data_dir": visit.context.data_dir}
            hold_evidence(tx.session, **held, upload=upload, media_type=kind, actor=visit.actor, now=tx.now)
            return "/evidence"

        answer = sent_once(visit, hold, reach=[owner.id])
    flash(gettext("The file is kept. Every consent that names it is proved by it."))
    return answer


@page("/evidence/number", to=Scope.PERSONS_WRITE, methods=("POST",))
def number_of_evidence(visit: Visit) -> AnyResponse:
    """Look up the number of a consent in the list: that is on record like any look-up."""
    with visit.context.reading(reach=visit.actor.controllers) as reading:
        number = number_of_consent(reading.session, id=known_id(request.form.get("consent", "")), actor=visit.actor)
    return story_shown(visit, parse(e164_of(number), region=None), ref=None)


@page("/evidence/open", to=Scope.CONSENTS_READ, or_to=Scope.AUDIT_READ, methods=("POST",))
def open_evidence(visit: Visit) -> AnyResponse:
    """Open an artefact; that it is shown goes on record first."""
    sha256 = request.form.get("sha256", "")
    if not visit.user.sees_numbers:
        raise ShowsNumbers()
    with visit.context.reading(reach=visit.actor.controllers) as reading:
        owner = controller_for(reading.session, slug=request.form.get("controller", ""), actor=visit.actor)
    if not SHA256.fullmatch(sha256):
        raise UnknownEvidence()

    about = {"kind": EVIDENCE, "controller": owner.slug, "sha256": sha256, "back": own_path(request.form.get("back"))}

    def show(tx: Transaction) -> str:
        asked: dict[str, Any] = {"controller_id": owner.id, "sha256": sha256, "data_dir": visit.context.data_dir}
        shown_evidence(tx.session, **asked, actor=visit.actor, now=tx.now)
        return f"/evidence/{reference_of(visit, about=about, at=tx.now)}"

    return remember_lookup(sent_once(visit, show, reach=[owner.id]), visit, about=about)


@page("/evidence/<ref>", to=Scope.CONSENTS_READ, or_to=Scope.AUDIT_READ)
def artefact_page(visit: Visit, ref: str) -> str | AnyResponse:
    """Show an artefact that was opened: heard, seen or read where the browser can, else downloaded."""
    owner, row, path, back = _opened(visit, ref)
    text = ""
    if row["media_type"] in ("text/plain", "application/json"):
        with path.open("rb") as file:
            text = file.read(MOST_TEXT).decode("utf-8-sig", "replace")
    return render_template("artefact.html", ref=ref, controller=owner, about=row, back=back, text=text)


@page("/evidence/<ref>/file", to=Scope.CONSENTS_READ, or_to=Scope.AUDIT_READ)
def artefact_file(visit: Visit, ref: str) -> Response:
    """Give the bytes of an artefact that was opened."""
    _, row, path, _ = _opened(visit, ref)
    kind = row["media_type"]
    name = f"{row['sha256'].removeprefix('sha256:')}.{SUFFIXES[kind]}"
    is_seen = kind.startswith(("image/", "audio/"))
    file = send_file(path, mimetype=kind, as_attachment=not is_seen, download_name=name, conditional=True, etag=False)
    file.headers["Cache-Control"] = "private, no-store"  # its own would have browsers keep it, and ask
    return file


def _opened(visit: Visit, ref: str) -> tuple[Controller, Mapping[str, Any], Path, str]:
    """Give whose artefact was opened, what it is, where its file lies, and where it was opened from."""
    about = looked_up(visit, ref=ref, kind=EVIDENCE, now=visit.context.now())
    if not visit.user.sees_numbers:
        raise ShowsNumbers()
    with visit.context.reading(reach=visit.actor.controllers) as reading:
        owner = controller_for(reading.session, slug=about["controller"], actor=visit.actor)
        held = held_among(reading.session, controller_id=owner.id, hashes=[about["sha256"]])
    if about["sha256"] not in held:
        raise UnknownEvidence()
    path = evidence_path(visit.context.data_dir, controller_id=owner.id, sha256=about["sha256"])
    if not path.is_file():
        raise LostEvidence()
    return owner, held[about["sha256"]], path, about["back"]
