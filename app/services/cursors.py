"""Cursors: the place after which the next page begins, as one opaque word."""

import base64
import binascii
from datetime import UTC, datetime
from uuid import UUID

from app.domain.errors import InvalidInput


class BadCursor(InvalidInput):
    """This cursor did not come from here."""

    code = "bad_cursor"


def cursor_of(at: datetime, id: str) -> str:
    """Make the cursor of a place."""
    text = f"{at.astimezone(UTC).isoformat()}|{id}"
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


def place_of(cursor: str | None) -> tuple[datetime, str] | None:
    """Read a cursor; None is the first page.

    :raises BadCursor: when it is not one.
    """
    if cursor is None:
        return None
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
        at, _, id = text.partition("|")
        instant = datetime.fromisoformat(at)
        if instant.tzinfo is None:
            raise BadCursor(pointer="/cursor")
        return instant.astimezone(UTC), str(UUID(id))
    except (binascii.Error, ValueError, OverflowError):
        raise BadCursor(pointer="/cursor") from None
