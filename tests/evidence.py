"""Evidence in tests: artefacts that were sent, and files of every type."""

import hashlib
from pathlib import Path

from tests.gate import Gate, Reply

PDF = b"%PDF-1.7\n1 0 obj\n%%EOF\n"
FILES = {
    "application/pdf": PDF,
    "image/png": b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR",
    "image/jpeg": b"\xff\xd8\xff\xe0\x00\x10JFIF\x00",
    "audio/mpeg": b"\xff\xfb\x90\x64\x00\x00\x00\x00",
    "audio/wav": b"RIFF\x24\x00\x00\x00WAVEfmt ",
    "audio/ogg": b"OggS\x00\x02\x00\x00",
    "application/json": '{"souhlas": "ano", "čas": "10:00"}'.encode(),
    "text/plain": "Souhlasím s voláním.\r\n\tJana Nováková\n".encode(),
}


def digest(data: bytes) -> str:
    """Give the SHA-256 by which an artefact is named."""
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def sent(gate: Gate, data: bytes = PDF, controller: str = "energo", *, key: str = "compliance") -> Reply:
    """Send an artefact as the raw body."""
    return gate.upload(f"/v1/evidence?controller={controller}", data, key=key)


def read(gate: Gate, sha256: str, controller: str = "energo", *, key: str = "auditor") -> Reply:
    """Ask for an artefact's bytes."""
    return gate.get(f"/v1/evidence/{sha256}?controller={controller}", key=key)


def kept(gate: Gate) -> list[Path]:
    """Give the files that are held, whoever's."""
    return sorted(path for path in (gate.context.data_dir / "evidence").rglob("*") if path.is_file())
