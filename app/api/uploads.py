"""A file in a request: the raw body, or one part of a multipart form."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flask import request

from app.api.operation import Call
from app.domain.errors import InvalidInput
from app.services.uploads import Upload, store_upload


class NoFile(InvalidInput):
    """There is no file in the request."""

    code = "no_file"


class SeveralFiles(InvalidInput):
    """There is more than one file in the request; send one at a time."""

    code = "several_files"


@contextmanager
def received_file(call: Call, *, name: str | None, limit: int | None = None) -> Iterator[Upload]:
    """Write the request's file to disk for the time of the block; who wants to keep it moves it.

    :raises NoFile, SeveralFiles: when there is not exactly one.
    :raises TooLarge: when it is larger than `limit`, or where that is None than this installation takes.
    """
    folder = call.context.data_dir / "uploads"
    path = folder / secrets.token_hex(16)
    try:
        yield _stored(path, name, call.context.max_upload if limit is None else limit)
    finally:
        path.unlink(missing_ok=True)


def _stored(path: Path, name: str | None, limit: int) -> Upload:
    if request.mimetype != "multipart/form-data":
        return store_upload(request.stream, path=path, name=name or "unnamed", limit=limit)
    files = [file for _, file in request.files.items(multi=True)]
    if not files:
        raise NoFile()
    if len(files) > 1:
        raise SeveralFiles()
    return store_upload(files[0].stream, path=path, name=name or files[0].filename or "unnamed", limit=limit)
