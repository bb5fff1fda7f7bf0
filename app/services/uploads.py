"""Files as they come in: written to disk while their digest is taken, never held in memory."""

import hashlib
import os
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO

from app.domain.errors import InvalidInput

_PIECE = 256 * 1024
UPLOADS_KEPT = timedelta(hours=6)
"""How long an upload may take at the most; a file that is older was left by a crash."""


class TooLarge(InvalidInput):
    """The file is larger than this installation takes."""

    code = "content_too_large"


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A file on disk: its own name as it was sent, the SHA-256 of its bytes, its size."""

    path: Path
    name: str
    sha256: str
    size: int


def store_upload(source: IO[bytes], *, path: Path, name: str, limit: int) -> Upload:
    """Copy a stream to `path`, durably. Nothing is left behind when it fails.

    :raises TooLarge: as soon as more than `limit` bytes have come.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    digest, size = hashlib.sha256(), 0
    with path.open("xb") as target:
        try:
            while piece := source.read(_PIECE):
                size += len(piece)
                if size > limit:
                    raise TooLarge(f"more than {limit // (1024 * 1024)} MiB")
                digest.update(piece)
                target.write(piece)
            target.flush()
            os.fsync(target.fileno())
        except BaseException:
            path.unlink(missing_ok=True)
            raise
    return Upload(path=path, name=plain_name(name), sha256=digest.hexdigest(), size=size)


def forget_uploads(data_dir: Path, *, before: datetime) -> None:
    """Delete uploads that a process which died has left behind."""
    for path in (data_dir / "uploads").glob("*"):
        if path.is_file() and path.stat().st_mtime < before.timestamp():
            path.unlink(missing_ok=True)


def digest_of(path: Path) -> str:
    """Take the SHA-256 of a file on disk."""
    with path.open("rb") as source:
        return hashlib.file_digest(source, "sha256").hexdigest()


def plain_name(name: str) -> str:
    """Keep what is a name: no folders, no control characters, at most 200 characters."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(c for c in last if c.isprintable())[:200] or "unnamed"
