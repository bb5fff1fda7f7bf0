"""Uploading a call list: the first of three steps."""

from typing import Any
from uuid import UUID

from flask import render_template
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response
from wtforms import FileField, SelectChoice, SelectField, StringField

from app.context import Transaction
from app.db.identity import new_id
from app.domain.access import Scope
from app.domain.campaign import Campaign
from app.domain.errors import Trouble
from app.pages.access import Visit, page
from app.pages.entry import ONE_OF_THESE, Entry
from app.pages.list_words import FILE_TROUBLE
from app.pages.received import received_file
from app.pages.sending import sent_once
from app.services.campaigns import own_campaign
from app.services.lists import new_list_folder, receive_list

ENCODINGS = ("utf-8", "cp1250", "iso8859-2", "cp1252", "utf-16")
DELIMITERS = {";": _l("semicolon ;"), ",": _l("comma ,"), "\t": _l("tab"), "|": _l("bar |")}
ACCEPTED = ".csv,.txt,.tsv,.xlsx"


class OverrideEntry(Entry):
    """What is known better than by looking at the file; what is left open is recognised."""

    encoding = SelectField(
        _l("Encoding of a text file"),
        choices=[SelectChoice("", _l("recognise it")), *(SelectChoice(one, one) for one in ENCODINGS)],
        default="",
        invalid_choice_message=ONE_OF_THESE,
    )
    delimiter = SelectField(
        _l("What separates the columns of a text file"),
        choices=[SelectChoice("", _l("recognise it")), *(SelectChoice(one, name) for one, name in DELIMITERS.items())],
        default="",
        invalid_choice_message=ONE_OF_THESE,
    )
    sheet = StringField(_l("Sheet of a workbook"), description=_l("Its name. Empty: recognise it."))
    column = StringField(
        _l("Column of telephone numbers"),
        description=_l("Its heading, or its place: 3 is the third. Empty: recognise it."),
    )

    @property
    def options(self) -> dict[str, str | None]:
        """Give what overrides what is found by looking."""
        sheet, column = (self.sheet.data or "")[:200], (self.column.data or "")[:200]
        return {
            "encoding": self.encoding.data or None,
            "delimiter": self.delimiter.data or None,
            "sheet": sheet.strip() or None,
            "column": column.strip() or None,
        }


class UploadEntry(OverrideEntry):
    """A file, and what is known of it."""

    file = FileField(
        _l("File"),
        description=_l("CSV or XLSX, as it is: any columns, any encoding. No row is lost, whatever is wrong with it."),
        render_kw={"accept": ACCEPTED},
    )

    def refuse_file(self, trouble: Trouble) -> bool:
        """Say what is the matter with the file beside the field it belongs to; False where it is another trouble."""
        if trouble.code not in FILE_TROUBLE:
            return False
        field, words = FILE_TROUBLE[trouble.code]
        self.refuse(trouble, field=field, words=words)
        return True


@page("/campaigns/<uuid:id>/upload", to=Scope.LISTS_WRITE, methods=("GET", "POST"), takes_file=True)
def upload_page(visit: Visit, id: UUID) -> str | Response | tuple[str, int]:
    """Take a list in for a campaign."""
    with visit.context.reading(reach=visit.actor.controllers) as reading:
        campaign = own_campaign(reading.session, id=str(id), actor=visit.actor)
        list_id = new_id(reading.now)
    entry = UploadEntry()
    if entry.is_sent():
        try:
            return _received(visit, campaign, list_id, entry.options)
        except Trouble as wrong:
            if not entry.refuse_file(wrong):
                raise
    most = visit.context.max_upload // (1024 * 1024)
    text = render_template("upload.html", entry=entry, campaign=campaign, most=most)
    return (text, 422) if entry.errors else text


def _received(visit: Visit, campaign: Campaign, id: str, options: dict[str, Any]) -> Response:
    with received_file(visit) as upload, new_list_folder(visit.context.data_dir, id) as place:

        def receive(tx: Transaction) -> str:
            if upload.path.exists():
                upload.path.rename(place / "source")
            receive_list(
                tx.session,
                id=id,
                campaign=campaign,
                upload=upload,
                options=options,
                at=None,
                actor=visit.actor,
                now=tx.now,
            )
            return f"/campaigns/lists/{id}"

        return sent_once(visit, receive, reach=[campaign.controller_id], file=upload.sha256)
