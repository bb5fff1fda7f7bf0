"""Forms of pages: what was typed stays, and what is wrong with it stands beside the field."""

from collections.abc import Iterable, Mapping
from typing import Any

from flask import request
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import Field, SelectChoice
from wtforms.validators import InputRequired

from app.domain.errors import Trouble
from app.pages.kept_entries import kept_notice, take_kept_entry

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


class Entry(FlaskForm):  # type: ignore[misc]
    """A form. Its tokens are seen to by `page` and `sent_once`, which no form can forget."""

    class Meta:
        csrf = False

    notice: str = ""

    def __init__(self, **given: Any) -> None:
        kept = None if request.method == "POST" else take_kept_entry()
        super().__init__(formdata=request.form if request.method == "POST" else kept, **given)
        if kept is not None:
            self.notice = kept_notice()

    def is_sent(self) -> bool:
        """Tell whether the form was sent, and all of it can be taken."""
        return bool(request.method == "POST" and self.validate())

    def refuse(self, trouble: Trouble, *, field: str) -> None:
        """Say what is the matter beside the field that the trouble points to, or beside this one."""
        name = (trouble.pointer or "").strip("/")
        told: Field = self[name] if name in self else self[field]
        told.errors = [*told.errors, WORDS.get(trouble.code, trouble.title)]


def choices(names: Mapping[Any, Any], of: Iterable[Any]) -> list[SelectChoice]:
    """Give the choices of a field by their names, in the order of `of`."""
    return [SelectChoice(getattr(one, "value", one), names[one]) for one in of]


def offered(names: Mapping[Any, Any]) -> list[SelectChoice]:
    """Give the choices of a field in which nothing is chosen until somebody does, unless there is one only."""
    own = choices(names, names)
    return own if len(own) == 1 else [SelectChoice("", _l("Choose…")), *own]


NEEDED = InputRequired(_l("This is needed."))
"""Refuses a field that is empty."""

ONE_OF_THESE = _l("Choose one of these.")
