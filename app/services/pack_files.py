"""The members of a defence pack: what a stranger reads, and what a stranger's computer checks."""

import base64
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Any

import msgspec

from app.db.types import Row
from app.domain.checkpoint import read_proof, unverified_checkpoint
from app.domain.leaf import canonical, hash_text, written
from app.domain.note import Verifier
from app.domain.phone import e164_of
from app.services.bundles import BundleWriter
from app.services.evidence import SUFFIXES
from app.services.pack_page import pack_page
from app.services.pack_verify import INCLUSION, VERIFY
from app.services.pack_words import Language
from app.services.packs import Pack, leaf_of

FORMAT = "dialgate-pack/1"
_PIECE = 256 * 1024
_SPKI = bytes.fromhex("302a300506032b6570032100")
"""What stands before the 32 bytes of an Ed25519 key in its usual encoding (RFC 8410)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PackedArtefact:
    """An artefact of evidence that is held: its type, and where its file lies."""

    media_type: str
    path: Path

    def member(self, sha256: str) -> str:
        """Name its member of the pack."""
        return f"evidence/{sha256.removeprefix('sha256:')}.{SUFFIXES[self.media_type]}"

    def pieces(self) -> Iterator[bytes]:
        """Read the file piece by piece."""
        with self.path.open("rb") as file:
            while piece := file.read(_PIECE):
                yield piece


@dataclass(frozen=True, slots=True, kw_only=True)
class PackKeys:
    """The public keys that a pack is verified with: that of each shard by its origin, and those of the receipts."""

    verifier_of: Callable[[str], Verifier]
    jwks: Mapping[str, Any]


def write_pack(
    pack: Pack,
    *,
    proofs: Mapping[str, str],
    artefacts: Mapping[str, PackedArtefact],
    keys: PackKeys,
    language: Language,
    made_at: datetime,
    target: IO[bytes],
) -> None:
    """Write a defence pack as one ZIP. `proofs` holds what is integrated in a signed tree, by entry id; `artefacts` the
    evidence that is held, by SHA-256.
    """
    archive = BundleWriter(target)
    files = {digest: one.member(digest) for digest, one in artefacts.items()}
    for name, data in _members(pack, proofs, files, keys, language, made_at):
        archive.add(name, [data])
    for digest, one in sorted(artefacts.items()):
        archive.add(files[digest], one.pieces())
    archive.end(
        {
            "format": FORMAT,
            "made_at": written(made_at),
            "controller": pack.controller,
            "log": pack.log_id,
            "number": None if pack.number is None else e164_of(pack.number),
            "decisions": [one.row["id"] for one in pack.decisions],
        }
    )


def _members(
    pack: Pack,
    proofs: Mapping[str, str],
    files: Mapping[str, str],
    keys: PackKeys,
    language: Language,
    made_at: datetime,
) -> Iterator[tuple[str, bytes]]:
    page = pack_page(pack, integrated=frozenset(proofs), evidence=files, language=language, made_at=made_at)
    yield "index.html", page.encode("utf-8", "replace")
    yield "decisions.json", _json([one.told() for one in pack.decisions])
    yield "outcomes.json", _json(pack.outcomes_told())
    yield "lookups.json", _json([_entry(pack.entries[id]) for id in pack.lookups])
    yield "registers.json", _json(_registers(pack))
    yield "evidence.json", _json([{"sha256": digest, "file": files.get(digest)} for digest in pack.evidence])
    for id in pack.events:
        yield f"events/{id}.json", _json(_entry(pack.entries[id]))
    for digest, ruleset in sorted(pack.rulesets.items()):
        yield f"rules/{digest.removeprefix('sha256:')}.json", canonical(ruleset.content)
    yield "rules/asked.json", _json({one.row["id"]: one.rules_asked() for one in pack.decisions})
    yield "openings.json", _json({id: _opening(row) for id, row in sorted(pack.entries.items())})
    for id, row in sorted(pack.entries.items()):
        yield f"leaves/{id}.json", row["leaf"]
    for id, proof in sorted(proofs.items()):
        yield f"proofs/{id}.tlog-proof", proof.encode()
    origins = {unverified_checkpoint(read_proof(proof)[2]).origin for proof in proofs.values()}
    for origin in sorted(origins):
        verifier, shard = keys.verifier_of(origin), origin.rpartition("/")[2]
        yield f"keys/{shard}.vkey", f"{verifier.vkey}\n".encode()
        yield f"keys/{shard}.pem", _pem(verifier.public)
    yield "keys/receipts.jwks.json", _json(keys.jwks)
    yield "keys/receipts.pem", _pem(base64.urlsafe_b64decode(keys.jwks["keys"][0]["x"] + "="))
    yield "verify.txt", VERIFY.encode()
    yield "inclusion.py", INCLUSION.encode()


def _registers(pack: Pack) -> dict[str, Any]:
    return {one.row["id"]: one.row["answer"]["coverage"] for one in pack.decisions}


def _entry(row: Row) -> dict[str, Any]:
    """Give an entry for readers: the leaf taken apart, and what its opening says."""
    told = {"entry": row["id"], "leaf_hash": hash_text(row["leaf_hash"]), "leaf": leaf_of(row)}
    return told | {"opening": _opening(row)}


def _opening(row: Row) -> dict[str, Any] | None:
    """Give what an entry commits to; None where it is erased. The salt is written for programs and for `openssl`."""
    if row["salt"] is None:
        return None
    return {
        "salt": base64.b64encode(row["salt"]).decode(),
        "salt_hex": row["salt"].hex(),
        "number": None if row["number"] is None else e164_of(row["number"]),
        "fields": row["fields"] or {},
    }


def _json(value: Any) -> bytes:
    return msgspec.json.format(msgspec.json.encode(value), indent=2) + b"\n"


def _pem(public: bytes) -> bytes:
    body = base64.b64encode(_SPKI + public)
    return b"-----BEGIN PUBLIC KEY-----\n" + body + b"\n-----END PUBLIC KEY-----\n"
