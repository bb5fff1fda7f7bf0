"""Files as they come in: whole and digested, or not there at all."""

import hashlib
import io
from pathlib import Path

import pytest

from app.services.uploads import TooLarge, plain_name, store_upload

MIB = 1024 * 1024


@pytest.mark.parametrize("size", [0, 1, MIB - 1, MIB])
def test_what_is_not_too_large_is_stored_whole(tmp_path: Path, size: int) -> None:
    data = bytes(size)
    upload = store_upload(io.BytesIO(data), path=tmp_path / "new" / "file", name="a.csv", limit=MIB)
    assert upload.path.read_bytes() == data
    assert (upload.size, upload.sha256) == (size, hashlib.sha256(data).hexdigest())


@pytest.mark.parametrize("size", [MIB + 1, 3 * MIB])
def test_what_is_too_large_is_not_there(tmp_path: Path, size: int) -> None:
    with pytest.raises(TooLarge, match="more than 1 MiB"):
        store_upload(io.BytesIO(bytes(size)), path=tmp_path / "file", name="a.csv", limit=MIB)
    assert list(tmp_path.iterdir()) == []


class BrokenOff(io.RawIOBase):
    """A stream whose sender goes away after the first piece."""

    def __init__(self) -> None:
        self._pieces = iter([b"Telefon\r\n"])

    def read(self, size: int = -1) -> bytes:
        for piece in self._pieces:
            return piece
        raise ConnectionResetError()


def test_what_breaks_off_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ConnectionResetError):
        store_upload(BrokenOff(), path=tmp_path / "file", name="a.csv", limit=MIB)  # type: ignore[arg-type]
    assert list(tmp_path.iterdir()) == []


def test_nothing_that_is_there_is_written_over(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"first")
    with pytest.raises(FileExistsError):
        store_upload(io.BytesIO(b"second"), path=tmp_path / "file", name="a.csv", limit=MIB)
    assert (tmp_path / "file").read_bytes() == b"first"


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("leden 2026.csv", "leden 2026.csv"),
        ("žluťoučký.xlsx", "žluťoučký.xlsx"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\Jana\\a.csv", "a.csv"),
        ("a\r\nSet-Cookie: x.csv", "aSet-Cookie: x.csv"),
        ("a\udcff\0.csv", "a.csv"),
        ("x" * 300, "x" * 200),
        ("/", "unnamed"),
        ("", "unnamed"),
    ],
)
def test_a_name_is_a_name_and_leads_nowhere(name: str, plain: str) -> None:
    assert plain_name(name) == plain
