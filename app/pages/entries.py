"""The log as auditors read it: entries of every kind with what proves them, and who looked what up."""

import json
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from flask import Response, flash, redirect, render_template, request
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response as Redirect
from wtforms import HiddenField, SelectField, StringField

from app.db.types import Row
from app.domain.access import COMMAND_LINE, Scope
from app.domain.errors import Trouble
from app.domain.leaf import LeafKind, hash_text
from app.domain.phone import e164_of
from app.pages.access import Visit, page
from app.pages.codes import ENTRY_KINDS
from app.pages.decisions import number_of
from app.pages.downloads import attached
from app.pages.entry import NEEDED, ONE_OF_THESE, Entry
from app.pages.filters import PAGE, DayField, Filter, any_of, beginning, end, offer
from app.services.actor_names import actor_names
from app.services.controllers import controllers_for
from app.services.cursors import cursor_of, place_of
from app.services.entry_checks import entry_for
from app.services.log_search import EntrySearch, FoundEntries
from app.services.publication import NotIntegrated, entry_proof
from app.work.log_reading import searched_log


class AccessFilter(Filter):
    """Of which look-ups."""

    controller = any_of(_l("Controller"))
    from_ = DayField(_l("From"), name="from")
    to = DayField(_l("To, that day included"))


class EntriesFilter(AccessFilter):
    """Which entries."""

    kind = any_of(_l("Kind of entry"), ENTRY_KINDS)


class NumberEntry(Entry):
    """A number, and where to go on."""

    number = StringField(
        _l("Telephone number"),
        [NEEDED],
        description=_l("With its country code, as in +420 601 123 456; without one it is of the controller's country."),
        render_kw={"type": "tel", "autocomplete": "off", "maxlength": 64, "data-first": "yes"},
    )
    controller = SelectField(_l("Controller"), default="", invalid_choice_message=ONE_OF_THESE)
    after = HiddenField()


@page("/entries", to=Scope.AUDIT_READ, nav=_l("Log"))
def entries_page(visit: Visit) -> str | tuple[str, int]:
    """Show a page of the log, newest first."""
    return _filtered(visit, EntriesFilter(), path="/entries", template="entries.html")


@page("/entries/access", to=Scope.AUDIT_READ)
def access_log_page(visit: Visit) -> str | tuple[str, int]:
    """Show who looked what up, newest first. This look is the next entry."""
    return _filtered(visit, AccessFilter(), path="/entries/access", template="access_log.html", kind=LeafKind.LOOKUP)


@page("/entries/number", to=Scope.AUDIT_READ, methods=("GET", "POST"))
def entries_on_number_page(visit: Visit) -> str | tuple[str, int]:
    """Show the entries on a number: the answer to a form, so that no address tells of it."""
    entry = NumberEntry()
    with visit.context.reading(reach=visit.actor.controllers) as reading:
        controllers = controllers_for(reading.session, actor=visit.actor)
    offer(entry.controller, {one.slug: one.name for one in controllers})
    rows = more = None
    if entry.is_sent():
        try:
            number = number_of(entry, controllers, is_needed=True)
        except Trouble as wrong:
            entry.refuse(wrong, field="number")
        else:
            wanted = EntrySearch(number=number, controller=entry.controller.data or None)
            after = place_of(entry.after.data or None)
            found = searched_log(visit.context, wanted=wanted, actor=visit.actor, after=after, limit=PAGE)
            rows = _rows(visit, found)
            more = None if found.next is None else cursor_of(*found.next)
    text = render_template("entries_number.html", entry=entry, rows=rows, more=more)
    return (text, 422) if entry.errors else text


@page("/entries/<uuid:id>/leaf", to=Scope.AUDIT_READ)
def entry_leaf(visit: Visit, id: UUID) -> Response:
    """Give the exact bytes of an entry; nothing personal is in them."""
    with visit.context.reading(reach=visit.actor.controllers) as reading:
        leaf = entry_for(reading.session, id=str(id), actor=visit.actor)["leaf"]
    return attached(iter([leaf]), name=f"{id}.json", kind="application/json")


@page("/entries/<uuid:id>/proof", to=Scope.AUDIT_READ)
def entry_proof_file(visit: Visit, id: UUID) -> Response | Redirect:
    """Give the proof of inclusion of an entry, with the checkpoint over it (C2SP tlog-proof)."""
    try:
        with visit.context.reading(reach=visit.actor.controllers) as reading:
            row = entry_for(reading.session, id=str(id), actor=visit.actor)
            proof = entry_proof(reading.session, entry_id=row["id"])
    except NotIntegrated:
        flash(gettext("The entry has no place in the tree yet. It gets one within a minute: ask again then."))
        return redirect("/entries", 303)
    return attached(iter([proof.encode()]), name=f"{id}.tlog-proof", kind="text/plain; charset=utf-8")


def _filtered(
    visit: Visit, asked: Any, *, path: str, template: str, kind: LeafKind | None = None
) -> str | tuple[str, int]:
    with visit.context.reading(reach=visit.actor.controllers) as reading:
        owners = controllers_for(reading.session, actor=visit.actor)
    offer(asked.controller, {one.slug: one.name for one in owners})
    if not asked.validate():
        return render_template(template, asked=asked, rows=None, more=None, first=None), 422
    cursor = request.args.get("after") or None
    wanted = EntrySearch(
        controller=asked.controller.data or None,
        kind=kind or (LeafKind(asked.kind.data) if asked.kind.data else None),
        since=beginning(asked.from_.data),
        before=end(asked.to.data),
    )
    found = searched_log(visit.context, wanted=wanted, actor=visit.actor, after=place_of(cursor), limit=PAGE)
    more = None if found.next is None else asked.link(path, after=cursor_of(*found.next))
    first = None if cursor is None else asked.link(path)
    return render_template(template, asked=asked, rows=_rows(visit, found), more=more, first=first)


def _rows(visit: Visit, found: FoundEntries) -> Sequence[Mapping[str, Any]]:
    leaves = [json.loads(row["leaf"]) for row in found.rows]
    with visit.context.reading(reach=visit.actor.controllers) as reading:
        owners = {one.id: one.name for one in controllers_for(reading.session, actor=visit.actor)}
        names = actor_names(reading.session, ids={leaf["actor"] for leaf in leaves if "actor" in leaf})
    return [_row(row, leaf, owners, names) for row, leaf in zip(found.rows, leaves, strict=True)]


def _row(row: Row, leaf: Mapping[str, Any], owners: Mapping[int, str], names: Mapping[str, str]) -> Mapping[str, Any]:
    actor = leaf.get("actor")
    personal = row["fields"] or {}
    return {
        "id": row["id"],
        "at": row["at"],
        "kind": row["kind"],
        "controller": owners.get(row["controller_id"]),
        "number": None if row["number"] is None else e164_of(row["number"]),
        "act": leaf.get("act") or leaf.get("action") or leaf.get("reason") or leaf.get("result"),
        "verdict": leaf.get("verdict") if row["kind"] == LeafKind.CHECK else None,
        "reason": next((code for code, _ in leaf.get("reasons", ())), None) if row["kind"] == LeafKind.CHECK else None,
        "actor": personal.get("operator", actor) if actor == COMMAND_LINE else names.get(actor or "", actor),
        "by_key": actor is not None and actor != COMMAND_LINE and not actor.startswith("user:"),
        "decision": leaf.get("decision"),
        "found": leaf.get("found"),
        "leaf": row["leaf"].decode(),
        "leaf_hash": hash_text(row["leaf_hash"]),
        "is_erased": row["salt"] is None,
        "fields": json.dumps(row["fields"], ensure_ascii=False, indent=1) if row["fields"] else None,
    }
