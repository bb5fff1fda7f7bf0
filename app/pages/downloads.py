"""Files that pages hand out: made whole before the first byte, and never with a number for whoever may see none."""

import tempfile
from collections.abc import Callable, Iterator
from typing import IO

from flask import Response

from app.domain.errors import Forbidden
from app.pages.access import Visit
from app.services.limits import RateLimit
from app.web import take_allowance

_PIECE = 256 * 1024


class NumbersNotSeen(Forbidden):
    """This file holds telephone numbers, which you may not see."""

    code = "numbers_not_seen"


def require_numbers(visit: Visit) -> None:
    """Refuse a file with numbers to whoever may see none.

    :raises NumbersNotSeen: for such a user.
    """
    if not visit.user.sees_numbers:
        raise NumbersNotSeen()


def take_bulk(visit: Visit) -> None:
    """Count a piece of bulk work, as the API does for a key.

    :raises RateLimited: when there was too much of it.
    """
    refusal = take_allowance(RateLimit.BULK, visit.actor)
    if refusal is not None:
        raise refusal


def sent_file(
    visit: Visit, make: Callable[[IO[bytes]], object], *, name: str, kind: str = "application/zip"
) -> Response:
    """Make a file and send it; one that cannot be made is no file at all."""
    file = tempfile.TemporaryFile(dir=visit.context.data_dir)  # noqa: SIM115  closed when it is sent
    try:
        make(file)
    except BaseException:
        file.close()
        raise
    return attached(_pieces(file), name=name, kind=kind)


def attached(pieces: Iterator[bytes], *, name: str, kind: str) -> Response:
    """Send pieces as a file to be kept."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "private, no-store"}
    return Response(pieces, 200, headers=headers, content_type=kind)


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        file.seek(0)
        while piece := file.read(_PIECE):
            yield piece
