"""The types of the contract's fields, shared by all bodies."""

from datetime import datetime, timedelta
from typing import Annotated

import msgspec
from msgspec import Meta

from app.domain.errors import InvalidInput

_END = r"(?![\s\S])"  # `$` lets a trailing newline through
_NO_CONTROL = r"^(?![\s\S]*[\x00-\x1f\x7f])"


class Strict(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A body whose unknown fields are refused: a misspelt key must not pass for an absent one."""


Slug = Annotated[str, Meta(pattern=rf"^[a-z0-9](?:[a-z0-9-]{{0,61}}[a-z0-9])?{_END}", examples=["energo-winter"])]
Number = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=64,
        pattern=_NO_CONTROL,
        description="E.164, or a national number of the campaign's region",
        examples=["+420 601 123 456"],
    ),
]
Text = Annotated[str, Meta(min_length=1, max_length=200, pattern=_NO_CONTROL)]
Token = Annotated[str, Meta(pattern=rf"^[A-Za-z0-9._-]{{1,40}}{_END}")]
Category = Annotated[str, Meta(pattern=rf"^[a-z0-9][a-z0-9_-]{{0,39}}{_END}", examples=["energy"])]
Country = Annotated[str, Meta(pattern=rf"^[A-Z]{{2}}{_END}", description="ISO 3166-1 alpha-2", examples=["CZ"])]
Language = Annotated[str, Meta(pattern=rf"^[a-z]{{2,3}}(?:-[A-Za-z0-9]{{2,8}})?{_END}", examples=["cs"])]
Sha256 = Annotated[str, Meta(pattern=rf"^sha256:[0-9a-f]{{64}}{_END}")]
Time = Annotated[datetime, Meta(tz=True, description="RFC 3339 with an offset", examples=["2026-03-01T10:00:00Z"])]
Limit = Annotated[int, Meta(ge=1, le=1000)]
Cursor = Annotated[str, Meta(max_length=100, pattern=rf"^[A-Za-z0-9_-]*{_END}")]

EARLIEST = datetime.fromisoformat("1990-01-01T00:00:00+00:00")
LATEST_EXPIRY = datetime.fromisoformat("2200-01-01T00:00:00+00:00")
DAY = timedelta(days=1)


class AbsurdTime(InvalidInput):
    """This time cannot be meant: before 1990, or more than a day ahead."""

    code = "absurd_time"


def refuse_absurd(instant: datetime | None, *, pointer: str, now: datetime, until: datetime | None = None) -> None:
    """Refuse a time before 1990 or after `until` (a day ahead of `now`, when not given).

    :raises AbsurdTime: naming the field.
    """
    if instant is not None and not EARLIEST <= instant <= (until or now + DAY):
        raise AbsurdTime(f"{pointer.strip('/')} is before 1990 or too far ahead", pointer=pointer)
