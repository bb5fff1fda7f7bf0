"""Importing a snapshot of a register: the file, as of when it is and from where, and what came of it."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import render_template
from flask_babel import gettext, ngettext
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response
from wtforms import BooleanField, FileField, RadioField, StringField

from app.context import Transaction
from app.domain.access import Scope
from app.domain.errors import Trouble
from app.domain.form import Malformed
from app.domain.register import Coverage, Register
from app.pages.access import Visit, page
from app.pages.entry import NEEDED, ONE_OF_THESE, Entry, choices
from app.pages.instants import InstantField, local
from app.pages.list_words import FILE_TROUBLE
from app.pages.number_acts import instant_of
from app.pages.received import received_file
from app.pages.register_words import line_fault
from app.pages.sending import sent_once
from app.services.registers import register_for
from app.work.register_import import NewImport, WrongLines, prepared_import

CONTENTS = {"full": _l("the whole register"), "changes": _l("only what changed since the snapshot that stands")}
MOST_LINES = 10
"""Wrong lines that are named."""
_TROUBLE: Mapping[str, tuple[str, Any]] = {
    **{code: FILE_TROUBLE[code] for code in ("no_file", "several_files", "content_too_large", "empty_file")},
    "unreadable_file": ("file", _l("The file is damaged, or not what the format of this register says.")),
    "bad_columns": ("file", _l("The columns are not those of this register's format.")),
    "empty_register": ("file", _l("There is not one number in the file, and a register without numbers is an error.")),
    "snapshot_too_old": ("as_of", _l("A newer snapshot stands. A register never goes back in time.")),
    "absurd_time": ("as_of", _l("This time cannot be meant: it is before 1990, or still to come.")),
    "nothing_to_change": ("content", _l("No snapshot stands that this file could change. Import the whole register.")),
    "no_change_list": ("content", _l("Files of this format always hold the whole register.")),
    "no_submission": (
        "submission",
        _l("Answers of this register need the submission that they answer; others have none."),
    ),
    "unknown_submission": ("submission", _l("There is no such submission to this register.")),
    "malformed_field": ("source", _l("This does not have the form it must have.")),
}
"""What may be wrong with an import: the field it belongs to, and a sentence."""


class ImportEntry(Entry):
    """A register's file, and what is known of it."""

    file = FileField(_l("File"), description=_l("As it came from the register, zipped or not."))
    as_of = InstantField(
        _l("As of"),
        [NEEDED],
        format="%Y-%m-%dT%H:%M",
        description=_l("The state of the register that the file shows, not when you got it."),
    )
    source = StringField(
        _l("Source"),
        [NEEDED],
        description=_l("From where the file is, as in: the portal of the authority."),
        render_kw={"autocomplete": "off", "maxlength": 200},
    )
    content = RadioField(
        _l("The file holds"), choices=choices(CONTENTS, CONTENTS), default="full", validate_choice=True
    )
    submission = StringField(
        _l("Submission that is answered (optional)"),
        description=_l("Its id, where the register was asked about a list."),
        render_kw={"autocomplete": "off", "maxlength": 36},
    )
    skip_invalid = BooleanField(
        _l("Skip lines that are not of the format"),
        description=_l("Otherwise one such line refuses the whole file: a line that cannot be read may be a number."),
    )

    def new(self, register: Register) -> NewImport:
        """Give what was filled in.

        :raises Malformed: when the submission is no id.
        """
        return NewImport(
            register=register.slug,
            as_of=instant_of(self.as_of),
            source=self.source.data,
            is_change_list="content" in self and self.content.data == "changes",
            skip_invalid=self.skip_invalid.data,
            submission=_id_of(self.submission.data) if "submission" in self else None,
        )


@page("/registers/<slug>/import", to=Scope.REGISTERS_WRITE, methods=("GET", "POST"), takes_file=True)
def import_page(visit: Visit, slug: str) -> str | Response | tuple[str, int]:
    """Take a register's file in: whole, or not at all."""
    visit.actor.require_all_controllers()
    with visit.context.reading() as reading:
        register = register_for(reading.session, slug=slug)
        now = reading.now
    entry: Any = ImportEntry(data={"as_of": local(now), "content": "full"})
    entry.content.invalid_choice_message = ONE_OF_THESE
    if register.coverage is Coverage.FULL:
        del entry.submission
    else:
        del entry.content
    if entry.is_sent():
        try:
            return _imported(visit, register, entry)
        except WrongLines as wrong:
            entry.refuse(wrong, field="file", words=_told(wrong))
        except Trouble as wrong:
            if wrong.code not in _TROUBLE or _TROUBLE[wrong.code][0] not in entry:
                raise
            field, words = _TROUBLE[wrong.code]
            wrong.pointer = None
            entry.refuse(wrong, field=field, words=words)
    most = visit.context.max_upload // (1024 * 1024)
    text = render_template("register_import.html", entry=entry, register=register, most=most)
    return (text, 422) if entry.errors else text


def _imported(visit: Visit, register: Register, entry: ImportEntry) -> Response:
    new = entry.new(register)
    with (
        received_file(visit) as upload,
        prepared_import(visit.context, upload=upload, new=new, actor=visit.actor) as prepared,
    ):

        def take(tx: Transaction) -> str:
            done = prepared.take(tx, actor=visit.actor)
            return f"/registers/{register.slug}?imported={done.row['id']}"

        return sent_once(visit, take, file=upload.sha256)


def _id_of(text: str | None) -> str | None:
    if not text or not text.strip():
        return None
    try:
        return str(UUID(text.strip()))
    except ValueError:
        raise Malformed(pointer="/submission") from None


def _told(wrong: WrongLines) -> str:
    """Say which lines are wrong, and why: the first of them."""
    named = [
        f"{gettext('line %(line)s', line=place.rpartition('/')[2])}: {line_fault(code)}" for place, code in wrong.errors
    ]
    told = str(gettext("The file was refused whole, because lines are not of the format:"))
    more = len(named) - MOST_LINES
    rest = [ngettext("and %(num)d more", "and %(num)d more", more)] if more > 0 else []
    return f"{told} {'; '.join([*named[:MOST_LINES], *rest])}."
