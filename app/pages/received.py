"""A file that comes with a form."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager

from flask import request

from app.domain.errors import InvalidInput
from app.pages.access import Visit
from app.services.uploads import Upload, store_upload


class NoFile(InvalidInput):
    """There is no file in the form."""

    code = "no_file"


class SeveralFiles(InvalidInput):
    """There is more than one file in the form; send one at a time."""

    code = "several_files"


@contextmanager
def received_file(visit: Visit) -> Iterator[Upload]:
    """Write the form's file to disk for the time of the block; who wants to keep it moves it.

    :raises NoFile, SeveralFiles: when there is not exactly one.
    :raises TooLarge: when it is larger than this installation takes.
    """
    files = [file for file in request.files.getlist("file") if file.filename]
    if not files:
        raise NoFile()
    if len(files) > 1:
        raise SeveralFiles()
    path = visit.context.data_dir / "uploads" / secrets.token_hex(16)
    try:
        name = files[0].filename or "unnamed"
        yield store_upload(files[0].stream, path=path, name=name, limit=visit.context.max_upload)
    finally:
        path.unlink(missing_ok=True)
