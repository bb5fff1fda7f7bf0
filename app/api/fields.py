"""The types of the contract's fields, shared by all bodies."""

from datetime import UTC, datetime
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from app.domain import form

_END = r"(?![\s\S])"  # `$` lets a trailing newline through
_NO_CONTROL = r"^(?![\s\S]*[\x00-\x1f\x7f])"


class Strict(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A body whose unknown fields are refused: a misspelt key must not pass for an absent one."""

    def __post_init__(self) -> None:
        """Refuse a time that has no written form in UTC: it lies before the year 1 or after 9999 there."""
        for name in self.__struct_fields__:
            value = getattr(self, name)
            if isinstance(value, datetime):
                try:
                    value.astimezone(UTC)
                except OverflowError:
                    raise ValueError("a time is out of range") from None


Slug = Annotated[str, Meta(pattern=f"^{form.SLUG.pattern}{_END}", examples=["energo-winter"])]
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
Token = Annotated[str, Meta(pattern=f"^{form.TOKEN.pattern}{_END}")]
Category = Annotated[str, Meta(pattern=f"^{form.CATEGORY.pattern}{_END}", examples=["energy"])]
Country = Annotated[
    str, Meta(pattern=f"^{form.COUNTRY.pattern}{_END}", description="ISO 3166-1 alpha-2", examples=["CZ"])
]
Place = Annotated[
    str, Meta(pattern=f"^{form.PLACE.pattern}{_END}", description="ISO 3166-1 or 3166-2", examples=["SK", "US-FL"])
]
Zone = Annotated[
    str, Meta(pattern=rf"^[A-Za-z0-9_+/-]{{1,64}}{_END}", description="IANA time zone", examples=["Europe/Prague"])
]
Language = Annotated[str, Meta(pattern=f"^{form.LANGUAGE.pattern}{_END}", examples=["cs"])]
Sha256 = Annotated[str, Meta(pattern=f"^{form.SHA256.pattern}{_END}")]
Time = Annotated[datetime, Meta(tz=True, description="RFC 3339 with an offset", examples=["2026-03-01T10:00:00Z"])]
Interval = Annotated[
    str, Meta(pattern=rf"^([01][0-9]|2[0-4]):[0-5][0-9]-([01][0-9]|2[0-4]):[0-5][0-9]{_END}", examples=["10:00-12:00"])
]
DayHours = Annotated[list[Interval], Meta(max_length=8)]
Limit = Annotated[int, Meta(ge=1, le=1000)]
Cursor = Annotated[str, Meta(max_length=100, pattern=rf"^[A-Za-z0-9_-]*{_END}")]


class Hours(Strict):
    """Hours of the week on a local clock; a day that is left out has none."""

    mon: DayHours = []
    tue: DayHours = []
    wed: DayHours = []
    thu: DayHours = []
    fri: DayHours = []
    sat: DayHours = []
    sun: DayHours = []


def fits(text: str, kind: Any) -> bool:
    """Tell whether a part of an address is of a field's type."""
    try:
        msgspec.convert(text, kind)
    except msgspec.ValidationError:
        return False
    return True
