"""Cursors that are an id or a row; those that are a place are the services' own."""

import re
from uuid import UUID

from app.services.cursors import BadCursor


def id_of(cursor: str | None) -> str | None:
    """Read a cursor that is an id; None is the first page.

    :raises BadCursor: when it is not one.
    """
    try:
        return None if cursor is None else str(UUID(cursor))
    except ValueError:
        raise BadCursor(pointer="/cursor") from None


def row_of(cursor: str | None) -> int:
    """Read a cursor that is a row; None is the first page.

    :raises BadCursor: when it is not one.
    """
    if cursor is not None and not re.fullmatch(r"[0-9]{1,12}", cursor):
        raise BadCursor(pointer="/cursor")
    return int(cursor or 0)
