"""Instants that people type: on their own clock, to the minute."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from flask_babel import get_timezone
from wtforms import DateTimeLocalField


class InstantField(DateTimeLocalField):  # type: ignore[misc]
    """A day and a time on the reader's clock; `instant` is it in UTC, None where nothing was typed."""

    @property
    def instant(self) -> datetime | None:
        """Give what was typed."""
        if self.data is None:
            return None
        typed: datetime = self.data.replace(tzinfo=_zone())
        return typed.astimezone(UTC)


def local(instant: datetime) -> datetime:
    """Give an instant as its reader would type it."""
    return instant.astimezone(_zone()).replace(tzinfo=None, second=0, microsecond=0)


def _zone() -> ZoneInfo:
    """Give the reader's zone with its rules: the one that Babel gives knows them only when it is asked otherwise."""
    return ZoneInfo(str(get_timezone()))
