"""Forms of pages: what was typed stays, and what is wrong with it stands beside the field."""

from collections.abc import Mapping
from typing import Any

from flask import request
from flask_babel import lazy_gettext as _l

from app.pages.kept_entries import kept_notice, take_kept_entry
from app.web.fields import NEEDED, ONE_OF_THESE, Fields, choices, offered

__all__ = ["NEEDED", "ONE_OF_THESE", "WORDS", "Entry", "choices", "offered"]

WORDS: Mapping[str, Any] = {
    "malformed_field": _l("This does not have the form it must have."),
    "user_exists": _l("A user of this e-mail address is here already."),
    "weak_password": _l("Choose at least 12 characters that are not easily guessed: a few words are better than one."),
    "wrong_credentials": _l("The e-mail address or the password is not right."),
    "wrong_code": _l("The code is not right, or was used before. Wait for the next one."),
    "bad_number": _l("This is not one telephone number."),
    "absurd_time": _l("This time cannot be meant: it is before 1990, or too far ahead."),
    "unsupported_evidence": _l("Such a file is not taken. Send PDF, PNG, JPEG, MP3, WAV, Ogg, JSON or UTF-8 text."),
    "empty_evidence": _l("The file is empty."),
    "content_too_large": _l("The file is too large."),
    "controller_exists": _l("A controller of this short name is here already."),
    "bad_effective_time": _l("Rules come into force now, or within a year."),
    "absurd_day": _l("This day cannot be meant."),
    "not_an_end": _l("It ends before it begins."),
    "holder_mismatch": _l("Choose whose registration it is."),
    "not_a_role_of_people": _l("This role is for machines, which get an API key."),
}
"""What is said of trouble beside a field, by its code."""


class Entry(Fields):
    """A form. Its tokens are seen to by `page` and `sent_once`, which no form can forget."""

    words = WORDS

    def __init__(self, **given: Any) -> None:
        kept = None if request.method == "POST" else take_kept_entry()
        super().__init__(formdata=request.form if request.method == "POST" else kept, **given)
        if kept is not None:
            self.notice = kept_notice()
