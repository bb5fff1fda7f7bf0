"""A defence pack, opened and checked with arithmetic of the tests' own."""

import base64
import hashlib
import hmac
import io
import json
import zipfile
from html.parser import HTMLParser

import rfc8785
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


def unpacked(data: bytes) -> dict[str, bytes]:
    """Open a pack; its manifest must name every other member with its digest, no more and no less."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    manifest = json.loads(files.pop("manifest.json"))
    assert manifest["format"] == "dialgate-pack/1"
    digests = {name: {"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)} for name, data in files.items()}
    assert manifest["files"] == digests
    return files


def assert_proved(files: dict[str, bytes], id: str) -> None:
    """Walk from a leaf to the signed root, with arithmetic of this test's own."""
    proof = files[f"proofs/{id}.tlog-proof"].decode()
    head, note = proof.split("\n\n", 1)
    _, index, *path = head.split("\n")
    text, signatures = note.split("\n\n", 1)
    origin, size, root = text.split("\n")
    place, width = int(index.split(" ")[1]), int(size)

    def walk(at: int, count: int, rest: list[bytes]) -> bytes:
        if count == 1:
            assert rest == []
            return hashlib.sha256(b"\x00" + files[f"leaves/{id}.json"]).digest()
        half = 1 << ((count - 1).bit_length() - 1)
        if at < half:
            return hashlib.sha256(b"\x01" + walk(at, half, rest[:-1]) + rest[-1]).digest()
        return hashlib.sha256(b"\x01" + rest[-1] + walk(at - half, count - half, rest[:-1])).digest()

    assert walk(place, width, [base64.b64decode(one) for one in path]) == base64.b64decode(root)
    shard = origin.rpartition("/")[2]
    vkey = files[f"keys/{shard}.vkey"].decode().strip()
    assert vkey.startswith(f"{origin}+")
    key = base64.b64decode(vkey.split("+", 2)[2])
    signature = base64.b64decode(signatures.split("\n")[0].split(" ")[2])
    Ed25519PublicKey.from_public_bytes(key[1:]).verify(signature[4:], (text + "\n").encode())


def assert_opened(files: dict[str, bytes]) -> int:
    """Compute every commitment again from the openings; gives how many numbers were committed to."""
    numbers = 0
    for id, opening in json.loads(files["openings.json"]).items():
        leaf, salt = json.loads(files[f"leaves/{id}.json"]), base64.b64decode(opening["salt"])
        assert salt.hex() == opening["salt_hex"]
        if "number" in leaf:
            numbers += 1
            assert leaf["number"] == hmac.new(salt, opening["number"].encode(), hashlib.sha256).hexdigest()
        if "fields" in leaf:
            opened = hmac.new(salt, b"fields:" + rfc8785.dumps(opening["fields"]), hashlib.sha256)
            assert leaf["fields"] == opened.hexdigest()
    return numbers


class Seen(HTMLParser):
    """What a browser would make of a page: its tags, links, and text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.links: set[str] = set()
        self.handlers: set[str] = set()
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.handlers |= {name for name, _ in attrs if name.startswith("on")}
        self.links |= {value or "" for name, value in attrs if name in ("href", "src")}

    def handle_data(self, data: str) -> None:
        self.text += data
