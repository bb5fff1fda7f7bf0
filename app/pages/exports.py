"""Files for auditors: the log, and everything on one number."""

from functools import partial
from itertools import chain
from uuid import UUID, uuid4

from flask import Response, render_template, request
from flask_babel import lazy_gettext as _l
from wtforms import SelectField, StringField

from app.domain.access import Scope
from app.domain.errors import Trouble
from app.domain.leaf import LeafKind
from app.pages.access import Visit, page
from app.pages.codes import ENTRY_KINDS
from app.pages.decisions import number_of, reached
from app.pages.downloads import attached, require_numbers, sent_file, take_bulk
from app.pages.entry import NEEDED, ONE_OF_THESE, Entry, choices
from app.pages.filters import DayField, Filter, any_of, beginning, end, offer
from app.pages.languages import language
from app.services.log_export import ExportFormat
from app.services.pack_words import Language
from app.work.export_progress import ExportProgress, new_progress, progress_of
from app.work.log_reading import Export, exported_log, made_pack

FORMATS = {
    ExportFormat.CSV: _l("CSV, for a spreadsheet"),
    ExportFormat.JSONL: _l("JSON Lines, for a program"),
    ExportFormat.PARQUET: _l("Parquet, for large amounts"),
}


class ExportFilter(Filter):
    """Which entries, and how they are written."""

    format = SelectField(
        _l("Format"), choices=choices(FORMATS, FORMATS), default="csv", invalid_choice_message=ONE_OF_THESE
    )
    controller = any_of(_l("Controller"))
    kind = any_of(_l("Kind of entry"), ENTRY_KINDS)
    from_ = DayField(_l("From"), name="from")
    to = DayField(_l("To, that day included"))


class PackEntry(Entry):
    """A number with one controller."""

    number = StringField(
        _l("Telephone number"),
        [NEEDED],
        description=_l("With its country code, as in +420 601 123 456; without one it is of the controller's country."),
        render_kw={"type": "tel", "autocomplete": "off", "maxlength": 64},
    )
    controller = SelectField(_l("Controller"), [NEEDED], invalid_choice_message=ONE_OF_THESE)


@page("/entries/exports", to=Scope.AUDIT_READ)
def exports_page(visit: Visit) -> str:
    """Offer the log as a file."""
    return _page(visit, _filter(visit))


@page("/entries/exports/log", to=Scope.AUDIT_READ)
def export_file(visit: Visit) -> Response | tuple[str, int]:
    """Stream the log. Whoever asked for what is on record before its first byte."""
    require_numbers(visit)
    asked = _filter(visit)
    if not asked.validate():
        return _page(visit, asked), 422
    take_bulk(visit)
    wanted = Export(
        format=ExportFormat(asked.format.data),
        controller=asked.controller.data or None,
        since=beginning(asked.from_.data),
        before=end(asked.to.data),
        kind=LeafKind(asked.kind.data) if asked.kind.data else None,
    )
    progress = _new_progress(visit)
    pieces = exported_log(visit.context, wanted=wanted, actor=visit.actor, progress=progress)
    first = next(pieces)
    return attached(chain([first], pieces), name=f"dialgate-log.{wanted.format}", kind=wanted.format.media_type)


@page("/entries/exports/<uuid:id>/progress", to=Scope.AUDIT_READ)
def export_progress_page(visit: Visit, id: UUID) -> str:
    """Tell how far an export is that this user began."""
    told = progress_of(visit.context, id=str(id), owner=visit.user.id)
    return render_template("export_progress.html", id=id, told=told, next=uuid4())


@page("/entries/pack", to=Scope.AUDIT_READ, methods=("GET", "POST"))
def number_pack_page(visit: Visit) -> str | Response | tuple[str, int]:
    """Give the defence pack of a number with one controller. That it was made goes on record."""
    entry = PackEntry()
    controllers, _ = reached(visit)
    names = {one.slug: one.name for one in controllers}
    entry.controller.choices = choices(names, names)
    if entry.is_sent():
        require_numbers(visit)
        try:
            number = number_of(entry, controllers, is_needed=True)
        except Trouble as wrong:
            entry.refuse(wrong, field="number")
        else:
            make = partial(
                made_pack,
                visit.context,
                number=number,
                controller=entry.controller.data,
                language=Language(language()),
                actor=visit.actor,
            )
            return sent_file(visit, lambda target: make(target=target), name="dialgate-pack-person.zip")
    text = render_template("number_pack.html", entry=entry)
    return (text, 422) if entry.errors else text


def _new_progress(visit: Visit) -> ExportProgress | None:
    """Begin to tell how far an export is, where a page waits to hear of it."""
    try:
        id = str(UUID(request.args.get("progress", "")))
    except ValueError:
        return None
    return new_progress(visit.context, id=id, owner=visit.user.id)


def _filter(visit: Visit) -> ExportFilter:
    asked = ExportFilter()
    controllers, _ = reached(visit)
    offer(asked.controller, {one.slug: one.name for one in controllers})
    return asked


def _page(visit: Visit, asked: ExportFilter) -> str:
    return render_template("exports.html", asked=asked, id=uuid4())
