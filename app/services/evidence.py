"""Evidence: artefacts by the SHA-256 of their bytes, of a closed list of types, each the file of one controller."""

import json
import os
from collections.abc import Collection
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from app.db.artefacts import add_artefact, all_artefacts, artefacts_of
from app.db.identity import new_id
from app.db.locks import lock_artefact
from app.db.types import Row
from app.domain.access import Actor
from app.domain.errors import InvalidInput, NotFound, Unavailable
from app.domain.leaf import LeafKind
from app.services.log import record_act
from app.services.lookups import LookupAct, record_lookup
from app.services.uploads import Upload, digest_of

MAX_EVIDENCE = 16 * 1024 * 1024
"""Most bytes of one artefact, where the installation says nothing else."""
SUFFIXES = {
    "application/pdf": "pdf",
    "image/png": "png",
    "image/jpeg": "jpg",
    "audio/mpeg": "mp3",
    "audio/wav": "wav",
    "audio/ogg": "ogg",
    "application/json": "json",
    "text/plain": "txt",
}
"""The types that are taken, and how a file of each is named."""
_CONTROL = frozenset(range(32)) - frozenset(b"\t\n\f\r") | {127}


class UnsupportedEvidence(InvalidInput):
    """The file is of no type that is taken as evidence."""

    code = "unsupported_evidence"


class EmptyEvidence(InvalidInput):
    """The file is empty."""

    code = "empty_evidence"


class UnknownEvidence(NotFound):
    """There is no such artefact here."""

    code = "unknown_evidence"


class LostEvidence(Unavailable):
    """The artefact is on record, and its file is missing."""

    code = "lost_evidence"


def media_type_of(path: Path) -> str:
    """Tell the type of a file by its bytes alone; what it was called or declared as counts for nothing.

    :raises EmptyEvidence: when there are none.
    :raises UnsupportedEvidence: when it is none of those that are taken.
    """
    data = path.read_bytes()
    if not data:
        raise EmptyEvidence()
    kind = _magic(data) or _text(data)
    if kind is None:
        raise UnsupportedEvidence(f"taken are {', '.join(sorted(SUFFIXES))}")
    return kind


def _magic(data: bytes) -> str | None:
    if data.startswith(b"%PDF-"):
        return "application/pdf"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if data.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if data.startswith(b"RIFF") and data[8:12] == b"WAVE":
        return "audio/wav"
    if data.startswith(b"OggS"):
        return "audio/ogg"
    return "audio/mpeg" if data.startswith(b"ID3") or _is_mpeg_frame(data[:4]) else None


def _is_mpeg_frame(head: bytes) -> bool:
    """Tell whether four bytes are the head of an MP3 frame (layer III); the mark of UTF-16 is none."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return False
    is_version, is_layer = head[1] & 0x18 != 0x08, head[1] & 0x06 == 0x02
    return is_version and is_layer and head[2] & 0xF0 not in (0x00, 0xF0) and head[2] & 0x0C != 0x0C


def _text(data: bytes) -> str | None:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None
    if not text.strip() or not _CONTROL.isdisjoint(data):
        return None
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return "text/plain"
    return "application/json" if isinstance(value, dict | list) else "text/plain"


def evidence_path(data_dir: Path, *, controller_id: int, sha256: str) -> Path:
    """Say where the file of an artefact lies; `sha256` is `sha256:…`."""
    digest = sha256.removeprefix("sha256:")
    return data_dir / "evidence" / str(controller_id) / digest[:2] / digest


def hold_evidence(
    session: Session,
    *,
    controller_id: int,
    upload: Upload,
    media_type: str,
    data_dir: Path,
    actor: Actor,
    now: datetime,
) -> dict[str, Any]:
    """Take an uploaded file as an artefact of a controller. The same bytes again change nothing.

    The file is in its place, durably, before anything says that it is. It is moved there: on one file system.
    """
    sha256 = f"sha256:{upload.sha256}"
    lock_artefact(session, controller_id=controller_id, sha256=sha256)
    _put_in_place(upload.path, evidence_path(data_dir, controller_id=controller_id, sha256=sha256))
    answer = {"sha256": sha256, "size": upload.size, "media_type": media_type, "held": True}
    if artefacts_of(session, controller_ids=[controller_id], hashes=[sha256]):
        return answer
    id = new_id(now)
    told = {"sha256": sha256, "size": upload.size, "media_type": media_type}
    record_act(
        session,
        kind=LeafKind.ADMIN,
        controller_id=controller_id,
        actor=actor,
        now=now,
        id=id,
        body={"act": "evidence_held", **told},
    )
    values = {"id": id, "controller_id": controller_id, "received_at": now, "received_by": actor.id, **told}
    add_artefact(session, values=values)
    return answer


def _put_in_place(source: Path, target: Path) -> None:
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    source.chmod(0o600)
    os.replace(source, target)
    folder = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def shown_evidence(
    session: Session, *, controller_id: int, sha256: str, data_dir: Path, actor: Actor, now: datetime
) -> tuple[Row, Path]:
    """Give an artefact and where its file lies; that it was shown goes on record.

    :raises UnknownEvidence: when it is not held.
    :raises LostEvidence: when its file is missing.
    """
    rows = artefacts_of(session, controller_ids=[controller_id], hashes=[sha256])
    if not rows:
        raise UnknownEvidence()
    path = evidence_path(data_dir, controller_id=controller_id, sha256=sha256)
    if not path.is_file():
        raise LostEvidence()
    about = {"evidence": sha256}
    record_lookup(session, actor=actor, act=LookupAct.EVIDENCE_SHOWN, shown={controller_id: 1}, about=about, now=now)
    return rows[0], path


def held_among(session: Session, *, controller_id: int, hashes: Collection[str]) -> dict[str, Row]:
    """Give the artefacts that a controller holds of these hashes, by hash."""
    found = artefacts_of(session, controller_ids=[controller_id], hashes=sorted(set(hashes)))
    return {row["sha256"]: row for row in found}


def verified_evidence(session: Session, *, data_dir: Path) -> dict[str, Any]:
    """Hash every held file again; `missing` and `damaged` name what is not as it was, `unknown` files of no record."""
    known: dict[Path, str] = {}
    report: dict[str, Any] = {"held": 0, "sound": 0, "missing": [], "damaged": [], "unknown": []}
    for row in all_artefacts(session):
        path = evidence_path(data_dir, controller_id=row["controller_id"], sha256=row["sha256"])
        if path in known:
            continue
        known[path] = row["sha256"]
        report["held"] += 1
        name = f"{row['controller_id']}/{row['sha256']}"
        if not path.is_file():
            report["missing"].append(name)
        elif f"sha256:{digest_of(path)}" != row["sha256"]:
            report["damaged"].append(name)
        else:
            report["sound"] += 1
    folder = data_dir / "evidence"
    there = (path for path in sorted(folder.rglob("*")) if path.is_file() and path not in known)
    report["unknown"] = [str(path.relative_to(folder)) for path in there]
    return report
