"""Forms of pages, whoever fills them in: what is wrong stands beside the field."""

from collections.abc import Iterable, Mapping
from typing import Any

from flask import request
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import Field, SelectChoice
from wtforms.validators import InputRequired

from app.domain.errors import Trouble


class Fields(FlaskForm):  # type: ignore[misc]
    """A form. Its tokens are seen to by whoever serves the page. `words` says of trouble what a person reads."""

    class Meta:
        csrf = False

    notice: str = ""
    words: Mapping[str, Any] = {}

    def is_sent(self) -> bool:
        """Tell whether the form was sent, and all of it can be taken."""
        return bool(request.method == "POST" and self.validate())

    def refuse(self, trouble: Trouble, *, field: str, words: Any = None) -> None:
        """Say what is the matter, in `words` or by its code, beside the field it points to, or beside this one."""
        name = (trouble.pointer or "").strip("/")
        told: Field = self[name] if name in self else self[field]
        told.errors = [*told.errors, words or self.words.get(trouble.code, trouble.title)]


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
