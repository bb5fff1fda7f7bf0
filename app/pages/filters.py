"""Filters of lists: forms that are sent as a query, so that what was found can be passed on as a link."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode

from flask import request
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import DateField, SelectField

from app.pages.entry import ONE_OF_THESE, choices
from app.pages.languages import zone

PAGE = 50
"""Rows of a page."""
ANY = _l("any")
EARLIEST, LATEST = date(1990, 1, 1), date(2199, 12, 31)


class DayField(DateField):  # type: ignore[misc]
    """A day, or none."""

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read it; what is empty is none."""
        if not valuelist or not valuelist[0]:
            self.data = None
            return
        try:
            self.data = date.fromisoformat(valuelist[0])
        except ValueError:
            self.data = None
        if self.data is None or not EARLIEST <= self.data <= LATEST:
            raise ValueError(_l("Write the day as year-month-day, as in 2026-03-31."))


def any_of(label: Any, names: Mapping[Any, Any] | None = None) -> SelectField:
    """Make a field of which nothing, or one of these, is chosen."""
    names = names or {}
    listed = choices({"": ANY, **names}, ["", *names])
    return SelectField(label, choices=listed, default="", invalid_choice_message=ONE_OF_THESE)


class Filter(FlaskForm):  # type: ignore[misc]
    """A form that is sent as a query. Nothing personal is ever a field of one: an address is kept in many places."""

    class Meta:
        csrf = False

    notice = ""

    def __init__(self) -> None:
        super().__init__(formdata=request.args)

    def link(self, path: str, **more: str | None) -> str:
        """Give the address of what is found by it, beginning at a cursor."""
        given = {field.name: field.raw_data[0] for field in self if field.raw_data and field.raw_data[0]}
        query = urlencode(given | {name: value for name, value in more.items() if value})
        return f"{path}?{query}" if query else path


def offer(field: Any, names: Mapping[str, Any]) -> None:
    """Offer these by their names, or any."""
    field.choices = choices({"": ANY, **names}, ["", *names])


def beginning(day: date | None) -> datetime | None:
    """Give when a day begins where the reader is."""
    return None if day is None else datetime.combine(day, time(), zone()).astimezone(UTC)


def end(day: date | None) -> datetime | None:
    """Give when a day ends where the reader is."""
    return None if day is None else beginning(day + timedelta(days=1))
