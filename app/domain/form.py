"""The form that words and times must have, through whichever door they come.

Tokens and categories stand in log leaves for ever: a telephone number that slipped into the wrong column has no
form of theirs.
"""

import re
from datetime import datetime, timedelta

from app.domain.errors import InvalidInput

SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
TEXT = re.compile(r"[^\x00-\x1f\x7f\ud800-\udfff]{1,200}")
TOKEN = re.compile(r"(?![A-Za-z0-9._-]*[0-9]{9})[A-Za-z0-9._-]{1,40}")
CATEGORY = re.compile(r"(?!(?:[^0-9]*[0-9]){7})[a-z][a-z0-9_-]{0,39}")
COUNTRY = re.compile(r"[A-Z]{2}")
PLACE = re.compile(r"[A-Z]{2}(?:-[A-Z0-9]{1,3})?")
LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})?")
SHA256 = re.compile(r"sha256:[0-9a-f]{64}")

EARLIEST = datetime.fromisoformat("1990-01-01T00:00:00+00:00")
LATEST_EXPIRY = datetime.fromisoformat("2200-01-01T00:00:00+00:00")
DAY = timedelta(days=1)


class Malformed(InvalidInput):
    """A field does not have the form it must have."""

    code = "malformed_field"


class AbsurdTime(InvalidInput):
    """This time cannot be meant: before 1990, or more than a day ahead."""

    code = "absurd_time"


def require_form(form: re.Pattern[str], **fields: str | None) -> None:
    """Refuse fields that are not of a form; one that is None is not there.

    :raises Malformed: naming the field.
    """
    for name, value in fields.items():
        if value is not None and not form.fullmatch(value):
            raise Malformed(name, pointer=f"/{name}")


def refuse_absurd(instant: datetime | None, *, pointer: str, now: datetime, until: datetime | None = None) -> None:
    """Refuse a time before 1990 or after `until` (a day ahead of `now`, when not given).

    :raises AbsurdTime: naming the field.
    """
    if instant is not None and not EARLIEST <= instant <= (until or now + DAY):
        raise AbsurdTime(f"{pointer.strip('/')} is before 1990 or too far ahead", pointer=pointer)
