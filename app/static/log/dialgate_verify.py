#!/usr/bin/env python3
"""dialgate-verify: check a bundle of a Dialgate log without trusting whoever made it.

    python dialgate_verify.py BUNDLE --vkey VKEY [--vkey ...] [--previous CHECKPOINT ...] [--ruleset DIGEST ...]
                              [--receipts FILE --jwks FILE] [--no-replay]

It is one file on purpose: read it before you believe it. It needs Python 3.11 or newer and its standard library, no
database, no network, nothing of Dialgate. Signatures are verified by the package `cryptography` where it is installed
and otherwise by the code in section 2. The VKEY (one for each shard), the earlier CHECKPOINTs and the DIGESTs of rules
must come to you by another way than the bundle: they are all you trust.

What is checked
 1. the archive: the members listed in its manifest, no more and no less, with their digests and sizes;
 2. the checkpoints: C2SP signed notes, by the key you named, each with its time (cosignature/v1);
 3. every entry: RFC 8785 JSON of at most 8192 bytes, of a known kind, of this log, its id used once;
 4. the RFC 6962 root over all the entries, which must be the one that was signed;
 5. the earlier checkpoints: each must be the root of the same tree when it was smaller; and of a bundle of a period,
    that checkpoints signed before it and a minute after it bound what is here: the period is shown whole;
 6. your own earlier checkpoints (--previous): what they covered must still be there, unless the operator declared the
    loss in an `epoch` entry of a new shard. That is told loudly, and if no checkpoint you hold of that shard could be
    compared, the exit status is 4: an operator could declare a loss only to hide a rewriting. Keep more than one;
 7. the openings: each fits the commitments in its entry (a number that is opened is the number that was logged);
 8. that every event a decision names (consents, objections, relationships, earlier calls) is there, or proved to lie
    elsewhere in the log, and that it stands before the decision, by its place and by its date; that a suppression was
    lifted by two persons only, and never the person's own word;
 9. the dates: no entry is dated after the checkpoint that first covers it, and every decision was in a signed tree
    within the 60 seconds its receipt promised;
10. every decision, derived again from the facts and events it names and the rules it names: verdict, reasons, basis,
    and times must come out the same; and the rules are such as the service itself would accept;
11. where numbers are opened: every decision once more, with all that is opened on the number at an earlier place,
    consents, objections and the calls permitted within the last year: nothing of it that would have changed the verdict
    was left out. Consents and objections that are not opened (erased, or withheld) are counted: a no among them could
    not be seen;
12. receipts (--receipts): signed by a key of --jwks, in the bundle, saying the same as the entry, integrated in time.

What is not checked, and cannot be: whether the facts of a decision were true (was the number mobile, was it a
holiday?), and whether the rules it names were those in force (the operator's log says when each was put in force;
--ruleset, which may be repeated, names those you accept: without it they are taken from the bundle as they are);
whether calls were made that were never asked about; objections to *all* callers, of which a decision says only whether
there was one (they stand in the operator's log); the rows of a list that was scrubbed, whose decisions are not entries
(their entry has a digest of the result); objections kept after an erasure, beyond those a decision names: they no
longer say whose they are. The times of checkpoints are the operator's word, and without --previous the key's holder
could have signed another history from the start: keep checkpoints.

Exit status: 0 sound; 1 at least one fault; 2 called wrongly; 3 sound, but entries were integrated too late; 4 sound
as far as it goes, but a loss of entries was declared, and nothing you hold of that shard could be compared. Of several
that apply, it is the first of 1, 4, 3.
"""

import argparse
import base64
import binascii
import gc
import hashlib
import hmac
import json
import re
import struct
import sys
import zipfile
import zlib
from array import array
from bisect import bisect_left, bisect_right
from calendar import monthrange
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from itertools import pairwise, product
from pathlib import Path
from typing import IO, Any, NamedTuple
from zoneinfo import ZoneInfo

try:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    HAS_CRYPTOGRAPHY = True
except ImportError:
    HAS_CRYPTOGRAPHY = False

FORMAT = "dialgate-bundle/1"
KINDS = frozenset(
    {"check", "outcome", "consent", "suppression", "list", "import", "ruleset", "admin", "key"}
    | {"relationship", "register", "lookup", "erasure", "epoch"}
)
MAX_LEAF = 8192
MAX_NOTE = 16_384
MAX_LINE = 65_536
MAX_DOCUMENT = 4_194_304
MAX_MEMBERS = 10_000
MAX_RATIO = 200  # entries are full of hashes: what packs better than that is a bomb
MAX_EVENTS = 24  # a decision names at most so many consents; a longer history is denied, and named as none
GRACE = 60  # seconds within which an entry is promised to be in a signed tree
SHOWN = 100  # faults printed
GIVE_UP = 10_000  # faults after which it is clear enough


class Bad(Exception):
    """Something is not what it must be; the text says what."""


class Enough(Exception):
    """So many faults were found that looking on is pointless."""


# What any hostile input may raise in the standard library. Each is turned into a fault where it happens.
HOSTILE = (
    Bad,
    ArithmeticError,
    AttributeError,
    EOFError,
    LookupError,
    NotImplementedError,
    OSError,
    RecursionError,
    RuntimeError,
    struct.error,
    TypeError,
    ValueError,
    zipfile.BadZipFile,
    zlib.error,
)


# --- 1. Forms: canonical JSON, base64, instants ---------------------------------------------------------------------


def _inexact(text: str) -> Any:
    raise Bad(f"holds the number {text[:20]}, which is not a whole one")


def _whole(text: str) -> int:
    value = int(text) if len(text) < 20 else 2**64
    if abs(value) >= 2**53:
        raise Bad("holds a whole number beyond 2^53")
    return value


_decoder = json.JSONDecoder(parse_float=_inexact, parse_constant=_inexact, parse_int=_whole)
_write_sorted = json.JSONEncoder(
    ensure_ascii=False, sort_keys=True, separators=(",", ":"), check_circular=False, allow_nan=False
).encode
_write_as_is = json.JSONEncoder(
    ensure_ascii=False, sort_keys=False, separators=(",", ":"), check_circular=False, allow_nan=False
).encode


def canonical(value: Any) -> str:
    """Write JSON as RFC 8785 does. Keys are sorted by UTF-16 code units, which only matters beyond U+FFFF: what takes
    one unit sorts by it as it does by itself.
    """
    text = _write_sorted(value)
    if text.isascii() or len(text.encode("utf-16-be", "surrogatepass")) == 2 * len(text):
        return text
    return _write_as_is(_in_utf16_order(value))


def _in_utf16_order(value: Any) -> Any:
    if isinstance(value, dict):
        keys = sorted(value, key=lambda key: key.encode("utf-16-be", "surrogatepass"))
        return {key: _in_utf16_order(value[key]) for key in keys}
    return [_in_utf16_order(item) for item in value] if isinstance(value, list) else value


def read_canonical(data: bytes) -> Any:
    """Read JSON that must be exactly as RFC 8785 writes it: one spelling, no doubled key, whole numbers only."""
    value = read_loosely(data)
    try:
        if canonical(value) == data.decode():
            return value
    except (RecursionError, ValueError):
        pass
    raise Bad("is not RFC 8785 JSON")


def read_loosely(data: bytes) -> Any:
    """Read JSON of whole numbers, in whatever spelling."""
    try:
        text = data.decode()
        value, end = _decoder.raw_decode(text)
        return value if end == len(text) else _decoder.decode(text)
    except RecursionError:
        raise Bad("is nested too deeply") from None
    except ValueError:  # of which the errors of JSON and of UTF-8 are kinds
        raise Bad("is not UTF-8 JSON") from None


def read_table(data: bytes, names: frozenset[str], read: Callable[[bytes], Any] = read_canonical) -> dict[str, Any]:
    """Read a JSON object of exactly these members."""
    value = read(data)
    if type(value) is not dict or value.keys() != names:
        raise Bad(f"is not an object of {', '.join(sorted(names))}")
    return value


def unbase64(text: Any, size: int | None = None) -> bytes:
    """Read standard base64 in its one canonical spelling."""
    if type(text) is not str:
        raise Bad("is not base64")
    try:
        data = binascii.a2b_base64(text)
    except ValueError:
        raise Bad("is not base64") from None
    if binascii.b2a_base64(data, newline=False).decode() != text or size not in (None, len(data)):
        raise Bad("is not canonical base64 of the right length")
    return data


def unbase64url(text: Any) -> bytes:
    """Read base64url without padding, in its one canonical spelling."""
    if type(text) is not str or not re.fullmatch(r"[A-Za-z0-9_-]*", text):
        raise Bad("is not base64url")
    try:
        data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except binascii.Error:
        raise Bad("is not base64url") from None
    if base64.urlsafe_b64encode(data).rstrip(b"=").decode() != text:
        raise Bad("is not canonical base64url")
    return data


SECOND = 1_000_000  # instants are whole microseconds since 1970, in UTC
DAY = 86_400 * SECOND
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MINUTE = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})T([01][0-9]|2[0-3]):([0-5][0-9]):", re.ASCII)
_SECONDS = {f"{second:02}.": second * SECOND for second in range(60)}
_days: dict[str, int] = {}
_minute_starts: dict[str, int] = {}


def day_number(text: Any) -> int:
    """Read a calendar day as the number of days since 1970."""
    known = _days.get(text)
    if known is None:
        if type(text) is not str or not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
            raise Bad("is not a day")
        known = date.fromisoformat(text).toordinal() - 719_163
        if len(_days) < 100_000:
            _days[text] = known
    return known


def instant(text: Any) -> int:
    """Read an instant as leaves write it: RFC 3339, UTC, six digits."""
    if type(text) is not str or len(text) != 27 or text[26] != "Z":
        raise Bad("is not an instant")
    minute, second, fraction = _minute_starts.get(text[:17]), _SECONDS.get(text[17:20]), text[20:26]
    if minute is None:
        minute = _minute_start(text[:17])
    if second is None or not (fraction.isdecimal() and fraction.isascii()):
        raise Bad("is not an instant")
    return minute + second + int(fraction)


def _minute_start(text: str) -> int:
    match = _MINUTE.fullmatch(text)
    if match is None:
        raise Bad("is not an instant")
    start = day_number(match[1]) * DAY + (int(match[2]) * 60 + int(match[3])) * 60 * SECOND
    if len(_minute_starts) > 100_000:
        _minute_starts.clear()
    _minute_starts[text] = start
    return start


def optional_instant(text: Any) -> int | None:
    """Read an instant, or null."""
    return None if text is None else instant(text)


def shown_instant(at: int) -> str:
    """Write an instant for people."""
    try:
        return f"{_EPOCH + timedelta(microseconds=at):%Y-%m-%d %H:%M:%S} UTC"
    except OverflowError:
        return f"{at} µs"


def shown(text: Any) -> str:
    """Write a word of the bundle for a terminal: short, and without control characters."""
    return ascii(text)[1:-1][:100] if isinstance(text, str) else ascii(text)[:100]


# --- 2. Ed25519 (RFC 8032), verification only -----------------------------------------------------------------------

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT_OF_MINUS_1 = pow(2, (P - 1) // 4, P)
Point = tuple[int, int, int, int]  # extended coordinates: X, Y, Z, T with x = X/Z, y = Y/Z, xy = T/Z
NEUTRAL: Point = (0, 1, 1, 0)


def _added(p: Point, q: Point) -> Point:
    a, b = (p[1] - p[0]) * (q[1] - q[0]) % P, (p[1] + p[0]) * (q[1] + q[0]) % P
    c, d = 2 * p[3] * q[3] * D % P, 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def _doubled(p: Point) -> Point:
    a, b, c = p[0] * p[0] % P, p[1] * p[1] % P, 2 * p[2] * p[2] % P
    h = a + b
    e = h - (p[0] + p[1]) ** 2 % P
    g = a - b
    f = c + g
    return e * f % P, g * h % P, f * g % P, e * h % P


def _point(data: bytes) -> Point | None:
    """Decode a point (RFC 8032, 5.1.3); None for what is no point or not its canonical encoding."""
    y = int.from_bytes(data, "little")
    sign, y = y >> 255, y & (2**255 - 1)
    if len(data) != 32 or y >= P:
        return None
    u, v = (y * y - 1) % P, (D * y * y + 1) % P
    x = u * pow(v, 3, P) * pow(u * pow(v, 7, P), (P - 5) // 8, P) % P
    if (v * x * x - u) % P != 0:
        x = x * ROOT_OF_MINUS_1 % P
    if (v * x * x - u) % P != 0 or (x == 0 and sign):
        return None
    if x & 1 != sign:
        x = P - x
    return x, y, 1, x * y % P


def _encoded(p: Point) -> bytes:
    inverse = pow(p[2], P - 2, P)
    x, y = p[0] * inverse % P, p[1] * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, "little")


def _multiples(p: Point) -> list[Point]:
    """Give 0·p … 15·p."""
    table = [NEUTRAL, p]
    while len(table) < 16:
        table.append(_added(table[-1], p))
    return table


_tables: dict[bytes, list[Point]] = {}
_BASE_TABLE: list[Point] = []


@cache
def is_sound_key(key: bytes) -> bool:
    """Tell whether this is a public key worth the name: canonical, on the curve, not of low order."""
    point = _point(key)
    if point is None:
        return False
    eightfold = _doubled(_doubled(_doubled(point)))
    return (eightfold[0] % P, (eightfold[1] - eightfold[2]) % P) != (0, 0)


def verified_in_python(key: bytes, signature: bytes, message: bytes) -> bool:
    """Verify strictly: S below L, and the encoding of [S]B - [k]A is R to the bit (so R is canonical)."""
    if len(signature) != 64 or not is_sound_key(key):
        return False
    s = int.from_bytes(signature[32:], "little")
    if s >= L:
        return False
    if not _BASE_TABLE:
        base = _point((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))
        _BASE_TABLE.extend(_multiples(base or NEUTRAL))
    if key not in _tables:
        x, y, z, t = _point(key) or NEUTRAL
        _tables[key] = _multiples((P - x, y, z, P - t))
    negative_key = _tables[key]
    k = int.from_bytes(hashlib.sha512(signature[:32] + key + message).digest(), "little") % L
    total = NEUTRAL
    for shift in range(252, -4, -4):
        total = _doubled(_doubled(_doubled(_doubled(total))))
        total = _added(_added(total, _BASE_TABLE[s >> shift & 15]), negative_key[k >> shift & 15])
    return _encoded(total) == signature[:32]


@cache
def _library_key(key: bytes) -> "Ed25519PublicKey":
    return Ed25519PublicKey.from_public_bytes(key)


def is_signed(key: bytes, signature: bytes, message: bytes) -> bool:
    """Tell whether the signature is the key's, by the fastest means at hand. Weak keys sign nothing."""
    if not HAS_CRYPTOGRAPHY:
        return verified_in_python(key, signature, message)
    if not is_sound_key(key):
        return False
    try:
        _library_key(key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


# --- 3. Merkle trees (RFC 6962) -------------------------------------------------------------------------------------

EMPTY_ROOT = hashlib.sha256(b"").digest()


def leaf_hash(data: bytes) -> bytes:
    """Hash a leaf."""
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash an inner node."""
    return hashlib.sha256(b"\x01" + left + right).digest()


class CompactRange:
    """The hashes of the largest whole subtrees of a growing tree: all that its root depends on."""

    def __init__(self, size: int, hashes: Sequence[bytes]) -> None:
        if len(hashes) != size.bit_count():
            raise Bad(f"the left side of a tree cut at {size} has {size.bit_count()} hashes, not {len(hashes)}")
        self.size = size
        self.stack = list(hashes)

    def append(self, node: bytes, level: int = 0) -> None:
        """Add a whole subtree of 2^level leaves; the size so far must be a multiple of that."""
        carry = self.size >> level
        while carry & 1:
            node = node_hash(self.stack.pop(), node)
            carry >>= 1
        self.stack.append(node)
        self.size += 1 << level

    def root(self) -> bytes:
        """Give the root as the tree is now."""
        if not self.stack:
            return EMPTY_ROOT
        root = self.stack[-1]
        for node in self.stack[-2::-1]:
            root = node_hash(node, root)
        return root


def right_levels(start: int, end: int) -> list[int]:
    """Cut [start, end) into whole subtrees as the bundle does: the largest that is aligned and fits."""
    levels = []
    while start < end:
        level = (end - start).bit_length() - 1
        if start:
            level = min(level, (start & -start).bit_length() - 1)
        levels.append(level)
        start += 1 << level
    return levels


def is_included(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Verify an inclusion proof (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < size:
        return False
    at, last, node = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            return False
        if at & 1 or at == last:
            node = node_hash(sibling, node)
            while at and not at & 1:
                at, last = at >> 1, last >> 1
        else:
            node = node_hash(node, sibling)
        at, last = at >> 1, last >> 1
    return last == 0 and node == root


def is_consistent(old_size: int, old_root: bytes, size: int, root: bytes, proof: Sequence[bytes]) -> bool:
    """Verify a consistency proof (RFC 9162, 2.1.4.2). From the empty tree nothing can be proved."""
    if not 0 < old_size <= size:
        return False
    if old_size == size:
        return not proof and old_root == root
    path = list(proof) if old_size & (old_size - 1) else [old_root, *proof]
    at, last = old_size - 1, size - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    if not path:
        return False
    old, new = path[0], path[0]
    for node in path[1:]:
        if last == 0:
            return False
        if at & 1 or at == last:
            old, new = node_hash(node, old), node_hash(node, new)
            while at and not at & 1:
                at, last = at >> 1, last >> 1
        else:
            new = node_hash(new, node)
        at, last = at >> 1, last >> 1
    return last == 0 and (old, new) == (old_root, root)


# --- 4. Checkpoints (C2SP signed-note, tlog-checkpoint, tlog-cosignature) -------------------------------------------

_ORIGIN = re.compile(r"dialgate/([0-9a-f]{32})/([0-9]{4})(?:-([2-9]|[1-9][0-9]{1,3}))?", re.ASCII)
_SIZE = re.compile(r"0|[1-9][0-9]{0,15}", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")
_SIGNATURE = re.compile(r"\u2014 ([^\s+]+) ([A-Za-z0-9+/]+={0,2})")


@dataclass(frozen=True)
class Key:
    """A shard's public key, and the two ids under which it signs."""

    origin: str
    public: bytes

    @cache  # noqa: B019 - keys are few, and live as long as the program
    def id(self, kind: int) -> bytes:
        """Give the key id of a signature type (C2SP signed-note)."""
        return hashlib.sha256(self.origin.encode() + bytes([0x0A, kind]) + self.public).digest()[:4]


def read_vkey(text: str) -> Key:
    """Read `<origin>+<8 hex digits>+<base64 of 0x01 and the key>` and check that the parts agree."""
    name, _, rest = text.strip().partition("+")
    stated, _, encoded = rest.partition("+")
    data = unbase64(encoded, 33)
    key = Key(name, data[1:])
    if not _ORIGIN.fullmatch(name):
        raise Bad("is not the key of a shard: its name is not dialgate/<log>/<shard>")
    if data[0] != 1 or stated != key.id(1).hex():
        raise Bad("has an id that is not its key's, or is of another type than Ed25519")
    if not is_sound_key(key.public):
        raise Bad("is of low order or not canonical: anybody could sign under it")
    return key


class Checkpoint(NamedTuple):
    """A signed tree head, and the second at which it was signed."""

    size: int
    root: bytes
    time: int


def read_checkpoint(note: str, key: Key) -> Checkpoint:
    """Read a note strictly, and verify both signatures of this key: the plain one, and the one with the time."""
    if len(note) > MAX_NOTE or _CONTROL.search(note):
        raise Bad("is no note: too long, or with control characters")
    text, blank, tail = note.rpartition("\n\n")
    text += "\n"
    if not blank or not tail.endswith("\n"):
        raise Bad("is no note: text, blank line and signatures are not there")
    lines = text.split("\n")[:-1]
    if len(lines) < 3 or not all(lines):
        raise Bad("is no checkpoint: it has not three lines")
    if lines[0] != key.origin:
        raise Bad(f"is of another log: {shown(lines[0])}")
    if not _SIZE.fullmatch(lines[1]):
        raise Bad("is no checkpoint: its size is no number")
    root = unbase64(lines[2], 32)
    signed, seconds = 0, []
    for line in tail[:-1].split("\n"):
        match = _SIGNATURE.fullmatch(line)
        data = unbase64(match[2]) if match else b""
        if match is None or len(data) < 5:
            raise Bad("is no note: a signature line is malformed")
        if match[1] != key.origin or data[:4] not in (key.id(1), key.id(4)):
            continue  # somebody else's, whom we do not know
        message, signature = text.encode(), data[4:]
        if data[:4] == key.id(4):
            seconds.append(int.from_bytes(signature[:8], "big"))
            message = f"cosignature/v1\ntime {seconds[-1]}\n".encode() + message
            signature = signature[8:]
        if not is_signed(key.public, signature, message):
            raise Bad("is forged: a signature under the log's key does not verify")
        signed += data[:4] == key.id(1)
    if not signed:
        raise Bad("is not signed by the key you named")
    if len(seconds) != 1 or not 0 < seconds[0] < 2**40:
        raise Bad("has not one time (cosignature/v1) by the key you named")
    return Checkpoint(int(lines[1]), root, seconds[0])


# --- 5. Rules: a second, independent reading of what a ruleset says -------------------------------------------------

ORDINARY_LINES = frozenset({"mobile", "fixed_line", "fixed_line_or_mobile", "voip"})
WORDS: Mapping[str, tuple[Any, ...]] = {  # what a fact may be, apart from null; the order of names is that of `Call`
    "line_type": (*("mobile", "fixed_line", "fixed_line_or_mobile", "voip", "toll_free", "premium_rate", "shared_cost"),
                  *("personal_number", "pager", "uan", "voicemail", "unknown", "emergency", "short_code")),
    "call_class": (*("marketing", "consent_request", "meeting_setup", "survey_commercial", "survey_research"),
                   *("charity", "political", "service", "debt", "callback")),
    "voice_mode": ("live", "prerecorded", "ai"),
    "party_type": ("consumer", "sole_trader", "company", "unknown"),
    "number_source": ("own_customer", "consent", "directory", "public_web", "random", "purchased"),
    "profile": ("strict", "statute"),
    "house_hours": (True, False),
    "house_caps": (True, False),
}  # fmt: skip
KIND_ORDER = ("registration", "category_ban", "suppression", "register", "basis", "number_state", "voice", "caller_id",
              "window", "cooldown", "frequency", "obligation")  # fmt: skip
OF_TIME = frozenset({"window", "cooldown", "frequency"})  # what a later moment cures
WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
STRENGTHS, STATUSES = frozenset({"statute", "regulator", "code", "house"}), frozenset({"confirmed", "unconfirmed"})
PERMISSIONS = frozenset(
    {"consent", "customer", "contract", "inquiry", "published_business_contact", "presumed_interest"}
    | {"legitimate_interest", "positive_register", "none_required"}
)
TIES = {  # which relationships a permission may rest on
    "customer": frozenset({"customer", "contract"}),
    "contract": frozenset({"contract"}),
    "inquiry": frozenset({"inquiry"}),
}
DIMENSIONS = frozenset({"purpose", "voice_mode", "product_category"})
# fmt: off
REASONS = frozenset({
    "jurisdiction_unknown", "no_policy", "call_class_missing", "party_type_unknown", "no_consent",
    "consent_withdrawn", "consent_revoked_by_controller", "consent_expired", "consent_not_yet_valid",
    "consent_other_purpose", "consent_other_channel", "consent_not_for_automated", "consent_evidence_missing",
    "consent_from_outbound_call", "consent_superseded_by_listing", "customer_window_passed", "product_not_similar",
    "consent_request_call_banned", "number_source_banned", "objected_controller", "objected_all", "register_listed",
    "register_listed_category", "register_stale", "register_unavailable", "number_reassigned",
    "number_reassign_unknown", "number_inactive", "line_type_banned", "outside_hours", "holiday", "frequency_cap",
    "cooldown_refusal", "cooldown_contact", "cli_missing", "cli_prefix_required", "cli_prefix_banned",
    "voice_mode_banned", "category_banned", "caller_not_registered", "policy_changed_recheck", "decision_expired",
    "manual_review", "erased_subject_suppressed"
})
# fmt: on
_PLACE_OF_RULE = re.compile(r"[A-Z]{2}(-[A-Z0-9]{1,3})?|\*", re.ASCII)
_ID_OF_RULE = re.compile(r"[a-z0-9][a-z0-9_-]{0,47}", re.ASCII)
_PREFIX = re.compile(r"\+[1-9][0-9]{0,6}", re.ASCII)
_COUNTRY = re.compile(r"[A-Z]{2}", re.ASCII)
_HOURS = re.compile(r"([0-9]{2}):([0-5][0-9])-([0-9]{2}):([0-5][0-9])", re.ASCII)
ORIGINS = frozenset(
    {"web_form", "app", "paper", "in_person", "inbound_call", "outbound_call", "sms", "email", "partner", "import"}
)
OBJECTIONS = frozenset({"objection", "opt_out", "complaint", "court_order", "other", "erasure"})
LIFTABLE = frozenset({"objection", "opt_out", "erasure"})  # the person's own word, which their own later word lifts
NOT_OWN_WORD = frozenset({"import", "partner", "outbound_call"})
RESULTS = frozenset(
    {"attempted", "answered", "no_answer", "busy", "refused", "opt_out", "wrong_party", "voicemail", "not_dialled"}
)
SPOKEN = frozenset({"answered", "refused", "opt_out", "wrong_party"})  # somebody was spoken to
YEAR = 366 * DAY  # no cap and no pause of a rule reaches further back
EVENT_KINDS = frozenset({"consent", "suppression", "relationship", "outcome"})
MAX_CAP = 6  # the highest cap of a rule: so many attempts of each sort decide
HORIZON = 7 * DAY
PERMIT = 15 * SECOND
Hours = tuple[tuple[int, int], ...]  # stretches of a day in minutes, [start, end)
_Failing = tuple[int, int, str, str, str | None]  # place, order of kind, name: to sort by; then reason and rule


class Form(NamedTuple):
    """The form of one member of a table. `read` gives the value, and raises Bad (or worse) at what it must not be."""

    read: Callable[[Any], Any]
    absent: Any = None
    is_needed: bool = False

    def needed(self) -> "Form":
        """Demand that the member is there."""
        return self._replace(is_needed=True)


def _exactly(kind: type[Any]) -> Callable[[Any], Any]:
    def read(value: Any) -> Any:
        if type(value) is not kind:
            raise Bad("is of the wrong type")
        return value

    return read


def _one_of(words: Iterable[str], absent: str | None = None) -> Form:
    known = frozenset(words)

    def read(value: Any) -> str:
        if type(value) is not str or value not in known:
            raise Bad("is an unknown word")
        return value

    return Form(read, absent)


def _list_of(one: Callable[[Any], Any]) -> Form:
    return Form(lambda value: tuple(one(item) for item in _exactly(list)(value)), ())


def _from_1_to(most: int) -> Callable[[Any], Any]:
    def read(value: Any) -> int:
        if type(value) is not int or not 1 <= value <= most:
            raise Bad("is not a whole number within its bounds")
        return value

    return read


def _not_blank(value: Any) -> str:
    if type(value) is not str or not value.strip():
        raise Bad("is no text, or blank")
    return value


def _hours(text: Any) -> tuple[int, int]:
    match = _HOURS.fullmatch(text)
    if match is None:
        raise Bad("has malformed hours")
    start, end = int(match[1]) * 60 + int(match[2]), int(match[3]) * 60 + int(match[4])
    if not start < end <= 1440:
        raise Bad("has hours that do not end after they start, within one day")
    return start, end


def read_week(table: Any) -> tuple[Hours, ...]:
    """Read the hours of a week; a day that is left out is closed, and not all of them may be."""
    days = {day: tuple(map(_hours, _exactly(list)(hours))) for day, hours in _exactly(dict)(table).items()}
    if set(days) - set(WEEK) or not any(days.values()):
        raise Bad("has a week with a strange day, or without an hour")
    return tuple(days.get(day, ()) for day in WEEK)


def _texts_by_text(value: Any) -> dict[str, str]:
    if any(type(text) is not str for text in _exactly(dict)(value).values()):
        raise Bad("is not a table of texts")
    table: dict[str, str] = value
    return table


def _purposes(value: Any) -> dict[str, str]:
    table = _texts_by_text(value)
    if not {*table, *table.values()} <= set(WORDS["call_class"]):
        raise Bad("names what is no call class")
    return table


def _prefix(value: Any) -> str:
    if type(value) is not str or not _PREFIX.fullmatch(value):
        raise Bad("is no prefix of a number")
    return value


def _words(words: Iterable[str]) -> Form:
    return _list_of(_one_of(words).read)


def _count(most: int) -> Form:
    return Form(_from_1_to(most))


_TEXT, _FLAG = Form(_exactly(str)), Form(_exactly(bool), False)
_DAY_HOURS = Form(lambda value: tuple(map(_hours, _exactly(list)(value))))
_TERMS = {
    "purpose": _TEXT, "granularity": _words(DIMENSIONS), "evidence_held": _FLAG, "outbound_call_accepted": _FLAG,
    "max_age_days": _count(36_500), "customer_months": _count(1200), "inquiry_months": _count(1200),
    "contract_days": _count(36_500), "similar": _FLAG._replace(absent=True),
    "justification": _FLAG._replace(absent=True), "positive_register": _TEXT,
    "positive_register_max_age_days": _count(3650),
}  # fmt: skip
PARAMS: Mapping[str, Mapping[str, Form]] = {  # one that is not here could change a decision: it is a fault
    "registration": {"authority": Form(_not_blank).needed(), "holder": _one_of(("caller", "controller")).needed()},
    "category_ban": {"categories": _list_of(_exactly(str)), "unless": _words(PERMISSIONS), **_TERMS},
    "suppression": {
        "scope": _one_of(("controller", "all")).needed(), "lifted_by": _one_of(("newer_consent", "never"), "never"),
        "purpose_of": Form(_purposes, {}), "keep_for_years": _count(100), "honour_within_days": _count(366),
    },
    "register": {
        "register": Form(_not_blank).needed(), "polarity": _one_of(("negative", "positive"), "negative"),
        "mode": _one_of(("file", "query", "send_and_return"), "file"), "snapshot_max_age_days": _count(3650),
        "fixed_days": _list_of(_from_1_to(28)), "grace_days": _count(366), "category_of": Form(_texts_by_text, {}),
        "unless": _words(PERMISSIONS), "consent_after_listing": _FLAG, **_TERMS,
    },
    "basis": {"any_of": _words(PERMISSIONS), **_TERMS},
    "number_state": {
        "check": _one_of(("reassigned", "line_type", "inactive")).needed(), "line_types": _words(WORDS["line_type"]),
        "register": _TEXT, "register_max_age_days": _count(3650), **_TERMS,
    },
    "voice": {"forbidden_modes": _words(WORDS["voice_mode"]), "ai_is_automated": _FLAG._replace(absent=True)},
    "caller_id": {
        "must_present": _FLAG, "require_prefix": _list_of(_prefix), "forbid_prefix": _list_of(_prefix),
        "unless": _words(PERMISSIONS), **_TERMS,
    },
    "window": {
        "weekly": Form(read_week).needed(), "closed_on_holidays": _FLAG.needed(), "pre_holiday": _DAY_HOURS,
        "half_day": _DAY_HOURS, "lifted_by": _one_of(("express_time_consent",)), **_TERMS,
    },
    "cooldown": {
        "trigger": _one_of(("refusal", "any_contact", "unanswered")).needed(), "days": _count(366).needed(),
    },
    "frequency": {
        "max": _count(MAX_CAP).needed(), "window_days": _count(366), "window_hours": _count(24 * 366),
        "count": _one_of(("attempt", "answered"), "attempt"),
    },
    "obligation": {
        "disclose": _words(("caller", "principal", "purpose", "ai", "source", "optout")), "record": _FLAG,
        "retain_years": _count(100), "retain_clock": _one_of(("granted", "last_used", "withdrawn", "decision")),
    },
}  # fmt: skip
RULE: Mapping[str, Form] = {
    "id": Form(_not_blank).needed(), "jurisdiction": Form(_not_blank).needed(), "kind": _one_of(PARAMS).needed(),
    "strength": _one_of(STRENGTHS).needed(), "citation": Form(_not_blank).needed(),
    "status": _one_of(STATUSES, "confirmed"), "effective_from": _TEXT.needed(), "effective_to": _TEXT,
    "applies_when": Form(_exactly(dict), {}), "params": Form(_exactly(dict), {}), "reason": _one_of(REASONS),
}  # fmt: skip


def _read_members(source: Any, forms: Mapping[str, Form], whose: str) -> dict[str, Any]:
    """Read a table by the forms of its members; what is strange, missing or malformed is refused."""
    strange = set(_exactly(dict)(source)) - set(forms)
    if strange:
        raise Bad(f"has {whose} with {shown(sorted(map(str, strange)))}, which this verifier does not know")
    members = {}
    for name, form in forms.items():
        if name in source:
            try:
                members[name] = form.read(source[name])
            except HOSTILE as why:
                text = f"has {whose} whose {name} {_told(why)}: this verifier does not know it"
                raise Bad(f"{text}, or the service itself would refuse it") from None
        elif form.is_needed:
            raise Bad(f"has {whose} without {name}: the service itself would refuse it")
        else:
            members[name] = form.absent
    return members


class Terms(NamedTuple):
    """What a rule asks of the permissions it looks for."""

    accepted: tuple[str, ...]
    purpose: str
    granularity: frozenset[str]
    evidence_held: bool
    outbound_call_accepted: bool
    max_age_days: int | None
    customer_months: int | None
    inquiry_months: int | None
    contract_days: int | None
    similar: bool
    justification: bool
    register: str | None
    register_max_age_days: int | None


_hours_known: dict[tuple[Any, ...], int] = {}  # a number for all that a window asks of clock and calendar


class Rule:
    """One clause. Only what a decision depends on is kept."""

    def __init__(self, source: Mapping[str, Any]) -> None:
        name = f"the rule {shown(source.get('id'))}"
        read = _read_members(source, RULE, name)
        self.id, self.place, self.kind = read["id"], read["jurisdiction"], read["kind"]
        self.reason, self.status = read["reason"], read["status"]
        self.country, _, self.part = self.place.partition("-")
        if not _ID_OF_RULE.fullmatch(self.id) or not _PLACE_OF_RULE.fullmatch(self.place):
            raise Bad(f"has {name} of a malformed id or place: the service itself would refuse it")
        self.first, end = _rule_day(read["effective_from"]), read["effective_to"]
        self.end = None if end is None else _rule_day(end)
        if self.end is not None and self.end <= self.first:
            raise Bad(f"has {name}, which ends before it begins: the service itself would refuse it")
        self.when = {fact: _tested(fact, values, name) for fact, values in read["applies_when"].items()}
        self.regions = self.when.pop("region", None)
        self.params = _read_members(read["params"], PARAMS[self.kind], name)
        self.terms = self._terms()
        why = self._contradiction()
        if why:
            raise Bad(f"has {name}, whose params contradict each other ({why}): the service itself would refuse it")
        self.order, self.hours = KIND_ORDER.index(self.kind), -1
        if self.kind == "window":
            names = ("weekly", "closed_on_holidays", "pre_holiday", "half_day")
            self.hours = _hours_known.setdefault(tuple(self.params[name] for name in names), len(_hours_known))

    def _terms(self) -> Terms | None:
        """Gather what the rule asks of permissions; None where its kind looks for none."""
        params = self.params
        if "granularity" not in params:
            return None
        accepted = params.get("any_of", params.get("unless", ()))
        if params.get("lifted_by") or params.get("check") == "reassigned":
            accepted = ("consent",)
        named = frozenset(params["granularity"]) or DIMENSIONS
        rest = (params[term] for term in _TERMS if term not in ("purpose", "granularity"))
        return Terms(accepted, params["purpose"] or "", named, *rest)

    def _contradiction(self) -> str | None:
        """Say what the parameters, each sound by itself, lack together."""
        params, terms = self.params, self.terms
        demands: list[tuple[str, bool]] = []
        if terms is not None:
            register_terms = (terms.register, terms.register_max_age_days)
            demands += [
                ("purpose", bool(terms.purpose) or not terms.accepted),
                ("granularity", "purpose" in terms.granularity),
                ("positive_register", ("positive_register" in terms.accepted) == (None not in register_terms)),
            ]
        if self.kind in ("register", "category_ban", "caller_id"):
            demands.append(("none_required", "none_required" not in params["unless"]))
        if self.kind == "register":
            demands.append(("age", bool(params["snapshot_max_age_days"] or params["fixed_days"])))
            demands.append(("listing", not params["consent_after_listing"] or "consent" in params["unless"]))
        elif self.kind == "category_ban":
            demands.append(("categories", bool(params["categories"])))
        elif self.kind == "suppression":
            demands.append(("keeping", params["scope"] != "all" or params["keep_for_years"] is None))
        elif self.kind == "number_state":
            has_register = params["register"] is not None
            demands.append(("line_types", (params["check"] == "line_type") == bool(params["line_types"])))
            demands.append(("register", has_register == (params["register_max_age_days"] is not None)))
            demands.append(("inactive", params["check"] != "inactive" or has_register))
        elif self.kind == "voice":
            demands.append(("modes", bool(params["forbidden_modes"])))
        elif self.kind == "caller_id":
            names = ("must_present", "require_prefix", "forbid_prefix")
            demands.append(("demands nothing", any(params[name] for name in names)))
        elif self.kind == "frequency":
            demands.append(("span", (params["window_days"] is None) != (params["window_hours"] is None)))
        elif self.kind == "obligation":
            demands.append(("retaining", (params["retain_years"] is None) == (params["retain_clock"] is None)))
        return next((what for what, is_met in demands if not is_met), None)

    def honours(self, scope: str, other: "Rule") -> bool:
        """Tell whether this rule always asks about objections of a scope where and as long as another permits."""
        return (
            (self.kind, self.params.get("scope"), self.when, self.regions) == ("suppression", scope, {}, None)
            and self.place in ("*", other.place, other.country)
            and self.first <= other.first
            and (self.end is None or (other.end is not None and other.end <= self.end))
        )

    def binds_on(self, day: int) -> bool:
        """Tell whether the clause is in force on this local day."""
        return self.first <= day and (self.end is None or day < self.end)

    def speaks_of(self, call: "Call") -> bool:
        """Tell whether the clause is about such a call. A fact that is not known makes it so."""
        if self.place != "*" and self.country not in call.countries:
            return False
        if self.part and call.parts is not None and self.place not in call.parts:
            return False
        if self.regions is not None and call.countries and self.regions.isdisjoint(call.countries):
            return False
        words = call.words
        return all(words[name] in (None, "unknown") or words[name] in values for name, values in self.when.items())


def _rule_day(text: str) -> int:
    try:
        return date.fromisoformat(text).toordinal() - 719_163
    except ValueError:
        raise Bad("has a rule that begins or ends on what is no day") from None


def _tested(fact: Any, values: Any, whose: str) -> frozenset[Any]:
    """Read the values for which a rule tests a fact, each of the type it has there: 1 is not true."""
    if type(values) is list and values:
        if fact == "region" and all(type(value) is str and _COUNTRY.fullmatch(value) for value in values):
            return frozenset(values)
        known = {(type(word), word) for word in WORDS.get(fact, ())}
        if all(type(value) in (str, bool) and (type(value), value) in known for value in values):
            return frozenset(values)
    raise Bad(f"has {whose} that tests something this verifier does not know")


class Plan(NamedTuple):
    """What is asked of every call of one sort on one day: it depends on neither events nor the minute."""

    gates: tuple[_Failing, ...]
    rules: tuple[Rule, ...]
    timed: tuple[Rule, ...]


class Binding(NamedTuple):
    """The rules for calls to some countries; those of time among them; the days on which any begins or ends."""

    rules: list[Rule]
    timed: list[Rule]
    days: list[int]


class Ruleset:
    """All the rules of one digest, prepared by sort of call."""

    def __init__(self, content: Mapping[str, Any]) -> None:
        if set(content) != {"schema", "not_checked", "rules"} or type(content["schema"]) is not int:
            raise Bad("is not a ruleset of schema 1")
        if content["schema"] != 1 or type(content["rules"]) is not list or not content["rules"]:
            raise Bad("is not a ruleset of schema 1")
        for place, names in _exactly(dict)(content["not_checked"]).items():
            _texts(names)
            if not _PLACE_OF_RULE.fullmatch(place):
                raise Bad("names a place that is none")
        self.rules = sorted((Rule(source) for source in content["rules"]), key=lambda rule: rule.id)
        if len({rule.id for rule in self.rules}) != len(self.rules):
            raise Bad("uses the id of a rule twice")
        guards = [rule for rule in self.rules if rule.kind == "suppression"]
        for rule in self.rules:
            if rule.kind == "basis":
                _refuse_lax(rule, guards)
        self._plans: dict[tuple[Any, ...], Plan] = {}
        self._bindings: dict[tuple[str, ...], Binding] = {}

    def binding(self, countries: tuple[str, ...]) -> Binding:
        """Give the rules that may bind calls to these countries, and to their parts."""
        known = self._bindings.get(countries)
        if known is None:
            rules = [rule for rule in self.rules if rule.country == "*" or rule.country in countries]
            days = {day for rule in rules for day in (rule.first, rule.end) if day is not None}
            known = Binding(rules, [rule for rule in rules if rule.kind in OF_TIME], sorted(days))
            self._bindings[countries] = known
        return known

    def plan(self, call: "Call", days: frozenset[int]) -> Plan:
        """Give what to ask of such a call on these local days."""
        key = (call.sort, days)
        plan = self._plans.get(key)
        if plan is None:
            if len(self._plans) > 10_000:
                self._plans.clear()
            plan = self._plans[key] = self._planned(call, days)
        return plan

    def _planned(self, call: "Call", days: frozenset[int]) -> Plan:
        binding = self.binding(call.countries).rules
        rules = [rule for rule in binding if any(map(rule.binds_on, days)) and rule.speaks_of(call)]
        bases = [rule for rule in rules if rule.kind == "basis"]
        gates: list[_Failing] = []
        if not call.countries:
            gates.append((0, 0, "jurisdiction_unknown", "jurisdiction_unknown", None))
        if call.words["call_class"] is None:
            gates.append((0, 0, "call_class_missing", "call_class_missing", None))
        if not call.zones and all(rule.kind != "window" for rule in rules):
            gates.append((2, 0, "outside_hours", "outside_hours", None))
        line = call.words["line_type"]
        if line not in ORDINARY_LINES and not (bases and all(line in rule.when.get("line_type", ()) for rule in bases)):
            gates.append((0, 0, "line_type_banned", "line_type_banned", None))
        for country in call.countries or ("*",):
            own = [rule for rule in bases if rule.country in ("*", country)]
            if not all(_has_policy([rule for rule in own if rule.binds_on(day)], call) for day in days):
                gates.append((0, 0, "no_policy", "no_policy", None))
                break
        asked = sorted((rule for rule in rules if rule.kind != "obligation"), key=lambda rule: (rule.order, rule.id))
        return Plan(tuple(gates), tuple(asked), tuple(rule for rule in asked if rule.kind in OF_TIME))


def _refuse_lax(basis: Rule, guards: Iterable[Rule]) -> None:
    """Refuse what the service refuses: a permission everywhere, on hearsay, or that no objection can end."""
    accepted = basis.params["any_of"]
    if (basis.place == "*" and accepted) or basis.regions is not None:
        raise Bad(f"has the basis {shown(basis.id)}, which belongs to no country: the service would refuse it")
    if basis.status == "unconfirmed" and "none_required" in accepted:
        raise Bad(f"permits by the unconfirmed rule {shown(basis.id)}: the service would refuse it")
    for scope in ("controller", "all"):
        if not any(guard.honours(scope, basis) for guard in guards):
            raise Bad(
                f"has no rule that honours objections of scope {scope} for as long as {shown(basis.id)} permits:"
                " the service would refuse it"
            )


def _has_policy(bases: list[Rule], call: "Call") -> bool:
    """Tell whether some basis rule is about the call, whatever the facts that are not known turn out to be.

    The basis of a part of a country counts only where the call certainly goes there.
    """
    sure = [rule for rule in bases if not rule.part or call.parts == (rule.place,)]
    open_facts = sorted({name for rule in sure for name in rule.when if call.words[name] in (None, "unknown")})
    for values in product(*([value for value in WORDS[name] if value != "unknown"] for name in open_facts)):
        world = dict(zip(open_facts, values, strict=True))
        if not any(all(world[n] in rule.when[n] for n in open_facts if n in rule.when) for rule in sure):
            return False
    return True


# --- 6. Clocks: local days and calling hours ------------------------------------------------------------------------

_steps: dict[tuple[str, int], list[tuple[int, int]]] = {}
_spans: dict[tuple[Any, ...], list[tuple[int, int]]] = {}


def _offset(zone: ZoneInfo, at: int) -> int:
    moment = _EPOCH + timedelta(microseconds=at)
    return (moment.astimezone(zone).utcoffset() or timedelta()) // timedelta(microseconds=1)


def steps(name: str, day: int) -> list[tuple[int, int]]:
    """Give the zone's offsets during one day of UTC, each with the instant from which it holds."""
    known = _steps.get((name, day))
    if known is None:
        zone = ZoneInfo(name)
        low, high = day * DAY, (day + 1) * DAY
        known = [(low, _offset(zone, low))]
        if (new := _offset(zone, high)) != known[0][1]:
            while high - low > 1:
                middle = (low + high) // 2
                low, high = (low, middle) if _offset(zone, middle) == new else (middle, high)
            known.append((high, new))
        if len(_steps) > 100_000:
            _steps.clear()
        _steps[name, day] = known
    return known


def local_day(name: str, at: int) -> int:
    """Give the day on the calendar of a zone."""
    known = steps(name, at // DAY)
    return (at + (known[-1] if at >= known[-1][0] else known[0])[1]) // DAY


def local_days(zones: Sequence[str] | None, at: int) -> frozenset[int]:
    """Give the days it may be where the call goes: without a zone, anywhere on Earth."""
    if zones:
        return frozenset(local_day(zone, at) for zone in zones)
    return frozenset(moment // DAY for moment in (at - DAY // 2, at, at + 14 * 3600 * SECOND))


def midnight(zone: str, day: int) -> int:
    """Give the instant at which a local day begins."""
    moment = datetime.combine(date.fromordinal(day + 719_163), time(), tzinfo=ZoneInfo(zone))
    return (moment.astimezone(UTC) - _EPOCH) // timedelta(microseconds=1)


def open_spans(rule: Rule, call: "Call", said: "Said", day: int) -> list[tuple[int, int]]:
    """Give the stretches, from `day` of UTC for ten days, in which a window is open in all the zones."""
    params, low, high = rule.params, day * DAY, (day + 10) * DAY
    agreed = _agreed(rule, call, said, low, high) if params["lifted_by"] is not None else []
    key = (
        *(rule.hours, call.zones, call.holidays, call.half_holidays, day),
        tuple(agreed),
    )
    known = _spans.get(key)
    if known is None:
        known = [(low, high)] if call.zones else []
        for zone in call.zones or ():
            known = _common(known, _spans_of(rule, call, zone, day, agreed))
        if len(_spans) > 10_000:
            _spans.clear()
        _spans[key] = known
    return known


def _spans_of(
    rule: Rule, call: "Call", zone: str, day: int, agreed: list[tuple[int, int, tuple[Hours, ...]]]
) -> list[tuple[int, int]]:
    spans: list[tuple[int, int]] = []

    def add(hours: Hours, local: int, offset: int, start: int, end: int) -> None:
        for first, last in hours:
            low = max(start, local * DAY + first * 60 * SECOND - offset)
            high = min(end, local * DAY + last * 60 * SECOND - offset)
            if low < high:
                spans.append((low, high))

    for utc_day in range(day, day + 10):
        known = [*steps(zone, utc_day), ((utc_day + 1) * DAY, 0)]
        for (start, offset), (end, _) in pairwise(known):
            for local in range((start + offset) // DAY, (end + offset - 1) // DAY + 1):
                if rule.params["closed_on_holidays"] and (call.holidays is None or local in call.holidays):
                    continue  # whatever was agreed
                add(_hours_on(rule, call, local), local, offset, start, end)
                for begin, finish, week in agreed:
                    add(week[(local + 3) % 7], local, offset, max(start, begin), min(end, finish))
    return _merged(spans)


def _hours_on(rule: Rule, call: "Call", local: int) -> Hours:
    """Give the rule's hours of a local day: fewer before a holiday, and on a half one; none where that is not known."""
    hours: Hours = rule.params["weekly"][(local + 3) % 7]
    for fewer, free, day in (
        (rule.params["pre_holiday"], call.holidays, local + 1),
        (rule.params["half_day"], call.half_holidays, local),
    ):
        if fewer is None:
            continue
        if free is None:
            return ()
        if day in free:
            hours = tuple((max(a, c), min(b, d)) for a, b in hours for c, d in fewer if max(a, c) < min(b, d))
    return hours


def _agreed(rule: Rule, call: "Call", said: "Said", low: int, high: int) -> list[tuple[int, int, tuple[Hours, ...]]]:
    """Give the stretches of time in which a consent stands that names hours, each with those hours."""
    telling = [event for event in said.consents or () if not event.reach.is_grant or event.reach.times is not None]
    moments = {low, high}
    for event in telling:
        if event.reach.is_grant:
            moments.update(t for t in (event.obtained, _end_of(event, rule.terms)) if t is not None and low < t < high)
    if all(not event.reach.is_grant for event in telling):
        return []
    agreed = []
    for start, end in pairwise(sorted(moments)):
        found = standing(rule.terms, call, telling, said.held, start)
        if found is not None and found.grant is not None and found.grant.reach.times is not None:
            agreed.append((start, end, found.grant.reach.times))
    return agreed


def _merged(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for low, high in sorted(spans):
        if merged and low <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(high, merged[-1][1]))
        else:
            merged.append((low, high))
    return merged


def _common(one: list[tuple[int, int]], other: list[tuple[int, int]]) -> list[tuple[int, int]]:
    both = [(max(a, c), min(b, d)) for a, b in one for c, d in other]
    return sorted((low, high) for low, high in both if low < high)


def span_at(spans: list[tuple[int, int]], at: int) -> tuple[int, int] | None:
    """Give the stretch that holds an instant; None where it is closed."""
    place = bisect_right(spans, at, key=lambda span: span[0]) - 1
    return spans[place] if place >= 0 and at < spans[place][1] else None


# --- 7. Events: what was said and done, small enough that a million fit ---------------------------------------------


class Reach(NamedTuple):
    """What many consent events share: everything but the clocks and the id."""

    is_grant: bool
    action: str
    purposes: frozenset[str]
    voice_modes: frozenset[str]
    product_categories: frozenset[str]
    origin: str
    is_proved: bool
    file: str | None
    times: tuple[Hours, ...] | None = None

    def refuses(self, purpose: str, voice_mode: str, category: str) -> bool:
        """Tell whether a no speaks of such a call: an empty dimension is *all*."""
        return (
            (not self.purposes or purpose in self.purposes)
            and (not self.voice_modes or voice_mode in self.voice_modes)
            and (not self.product_categories or category in self.product_categories)
        )

    def grants(self, purpose: str, voice_mode: str, category: str, granularity: frozenset[str]) -> bool:
        """Tell whether a grant speaks of such a call in the dimensions that are asked; an empty one is *none*."""
        return (
            purpose in self.purposes
            and (voice_mode in self.voice_modes or "voice_mode" not in granularity)
            and (category in self.product_categories or "product_category" not in granularity)
        )


class Consent(NamedTuple):
    """A consent event; instants in microseconds, `place` its place in the whole log."""

    obtained: int
    row: int
    recorded: int
    id: str
    expires: int | None
    reach: Reach
    place: int = 0

    def overcomes(self, no: "Consent") -> bool:
        """Tell whether a grant is newer than a no by both clocks, or further down in the same file."""
        if self.reach.file is not None and self.reach.file == no.reach.file:
            return (self.obtained, self.row) > (no.obtained, no.row)
        return self.obtained > no.obtained and self.recorded > no.recorded


class Objection(NamedTuple):
    """A suppression."""

    since: int
    recorded: int
    reason: str
    scope: str
    place: int = 0


class Tie(NamedTuple):
    """A relationship. `ended` None: a contract is in force; of anything else it says nothing."""

    kind: str
    categories: frozenset[str]
    began: int
    ended: int | None
    recorded: int
    id: str
    place: int = 0

    @property
    def last(self) -> int | None:
        """The instant from which a law counts; None while a contract is in force."""
        return self.began if self.ended is None and self.kind != "contract" else self.ended


class Attempt(NamedTuple):
    """A call that was tried, or a place that an allow reserved (`result` None: nothing was reported of it).

    `decision` is the id of the check that reserved the place.
    """

    at: int
    result: str | None
    recorded: int
    decision: str
    place: int = 0

    @property
    def may_be_contact(self) -> bool:
        """Tell whether somebody may have been spoken to: nobody said otherwise."""
        return self.result in _MAY_BE_CONTACT


_MAY_BE_CONTACT = SPOKEN | {None, "attempted"}
Event = Consent | Objection | Tie | Attempt


class Said:
    """What was said and done on one number, as far as a decision names it. None is *not known*."""

    __slots__ = ("attempts", "consents", "held", "objections", "standing", "ties")

    def __init__(
        self,
        consents: Iterable[Consent] | None,
        objections: Iterable[Objection] | None,
        ties: Iterable[Tie] | None = None,
        attempts: Iterable[Attempt] | None = None,
        held: frozenset[str] = frozenset(),
    ) -> None:
        """Take the events. `held` are the ids of consents whose evidence was here, and not only claimed."""
        self.consents = None if consents is None else list(consents)
        if self.consents is not None and len(self.consents) > 1:
            self.consents.sort(key=lambda event: event[:4])
        self.objections = None if objections is None else list(objections)
        self.ties = None if ties is None else list(ties)
        self.attempts = None if attempts is None else list(attempts)
        self.held = held
        self.standing: dict[tuple[int, int], Standing | None] = {}


_reaches: dict[Reach, Reach] = {}


def event_of(leaf: Mapping[str, Any], at: int, place: int = 0) -> Event:
    """Read the event out of the leaf of a consent, a suppression, a relationship, an outcome or a check."""
    match leaf["kind"]:
        case "suppression":
            if leaf["reason"] not in OBJECTIONS or leaf["scope"] not in ("controller", "all"):
                raise Bad("is an objection of an unknown reason or scope")
            return Objection(instant(leaf["since"]), at, leaf["reason"], leaf["scope"], place)
        case "relationship":
            if leaf["relationship"] not in TIES:
                raise Bad("is a relationship of an unknown sort")
            about = frozenset(_texts(leaf["product_categories"]))
            began, ended = instant(leaf["since"]), optional_instant(leaf["until"])
            return Tie(leaf["relationship"], about, began, ended, at, leaf["id"], place)
        case "outcome":
            if leaf["result"] not in RESULTS or type(leaf["decision"]) is not str:
                raise Bad("is an outcome of an unknown result, or of no decision")
            return Attempt(instant(leaf["attempted_at"]), leaf["result"], at, leaf["decision"], place)
        case "check":
            if leaf["reservation"] is None or leaf["reservation"] != leaf["id"]:
                raise Bad("is a check that reserved nothing")
            return Attempt(at, None, at, leaf["id"], place)
        case _:
            return _consent_of(leaf, at, place)


def _consent_of(leaf: Mapping[str, Any], at: int, place: int) -> Consent:
    action, origin, file, row = leaf["action"], leaf["origin"], leaf["file"], leaf["row"]
    if (action not in _NO_REASONS and action != "given") or origin not in ORIGINS:
        raise Bad("is a consent event of an unknown action or origin")
    if type(row) not in (int, type(None)) or type(file) not in (str, type(None)):
        raise Bad("has a malformed file or row")
    purposes, voices, categories = (
        frozenset(_texts(leaf[name])) for name in ("purposes", "voice_modes", "product_categories")
    )
    is_proved = bool(_texts(leaf["evidence"]))
    times = read_week(leaf["call_times"]) if "call_times" in leaf else None
    reach = Reach(action == "given", action, purposes, voices, categories, origin, is_proved, file, times)
    if len(_reaches) > 100_000:
        _reaches.clear()
    return Consent(
        instant(leaf["obtained_at"]), row or 0, at, leaf["id"], optional_instant(leaf["expires_at"]),
        _reaches.setdefault(reach, reach), place,
    )  # fmt: skip


def _texts(value: Any) -> list[str]:
    if type(value) is not list or not all(type(item) is str for item in value):
        raise Bad("has a malformed list")
    return value


# --- 8. Facts: what is known of one call ----------------------------------------------------------------------------

FACTS = frozenset({"at", "region", "zones", "product_category", "objected_all", "holidays", *WORDS}) - {"house_caps"}
LATER_FACTS = frozenset(  # those that older entries lack; one that is not there is not known
    {"house_caps", "residence", "subdivisions", "caller_prefix", "justified", "registers", "registrations"}
    | {"half_holidays", "rules_until"}
)


class Listing(NamedTuple):
    """What a register says of the number; `day` is when it was listed, or the day that was asked about."""

    as_of: int
    status: str
    categories: frozenset[str]
    day: int | None

    def wishes_for(self, category: str | None) -> bool:
        """Tell whether a positive list asks for calls about something: one that names nothing asks for any."""
        return self.status == "listed" and (not self.categories or category in self.categories)

    @property
    def last(self) -> int:
        """The last instant at which the number may have been put on the list: of a day, its end anywhere on Earth."""
        return self.as_of if self.day is None else self.day * DAY + 3 * DAY // 2 - 1


class Registration(NamedTuple):
    """An entry with an authority; `end` is the first day it no longer holds."""

    authority: str
    holder: str
    first: int
    end: int | None


class Call:
    """The facts of one call, read strictly. None is *not known*; `sort` is what decides which rules apply."""

    __slots__ = (
        *("at", "caller_prefix", "category", "countries", "days", "half_holidays", "holidays", "justified"),
        *("objected_all", "parts", "registers", "registrations", "rules_until", "sort", "words", "zones"),
    )

    countries: tuple[str, ...]
    parts: tuple[str, ...] | None
    caller_prefix: str | None
    justified: tuple[str, ...]
    registers: dict[str, Listing] | None
    registrations: list[Registration] | None
    half_holidays: tuple[int, ...] | None
    rules_until: int | None

    def __init__(self, facts: Any) -> None:
        """Read facts. A misspelt one must not pass for one that is not known."""
        if type(facts) is not dict or not FACTS <= facts.keys() <= FACTS | LATER_FACTS:
            raise Bad("has facts that are not those of schema 1")
        later = facts if len(facts) > len(FACTS) else None
        self.words: Mapping[str, Any] = facts if later and "house_caps" in later else {**facts, "house_caps": None}
        values = tuple([self.words[name] for name in WORDS])
        if values not in _sound_words or type(values[-1]) is int or type(values[-2]) is int:  # 1 equals True
            _check_words(values)
        region, self.category, self.objected_all = facts["region"], facts["product_category"], facts["objected_all"]
        if facts["line_type"] is None or type(self.objected_all) not in (bool, type(None)):
            raise Bad("has facts that are malformed")
        if type(region) not in (str, type(None)) or type(self.category) not in (str, type(None)):
            raise Bad("has facts that are malformed")
        self.at = instant(facts["at"])
        self.zones = None if facts["zones"] is None else tuple(_texts(facts["zones"]))
        self.holidays = _free_days(facts["holidays"])
        self.countries, self.justified = () if region is None else (region,), ()
        self.parts = self.caller_prefix = self.registers = self.registrations = None
        self.half_holidays = self.rules_until = None
        if later is not None:
            self._read_later(later)
        self.days = local_days(self.zones, self.at)
        self.sort = (self.countries, bool(self.zones), self.parts, values)

    def _read_later(self, facts: Mapping[str, Any]) -> None:
        if any(facts[name] is None for name in LATER_FACTS if name in facts):
            raise Bad("has facts that are said to be known, and are null")
        residence, prefix = facts.get("residence"), facts.get("caller_prefix")
        if type(residence) not in (str, type(None)) or type(prefix) not in (str, type(None)):
            raise Bad("has facts that are malformed")
        if self.countries and residence is not None and residence != self.countries[0]:
            self.countries = (self.countries[0], residence)
        self.caller_prefix = prefix
        self.half_holidays = _free_days(facts.get("half_holidays"))
        self.rules_until = optional_instant(facts.get("rules_until"))
        if "subdivisions" in facts:
            self.parts = tuple(_texts(facts["subdivisions"]))
        if "justified" in facts:
            self.justified = tuple(_texts(facts["justified"]))
        if "registers" in facts:
            self.registers = {}
            for register, snapshot, as_of, status, categories, day in _exactly(list)(facts["registers"]):
                if status not in ("listed", "unlisted", "unasked") or type(snapshot) is not str:
                    raise Bad("has the answer of a register that is malformed")
                about, on = frozenset(_texts(categories)), None if day is None else day_number(day)
                self.registers.setdefault(_not_blank(register), Listing(instant(as_of), status, about, on))
        if "registrations" in facts:
            self.registrations = [
                Registration(authority, holder, day_number(first), None if end is None else day_number(end))
                for authority, holder, first, end in _exactly(list)(facts["registrations"])
            ]


_sound_words: set[tuple[Any, ...]] = set()


def _check_words(values: tuple[Any, ...]) -> None:
    for (name, words), value in zip(WORDS.items(), values, strict=True):
        if value is not None and (type(value) is not type(words[0]) or value not in words):
            raise Bad(f"has the unknown {name} {shown(value)}")
    if len(_sound_words) < 100_000:
        _sound_words.add(values)


def _free_days(days: Any) -> tuple[int, ...] | None:
    return None if days is None else tuple(map(day_number, _texts(days)))


# --- 9. The decision, derived again ---------------------------------------------------------------------------------


class Derived(NamedTuple):
    """What comes out of facts and rules."""

    verdict: str
    reasons: list[list[str | None]]
    basis: list[str | None] | None
    valid_until: int | None
    not_before: int | None


class Answer(NamedTuple):
    """What one rule says of one call: no reason is that it passes, until `until`; else it denies, or defers."""

    reason: str | None = None
    until: int | None = None
    is_deferral: bool = False
    basis: list[str | None] | None = None


_PASSED = Answer()
_NO_REASONS = {
    "refused": "no_consent",
    "withdrawn": "consent_withdrawn",
    "revoked": "consent_revoked_by_controller",
    "invalidated": "consent_revoked_by_controller",
}


def derive(rules: Ruleset, call: Call, said: Said) -> Derived:
    """Decide one call from what is known of it, and what was said and done."""
    at = call.at
    plan = rules.plan(call, call.days)
    failing, ends, is_denied, is_deferred = list(plan.gates), [at + PERMIT], bool(plan.gates), False
    bases: list[list[str | None]] = []
    for rule in plan.rules:
        reason, until, is_deferral, basis = _ASK[rule.kind](rule, call, said, at)
        if reason is None:
            if until is not None:
                ends.append(until)
            if basis is not None:
                bases.append(basis)
        else:
            failing.append((2 if is_deferral else 1, rule.order, rule.id, reason, rule.id))
            is_denied, is_deferred = is_denied or not is_deferral, is_deferred or is_deferral
    reasons: list[list[str | None]] = [[entry[3], entry[4]] for entry in sorted(failing, key=lambda entry: entry[:3])]
    if is_denied:
        return Derived("deny", reasons, None, None, None)
    if is_deferred:
        return Derived("defer", reasons, None, None, _next_opening(rules, call, said))
    if call.rules_until is not None:
        ends.append(call.rules_until)
    ends += _boundaries(rules, call, at, at, at + PERMIT)
    bases.sort(key=lambda found: (found[1] is None, found[0]))
    return Derived("allow", reasons, bases[0] if bases else None, min(ends), None)


def _boundaries(rules: Ruleset, call: Call, near: int, after: int, until: int) -> list[int]:
    """Give the midnights near an instant, within (after, until], at which a rule for the call begins or ends."""
    low, high = near // DAY - 9, min(near + HORIZON, until) // DAY + 2
    days = rules.binding(call.countries).days
    days = days[bisect_left(days, low) : bisect_right(days, high)]
    moments = [midnight(zone, day) for day in days for zone in call.zones or ("UTC",)]
    return [moment for moment in moments if after < moment <= until]


def _next_opening(rules: Ruleset, call: Call, said: Said) -> int | None:
    """Give the first instant at which every rule of time that then applies passes, within seven days after the last
    cap or pause has ended.
    """
    at, timed = call.at, rules.binding(call.countries).timed
    pauses = [_ASK[rule.kind](rule, call, said, at).until for rule in timed if rule.kind != "window"]
    moments: set[int] = set()
    for start in {at, *(end for end in pauses if end is not None)}:
        last = start + HORIZON
        lows = (low for r in timed if r.kind == "window" for low, _ in open_spans(r, call, said, start // DAY))
        moments.update(low for low in lows if start < low <= last)
        moments.update((start, *_boundaries(rules, call, start, at, last)))
    for moment in [at, *sorted(moment for moment in moments if moment > at)]:
        if all(_is_past(r, call, said, moment) for r in rules.plan(call, local_days(call.zones, moment)).timed):
            return moment
    return None


def _is_past(rule: Rule, call: Call, said: Said, at: int) -> bool:
    if rule.kind == "window":
        return span_at(open_spans(rule, call, said, at // DAY), at) is not None
    return _ASK[rule.kind](rule, call, said, at).reason is None


# .. permissions: what a law accepts as a ground to call ..


class Standing(NamedTuple):
    """What the consents add up to: the grant that stands; else the newest no, and what there is instead of a grant."""

    grant: Consent | None
    no: Consent | None
    instead: str | None
    is_silent: bool


class Permission(NamedTuple):
    """A ground to call that stands, until when, and the event that gives it."""

    word: str
    event: str | None
    until: int | None
    obtained: int | None


def _unbeaten(
    events: Iterable[Consent], purpose: str, call: Call, granularity: frozenset[str] = DIMENSIONS
) -> tuple[list[Consent], list[Consent]]:
    """Give the grants for the call that overcome every no to it, and the noes. A no may name either word."""
    call_class, voice, category = str(call.words["call_class"]), str(call.words["voice_mode"]), str(call.category)
    grants, noes = [], []
    for event in events:
        reach = event.reach
        if reach.is_grant:
            if reach.grants(purpose, voice, category, granularity):
                grants.append(event)
        elif reach.refuses(purpose, voice, category) or reach.refuses(call_class, voice, category):
            noes.append(event)
    return [grant for grant in grants if all(grant.overcomes(no) for no in noes)], noes


def standing(
    terms: Terms | None, call: Call, events: list[Consent] | None, held: frozenset[str], at: int
) -> Standing | None:
    """Say what the consents add up to; None where too little is known of the call or of them."""
    if terms is None or events is None or call.category is None:
        return None
    if call.words["call_class"] is None or call.words["voice_mode"] is None:
        return None
    unbeaten, noes = _unbeaten(events, terms.purpose, call, terms.granularity)
    faults = [_fault_of(grant, terms, held, at) for grant in unbeaten]
    sound = [grant for grant, fault in zip(unbeaten, faults, strict=True) if fault is None]
    if sound:
        return Standing(max(sound, key=_lasts), None, None, False)
    no = noes[-1] if noes else None
    if faults:
        return Standing(None, no, faults[-1], False)
    if no is not None:
        return Standing(None, no, _NO_REASONS[no.reach.action], False)
    grants = [event for event in events if event.reach.is_grant]
    return Standing(None, None, _nearest_miss(grants, terms, call), not grants)


def _lasts(grant: Consent) -> tuple[Any, ...]:
    return grant.expires is None, grant.obtained if grant.expires is None else grant.expires, grant[:4]


def _fault_of(grant: Consent, terms: Terms, held: frozenset[str], at: int) -> str | None:
    end = _end_of(grant, terms)
    if grant.obtained > at:
        return "consent_not_yet_valid"
    if end is not None and end <= at:
        return "consent_expired"
    if grant.reach.origin == "outbound_call" and not terms.outbound_call_accepted:
        return "consent_from_outbound_call"
    if grant.id not in held and (terms.evidence_held or not grant.reach.is_proved):
        return "consent_evidence_missing"
    return None


def _end_of(grant: Consent, terms: Terms | None) -> int | None:
    """Give the instant from which a grant no longer permits: it has expired, or is too old."""
    if terms is None or terms.max_age_days is None:
        return grant.expires
    old = grant.obtained + terms.max_age_days * DAY
    return old if grant.expires is None else min(old, grant.expires)


def _nearest_miss(grants: list[Consent], terms: Terms, call: Call) -> str:
    if not grants:
        return "no_consent"
    newest, voice = grants[-1].reach, call.words["voice_mode"]
    if terms.purpose not in newest.purposes:
        return "consent_other_purpose"
    if voice not in newest.voice_modes and "voice_mode" in terms.granularity:
        return "consent_other_channel" if voice == "live" else "consent_not_for_automated"
    return "product_not_similar"


def _stands(terms: Terms, call: Call, said: Said, at: int) -> Standing | None:
    key = (id(terms), at)
    if key not in said.standing:
        said.standing[key] = standing(terms, call, said.consents, said.held, at)
    return said.standing[key]


def permission(terms: Terms | None, call: Call, said: Said, at: int) -> Permission | None:
    """Give the best permission of those a rule accepts: a consent, else what lasts longest. After a no, none."""
    found = None if terms is None else _stands(terms, call, said, at)
    if found is None or terms is None:
        return None
    grant = found.grant
    if grant is not None and "consent" in terms.accepted:
        return Permission("consent", grant.id, _end_of(grant, terms), grant.obtained)
    if found.no is not None:
        return None
    others = [one for word in terms.accepted for one in _other(word, terms, call, said, at)]
    return max(others, key=lambda p: (p.event is not None, p.until is None, p.until or at), default=None)


def _later_consent(terms: Terms | None, call: Call, said: Said, at: int, than: int) -> Permission | None:
    """Give the consent that stands when of the grants only those count whose clocks are both past an instant."""
    counting = [one for one in said.consents or () if not one.reach.is_grant or (one.obtained > than < one.recorded)]
    found = standing(terms, call, None if said.consents is None else counting, said.held, at)
    if found is None or found.grant is None:
        return None
    return Permission("consent", found.grant.id, _end_of(found.grant, terms), found.grant.obtained)


def _other(word: str, terms: Terms, call: Call, said: Said, at: int) -> Iterator[Permission]:
    """Give the permissions of one word that stand, other than consents."""
    source, party = call.words["number_source"], call.words["party_type"]
    is_business, is_justified = party in ("company", "sole_trader"), word in call.justified
    if word in TIES:
        for tie in _ties(word, said, at):
            end = _end_of_tie(word, tie, terms)
            if _is_similar(tie, terms, call) and (end is None or at < end):
                yield Permission(word, tie.id, end, tie.began)
    elif word == "positive_register":
        listing = (call.registers or {}).get(terms.register or "")
        if listing is not None and listing.wishes_for(call.category):
            end = listing.as_of + (terms.register_max_age_days or 0) * DAY
            if listing.as_of <= at < end:
                yield Permission(word, None, end, None)
    elif (
        word == "none_required"
        or (word == "legitimate_interest" and is_justified)
        or (word == "presumed_interest" and is_business and is_justified)
        or (
            word == "published_business_contact"
            and (is_business and source in ("public_web", "directory"))
            and (is_justified or not terms.justification)
        )
    ):
        yield Permission(word, None, None, None)


def _ties(word: str, said: Said, at: int) -> list[Tie]:
    return [tie for tie in said.ties or () if tie.kind in TIES[word] and tie.began <= at]


def _is_similar(tie: Tie, terms: Terms, call: Call) -> bool:
    return not terms.similar or call.category in tie.categories


def _end_of_tie(word: str, tie: Tie, terms: Terms) -> int | None:
    last = tie.last
    if last is None:
        return None
    if word == "contract":
        return last + (terms.contract_days or 0) * DAY
    months = terms.inquiry_months if word == "inquiry" else terms.customer_months
    return None if months is None else months_after(last, months)


def months_after(at: int, months: int) -> int:
    """Give the same day and time so many months later, in a shorter month its last day."""
    moment = _EPOCH + timedelta(microseconds=at)
    year, month = divmod(moment.year * 12 + moment.month - 1 + months, 12)
    if year > 9999:
        return at + 28 * months * DAY
    day = min(moment.day, monthrange(year, month + 1)[1])
    return (moment.replace(year=year, month=month + 1, day=day) - _EPOCH) // timedelta(microseconds=1)


# .. the twelve kinds; an obligation is never asked ..


def _ask_registration(rule: Rule, call: Call, said: Said, at: int) -> Answer:
    authority, holder = rule.params["authority"], rule.params["holder"]
    days = local_days(call.zones, at)
    holding = [
        one.end
        for one in call.registrations or ()
        if (one.authority, one.holder) == (authority, holder)
        and all(one.first <= day and (one.end is None or day < one.end) for day in days)
    ]
    if not holding:
        return Answer("caller_not_registered")
    ends = [end for end in holding if end is not None]
    if len(ends) < len(holding):
        return _PASSED
    return Answer(until=min(midnight(zone, max(ends)) for zone in call.zones or ("Pacific/Kiritimati",)))


def _ask_category_ban(rule: Rule, call: Call, said: Said, at: int) -> Answer:
    if call.category is not None and call.category not in rule.params["categories"]:
        return _PASSED
    lift = permission(rule.terms, call, said, at)
    return Answer("category_banned") if lift is None else Answer(until=lift.until)


def _ask_suppression(rule: Rule, call: Call, said: Said, at: int) -> Answer:
    """Ask about objections; the person's own is lifted by their own newer, proved word, where the rule says so."""
    params = rule.params
    if params["scope"] == "all":
        return _PASSED if call.objected_all is False else Answer("objected_all")
    if said.objections is None:
        return Answer("objected_controller")
    objections = [one for one in said.objections if not _has_lapsed(one, params["keep_for_years"], at)]
    if not objections:
        return _PASSED
    lifting: list[Consent] = []
    if params["lifted_by"] == "newer_consent":
        call_class = str(call.words["call_class"])
        purpose = params["purpose_of"].get(call_class, call_class)
        own = [objection for objection in objections if objection.reason in LIFTABLE]
        lifting = [
            grant
            for grant in _unbeaten(said.consents or (), purpose, call)[0]
            if grant.obtained <= at
            and (grant.expires is None or grant.expires > at)
            and all(_lifts(grant, objection, said.held) for objection in own)
        ]
    if not lifting or any(objection.reason not in LIFTABLE for objection in objections):
        return Answer("objected_controller")
    ends = [grant.expires for grant in lifting if grant.expires is not None]
    return Answer(until=max(ends) if len(ends) == len(lifting) else None)


def _has_lapsed(objection: Objection, years: int | None, at: int) -> bool:
    if years is None or objection.reason not in ("objection", "opt_out"):
        return False
    return months_after(max(objection.since, objection.recorded), 12 * years) <= at


def _lifts(grant: Consent, objection: Objection, held: frozenset[str]) -> bool:
    reach = grant.reach
    is_own_word = reach.file is None and reach.origin not in NOT_OWN_WORD and (reach.is_proved or grant.id in held)
    return is_own_word and grant.obtained > objection.since and grant.recorded > objection.recorded


def _ask_register(rule: Rule, call: Call, said: Said, at: int) -> Answer:
    """Ask what a list says. A permission beats it, unless it is a consent that must be newer than the listing."""
    params = rule.params
    must_follow, terms = params["consent_after_listing"], rule.terms
    consent = permission(terms._replace(accepted=("consent",)), call, said, at) if terms and must_follow else None
    if terms and must_follow:  # nor does such a consent hide a permission that need not be newer
        terms = terms._replace(accepted=tuple(word for word in terms.accepted if word != "consent"))
    lift = permission(terms, call, said, at)
    if lift is not None:
        return Answer(until=lift.until)
    listing = (call.registers or {}).get(params["register"])
    if listing is None or listing.status == "unasked" or listing.as_of > at:
        return Answer("register_unavailable")
    stale = _stale_at(rule, call, listing)
    if stale is None or stale <= at:
        return Answer("register_stale")
    if params["polarity"] == "positive":
        own = params["category_of"].get(call.category or "", call.category or "")
        return Answer(until=stale) if listing.wishes_for(own) else Answer(rule.reason or "no_consent")
    reason = _listed(rule, call, listing)
    if reason is None:
        return Answer(until=stale)
    if params["grace_days"] is not None and listing.day is not None and call.zones:
        barred = min(midnight(zone, listing.day + params["grace_days"]) for zone in call.zones)
        if at < barred:
            return Answer(until=min(barred, stale))
    later = _later_consent(rule.terms, call, said, at, listing.last) if must_follow else None
    if later is not None:
        return Answer(until=stale if later.until is None else min(later.until, stale))
    return Answer(reason if consent is None else "consent_superseded_by_listing")


def _stale_at(rule: Rule, call: Call, listing: Listing) -> int | None:
    """Give the instant from which a snapshot is too old, by its age or because the list has changed since."""
    age, days = rule.params["snapshot_max_age_days"], rule.params["fixed_days"]
    ends: list[int] = [] if age is None else [listing.as_of + age * DAY]
    if days and not call.zones:
        return None
    for zone in call.zones or () if days else ():
        changed = local_day(zone, listing.as_of) + 1
        while (date.fromordinal(changed + 719_163)).day not in days:
            changed += 1
        ends.append(midnight(zone, changed))
    return min(ends)


def _listed(rule: Rule, call: Call, listing: Listing) -> str | None:
    if listing.status != "listed":
        return None
    names = rule.params["category_of"]
    if not names or not listing.categories:
        return "register_listed"
    own = names.get(call.category or "")
    return "register_listed_category" if own is None or own in listing.categories else None


def _ask_basis(rule: Rule, call: Call, said: Said, at: int) -> Answer:
    terms = rule.terms
    if terms is None or not terms.accepted:
        return Answer(rule.reason or "category_banned")
    found = _stands(terms, call, said, at)
    if found is None:
        return Answer("manual_review")
    ground = permission(terms, call, said, at)
    if ground is not None:
        word = "no_basis_needed" if ground.word == "none_required" else ground.word
        return Answer(until=ground.until, basis=[word, ground.event])
    reason = found.instead
    if "none_required" in terms.accepted and found.no is not None:
        reason = _NO_REASONS[found.no.reach.action]
    elif found.is_silent:
        ties = [tie for word in terms.accepted if word in TIES for tie in _ties(word, said, at)]
        if any(_is_similar(tie, terms, call) for tie in ties):
            reason = "customer_window_passed"
        elif ties:
            reason = "product_not_similar"
    return Answer(rule.reason or "no_consent" if reason in (None, "no_consent") else reason)


def _ask_number_state(rule: Rule, call: Call, said: Said, at: int) -> Answer:
    params = rule.params
    if params["check"] == "line_type":
        line = call.words["line_type"]
        return Answer("line_type_banned") if line == "unknown" or line in params["line_types"] else _PASSED
    if params["register"] is None:
        return _ask_dialers(rule, call, said, at)
    listing = (call.registers or {}).get(params["register"])
    if listing is None or listing.status == "unasked" or "no_data" in listing.categories:
        return Answer("number_reassign_unknown")
    end = listing.as_of + params["register_max_age_days"] * DAY
    if not listing.as_of <= at < end:
        return Answer("number_reassign_unknown")
    is_inactive = params["check"] == "inactive"
    if listing.status == "listed":
        return Answer("number_inactive" if is_inactive else "number_reassigned")
    if is_inactive:
        return Answer(until=end)
    consent = permission(rule.terms, call, said, at)
    if consent is None or consent.obtained is None or listing.day is None:
        return Answer("number_reassign_unknown")
    if listing.day > (consent.obtained - DAY // 2) // DAY:  # the day it was given, where days begin last
        return Answer("number_reassign_unknown")
    return Answer(until=end if consent.until is None else min(consent.until, end))


def _ask_dialers(rule: Rule, call: Call, said: Said, at: int) -> Answer:
    """Ask whether somebody else took a call, after which nobody consented anew."""
    if said.attempts is None:
        return Answer("number_reassign_unknown")
    wrong = [attempt.at for attempt in said.attempts if attempt.result == "wrong_party"]
    if not wrong:
        return _PASSED
    consent = _later_consent(rule.terms, call, said, at, max(wrong))
    return Answer("number_reassigned") if consent is None else Answer(until=consent.until)


def _ask_voice(rule: Rule, call: Call, said: Said, at: int) -> Answer:
    voice, forbidden = call.words["voice_mode"], rule.params["forbidden_modes"]
    as_recording = voice == "ai" and rule.params["ai_is_automated"] and "prerecorded" in forbidden
    return Answer("voice_mode_banned") if voice is None or voice in forbidden or as_recording else _PASSED


def _ask_caller_id(rule: Rule, call: Call, said: Said, at: int) -> Answer:
    params, prefix = rule.params, call.caller_prefix
    if prefix is None and params["must_present"]:
        return Answer("cli_missing")
    if not (params["require_prefix"] or params["forbid_prefix"]):
        return _PASSED
    lift = permission(rule.terms, call, said, at)
    if lift is not None:
        return Answer(until=lift.until)
    if prefix is None:
        return Answer("cli_missing")
    if prefix.startswith(params["forbid_prefix"]):
        return Answer("cli_prefix_banned")
    if params["require_prefix"] and not prefix.startswith(params["require_prefix"]):
        return Answer("cli_prefix_required")
    return _PASSED


def _ask_window(rule: Rule, call: Call, said: Said, at: int) -> Answer:
    params = rule.params
    needs_holidays = params["closed_on_holidays"] or params["pre_holiday"] is not None
    is_blind = (needs_holidays and call.holidays is None) or (
        params["half_day"] is not None and call.half_holidays is None
    )
    if call.zones is None or is_blind:
        return Answer("outside_hours")
    span = span_at(open_spans(rule, call, said, at // DAY), at)
    if span is not None:
        return Answer(until=span[1])
    is_holiday = params["closed_on_holidays"] and not local_days(call.zones, at).isdisjoint(call.holidays or ())
    return Answer("holiday" if is_holiday else "outside_hours", is_deferral=True)


def _ask_cooldown(rule: Rule, call: Call, said: Said, at: int) -> Answer:
    trigger = rule.params["trigger"]
    reason = "cooldown_refusal" if trigger == "refusal" else "cooldown_contact"
    if said.attempts is None:
        return Answer(reason)
    begins = [attempt.at for attempt in said.attempts if _TRIGGERS[trigger](attempt)]
    end = max(begins) + rule.params["days"] * DAY if begins else at
    return Answer(reason, end, is_deferral=True) if end > at else _PASSED


_TRIGGERS: Mapping[str, Callable[[Attempt], bool]] = {
    "refusal": lambda attempt: attempt.result in ("refused", "opt_out"),
    "any_contact": lambda attempt: attempt.may_be_contact,
    "unanswered": lambda attempt: attempt.result not in SPOKEN,
}


def _ask_frequency(rule: Rule, call: Call, said: Said, at: int) -> Answer:
    params = rule.params
    if said.attempts is None:
        return Answer("frequency_cap")
    within = (params["window_days"] or 0) * DAY + (params["window_hours"] or 0) * 3600 * SECOND
    counted = sorted(
        attempt.at
        for attempt in said.attempts
        if attempt.at + within > at and (params["count"] == "attempt" or attempt.may_be_contact)
    )
    if len(counted) < params["max"]:
        return _PASSED
    return Answer("frequency_cap", counted[-params["max"]] + within, is_deferral=True)


_ASK: Mapping[str, Callable[[Rule, Call, Said, int], Answer]] = {
    "registration": _ask_registration,
    "category_ban": _ask_category_ban,
    "suppression": _ask_suppression,
    "register": _ask_register,
    "basis": _ask_basis,
    "number_state": _ask_number_state,
    "voice": _ask_voice,
    "caller_id": _ask_caller_id,
    "window": _ask_window,
    "cooldown": _ask_cooldown,
    "frequency": _ask_frequency,
}


# --- 10. What was found ----------------------------------------------------------------------------------------------


class Place(NamedTuple):
    """Where in the log something is."""

    shard: str | None = None
    entry: int | None = None
    id: str | None = None

    def __str__(self) -> str:
        parts = ("shard " + self.shard if self.shard else "", "" if self.entry is None else f"entry {self.entry}")
        return " ".join([part for part in parts if part] + ([self.id] if self.id else []))


class Finding(NamedTuple):
    """One fault, and where."""

    place: Place
    text: str

    def __str__(self) -> str:
        place = str(self.place)
        return f"{place}: {self.text}" if place else self.text


@dataclass
class Report:
    """Everything that was found. `faults` decide; `losses` are what you held and could not be compared; `late` are
    promises that were broken, `late_kinds` counts other entries as late as that; `warnings` are to be read.
    """

    give_up: int = GIVE_UP
    faults: list[Finding] = field(default_factory=list)
    late: list[Finding] = field(default_factory=list)
    late_count: int = 0
    late_kinds: Counter[str] = field(default_factory=Counter)
    losses: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    checked: list[str] = field(default_factory=list)
    kinds: Counter[str] = field(default_factory=Counter)
    verdicts: Counter[str] = field(default_factory=Counter)
    rulesets: Counter[str] = field(default_factory=Counter)
    counts: Counter[str] = field(default_factory=Counter)

    def fault(self, text: str, place: Place | None = None) -> None:
        """Note a fault; one too many ends the verification."""
        self.faults.append(Finding(place or Place(), text))
        if len(self.faults) >= self.give_up:
            raise Enough

    def is_late(self, text: str, place: Place) -> None:
        """Note a broken promise."""
        self.late_count += 1
        if len(self.late) < SHOWN:
            self.late.append(Finding(place, text))

    @property
    def exit_status(self) -> int:
        """Give 0 sound, 1 faults, 4 a loss behind which nothing could be compared, 3 sound but late."""
        return 1 if self.faults else 4 if self.losses else 3 if self.late_count or self.late_kinds else 0


# --- 11. The archive and its manifest -------------------------------------------------------------------------------

_LABEL = re.compile(r"([0-9]{4})(?:-([2-9]|[1-9][0-9]{1,3}))?", re.ASCII)
_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", re.ASCII)
_NUMBER = re.compile(r"\+[0-9]{3,15}", re.ASCII)
_DIGEST = re.compile(r"[0-9a-f]{64}", re.ASCII)
MANIFEST = frozenset({"format", "log", "made_at", "from", "to", "openings", "shards", "files"})
RANGE = frozenset({"left", "right"})
OPENING = frozenset({"index", "salt", "number", "fields"})
EVENT = frozenset({"index", "leaf", "proof"})


class Archive:
    """The members of the ZIP. Whatever is read is bounded, whatever sizes it claims for itself."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self.members = {info.filename: info for info in archive.infolist()}
        if len(self.members) != len(archive.infolist()) or len(self.members) > MAX_MEMBERS:
            raise Bad("the archive holds a member twice, or too many")
        if any(info.flag_bits & 1 or info.compress_type not in (0, 8) for info in self.members.values()):
            raise Bad("the archive is encrypted, or packed in another way than deflate")
        if archive.fp is None or sum(info.file_size for info in self.members.values()) > MAX_RATIO * _size(archive.fp):
            raise Bad(f"the archive would unpack to more than {MAX_RATIO} times its size")

    def chunks(self, name: str) -> Iterator[bytes]:
        """Read a member in pieces. The archive's own check sum is verified at the end."""
        if name not in self.members:
            raise Bad(f"{name} is missing")
        with self._archive.open(self.members[name]) as stream:
            while chunk := stream.read(1 << 18):
                yield chunk

    def read(self, name: str, limit: int = MAX_DOCUMENT) -> bytes:
        """Read a small member whole."""
        pieces, size = [], 0
        for chunk in self.chunks(name):
            size += len(chunk)
            if size > limit:
                raise Bad(f"{shown(name)} is longer than {limit} bytes")
            pieces.append(chunk)
        return b"".join(pieces)

    def lines(self, name: str, limit: int = MAX_LINE) -> Iterator[bytes]:
        """Read a member line by line; each ends with a line feed, the last one too."""
        rest = b""
        for chunk in self.chunks(name):
            lines = (rest + chunk).split(b"\n")
            rest = lines.pop()
            yield from lines
            if len(rest) > limit:
                raise Bad(f"{name} has a line longer than {limit} bytes")
        if rest:
            raise Bad(f"{name} does not end with a line feed")


def _age(label: str) -> tuple[int, int]:
    year, _, place = label.partition("-")
    return int(year), int(place or 1)


def _size(stream: IO[bytes]) -> int:
    place = stream.tell()
    size = stream.seek(0, 2)
    stream.seek(place)
    return size


@dataclass
class Shard:
    """One Merkle tree of the log, and the part of it that is here: entries start … end-1 of size."""

    label: str
    start: int
    end: int
    size: int
    key: Key
    newest: Checkpoint
    earlier: list[Checkpoint]
    place: int = 0
    epoch: Mapping[str, Any] | None = None
    claims: list["Claim"] = field(default_factory=list)
    held: list[Checkpoint] = field(default_factory=list)

    def member(self, name: str) -> str:
        """Give the name of one of its files."""
        return f"{self.label}/{name}"

    @property
    def order(self) -> tuple[int, int]:
        """Sort as shards follow each other."""
        return _age(self.label)

    def position(self, index: int) -> int:
        """Give the place of an entry in the whole log: what stands in an earlier shard comes first."""
        return self.place << 53 | index

    def covers(self) -> list[Checkpoint]:
        """Give the checkpoints by size, those you hold too, each with the earliest time at which it was signed."""
        covers: list[Checkpoint] = []
        least = 2**63
        for one in sorted([*self.earlier, *self.held, self.newest], key=lambda c: (-c.size, -c.time)):
            least = min(least, one.time)
            covers.append(one._replace(time=least))
        return covers[::-1]


class Claim(NamedTuple):
    """A root that somebody stated for a size of a shard; `is_vital` makes it a fault that it cannot be compared."""

    size: int
    root: bytes
    what: str
    is_vital: bool
    is_held: bool = False


def read_manifest(archive: Archive) -> dict[str, Any]:
    """Read the manifest and compare what it lists with what is there: names, sizes, digests."""
    manifest = read_table(archive.read("manifest.json"), MANIFEST)
    if manifest["format"] != FORMAT:
        raise Bad(f"is not a {FORMAT}")
    if not re.fullmatch(r"[0-9a-f]{32}", str(manifest["log"])) or type(manifest["openings"]) is not bool:
        raise Bad("names no log, or does not say whether openings are in it")
    instant(manifest["made_at"]), optional_instant(manifest["from"]), optional_instant(manifest["to"])
    files = manifest["files"]
    if type(files) is not dict or set(files) != set(archive.members) - {"manifest.json"}:
        raise Bad("lists other members than the archive holds")
    for name, stated in files.items():
        if type(stated) is not dict or set(stated) != {"sha256", "bytes"}:
            raise Bad(f"does not give digest and size of {shown(name)}")
        if archive.members[name].file_size != stated["bytes"]:
            raise Bad(f"gives another size of {shown(name)}")
        digest, size = hashlib.sha256(), 0
        for chunk in archive.chunks(name):
            digest.update(chunk)
            size += len(chunk)
        if size != stated["bytes"] or digest.hexdigest() != stated["sha256"]:
            raise Bad(f"gives another digest or size of {shown(name)}")
    return manifest


def expected_members(manifest: Mapping[str, Any]) -> tuple[set[str], set[str]]:
    """Give the members that must be there, and those that may be besides the rulesets."""
    names = ["checkpoint", "checkpoints.jsonl", "leaves.jsonl", "range.json", "events.jsonl"]
    names += ["openings.jsonl"] if manifest["openings"] else []
    labels = [shard["shard"] for shard in manifest["shards"]]
    must = {f"{label}/{name}" for label in labels for name in names}
    return must, {f"{label}/consistency.json" for label in labels}


# --- 12. The verification -------------------------------------------------------------------------------------------


class Opening(NamedTuple):
    """What is personal in an entry."""

    entry: int
    salt: bytes
    number: str | None
    fields: dict[str, Any]


class Verification:
    """One run. The first pass reads every entry once, in order; the second derives the decisions again."""

    def __init__(self, archive: Archive, keys: Mapping[str, Key], report: Report) -> None:
        self.archive, self.keys, self.report = archive, keys, report
        self.manifest: dict[str, Any] = {}
        self.shards: list[Shard] = []
        self.rulesets: dict[str, Ruleset | None] = {}
        self.events: dict[str, Event] = {}
        self.history: defaultdict[int, list[Event]] = defaultdict(list)
        self.opened: set[int | str] | None = None
        self.outcomes: dict[str, Attempt] = {}
        self.shared: list[tuple[str, Any, int, int, Place]] = []
        self.replaced: dict[str, int] = {}
        self.lifts: dict[str, tuple[str, str]] = {}
        self.lifted: dict[int, int] = {}
        self.missing: dict[str, tuple[Place, int, int]] = {}
        self.named_rulesets: dict[str, Place] = {}
        self.accepted: frozenset[str] = frozenset()
        self.compared: set[str] = set()
        self.lost: list[tuple[str, str]] = []
        self.closed: list[Place] = []
        self.first_closed = 2**63
        self.receipts: dict[str, list[dict[str, Any]]] = {}
        self.matched: list[tuple[dict[str, Any], Mapping[str, Any], Place, int | None]] = []
        self.campaigns: dict[str, str] = {}
        self.fingerprints = array("q")
        self.span: tuple[int, int] | None = None

    # .. what comes before the entries ..

    def open(self) -> None:
        """Read manifest, rulesets, checkpoints and the first entry of each shard."""
        try:
            self.manifest = read_manifest(self.archive)
        except HOSTILE as why:
            raise Bad(f"the manifest {_told(why)}") from None
        self._open_shards()
        must, may = expected_members(self.manifest)
        listed = set(self.manifest["files"])
        rules = {name for name in listed if re.fullmatch(r"rulesets/[0-9a-f]{64}\.json", name)}
        if must - listed or listed - must - may - rules:
            strange = sorted(must - listed) + sorted(listed - must - may - rules)
            raise Bad(f"the archive lacks members, or holds some that have no meaning: {shown(strange)}")
        for name in sorted(rules):
            self._open_ruleset(name)

    def _open_ruleset(self, name: str) -> None:
        stated = name.removeprefix("rulesets/").removesuffix(".json")
        self.rulesets["sha256:" + stated] = None
        try:
            data = self.archive.read(name)
            if hashlib.sha256(data).hexdigest() != stated:
                raise Bad("has another digest than its name says")
            self.rulesets["sha256:" + stated] = Ruleset(read_canonical(data))
        except HOSTILE as why:
            self.report.fault(f"ruleset {stated[:16]}… {_told(why)}")

    def _open_shards(self) -> None:
        listed = self.manifest["shards"]
        if type(listed) is not list or not listed:
            raise Bad("the manifest lists no shard")
        for stated in listed:
            if type(stated) is not dict or set(stated) != {"shard", "origin", "start", "end", "size"}:
                raise Bad("the manifest describes a shard in another way")
            label, start, end, size = (stated[name] for name in ("shard", "start", "end", "size"))
            if not _LABEL.fullmatch(str(label)) or any(type(n) is not int for n in (start, end, size)):
                raise Bad("the manifest describes a shard in another way")
            if not 0 <= start <= end <= size:
                raise Bad(f"the manifest gives shard {label} a range that cannot be")
            origin = f"dialgate/{self.manifest['log']}/{label}"
            if stated["origin"] != origin or origin not in self.keys:
                raise Bad(f"no --vkey was given for {origin}, or the manifest gives it another origin")
            shard = Shard(label, start, end, size, self.keys[origin], _NOTHING, [], len(self.shards))
            self.shards.append(self._opened_shard(shard))
        orders = [shard.order for shard in self.shards]
        if orders != sorted(set(orders)):
            raise Bad("the manifest lists its shards out of order, or one twice")
        since, until = (optional_instant(self.manifest[name]) for name in ("from", "to"))
        for shard in self.shards:
            self._demand_bounds(shard, since, until)
        if until is not None and self.shards[-1].newest.time * SECOND < until + GRACE * SECOND:
            self.report.warnings.append(
                "the period was not over when the newest checkpoint was signed: entries of it may still have come"
            )

    def _demand_bounds(self, shard: Shard, since: int | None, until: int | None) -> None:
        """Demand that the range holds every entry of the period: signed times before and after it say so."""
        signed = [*shard.earlier, shard.newest]
        is_begun = shard.start == 0 or (
            since is not None and any(c.size == shard.start and c.time * SECOND <= since for c in signed)
        )
        is_ended = shard.end == shard.size or (
            until is not None and any(c.size == shard.end and c.time * SECOND >= until + GRACE * SECOND for c in signed)
        )
        if not is_begun or not is_ended:
            what = "before it" if not is_begun else "a minute after it"
            text = f"the period is not shown whole: the range is bounded by no checkpoint that was signed {what}"
            self.report.fault(text, Place(shard.label))

    def _opened_shard(self, shard: Shard) -> Shard:
        name = shard.member("checkpoint")
        try:
            shard.newest = read_checkpoint(self.archive.read(name, MAX_NOTE).decode(), shard.key)
            if shard.newest.size != shard.size:
                raise Bad(f"is of {shard.newest.size} entries, and the manifest says {shard.size}")
        except HOSTILE as why:
            raise Bad(f"{name} {_told(why)}") from None
        last = Checkpoint(0, EMPTY_ROOT, 0)
        name = shard.member("checkpoints.jsonl")
        try:
            for line in self.archive.lines(name):
                note = read_canonical(line)
                self._follow(shard, last, last := read_checkpoint(note if type(note) is str else "", shard.key))
                shard.earlier.append(last)
        except HOSTILE as why:
            self.report.fault(f"line {len(shard.earlier) + 1} of {name} {_told(why)}")
        try:
            self._follow(shard, last, shard.newest)
        except Bad as why:
            self.report.fault(f"{shard.member('checkpoint')} {why}")
        shard.claims = [Claim(c.size, c.root, "an earlier checkpoint", False) for c in shard.earlier]
        if shard.start == 0 and shard.end > 0:
            self._open_epoch(shard)
        return shard

    def _follow(self, shard: Shard, one: Checkpoint, other: Checkpoint) -> None:
        if other.size < one.size or other.time < one.time:
            raise Bad(f"goes back: {one.size} entries, then {other.size}, or an earlier time")
        if other.size == one.size and other.root != one.root:
            raise Bad(f"is a fork: two roots were signed for {one.size} entries")
        self.report.counts["checkpoints"] += 1

    def _open_epoch(self, shard: Shard) -> None:
        try:
            leaf = read_canonical(next(self.archive.lines(shard.member("leaves.jsonl"), MAX_LEAF), b"null"))
            if type(leaf) is dict and leaf.get("kind") == "epoch":
                for name in ("root", "kept_root"):
                    unbase64(leaf[name], 32)
                if type(leaf["size"]) is not int or type(leaf["kept"]) is not int or leaf["act"] != "declared":
                    raise Bad("is malformed")
                if type(leaf["shard"]) is not str:
                    raise Bad("is malformed")
                if not 0 <= leaf["kept"] <= leaf["size"]:
                    raise Bad("kept more than there was")
                shard.epoch = leaf
        except HOSTILE as why:
            self.report.fault(f"the epoch it begins with {_told(why)}", Place(shard.label, 0))

    def connect(self) -> None:
        """Demand that each shard after the first begins by declaring the end of an earlier one, and compare that."""
        named = {shard.epoch["shard"] for shard in self.shards if shard.epoch is not None}
        for place, shard in enumerate(self.shards):
            if shard.epoch is not None:
                self._meet_epoch(shard, shard.epoch)
            elif not place and shard.order[1] == 1:
                pass  # it may be the log's first
            elif shard.start == 0 and shard.end > 0:
                text = "a shard after the first must begin with an epoch entry, and does not"
                self.report.fault(text, Place(shard.label, 0))
            else:
                self.report.warnings.append(f"shard {shard.label}: its first entry is not in the bundle")
            later = self.shards[place + 1 :]
            has_ended = later and all(other.epoch is not None for other in later)
            if has_ended and shard.label not in named and not (shard.epoch is not None and shard.size == 1):
                self.report.fault(
                    "a later shard is there, and no epoch does name the end of this one", Place(shard.label)
                )

    def _meet_epoch(self, shard: Shard, epoch: Mapping[str, Any]) -> None:
        """Tell a declared loss loudly, and compare what is declared with what is here of the shard that ended."""
        place = Place(shard.label, 0)
        self.report.warnings.append(
            f"EPOCH: shard {shown(epoch['shard'])} ended, and {epoch['size'] - epoch['kept']} of its {epoch['size']}"
            f" entries WERE LOST, as declared by {shown(epoch['actor'])} at {shown(epoch['at'])}"
        )
        if not _LABEL.fullmatch(str(epoch["shard"])) or _age(epoch["shard"]) >= shard.order:
            self.report.fault("the epoch does not name an earlier shard", place)
            return
        ended = next((other for other in self.shards if other.label == epoch["shard"]), None)
        kept, kept_root, root = epoch["kept"], unbase64(epoch["kept_root"], 32), unbase64(epoch["root"], 32)
        if ended is None:
            if kept:
                text = (
                    f"the epoch says that {kept} entries of shard {epoch['shard']} were kept: it is not in the bundle"
                )
                self.report.fault(text, place)
            elif kept_root != EMPTY_ROOT:
                self.report.fault("the epoch names another root of no entries than there is", place)
        elif ended.size > epoch["size"]:
            self.report.fault(f"the epoch does not name the end of shard {ended.label}, which is longer", place)
        elif ended.size != kept:
            text = f"the epoch says that {kept} entries of shard {ended.label} were kept: {ended.size} are signed for"
            self.report.fault(text, place)
        elif kept_root != ended.newest.root:
            self.report.fault(f"the root of shard {ended.label} is not that of what the epoch says was kept", place)
        elif kept == epoch["size"] and root != kept_root:
            self.report.fault(f"the root of shard {ended.label} is not that of the end that the epoch names", place)

    def demand_previous(self, note: str) -> None:
        """Demand that an earlier checkpoint, which the caller kept, is of the same history."""
        origin = note.split("\n", 1)[0]
        key, label = self.keys.get(origin), origin.rpartition("/")[2]
        shard = next((shard for shard in self.shards if shard.key.origin == origin), None)
        declared = [other for other in self.shards if other.epoch is not None and other.epoch["shard"] == label]
        try:
            if key is None or origin != f"dialgate/{self.manifest['log']}/{label}" or not (shard or declared):
                raise Bad(f"is of {shown(origin)}, which is not in the bundle, or for which no --vkey was given")
            known = read_checkpoint(note, key)
            if known.size == 0:
                raise Bad("is of no entries: from that nothing can be proved")
        except HOSTILE as why:
            self.report.fault(f"the previous checkpoint {_told(why)}")
            return
        if shard is not None and known.size <= shard.size:
            shard.claims.append(Claim(known.size, known.root, "the previous checkpoint", True, True))
            shard.held.append(known)
            return
        text = f"the previous checkpoint has {known.size} entries, and the bundle has {shard.size if shard else 0}"
        named = next((other for other in declared if _is_named(known, other.epoch or {})), None)
        passed = next((other for other in declared if _is_passed(known, other.epoch or {})), None)
        other = named or passed
        if other is None or other.epoch is None:
            self.report.fault(f"{text}: entries were cut off, and no epoch declares it", Place(label))
            return
        by = f"the epoch of shard {other.label} declares it, by {shown(other.epoch['actor'])}"
        if named is None:
            by += f" (for {other.epoch['size']} entries; the root of your {known.size} is named by none)"
        self.lost.append((label, f"{text}; {known.size - other.epoch['kept']} entries WERE LOST: {by}"))

    def settle_losses(self) -> None:
        """Tell what was lost of what the caller held: it is more than a warning where nothing could be compared."""
        for label, text in self.lost:
            if label in self.compared:
                self.report.warnings.append(f"{text}; a shorter checkpoint you hold of that shard was compared")
            else:
                self.report.losses.append(f"{text}; nothing held by you of this shard could be compared")

    # .. first pass: the entries ..

    def read_shard(self, shard: Shard) -> None:
        """Read all the entries of a shard, compute its roots, and compare them with what was signed."""
        try:
            stated = read_table(self.archive.read(shard.member("range.json")), RANGE)
            left, right = ([unbase64(text, 32) for text in stated[side]] for side in ("left", "right"))
            tree = CompactRange(shard.start, left)
        except HOSTILE as why:
            raise Bad(f"{shard.member('range.json')} {_told(why)}") from None
        roots = self._read_entries(shard, tree)
        levels = right_levels(shard.end, shard.size)
        if tree.size != shard.end or len(levels) != len(right):
            self.report.fault(
                f"the range does not add up: {tree.size - shard.start} entries and {len(right)} hashes to their right,"
                f" where {shard.end - shard.start} and {len(levels)} belong",
                Place(shard.label),
            )
            return
        for level, node in zip(levels, right, strict=True):
            tree.append(node, level)
        if tree.root() != shard.newest.root:
            self.report.fault("the entries do not have the root that was signed", Place(shard.label))
        self._compare_claims(shard, roots)

    def _read_entries(self, shard: Shard, tree: CompactRange) -> dict[int, bytes]:
        """Read the entries; gives the roots at the sizes somebody stated one for."""
        report, log, kinds, counts = self.report, self.manifest["log"], self.report.kinds, Counter[str]()
        wanted = {claim.size for claim in shard.claims}
        roots = {shard.start: tree.root()} if shard.start in wanted else {}
        covers = shard.covers()[::-1]
        size_covered, dated_most, dated_least = 0, 0, 0
        openings, has_openings = self._openings(shard), self.manifest["openings"]
        opening = next(openings, None)
        first, last = self.span or (2**63, -(2**63))
        try:
            for line in self.archive.lines(shard.member("leaves.jsonl"), MAX_LEAF):
                index = tree.size
                digest = hashlib.sha256(b"\x00" + line).digest()
                tree.append(digest)
                if tree.size in wanted:
                    roots[tree.size] = tree.root()
                try:
                    leaf, at = self._leaf(line, log)
                except HOSTILE as why:
                    report.fault(f"the entry {_told(why)}", Place(shard.label, index))
                    if opening is not None and opening.entry == index:
                        opening = next(openings, None)
                    continue
                kind, id = leaf["kind"], leaf["id"]
                counts[kind] += 1
                if at < first:
                    first = at
                if at > last:
                    last = at
                event, place = None, Place(shard.label, index, id)
                while size_covered <= index and covers:
                    cover = covers.pop()
                    size_covered = cover.size
                    dated_most, dated_least = (cover.time + 1) * SECOND, (cover.time - GRACE - 1) * SECOND
                if at > dated_most:
                    report.fault("the entry is dated after the checkpoint that first covers it", place)
                elif at <= dated_least and kind != "check":
                    report.late_kinds[kind] += 1
                try:
                    if kind == "check":
                        self._meet_check(leaf, at, digest, cover, place, shard.position(index))
                        if leaf["reservation"] not in (None, id):
                            self.shared.append(
                                (leaf["reservation"], leaf["repeat_of"], at, shard.position(index), place)
                            )
                        elif leaf["reservation"] is not None:
                            event = self.events[_hash_text(digest)] = event_of(leaf, at, shard.position(index))
                    elif kind in EVENT_KINDS:
                        event = self.events[_hash_text(digest)] = event_of(leaf, at, shard.position(index))
                        is_open = opening is not None and opening.entry == index and "number" in leaf
                        if kind == "outcome":
                            self._meet_outcome(event, place)
                        elif kind == "relationship":
                            self.replaced.setdefault(str(leaf.get("replaces")), shard.position(index))
                        elif has_openings and not is_open:
                            self._meet_closed(leaf, kind, shard.position(index), place)
                    elif kind == "admin" and leaf.get("act") in _LIFTS:
                        self._meet_lift(leaf, shard.position(index))
                    elif kind == "epoch" and index != 0:
                        raise Bad("is an epoch, and not the first of its shard")
                except HOSTILE as why:
                    report.fault(f"the entry {_told(why)}", place)
                if opening is not None and opening.entry == index:
                    self._meet_opening(opening, leaf, event, place)
                    opening = next(openings, None)
        except HOSTILE as why:
            report.fault(_told(why), Place(shard.label, tree.size))
        if opening is not None:
            report.fault(f"an opening belongs to no entry: {opening.entry}", Place(shard.label))
        kinds.update(counts)
        self.span = (first, last)
        return roots

    def _leaf(self, line: bytes, log: str) -> tuple[dict[str, Any], int]:
        if len(line) > MAX_LEAF:
            raise Bad(f"is longer than {MAX_LEAF} bytes")
        leaf = read_canonical(line)
        if type(leaf) is not dict or leaf.get("schema") != 1 or type(leaf["schema"]) is not int:
            raise Bad("is not of schema 1")
        id = leaf.get("id")
        if type(id) is not str or not _ID.fullmatch(id):
            raise Bad("has no id")
        if leaf.get("kind") not in KINDS:
            raise Bad(f"is of the unknown kind {shown(leaf.get('kind'))}")
        if leaf.get("log") != log:
            raise Bad("is of another log")
        self.fingerprints.append(hash(id))
        return leaf, instant(leaf.get("at"))

    def _meet_closed(self, leaf: Mapping[str, Any], kind: str, position: int, place: Place) -> None:
        """Count an event whose number is not opened in a bundle with openings: it was erased, or is withheld."""
        if "number" in leaf:
            self.report.counts["closed"] += 1
            if len(self.closed) < 5:
                self.closed.append(place)
            if kind == "consent":
                self.first_closed = min(self.first_closed, position)
        elif leaf.get("reason") != "erasure":
            self.report.counts["without number"] += 1

    def _meet_outcome(self, event: Event, place: Place) -> None:
        """Remember what became of a call; the first report holds."""
        if type(event) is Attempt and event.decision not in self.outcomes:
            self.outcomes[event.decision] = event
        else:
            self.report.fault("the entry is a second outcome of one call", place)

    def _meet_lift(self, leaf: Mapping[str, Any], position: int) -> None:
        """Follow how two persons lift a suppression that staff recorded; the person's own word is never lifted so."""
        named, proposal = leaf["suppression"], leaf.get("proposal")
        if leaf["act"] == "lift_proposed":
            self.lifts[leaf["id"]] = (named, str(leaf["actor"]))
            return
        about, proposer = self.lifts.get(str(proposal), (None, None))
        objection = self.events.get(named)
        if leaf["act"] == "lift_rejected" or (about is None and self.shards[0].start > 0):
            return
        if about != named or (proposer == leaf["actor"] and proposer != "cli"):
            raise Bad("lifts a suppression that another person did not propose to lift")
        if type(objection) is Objection:
            if objection.reason in LIFTABLE:
                raise Bad("lifts a suppression that is the person's own word")
            self.lifted.setdefault(id(objection), position)
        elif self.shards[0].start == 0:
            raise Bad("lifts a suppression that is not in the log")

    def _meet_check(
        self, leaf: Mapping[str, Any], at: int, digest: bytes, cover: Checkpoint, place: Place, position: int
    ) -> None:
        """Check of a decision what needs no rules: the events it names stand before it, and it was in time."""
        events, ruleset = self.events, leaf["ruleset"]
        for name in (
            *(leaf["consents"] or ()),
            *(leaf["suppressions"] or ()),
            *leaf.get("relationships", ()),
            *leaf.get("attempts", ()),
        ):
            event = events.get(name)
            if event is None:
                known = self.missing.get(name)
                self.missing[name] = (place, position, at) if known is None else (*known[:2], min(at, known[2]))
            elif event.recorded > at:
                self.report.fault(f"the decision names the event {shown(name)}, which is dated after it", place)
        self.report.rulesets[ruleset] += 1
        if ruleset not in self.named_rulesets:
            self.named_rulesets[ruleset] = place
        if cover.time * SECOND >= at + (GRACE + 1) * SECOND:
            late = cover.time - at // SECOND
            self.report.is_late(f"in a signed tree only {late} s after the decision; {GRACE} were promised", place)
        if self.receipts:
            for claims in self.receipts.pop(_hash_text(digest), ()):
                self.matched.append((claims, leaf, place, cover.time))

    def _openings(self, shard: Shard) -> Iterator[Opening]:
        """Read the openings of a shard, in the order of entries."""
        if not self.manifest["openings"]:
            return
        last = -1
        name = shard.member("openings.jsonl")
        try:
            for line in self.archive.lines(name):
                table = read_table(line, OPENING, read_loosely)
                index, number, fields = table["index"], table["number"], table["fields"]
                if type(index) is not int or type(fields) is not dict or not shard.start <= index < shard.end:
                    raise Bad("belongs to no entry here")
                if index <= last:
                    raise Bad("is out of order, or a second one for an entry")
                if number is not None and not (type(number) is str and _NUMBER.fullmatch(number)):
                    raise Bad("has a number that is none")
                last = index
                yield Opening(index, unbase64(table["salt"], 32), number, fields)
        except HOSTILE as why:
            self.report.fault(f"after entry {last}, {name} {_told(why)}", Place(shard.label))

    def _meet_opening(self, opening: Opening, leaf: Mapping[str, Any], event: Event | None, place: Place) -> None:
        """Compare an opening with the commitments of its entry, and remember what is known of the number."""
        self.report.counts["openings"] += 1
        number, fields = opening.number, None
        if number is not None:
            number = hmac.digest(opening.salt, number.encode(), "sha256").hex()
        if opening.fields or "fields" in leaf:
            text = canonical(opening.fields).encode()
            fields = hmac.digest(opening.salt, b"fields:" + text, "sha256").hex()
        if leaf.get("number") != number or leaf.get("fields") != fields:
            self.report.fault("the opening does not fit the entry's commitments", place)
        elif opening.number is not None and event is not None:
            if type(event) is not Objection or event.scope == "controller":
                self.history[int(opening.number)].append(event)
        elif leaf["kind"] == "admin" and leaf.get("act") == "campaign_added" and type(leaf.get("campaign")) is dict:
            self.campaigns[str(leaf["campaign"].get("id"))] = str(opening.fields.get("slug"))

    def _compare_claims(self, shard: Shard, roots: Mapping[int, bytes]) -> None:
        proofs = self._consistency(shard)
        counts = self.report.counts
        for size, root, what, is_vital, is_held in shard.claims:
            before = len(self.report.faults)
            text = f"the root of the first {size} entries is not that of {what}"
            if size == shard.size or size in roots:
                if root != (shard.newest.root if size == shard.size else roots[size]):
                    self.report.fault(f"{text}: the history was changed after that was signed", Place(shard.label))
                counts["recomputed"] += 1
            elif size == 0:
                if root != EMPTY_ROOT:
                    self.report.fault(text, Place(shard.label))
            elif size in proofs:
                if not is_consistent(size, root, shard.size, shard.newest.root, proofs[size]):
                    self.report.fault(
                        f"the consistency proof from {size} entries ({what}) is false", Place(shard.label)
                    )
                counts["proved"] += 1
            elif is_vital:
                self.report.fault(
                    f"{what} ({size} entries) cannot be compared: those entries are not in the bundle, nor is a proof",
                    Place(shard.label),
                )
            else:
                counts["not covered"] += 1
            if is_held and len(self.report.faults) == before:
                self.compared.add(shard.label)

    def _consistency(self, shard: Shard) -> dict[int, list[bytes]]:
        name = shard.member("consistency.json")
        if name not in self.archive.members:
            return {}
        proofs: dict[int, list[bytes]] = {}
        try:
            listed = read_canonical(self.archive.read(name))
            if type(listed) is not list:
                raise Bad("is not a list")
            for table in listed:
                if set(table) != {"size", "proof"} or type(table["size"]) is not int or table["size"] in proofs:
                    raise Bad("has a malformed proof, or two for one size")
                if not 0 < table["size"] <= shard.size:
                    raise Bad("has a proof from a size that cannot be")
                proofs[table["size"]] = [unbase64(text, 32) for text in table["proof"]]
        except HOSTILE as why:
            self.report.fault(f"{name} {_told(why)}")
        unused = len(set(proofs) - {claim.size for claim in shard.claims})
        if unused:
            self.report.warnings.append(f"{name}: {unused} proofs are from sizes for which no checkpoint was given")
        return proofs

    def read_events(self, shard: Shard) -> None:
        """Read the events that lie outside the range, each with its inclusion proof."""
        name, last = shard.member("events.jsonl"), -1
        try:
            for line in self.archive.lines(name):
                table = read_table(line, EVENT)
                index, text = table["index"], table["leaf"].encode()
                if type(index) is not int or index <= last or shard.start <= index < shard.end:
                    raise Bad("has an event out of order, twice, or within the range")
                digest = leaf_hash(text)
                proof = [unbase64(node, 32) for node in table["proof"]]
                if not is_included(digest, index, shard.size, proof, shard.newest.root):
                    raise Bad(f"has a false inclusion proof for entry {index}")
                leaf, at = self._leaf(text, self.manifest["log"])
                if leaf["kind"] != "check" and leaf["kind"] not in EVENT_KINDS:
                    raise Bad(f"has entry {index}, which is no event")
                event = self.events[_hash_text(digest)] = event_of(leaf, at, shard.position(index))
                if type(event) is Attempt and event.result is not None:
                    self.outcomes.setdefault(event.decision, event)
                last = index
                self.report.counts["events outside"] += 1
        except HOSTILE as why:
            self.report.fault(f"after entry {last}, {name} {_told(why)}", Place(shard.label))

    # .. what can only be said at the end of the first pass ..

    def settle(self) -> None:
        """Look at what had to wait for all the entries: ids used twice, events that are missing, receipts."""
        for name, (place, position, at) in self.missing.items():
            event, text = self.events.get(name), f"the decision names the event {shown(name)}, which"
            if event is None:
                self.report.fault(f"{text} is not in the bundle", place)
            elif event.place > position:
                self.report.fault(f"{text} stands after it in the log", place)
            elif event.recorded > at:
                self.report.fault(f"{text} is dated after it, or after another decision that names it", place)
        for digest, place in self.named_rulesets.items():
            if self.accepted and digest not in self.accepted:
                count = self.report.rulesets[digest]
                text = f"{count} decisions, of which this is the first, name the ruleset {shown(digest)}"
                self.report.fault(f"{text}, which is none of those you accept", place)
        self._settle_shared()
        self.settle_losses()
        prints = sorted(self.fingerprints)
        doubled = {one for one, other in pairwise(prints) if one == other}
        if doubled:
            self._name_doubled(doubled)
        for left in self.receipts.values():
            for claims in left:
                self.report.fault(
                    f"the receipt of decision {shown(claims['decision_id'])} names no entry of the bundle"
                )
        for claims, leaf, place, time_signed in self.matched:
            self._compare_receipt(claims, leaf, place, time_signed)

    def _settle_shared(self) -> None:
        """Demand that whoever shares a place asks again while the first permit lasts: else it would hide a call."""
        if not self.shared:
            return
        places = {
            event.decision: event for event in self.events.values() if type(event) is Attempt and not event.result
        }
        for name, repeat_of, at, position, place in self.shared:
            first = places.get(name)
            if name != repeat_of:
                self.report.fault("the decision shares the place of another than it repeats", place)
            elif first is not None and (first.place >= position or not first.at <= at < first.at + PERMIT):
                self.report.fault("the decision shares a place that was not open to it", place)
            elif first is None and not any(shard.start for shard in self.shards):
                self.report.fault("the decision shares a place that no other took", place)

    def _name_doubled(self, doubled: set[int]) -> None:
        """Read the entries again to find ids used twice; their fingerprints of 64 bits may only look alike."""
        seen: set[str] = set()
        for shard in self.shards:
            for member, key in (("leaves.jsonl", None), ("events.jsonl", "leaf")):
                for count, line in enumerate(self.archive.lines(shard.member(member))):
                    try:
                        leaf = (
                            read_canonical(line) if key is None else read_canonical(read_canonical(line)[key].encode())
                        )
                        id = leaf["id"]
                    except HOSTILE:
                        continue  # a fault already
                    if hash(id) in doubled:
                        if id in seen:
                            self.report.fault(
                                "the entry has the id of another", Place(shard.label, shard.start + count, shown(id))
                            )
                        seen.add(id)

    # .. receipts ..

    def read_receipts(self, path: Path, jwks: Path) -> None:
        """Read receipts (compact JWS, one a line) and verify their signatures; they are compared later."""
        keys: dict[str, bytes] = {}
        try:
            for jwk in json.loads(jwks.read_text(encoding="utf-8"))["keys"]:
                if jwk.get("kty") == "OKP" and jwk.get("crv") == "Ed25519":
                    keys[jwk["kid"]] = unbase64url(jwk["x"])
        except HOSTILE as why:
            self.report.fault(f"the key set {_told(why)}")
        with path.open("rb") as stream:
            for count, line in enumerate(iter(lambda: stream.readline(MAX_NOTE), b""), 1):
                try:
                    claims = _receipt(line.strip().decode(), keys)
                except HOSTILE as why:
                    self.report.fault(f"receipt {count} {_told(why)}")
                    continue
                self.receipts.setdefault(claims["leaf_hash"], []).append(claims)
                self.report.counts["receipts"] += 1

    def _compare_receipt(
        self, claims: Mapping[str, Any], leaf: Mapping[str, Any], place: Place, signed_at: int | None
    ) -> None:
        pairs = (("decision_id", "id"), ("decision", "verdict"), ("log", "log"), ("commitment", "number"))
        differing = [name for name, member in pairs if claims[name] != leaf.get(member)]
        for name, member in (("checked_at", "at"), ("valid_until", "valid_until")):
            if not _is_cut_of(claims[name], leaf.get(member)):
                differing.append(name)
        slug = self.campaigns.get(str(leaf.get("campaign")))
        if slug is None:
            self.report.counts["receipts with a campaign not compared"] += 1
        if slug is not None and claims["campaign"] != slug:
            differing.append("campaign")
        if differing:
            self.report.fault(f"the receipt says otherwise than the entry: {', '.join(differing)}", place)
        try:
            promised = instant(_padded(claims["integrated_by"]))
            if promised > instant(leaf["at"]) + (GRACE + 1) * SECOND:
                raise Bad("promises integration later than the log does")
        except HOSTILE as why:
            self.report.fault(f"the receipt {_told(why)}", place)
            return
        if signed_at is not None and signed_at * SECOND >= promised + SECOND:
            self.report.is_late("integrated later than its receipt promised", place)

    # .. second pass: the decisions ..

    def replay(self, shard: Shard) -> None:
        """Derive every decision of a shard again: from the events it names, and where it can from all there are."""
        openings = self._openings(shard) if self.manifest["openings"] else iter(())
        opening = next(openings, None)
        for index, line in enumerate(self.archive.lines(shard.member("leaves.jsonl"), MAX_LEAF), shard.start):
            while opening is not None and opening.entry < index:
                opening = next(openings, None)
            if b'"kind":"check"' not in line:
                continue
            try:
                leaf = read_loosely(line)  # whatever is wrong with its form is a fault already
                at, id = instant(leaf["at"]), leaf["id"]
                if leaf["kind"] != "check" or not _ID.fullmatch(id):
                    continue
            except HOSTILE:
                continue
            number = None
            if opening is not None and opening.entry == index and opening.number is not None:
                number = int(opening.number)
            place = Place(shard.label, index, id)
            try:
                self._replay_check(leaf, at, number, place, shard.position(index))
            except HOSTILE as why:
                self.report.fault(f"the decision cannot be derived: it {_told(why)}", place)

    def _replay_check(self, leaf: Mapping[str, Any], at: int, number: int | None, place: Place, position: int) -> None:
        report, digest = self.report, leaf["ruleset"]
        report.verdicts[leaf["verdict"]] += 1
        rules = self.rulesets.get(digest)
        if rules is None:
            if digest not in self.rulesets:
                raise Bad(f"names the ruleset {shown(digest)}, which is not in the bundle")
            report.counts["not derived"] += 1  # the ruleset itself is a fault
            return
        call, binding = Call(leaf["facts"]), leaf["binding"]
        if type(binding) is not bool or (binding and leaf["facts"]["at"] != leaf["at"]):
            raise Bad("is binding, and yet asked about another instant")
        if (leaf["reservation"] is not None) is not (binding and leaf["verdict"] == "allow"):
            raise Bad("permits a call and takes no place, or takes one and permits none")
        said = self._said(leaf)
        if any(self.replaced.get(tie.id, position) < position for tie in said.ties or ()):
            report.fault("the decision names a relationship that another had replaced", place)
        derived = derive(rules, call, said)
        stated = (leaf["verdict"], leaf["reasons"], leaf["basis"])
        if derived[:3] != stated or type(leaf["reasons"]) is not list:
            report.fault(
                f"the decision derived is {_shown_decision(derived[:3])}; logged was {_shown_decision(stated)}", place
            )
        times = (optional_instant(leaf["valid_until"]), optional_instant(leaf["not_before"]))
        if times != (derived.valid_until if binding else None, derived.not_before):
            report.fault("the times derived (valid_until, not_before) are others than those logged", place)
        report.counts["derived"] += 1
        if number is not None:
            self._replay_whole(rules, (leaf, at, position, place), number, (call, said), derived.verdict)

    def _said(self, leaf: Mapping[str, Any]) -> Said:
        """Gather the events that a decision names. What older entries do not speak of is not known."""
        consents = self._named(leaf, "consents", Consent)
        places = leaf.get("held", [])
        if type(places) is not list or any(type(place) is not int for place in places):
            raise Bad("says in a malformed way whose evidence was held")
        if places and (consents is None or sorted({*places} & {*range(len(consents))}) != sorted(places)):
            raise Bad("says that evidence was held of a consent it does not name")
        return Said(
            consents,
            self._named(leaf, "suppressions", Objection),
            self._named(leaf, "relationships", Tie) if "relationships" in leaf else None,
            self._named(leaf, "attempts", Attempt) if "attempts" in leaf else None,
            frozenset(consents[place].id for place in places) if consents else frozenset(),
        )

    def _named(self, leaf: Mapping[str, Any], member: str, kind: type[Any]) -> list[Any] | None:
        if leaf[member] is None:
            return None
        events = [self.events[name] for name in _texts(leaf[member]) if name in self.events]
        if len(events) != len(leaf[member]) or len(set(leaf[member])) != len(events):
            raise Bad("names an event that is missing, or one twice")
        if not all(type(event) is kind for event in events):
            raise Bad(f"names among its {member} what is none")
        return events

    def _replay_whole(
        self,
        rules: Ruleset,
        check: tuple[Mapping[str, Any], int, int, Place],
        number: int,
        known: tuple[Call, Said],
        verdict: str,
    ) -> None:
        """Decide once more with everything opened on the number that stands before the decision in the log.

        The place decides, not the date, which is the operator's word. An event that is named must be on this number,
        as far as its own number is opened. A relationship that is left out could only have permitted more.
        """
        (_, _, position, place), (call, said) = check, known
        history = self.history.get(number, ())
        self._demand_own(said, history, place)
        self.report.counts["derived whole"] += 1
        used = {id(event) for events in (said.consents, said.objections) for event in events or ()}
        earlier: list[Event] = [
            event
            for event in history
            if (event.place < position and id(event) not in used)
            and (type(event) is Consent or (type(event) is Objection and not self._is_lifted(event, position)))
        ]
        if said.consents is None and sum(type(event) is Consent for event in earlier) <= MAX_EVENTS:
            if any(shard.start for shard in self.shards) or self.first_closed < position:
                self.report.counts["not counted"] += 1
            else:
                text = f"more than {MAX_EVENTS} consent events are said to be on the number, and are not"
                self.report.fault(text, place)
        if said.attempts is not None:
            earlier += self._tried(check, history, said.attempts)
        if not earlier:
            return

        def whole(more: list[Event]) -> str:
            consents = None if said.consents is None else [*said.consents, *(e for e in more if type(e) is Consent)]
            objections = [*(said.objections or ()), *(e for e in more if type(e) is Objection)]
            tried = {event.decision: event for event in (*(said.attempts or ()), *more) if type(event) is Attempt}
            attempts = None if said.attempts is None else tried.values()
            return derive(rules, call, Said(consents, objections, said.ties, attempts, said.held)).verdict

        if whole(earlier) != verdict:
            single = next((event for event in earlier if whole([event]) != verdict), earlier[0])
            name = next((name for name, event in self.events.items() if event is single), "?")
            self.report.fault(
                f"the decision would have been another ({whole(earlier)}) with the event {name}, left out", place
            )

    def _demand_own(self, said: Said, history: Sequence[Event], place: Place) -> None:
        """Demand that what a decision rests on is on its number. An outcome is on that of the check it belongs to."""
        named = (said.consents, said.objections, said.ties, said.attempts)
        used = {_name_of(event) for events in named for event in events or ()}
        if not used:
            return
        foreign = used - {_name_of(event) for event in history}
        if foreign:
            if self.opened is None:
                self.opened = {_name_of(event) for events in self.history.values() for event in events}
            if foreign & self.opened:
                self.report.fault("the decision rests on an event of another number", place)

    def _is_lifted(self, objection: Objection, position: int) -> bool:
        return self.lifted.get(id(objection), position) < position

    def _tried(
        self, check: tuple[Mapping[str, Any], int, int, Place], history: Sequence[Event], named: list[Attempt]
    ) -> list[Event]:
        """Give the calls of the last year that were permitted before a check, and that it does not name, as they were
        known then. A place that the check shares, because it asks once more while the first permit lasts, is not one
        of them; nor is one given back.
        """
        (leaf, at, position, _), counted = check, {id(attempt) for attempt in named}
        tried: list[Event] = []
        for event in history:
            if type(event) is not Attempt or event.place >= position or event.at <= at - YEAR:
                continue
            outcome = self.outcomes.get(event.decision)
            told = event if outcome is None or outcome.place >= position else outcome
            is_first = event.decision in (leaf["reservation"], leaf["repeat_of"])
            is_shared = is_first and told is event and at < event.at + PERMIT
            if id(told) not in counted and not is_shared and told.result != "not_dialled":
                tried.append(told)
        return tried


_NOTHING = Checkpoint(0, EMPTY_ROOT, 0)


def _is_named(known: Checkpoint, epoch: Mapping[str, Any]) -> bool:
    """Tell whether an epoch names this very checkpoint as the end of its shard."""
    return (epoch["size"], unbase64(epoch["root"], 32)) == known[:2]


def _is_passed(known: Checkpoint, epoch: Mapping[str, Any]) -> bool:
    """Tell whether a checkpoint lies within what an epoch declares lost."""
    kept: int = epoch["kept"]
    size: int = epoch["size"]
    return kept < known.size < size


def _hash_text(digest: bytes) -> str:
    """Write a leaf hash as decisions name events: base64url without padding."""
    return binascii.b2a_base64(digest, newline=False).rstrip(b"=").translate(_URL).decode()


_URL = bytes.maketrans(b"+/", b"-_")
_LIFTS = frozenset({"lift_proposed", "suppression_lifted", "lift_rejected"})


def _name_of(event: Event) -> int | str:
    """Tell events apart; all that is known of one call is one thing."""
    return event.decision if type(event) is Attempt else id(event)


def _told(why: BaseException) -> str:
    """Say what was wrong; the standard library's own words are not for the reader."""
    return str(why) if isinstance(why, Bad) else f"cannot be read ({type(why).__name__}: {shown(str(why))})"


def _shown_decision(decision: Sequence[Any]) -> str:
    return (
        shown(canonical(list(decision)))
        if all(type(part) in (str, list, type(None)) for part in decision)
        else "malformed"
    )


def _receipt(text: str, keys: Mapping[str, bytes]) -> dict[str, Any]:
    """Read a compact JWS and verify its signature (RFC 7515, RFC 8037); gives its claims."""
    signing_input, _, signature = text.rpartition(".")
    header_text, _, payload = signing_input.partition(".")
    header = read_canonical(unbase64url(header_text))
    if type(header) is not dict or header.get("alg") != "EdDSA" or header.get("typ") != "dialgate-receipt+jws":
        raise Bad("is not a receipt")
    if header.get("crit") is not None or header.get("kid") not in keys:
        raise Bad("is signed by a key that is not in the key set")
    if not is_signed(keys[header["kid"]], unbase64url(signature), signing_input.encode()):
        raise Bad("has a false signature")
    claims = read_canonical(unbase64url(payload))
    names = ("decision_id", "decision", "campaign", "checked_at", "valid_until", "log", "leaf_hash", "commitment")
    if type(claims) is not dict or any(name not in claims for name in (*names, "integrated_by")):
        raise Bad("lacks claims")
    if type(claims["leaf_hash"]) is not str:
        raise Bad("names no leaf")
    return claims


def _padded(text: Any) -> str:
    """Write out a time of milliseconds, as receipts have it, to the microsecond."""
    if type(text) is not str or not re.fullmatch(r".{19}(\.[0-9]{3}([0-9]{3})?)?Z", text):
        raise Bad("has a malformed time")
    return text[:19] + (text[19:-1] or ".").ljust(7, "0") + "Z"


def _is_cut_of(short: Any, whole: Any) -> bool:
    """Tell whether a receipt's time is the entry's, cut to milliseconds."""
    if short is None or whole is None:
        return short is whole
    return (
        type(short) is str
        and type(whole) is str
        and short[-1:] == "Z"
        and len(short) >= 20
        and whole.startswith(short[:-1])
    )


# --- 13. The whole, and the command line ----------------------------------------------------------------------------


def verify(
    path: str | Path | IO[bytes],
    vkeys: Iterable[str],
    *,
    previous: str | Iterable[str] | None = None,
    receipts: str | Path | None = None,
    jwks: str | Path | None = None,
    rulesets: Iterable[str] = (),
    replay: bool = True,
    give_up: int = GIVE_UP,
) -> Report:
    """Verify a bundle. `previous` is the text of a checkpoint, or of several; `rulesets` are the digests of those that
    are accepted (none: whatever the bundle names). Whatever the bundle holds, this returns a report.

    :raises Bad: when a vkey is malformed, which is the caller's fault and not the bundle's.
    """
    keys = {key.origin: key for key in map(read_vkey, vkeys)}
    report = Report(give_up=give_up)
    notes = [] if previous is None else [previous] if isinstance(previous, str) else list(previous)
    try:
        with zipfile.ZipFile(path) as archive:
            run = Verification(Archive(archive), keys, report)
            run.accepted = frozenset(rulesets)
            _verify(run, notes, receipts, jwks, replay)
    except Enough:
        pass
    except HOSTILE as why:
        report.faults.append(Finding(Place(), _told(why)))
    except (MemoryError, AssertionError, KeyboardInterrupt) as why:
        report.faults.append(Finding(Place(), f"the verification was broken off: {type(why).__name__}"))
    return report


def _verify(
    run: Verification, previous: Sequence[str], receipts: str | Path | None, jwks: str | Path | None, replay: bool
) -> None:
    run.open()
    run.connect()
    for note in previous:
        run.demand_previous(note)
    if receipts is not None and jwks is not None:
        run.read_receipts(Path(receipts), Path(jwks))
    for shard in run.shards:
        run.read_shard(shard)
    for shard in run.shards:
        run.read_events(shard)
    run.settle()
    if replay:
        for shard in run.shards:
            run.replay(shard)
    _summarise(run, replay)


def _summarise(run: Verification, replay: bool) -> None:
    """Put what was checked, and what could not be, into words."""
    report, counts, say = run.report, run.report.counts, run.report.checked.append
    total = sum(report.kinds.values())
    say(f"log {run.manifest['log']}, bundle of {run.manifest['made_at']}")
    for shard in run.shards:
        say(f"shard {shard.label}: entries {shard.start} to {shard.end - 1} of {shard.size}" if shard.end > shard.start
            else f"shard {shard.label}: none of its {shard.size} entries, but for events named elsewhere")  # fmt: skip
        root = base64.b64encode(shard.newest.root).decode()
        say(f"  signed at {shown_instant(shard.newest.time * SECOND)}, root {root}")
    say(f"{total} entries: " + ", ".join(f"{count} {kind}" for kind, count in sorted(report.kinds.items())))
    if run.span is not None and total:
        say(f"recorded from {shown_instant(run.span[0])} to {shown_instant(run.span[1])}")
    say(f"{counts['checkpoints']} checkpoints signed; {counts['recomputed']} roots computed again, {counts['proved']}"
        f" by consistency proof, {counts['not covered']} before or after the entries here and not covered")  # fmt: skip
    say(f"signatures verified by {'the package cryptography' if HAS_CRYPTOGRAPHY else 'this file alone'}")
    say(f"{counts['events outside']} events from outside the range, by inclusion proof; {counts['openings']} openings")
    if counts["receipts"]:
        say(f"{counts['receipts']} receipts")
    if counts["receipts with a campaign not compared"]:
        report.warnings.append(
            f"{counts['receipts with a campaign not compared']} receipts: the campaign's name is not in the bundle"
        )
    for digest, count in sorted(report.rulesets.items()):
        say(f"{count} decisions by ruleset {shown(digest)}")
    if report.rulesets and not run.accepted:
        report.warnings.append(
            "the rulesets were taken from the bundle as they are: compare their digests with those you know, or name"
            " those you accept (--ruleset)"
        )
    if counts["closed"]:
        first = "; ".join(map(str, run.closed))
        report.warnings.append(
            f"{counts['closed']} consents and objections are not opened: erased or withheld; a no among them could not"
            f" be seen. The first: {first}"
        )
    if counts["without number"]:
        report.warnings.append(
            f"{counts['without number']} consents and objections commit to no number: whose they are cannot be seen"
        )
    if not replay:
        report.warnings.append("decisions were not derived again (--no-replay)")
        return
    say(
        f"{counts['derived']} decisions derived again: "
        + ", ".join(f"{n} {v}" for v, n in sorted(report.verdicts.items()))
    )
    unseen = f"; {counts['closed']} events are not, see below" if counts["closed"] else ""
    say(f"{counts['derived whole']} of them also with every event opened on the number before them{unseen}")
    if counts["not counted"]:
        report.warnings.append(
            f"{counts['not counted']} decisions are said to have more than {MAX_EVENTS} consents behind them, which"
            " could not be counted: some are not opened, or not in the bundle"
        )
    if counts["not derived"]:
        report.warnings.append(f"{counts['not derived']} decisions were NOT derived: their ruleset cannot be read")
    if counts["derived whole"] < counts["derived"]:
        rest = counts["derived"] - counts["derived whole"]
        report.warnings.append(f"{rest} decisions: the number is not opened, so events left out would not be found")
    if any(shard.start for shard in run.shards):
        report.warnings.append(
            "the bundle does not begin with the log: events before it count only where they are named"
        )
    say("not checked: rows of list scrubs (their entries hold only a digest of the result)")


def print_report(report: Report, out: Callable[[str], Any] = print) -> None:
    """Write the report for people."""
    for line in report.checked:
        out(line)
    for line in report.warnings:
        out(f"WARNING: {line}")
    for text in report.losses:
        out(f"LOST: {text}")
    for finding in report.late:
        out(f"LATE: {finding}")
    if report.late_count > len(report.late):
        out(f"LATE: … and {report.late_count - len(report.late)} more")
    if report.late_kinds:
        others = ", ".join(f"{count} {kind}" for kind, count in sorted(report.late_kinds.items()))
        out(f"LATE: {report.late_kinds.total()} other entries ({others})")
    for finding in report.faults[:SHOWN]:
        out(f"FAULT: {finding}")
    if len(report.faults) > SHOWN:
        out(f"FAULT: … and {len(report.faults) - SHOWN} more")
    if len(report.faults) >= report.give_up:
        out("GIVEN UP: there may be more")
    if report.faults:
        out(f"NOT SOUND: {len(report.faults)} faults")
    elif report.losses:
        out("SOUND as far as it goes, but entries were lost, and nothing you hold of their shard could be compared")
    elif report.late_count or report.late_kinds:
        out(f"SOUND, but {report.late_count + report.late_kinds.total()} entries were integrated later than promised")
    else:
        out("SOUND")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; gives the exit status."""
    parser = argparse.ArgumentParser(
        prog="dialgate-verify",
        description="Check a bundle of a Dialgate log.",
        epilog="Exit status: 0 sound; 1 at least one fault; 2 called wrongly; 4 a loss of entries was declared, and"
        " nothing you hold of that shard could be compared; 3 sound, but entries were integrated too late.",
    )
    parser.add_argument("bundle", type=Path)
    parser.add_argument(
        "--vkey", action="append", required=True, help="a shard's key: <origin>+<id>+<base64>; repeatable"
    )
    parser.add_argument(
        "--previous",
        type=Path,
        action="append",
        default=[],
        help="a checkpoint you kept: its entries must still be there; repeatable, and the more the better",
    )
    parser.add_argument(
        "--ruleset",
        action="append",
        default=[],
        metavar="DIGEST",
        help="a ruleset you accept, sha256:<64 hex digits>; repeatable: a decision by any other is a fault",
    )
    parser.add_argument("--receipts", type=Path, help="receipts, one a line")
    parser.add_argument("--jwks", type=Path, help="the key set that signed the receipts")
    parser.add_argument("--no-replay", action="store_true", help="do not derive the decisions again")
    given = parser.parse_args(arguments)
    if (given.receipts is None) != (given.jwks is None):
        parser.error("--receipts and --jwks belong together")
    if not all(re.fullmatch(r"sha256:[0-9a-f]{64}", digest) for digest in given.ruleset):
        parser.error("a --ruleset is not sha256: and 64 hex digits")
    try:
        previous = []
        for kept in given.previous:
            with kept.open("rb") as stream:
                previous.append(stream.read(MAX_NOTE + 1).decode(errors="replace"))
        for path in (given.bundle, given.receipts, given.jwks):
            if path is not None:
                path.open("rb").close()
        for text in given.vkey:
            read_vkey(text)
    except Bad as why:
        parser.error(f"a --vkey {why}")
    except OSError as why:
        parser.error(f"{why.filename}: {why.strerror}")
    gc.disable()  # a million small objects that all stay: looking for garbage among them doubles the time
    report = verify(
        given.bundle,
        given.vkey,
        previous=previous,
        receipts=given.receipts,
        jwks=given.jwks,
        rulesets=given.ruleset,
        replay=not given.no_replay,
    )
    print_report(report)
    return report.exit_status


if __name__ == "__main__":
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="replace")
    sys.exit(main())
