"""Signed notes (C2SP signed-note v1): text, a blank line, and signature lines. Ed25519 alone.

The signature primitive is handed in: nothing here does elliptic curves, but every public key that could make a
forged signature pass is refused by its encoding.
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from app.domain.errors import InvalidInput

Sign = Callable[[bytes], bytes]
"""Give the 64 bytes of an Ed25519 signature over a message (RFC 8032)."""
IsSigned = Callable[[bytes, bytes, bytes], bool]
"""Tell whether (public key, signature, message) belong together."""

ED25519 = 0x01
COSIGNATURE = 0x04
KEY_BYTES, SIGNATURE_BYTES = 32, 64
MAX_LINES = 100

_PRIME = 2**255 - 19
_LOW_ORDER = {
    0,
    1,
    _PRIME - 1,
    int.from_bytes(bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"), "little"),
    int.from_bytes(bytes.fromhex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"), "little")
    & (2**255 - 1),
}
"""The y of the eight points of low order: under such a key one signature fits many messages."""
_LINE = re.compile(r"— ([^\s+]+) ([A-Za-z0-9+/]+=*)")
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")


class BadNote(InvalidInput):
    """A signed note is malformed, or not signed by the key it must be signed by."""

    code = "bad_note"


class BadKey(InvalidInput):
    """A public key is malformed, or of a kind under which signatures prove nothing."""

    code = "bad_key"


@dataclass(frozen=True, slots=True)
class Verifier:
    """A name and an Ed25519 public key, under which notes are believed."""

    name: str
    public: bytes

    def __post_init__(self) -> None:
        if not self.name or re.search(r"[\s+]", self.name):
            raise BadKey("a key's name has no space and no plus sign")
        require_sound_key(self.public)

    @property
    def vkey(self) -> str:
        """Write the key as one line, to be kept by whoever verifies: `name+id+key`."""
        key = base64.b64encode(bytes([ED25519]) + self.public).decode()
        return f"{self.name}+{key_id(self.name, ED25519, self.public).hex()}+{key}"


@dataclass(frozen=True, slots=True)
class Signer:
    """A verifier and the primitive that signs for it."""

    verifier: Verifier
    sign: Sign = field(repr=False)


@dataclass(frozen=True, slots=True)
class Line:
    """One signature line: whose, under which key id, and the bytes."""

    name: str
    key_id: bytes
    signature: bytes


def require_sound_key(public: bytes) -> None:
    """Refuse an Ed25519 public key of low order or in a second spelling (RFC 8032, 5.1.3).

    :raises BadKey: when it is one, or not 32 bytes.
    """
    if len(public) != KEY_BYTES:
        raise BadKey("an Ed25519 key has 32 bytes")
    y = int.from_bytes(public, "little") & (2**255 - 1)
    if y >= _PRIME:
        raise BadKey("the key is not in its canonical form")
    if y in _LOW_ORDER:
        raise BadKey("the key is a point of low order")


def key_id(name: str, kind: int, public: bytes) -> bytes:
    """Give the four bytes that name a key in signature lines."""
    return hashlib.sha256(name.encode() + b"\n" + bytes([kind]) + public).digest()[:4]


def read_vkey(text: str) -> Verifier:
    """Read a key written as `name+id+key`.

    :raises BadKey: when it is malformed, of another kind, or unsound.
    """
    name, _, rest = text.partition("+")
    id, _, encoded = rest.partition("+")
    try:
        key = base64.b64decode(encoded, validate=True)
    except binascii.Error:
        raise BadKey("the key is not base64") from None
    if key[:1] != bytes([ED25519]):
        raise BadKey("the key is not an Ed25519 key")
    verifier = Verifier(name, key[1:])
    if id != key_id(name, ED25519, key[1:]).hex():
        raise BadKey("the key's id does not fit its name and bytes")
    return verifier


def written_note(text: str, lines: Sequence[Line]) -> str:
    """Write a note: `text` ends with a newline and holds no other control character."""
    require_note_text(text)
    signed = "".join(f"— {one.name} {base64.b64encode(one.key_id + one.signature).decode()}\n" for one in lines)
    return f"{text}\n{signed}"


def require_note_text(text: str) -> None:
    """Refuse text that cannot be a note's.

    :raises BadNote: when it is empty, does not end with a newline, or holds a control character.
    """
    if not text.endswith("\n") or _CONTROL.search(text):
        raise BadNote("a note's text ends with a newline and holds no control character")


def read_note(note: str) -> tuple[str, list[Line]]:
    """Part a note into its text and its signature lines; nothing is verified.

    :raises BadNote: when it is malformed.
    """
    text, found, rest = note.rpartition("\n\n")
    text += "\n"
    require_note_text(text)
    if not found or not rest.endswith("\n"):
        raise BadNote("a note ends with signature lines")
    lines = rest[:-1].split("\n")
    if len(lines) > MAX_LINES:
        raise BadNote("the note has too many signature lines")
    return text, [_read_line(line) for line in lines]


def _read_line(line: str) -> Line:
    match = _LINE.fullmatch(line)
    if match is None:
        raise BadNote("a signature line is malformed")
    try:
        data = base64.b64decode(match[2], validate=True)
    except binascii.Error:
        raise BadNote("a signature is not base64") from None
    if len(data) <= 4 or base64.b64encode(data).decode() != match[2]:
        raise BadNote("a signature is too short, or not in its canonical form")
    return Line(match[1], data[:4], data[4:])


def signature_line(signer: Signer, text: str) -> Line:
    """Sign a note's text."""
    name, public = signer.verifier.name, signer.verifier.public
    return Line(name, key_id(name, ED25519, public), signer.sign(text.encode()))


def opened_note(note: str, *, verifier: Verifier, is_signed: IsSigned) -> tuple[str, list[Line]]:
    """Give the text of a note that this key signed, and all its lines.

    Lines of unknown keys are passed over; a line of this key that does not verify condemns the note.

    :raises BadNote: when the key did not sign it.
    """
    text, lines = read_note(note)
    id = key_id(verifier.name, ED25519, verifier.public)
    own = [line for line in lines if (line.name, line.key_id) == (verifier.name, id)]
    if len(own) != 1:
        raise BadNote("the note is not signed by the expected key, or more than once")
    if len(own[0].signature) != SIGNATURE_BYTES or not is_signed(verifier.public, own[0].signature, text.encode()):
        raise BadNote("the note's signature is wrong")
    return text, lines
