"""Files that are sent: whole, with their length, so that one that breaks off cannot be taken for a shorter one."""

import os
from collections.abc import Iterator, Mapping
from typing import IO

from flask import Response

PIECE = 262_144
"""Bytes that are sent at once."""


def sent_file(whole: IO[bytes], *, headers: Mapping[str, str], content_type: str) -> Response:
    """Send a file from where it is read, and close it."""
    told = {**headers, "Content-Length": str(os.fstat(whole.fileno()).st_size)}
    sent = Response(_pieces(whole), 200, headers=told, content_type=content_type)
    sent.call_on_close(whole.close)  # of one that nobody reads, too
    return sent


def _pieces(whole: IO[bytes]) -> Iterator[bytes]:
    with whole:
        while piece := whole.read(PIECE):
            yield piece
