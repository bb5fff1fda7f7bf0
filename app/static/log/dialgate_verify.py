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
 8. that every consent and objection a decision names is there, or proved to lie elsewhere in the log, and that it
    stands before the decision, by its place and by its date;
 9. the dates: no entry is dated after the checkpoint that first covers it, and every decision was in a signed tree
    within the 60 seconds its receipt promised;
10. every decision, derived again from the facts and events it names and the rules it names: verdict, reasons, basis,
    and times must come out the same; and the rules are such as the service itself would accept;
11. where numbers are opened: every decision once more, with all that is opened on the number at an earlier place:
    nothing of it that would have changed the verdict was left out. Consents and objections that are not opened
    (erased, or withheld) are counted: a no among them could not be seen;
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
from bisect import bisect_right
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
    """Write JSON as RFC 8785 does. Keys are sorted by UTF-16 code units, which only matters beyond ASCII."""
    text = _write_sorted(value)
    return text if text.isascii() else _write_as_is(_in_utf16_order(value))


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
}  # fmt: skip
KIND_ORDER = ("registration", "category_ban", "suppression", "register", "basis", "number_state", "voice", "caller_id",
              "window", "cooldown", "frequency", "obligation")  # fmt: skip
WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
RULE_MEMBERS = frozenset(
    {"id", "jurisdiction", "kind", "strength", "citation", "status", "effective_from", "effective_to"}
    | {"applies_when", "params", "reason"}
)
PARAMS = {  # every parameter this verifier knows; one it does not know could change the decision, so it is a fault
    "basis": {"any_of", "purpose", "evidence_held", "outbound_call_accepted", "max_age_days"},
    "suppression": {"scope", "lifted_by", "purpose_of"},
    "window": {"weekly", "closed_on_holidays"},
    "obligation": {"disclose", "record", "retain_years", "retain_clock"},
}
STRENGTHS, STATUSES = frozenset({"statute", "regulator", "code", "house"}), frozenset({"confirmed", "unconfirmed"})
DISCLOSURES = frozenset({"caller", "principal", "purpose", "ai", "source", "optout"})
CLOCKS = frozenset({"granted", "last_used", "withdrawn", "decision"})
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
_PLACE_OF_RULE = re.compile(r"[A-Z]{2}|\*", re.ASCII)
_ID_OF_RULE = re.compile(r"[a-z0-9][a-z0-9_-]{0,47}", re.ASCII)
ORIGINS = frozenset(
    {"web_form", "app", "paper", "in_person", "inbound_call", "outbound_call", "sms", "email", "partner", "import"}
)
OBJECTIONS = frozenset({"objection", "opt_out", "complaint", "court_order", "other", "erasure"})
LIFTABLE = frozenset({"objection", "opt_out", "erasure"})  # the person's own word, which their own later word lifts
NOT_OWN_WORD = frozenset({"import", "partner", "outbound_call"})
HORIZON = 7 * DAY
PERMIT = 15 * SECOND
_Failing = tuple[int, int, str, str, str | None]  # place, order of kind, name: to sort by; then reason and rule


class Rule:
    """One clause. Only what a decision depends on is kept."""

    def __init__(self, source: Mapping[str, Any]) -> None:
        self.id, self.place, self.kind = str(source["id"]), source["jurisdiction"], str(source["kind"])
        if self.kind not in PARAMS:
            raise Bad(f"has the rule {shown(self.id)} of the kind {shown(self.kind)}, which this verifier cannot ask")
        self.params: Mapping[str, Any] = _typed(source, "params", dict) or {}
        strange = {*(set(source) - RULE_MEMBERS), *(set(self.params) - PARAMS[self.kind])}
        if strange:
            raise Bad(f"has the rule {shown(self.id)} with {shown(sorted(strange))}, which this verifier does not know")
        self.first = day_number(source["effective_from"])
        self.end = day_number(source["effective_to"]) if "effective_to" in source else None
        self.reason, self.status = _typed(source, "reason", str), _typed(source, "status", str) or "confirmed"
        self.when: dict[str, frozenset[Any]] = {}
        for fact, values in (_typed(source, "applies_when", dict) or {}).items():
            if fact not in WORDS or type(values) is not list or not values or not _are_among(values, WORDS[fact]):
                raise Bad(f"has the rule {shown(self.id)} that tests something this verifier does not know")
            self.when[fact] = frozenset(values)
        if self.kind == "window":
            weekly, closed = self.params["weekly"], self.params["closed_on_holidays"]
            if set(weekly) - set(WEEK) or type(closed) is not bool:
                raise Bad(f"has the window {shown(self.id)} that this verifier cannot read")
            self.week = tuple(tuple(_minutes(text) for text in weekly.get(day, ())) for day in WEEK)
            self.closed_on_holidays = closed
        if self.kind == "basis":
            flags = [self.params.get(name, False) for name in ("evidence_held", "outbound_call_accepted")]
            is_read = all(type(flag) is bool for flag in flags) and type(self.params.get("max_age_days", 1)) is int
            if not is_read or not set(self.params.get("any_of", ())) <= {"consent", "none_required"}:
                raise Bad(f"has the rule {shown(self.id)} with a basis that this verifier does not know")
        lifted_by = self.params.get("lifted_by", "never")
        if self.kind == "suppression" and not (
            self.params["scope"] in ("controller", "all") and lifted_by in ("newer_consent", "never")
        ):
            raise Bad(f"has the rule {shown(self.id)} with words that this verifier does not know")
        if not self._is_well_formed(source):
            raise Bad(f"has the rule {shown(self.id)}, which the service itself would refuse")

    def _is_well_formed(self, source: Mapping[str, Any]) -> bool:
        """Tell whether the service would read the rule: its form first, then the parameters of its kind."""
        params, citation = self.params, source["citation"]
        is_formed = (
            (type(source["id"]) is str and bool(_ID_OF_RULE.fullmatch(self.id)))
            and (type(self.place) is str and bool(_PLACE_OF_RULE.fullmatch(self.place)))
            and (type(citation) is str and bool(citation.strip()))
            and (source["strength"] in STRENGTHS and self.status in STATUSES)
            and (self.reason is None or self.reason in REASONS)
            and (self.end is None or self.end > self.first)
        )
        if self.kind == "basis":
            accepted, purpose = _typed(params, "any_of", list) or [], _typed(params, "purpose", str)
            return is_formed and bool(purpose or not accepted) and _is_count(params, "max_age_days", 36_500)
        if self.kind == "suppression":
            purposes = _typed(params, "purpose_of", dict) or {}
            return is_formed and _are_among([*purposes, *purposes.values()], WORDS["call_class"])
        if self.kind == "window":
            hours = params["weekly"].values()
            return is_formed and any(hours) and all(type(day) is list for day in hours)
        is_kept = _typed(params, "retain_clock", str) in (CLOCKS if "retain_years" in params else (None,))
        _typed(params, "record", bool)
        return (
            (is_formed and is_kept and _is_count(params, "retain_years", 100))
            and _are_among(_typed(params, "disclose", list) or [], DISCLOSURES)
        )  # fmt: skip

    def honours(self, scope: str, other: "Rule") -> bool:
        """Tell whether this rule always asks about objections of a scope where and as long as another permits."""
        return (
            (self.kind, self.params.get("scope"), self.when) == ("suppression", scope, {})
            and self.place in ("*", other.place)
            and self.first <= other.first
            and (self.end is None or (other.end is not None and other.end <= self.end))
        )

    def binds_on(self, day: int) -> bool:
        """Tell whether the clause is in force on this local day."""
        return self.first <= day and (self.end is None or day < self.end)

    def speaks_of(self, facts: Mapping[str, Any]) -> bool:
        """Tell whether the clause is about such a call. A fact that is not known makes it so."""
        return all(facts[name] in (None, "unknown") or facts[name] in values for name, values in self.when.items())


def _typed(table: Mapping[str, Any], name: str, kind: type[Any]) -> Any:
    """Give a member that may be absent (None), but not be of another type."""
    if name not in table:
        return None
    if type(table[name]) is not kind:
        raise Bad(f"has a rule whose {name} is malformed")
    return table[name]


def _are_among(values: Iterable[Any], words: Iterable[Any]) -> bool:
    """Tell whether all the values are among the words, each of the type it has there: 1 is not true."""
    known = {(type(word), word) for word in words}
    return all(type(value) in (str, bool) and (type(value), value) in known for value in values)


def _is_count(table: Mapping[str, Any], name: str, most: int) -> bool:
    """Tell whether a member is absent, or a whole number from 1 to `most`."""
    return name not in table or (type(table[name]) is int and 1 <= table[name] <= most)


def _minutes(text: str) -> tuple[int, int]:
    match = re.fullmatch(r"([0-9]{2}):([0-5][0-9])-([0-9]{2}):([0-5][0-9])", text)
    if match is None:
        raise Bad("has a window whose hours are malformed")
    start, end = int(match[1]) * 60 + int(match[2]), int(match[3]) * 60 + int(match[4])
    if not start < end <= 1440:
        raise Bad("has a window that does not end after it starts, within one day")
    return start, end


class Plan(NamedTuple):
    """What is asked of every call of one sort on one day: it depends on neither events nor the minute."""

    gates: tuple[_Failing, ...]
    is_denied: bool
    bases: tuple[Rule, ...]
    guards: tuple[Rule, ...]
    windows: tuple[Rule, ...]


class Ruleset:
    """All the rules of one digest, prepared by sort of call."""

    def __init__(self, content: Mapping[str, Any]) -> None:
        if content["schema"] != 1 or set(content) != {"schema", "not_checked", "rules"} or not content["rules"]:
            raise Bad("is not a ruleset of schema 1")
        for place, names in _typed(content, "not_checked", dict).items():
            _texts(names)
            if not _PLACE_OF_RULE.fullmatch(place):
                raise Bad("names a place that is none")
        self.rules = sorted((Rule(source) for source in content["rules"]), key=lambda rule: rule.id)
        if len({rule.id for rule in self.rules}) != len(self.rules):
            raise Bad("uses the id of a rule twice")
        for rule in self.rules:
            if rule.kind == "basis":
                self._refuse_lax(rule)
        self._plans: dict[tuple[Any, ...], Plan] = {}
        self._by_place: dict[Any, tuple[list[Rule], list[Rule], list[int]]] = {}

    def _refuse_lax(self, basis: Rule) -> None:
        """Refuse what the service refuses: a permission everywhere, on hearsay, or that no objection can end."""
        accepted = basis.params.get("any_of", ())
        if basis.place == "*" and accepted:
            raise Bad(f"has the basis {shown(basis.id)}, which belongs to no country: the service would refuse it")
        if basis.status == "unconfirmed" and "none_required" in accepted:
            raise Bad(f"permits by the unconfirmed rule {shown(basis.id)}: the service would refuse it")
        for scope in ("controller", "all"):
            if not any(guard.honours(scope, basis) for guard in self.rules):
                raise Bad(
                    f"has no rule that honours objections of scope {scope} for as long as {shown(basis.id)} permits:"
                    " the service would refuse it"
                )

    def binding(self, region: Any) -> tuple[list[Rule], list[Rule], list[int]]:
        """Give the rules for calls to a country, the windows among them, and the days on which any begins or ends."""
        if region not in self._by_place:
            rules = [rule for rule in self.rules if rule.place == "*" or (region and rule.place == region)]
            days = {day for rule in rules for day in (rule.first, rule.end) if day is not None}
            self._by_place[region] = (rules, [rule for rule in rules if rule.kind == "window"], sorted(days))
        return self._by_place[region]

    def plan(self, facts: Mapping[str, Any], days: frozenset[int]) -> Plan:
        """Give what to ask of such a call on these local days."""
        key = (facts["region"], bool(facts["zones"]), days, *(facts[name] for name in WORDS))
        plan = self._plans.get(key)
        if plan is None:
            if len(self._plans) > 10_000:
                self._plans.clear()
            plan = self._plans[key] = self._planned(facts, days)
        return plan

    def _planned(self, facts: Mapping[str, Any], days: frozenset[int]) -> Plan:
        rules = [r for r in self.binding(facts["region"])[0] if any(map(r.binds_on, days)) and r.speaks_of(facts)]
        bases, guards, windows = (
            tuple(rule for rule in rules if rule.kind == kind) for kind in ("basis", "suppression", "window")
        )
        gates: list[_Failing] = []
        if facts["region"] is None:
            gates.append((0, 0, "jurisdiction_unknown", "jurisdiction_unknown", None))
        if facts["call_class"] is None:
            gates.append((0, 0, "call_class_missing", "call_class_missing", None))
        if not facts["zones"] and not windows:
            gates.append((2, 0, "outside_hours", "outside_hours", None))
        line = facts["line_type"]
        if line not in ORDINARY_LINES and not (bases and all(line in rule.when.get("line_type", ()) for rule in bases)):
            gates.append((0, 0, "line_type_banned", "line_type_banned", None))
        if not all(_has_policy([rule for rule in bases if rule.binds_on(day)], facts) for day in days):
            gates.append((0, 0, "no_policy", "no_policy", None))
        return Plan(tuple(gates), bool(gates), bases, guards, windows)


def _has_policy(bases: list[Rule], facts: Mapping[str, Any]) -> bool:
    """Tell whether some basis rule is about the call, whatever the facts that are not known turn out to be."""
    open_facts = sorted({name for rule in bases for name in rule.when if facts[name] in (None, "unknown")})
    for values in product(*([value for value in WORDS[name] if value != "unknown"] for name in open_facts)):
        world = dict(zip(open_facts, values, strict=True))
        if not any(all(world[n] in rule.when[n] for n in open_facts if n in rule.when) for rule in bases):
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


def open_spans(rule: Rule, zones: tuple[str, ...], holidays: tuple[int, ...], day: int) -> list[tuple[int, int]]:
    """Give the stretches, from `day` of UTC for ten days, in which a window is open in all the zones."""
    key = (rule.week, rule.closed_on_holidays, zones, holidays, day)
    known = _spans.get(key)
    if known is None:
        known = [(day * DAY, (day + 10) * DAY)] if zones else []
        for zone in zones:
            known = _common(known, _spans_of(rule, zone, holidays, day))
        if len(_spans) > 10_000:
            _spans.clear()
        _spans[key] = known
    return known


def _spans_of(rule: Rule, zone: str, holidays: tuple[int, ...], day: int) -> list[tuple[int, int]]:
    spans: list[tuple[int, int]] = []
    for utc_day in range(day, day + 10):
        known = [*steps(zone, utc_day), ((utc_day + 1) * DAY, 0)]
        for (start, offset), (end, _) in pairwise(known):
            for local in range((start + offset) // DAY, (end + offset - 1) // DAY + 1):
                if rule.closed_on_holidays and local in holidays:
                    continue
                for first, last in rule.week[(local + 3) % 7]:
                    low = max(start, local * DAY + first * 60 * SECOND - offset)
                    high = min(end, local * DAY + last * 60 * SECOND - offset)
                    if low < high:
                        spans.append((low, high))
    return _merged(spans)


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


# --- 7. Events: consents and objections, small enough that a million fit --------------------------------------------


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

    def covers(self, purpose: str, voice_mode: str, category: str) -> bool:
        """Tell whether it speaks of such a call: an empty dimension is *all* in a no, and *none* in a grant."""
        pairs = ((self.purposes, purpose), (self.voice_modes, voice_mode), (self.product_categories, category))
        return all(wanted in said or (not said and not self.is_grant) for said, wanted in pairs)


class Consent(NamedTuple):
    """A consent event; instants in microseconds, `place` its place in the whole log."""

    obtained: int
    row: int
    recorded: int
    id: str
    expires: int | None
    reach: Reach
    place: int = 0

    @property
    def order(self) -> tuple[int, int, int, str]:
        """Sort as events overtake each other."""
        return self[:4]

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


_reaches: dict[Reach, Reach] = {}


def event_of(leaf: Mapping[str, Any], at: int, place: int = 0) -> Consent | Objection:
    """Read the event out of a consent's or a suppression's leaf."""
    if leaf["kind"] == "suppression":
        if leaf["reason"] not in OBJECTIONS or leaf["scope"] not in ("controller", "all"):
            raise Bad("is an objection of an unknown reason or scope")
        return Objection(instant(leaf["since"]), at, leaf["reason"], leaf["scope"], place)
    action, origin, file, row = leaf["action"], leaf["origin"], leaf["file"], leaf["row"]
    if (action not in _NO_REASONS and action != "given") or origin not in ORIGINS:
        raise Bad("is a consent event of an unknown action or origin")
    if type(row) not in (int, type(None)) or type(file) not in (str, type(None)):
        raise Bad("has a malformed file or row")
    purposes, voices, categories = (
        frozenset(_texts(leaf[name])) for name in ("purposes", "voice_modes", "product_categories")
    )
    is_proved = bool(_texts(leaf["evidence"]))
    reach = Reach(action == "given", action, purposes, voices, categories, origin, is_proved, file)
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


# --- 8. The decision, derived again ---------------------------------------------------------------------------------


class Derived(NamedTuple):
    """What comes out of facts and rules."""

    verdict: str
    reasons: list[list[str | None]]
    basis: list[str | None] | None
    valid_until: int | None
    not_before: int | None


_NO_REASONS = {
    "refused": "no_consent",
    "withdrawn": "consent_withdrawn",
    "revoked": "consent_revoked_by_controller",
    "invalidated": "consent_revoked_by_controller",
}
FACTS = frozenset({"at", "region", "zones", "product_category", "objected_all", "holidays", *WORDS})


def checked_facts(facts: Any) -> Mapping[str, Any]:
    """Refuse facts that are not of their form: a misspelt fact must not pass for one that is not known."""
    if type(facts) is not dict or set(facts) != FACTS:
        raise Bad("has facts that are not those of schema 1")
    for name, words in WORDS.items():
        value = facts[name]
        if value is not None and (type(value) is not type(words[0]) or value not in words):
            raise Bad(f"has the unknown {name} {shown(value)}")
    if facts["line_type"] is None or type(facts["objected_all"]) not in (bool, type(None)):
        raise Bad("has facts that are malformed")
    if any(type(facts[name]) not in (str, type(None)) for name in ("region", "product_category")):
        raise Bad("has facts that are malformed")
    return facts


def derive(
    rules: Ruleset, facts: Mapping[str, Any], consents: list[Consent] | None, objections: list[Objection] | None
) -> Derived:
    """Decide one call. `facts` are those of the leaf, checked; None of events is *not known*."""
    at = instant(facts["at"])
    zones = None if facts["zones"] is None else tuple(_texts(facts["zones"]))
    holidays = None if facts["holidays"] is None else tuple(map(day_number, _texts(facts["holidays"])))
    plan = rules.plan(facts, local_days(zones, at))
    failing, ends, basis = list(plan.gates), [at + PERMIT], None
    is_denied, is_deferred = plan.is_denied, False
    events = None if consents is None else sorted(consents, key=lambda event: event[:4])
    for rule in plan.guards:
        reason, until = _objected(rule, facts, at, events, objections)
        if reason is not None:
            failing.append((1, 2, rule.id, reason, rule.id))
            is_denied = True
        elif until is not None:
            ends.append(until)
    bases = []
    for rule in plan.bases:
        reason, until, found = _permitted(rule, facts, at, events)
        if reason is not None:
            failing.append((1, 4, rule.id, reason, rule.id))
            is_denied = True
            continue
        bases.append(found)
        if until is not None:
            ends.append(until)
    for rule in plan.windows:
        if zones is None or (rule.closed_on_holidays and holidays is None):
            failing.append((1, 8, rule.id, "outside_hours", rule.id))
            is_denied = True
            continue
        span = span_at(open_spans(rule, zones, holidays or (), at // DAY), at)
        if span is None:
            is_holiday = rule.closed_on_holidays and any(
                day in (holidays or ()) for day in local_days(zones or ("UTC",), at)
            )
            failing.append((2, 8, rule.id, "holiday" if zones and is_holiday else "outside_hours", rule.id))
            is_deferred = True
        else:
            ends.append(span[1])
    reasons: list[list[str | None]] = [[entry[3], entry[4]] for entry in sorted(failing, key=lambda entry: entry[:3])]
    if is_denied:
        return Derived("deny", reasons, None, None, None)
    if is_deferred:
        return Derived("defer", reasons, None, None, _next_opening(rules, facts, zones, holidays, at))
    ends += _boundaries(rules, facts["region"], zones, at, at + PERMIT)
    bases.sort(key=lambda found: (found[1] is None, found[0]))
    basis = bases[0] if bases else None
    return Derived("allow", reasons, basis, min(ends), None)


def _boundaries(rules: Ruleset, region: Any, zones: Iterable[str] | None, after: int, until: int) -> list[int]:
    """Give the midnights, after one instant and up to another, at which a rule of the country begins or ends."""
    low, high = after // DAY - 2, until // DAY + 2
    days = [day for day in rules.binding(region)[2] if low <= day <= high]
    moments = [midnight(zone, day) for day in days for zone in zones or ("UTC",)]
    return [moment for moment in moments if after < moment <= until]


def _next_opening(
    rules: Ruleset, facts: Mapping[str, Any], zones: tuple[str, ...] | None, holidays: tuple[int, ...] | None, at: int
) -> int | None:
    """Give the first instant within seven days at which every window that then applies is open."""
    zones, free, day = zones or (), holidays or (), at // DAY
    starts = {low for rule in rules.binding(facts["region"])[1] for low, _ in open_spans(rule, zones, free, day)}
    starts.update(_boundaries(rules, facts["region"], zones, at, at + HORIZON))
    for moment in [at, *sorted(start for start in starts if at < start <= at + HORIZON)]:
        windows = rules.plan(facts, local_days(zones, moment)).windows
        known = [
            None if r.closed_on_holidays and holidays is None else open_spans(r, zones, free, day) for r in windows
        ]
        if all(spans is not None and span_at(spans, moment) for spans in known):
            return moment
    return None


def _unbeaten(events: Iterable[Consent], purpose: str, facts: Mapping[str, Any]) -> tuple[list[Consent], list[Consent]]:
    """Give the grants for the call that overcome every no to it, and the noes. A no may name either word."""
    call_class, voice, category = (str(facts[name]) for name in ("call_class", "voice_mode", "product_category"))
    grants, noes = [], []
    for event in events:
        reach = event.reach
        if reach.is_grant:
            if reach.covers(purpose, voice, category):
                grants.append(event)
        elif reach.covers(purpose, voice, category) or reach.covers(call_class, voice, category):
            noes.append(event)
    return [grant for grant in grants if all(grant.overcomes(no) for no in noes)], noes


def _objected(
    rule: Rule, facts: Mapping[str, Any], at: int, events: list[Consent] | None, objections: list[Objection] | None
) -> tuple[str | None, int | None]:
    """Ask a rule about objections: why it fails, or until when it passes."""
    if rule.params["scope"] == "all":
        return (None, None) if facts["objected_all"] is False else ("objected_all", None)
    if objections is None:
        return "objected_controller", None
    if not objections:
        return None, None
    lifting: list[Consent] = []
    if rule.params.get("lifted_by", "never") == "newer_consent":
        call_class = str(facts["call_class"])
        purpose = (rule.params.get("purpose_of") or {}).get(call_class, call_class)
        own = [objection for objection in objections if objection.reason in LIFTABLE]
        lifting = [
            grant
            for grant in _unbeaten(events or (), purpose, facts)[0]
            if grant.obtained <= at
            and (grant.expires is None or grant.expires > at)
            and all(_lifts(grant, objection) for objection in own)
        ]
    if not lifting or any(objection.reason not in LIFTABLE for objection in objections):
        return "objected_controller", None
    ends = [grant.expires for grant in lifting if grant.expires is not None]
    return None, max(ends) if len(ends) == len(lifting) else None


def _lifts(grant: Consent, objection: Objection) -> bool:
    reach = grant.reach
    is_own_word = reach.file is None and reach.origin not in NOT_OWN_WORD and reach.is_proved
    return is_own_word and grant.obtained > objection.since and grant.recorded > objection.recorded


def _permitted(
    rule: Rule, facts: Mapping[str, Any], at: int, events: list[Consent] | None
) -> tuple[str | None, int | None, list[str | None]]:
    """Ask a basis rule: why it fails; or until when it passes, and what it rests on."""
    params, accepted = rule.params, rule.params.get("any_of", ())
    if not accepted:
        return rule.reason or "category_banned", None, []
    if events is None or None in (facts["call_class"], facts["voice_mode"], facts["product_category"]):
        return "manual_review", None, []
    purpose, years = params.get("purpose") or "", params.get("max_age_days")
    unbeaten, noes = _unbeaten(events, purpose, facts)
    faults = [_fault_of(grant, params, at) for grant in unbeaten]
    sound = [grant for grant, fault in zip(unbeaten, faults, strict=True) if fault is None]
    if sound and "consent" in accepted:
        best = max(sound, key=lambda g: (g.expires is None, g.obtained if g.expires is None else g.expires, g.order))
        ends = [] if best.expires is None else [best.expires]
        if years is not None:
            ends.append(best.obtained + years * DAY)
        return None, min(ends, default=None), ["consent", best.id]
    if "none_required" in accepted:
        if noes and not sound:
            return _NO_REASONS[noes[-1].reach.action], None, []
        return None, None, ["no_basis_needed", None]
    if faults:
        return faults[-1], None, []
    if noes:
        return _NO_REASONS[noes[-1].reach.action], None, []
    return _nearest_miss([event for event in events if event.reach.is_grant], purpose, facts), None, []


def _fault_of(grant: Consent, params: Mapping[str, Any], at: int) -> str | None:
    age = params.get("max_age_days")
    if grant.obtained > at:
        return "consent_not_yet_valid"
    if grant.expires is not None and grant.expires <= at:
        return "consent_expired"
    if age is not None and grant.obtained + age * DAY <= at:
        return "consent_expired"
    if grant.reach.origin == "outbound_call" and not params.get("outbound_call_accepted"):
        return "consent_from_outbound_call"
    if not grant.reach.is_proved or params.get("evidence_held"):  # no entry says that an artefact is held
        return "consent_evidence_missing"
    return None


def _nearest_miss(grants: list[Consent], purpose: str, facts: Mapping[str, Any]) -> str:
    if not grants:
        return "no_consent"
    newest = grants[-1].reach
    if purpose not in newest.purposes:
        return "consent_other_purpose"
    if facts["voice_mode"] not in newest.voice_modes:
        return "consent_other_channel" if facts["voice_mode"] == "live" else "consent_not_for_automated"
    return "product_not_similar"


# --- 9. What was found ----------------------------------------------------------------------------------------------


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


# --- 10. The archive and its manifest -------------------------------------------------------------------------------

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


# --- 11. The verification -------------------------------------------------------------------------------------------


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
        self.events: dict[str, Consent | Objection] = {}
        self.history: defaultdict[int, list[Consent | Objection]] = defaultdict(list)
        self.opened: set[int] | None = None
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
                    elif kind in ("consent", "suppression"):
                        event = self.events[_hash_text(digest)] = event_of(leaf, at, shard.position(index))
                        if has_openings and (opening is None or opening.entry != index or "number" not in leaf):
                            self._meet_closed(leaf, kind, shard.position(index), place)
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

    def _meet_check(
        self, leaf: Mapping[str, Any], at: int, digest: bytes, cover: Checkpoint, place: Place, position: int
    ) -> None:
        """Check of a decision what needs no rules: the events it names stand before it, and it was in time."""
        events, ruleset = self.events, leaf["ruleset"]
        for name in (*(leaf["consents"] or ()), *(leaf["suppressions"] or ())):
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

    def _meet_opening(
        self, opening: Opening, leaf: Mapping[str, Any], event: Consent | Objection | None, place: Place
    ) -> None:
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
            if type(event) is Consent or event[3] == "controller":
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
                if leaf["kind"] not in ("consent", "suppression"):
                    raise Bad(f"has entry {index}, which is no event")
                self.events[_hash_text(digest)] = event_of(leaf, at, shard.position(index))
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
        facts, binding = checked_facts(leaf["facts"]), leaf["binding"]
        if type(binding) is not bool or (binding and facts["at"] != leaf["at"]):
            raise Bad("is binding, and yet asked about another instant")
        consents, objections = self._named(leaf, "consents", Consent), self._named(leaf, "suppressions", Objection)
        derived = derive(rules, facts, consents, objections)
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
            self._replay_whole(rules, leaf, position, number, (consents, objections), derived.verdict, place)

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
        leaf: Mapping[str, Any],
        position: int,
        number: int,
        named: tuple[list[Consent] | None, list[Objection] | None],
        verdict: str,
        place: Place,
    ) -> None:
        """Decide once more with everything opened on the number that stands before the decision in the log.

        The place decides, not the date, which is the operator's word. An event that is named must be on this number,
        as far as its own number is opened.
        """
        consents, objections = named
        known = self.history.get(number, ())
        ours, used = {id(event) for event in known}, {id(event) for events in named for event in events or ()}
        if not used <= ours:
            if self.opened is None:
                self.opened = {id(event) for events in self.history.values() for event in events}
            if (used - ours) & self.opened:
                self.report.fault("the decision rests on an event of another number", place)
        self.report.counts["derived whole"] += 1
        earlier = [event for event in known if event.place < position and id(event) not in used]
        if consents is None and sum(type(event) is Consent for event in earlier) <= MAX_EVENTS:
            if any(shard.start for shard in self.shards) or self.first_closed < position:
                self.report.counts["not counted"] += 1
            else:
                text = f"more than {MAX_EVENTS} consent events are said to be on the number, and are not"
                self.report.fault(text, place)
        if not earlier:
            return

        def whole(more: list[Consent | Objection]) -> str:
            said = None if consents is None else [*consents, *(e for e in more if type(e) is Consent)]
            objected = [*(objections or ()), *(e for e in more if type(e) is Objection)]
            return derive(rules, leaf["facts"], said, objected).verdict

        if whole(earlier) != verdict:
            single = next((event for event in earlier if whole([event]) != verdict), earlier[0])
            name = next((name for name, event in self.events.items() if event is single), "?")
            self.report.fault(
                f"the decision would have been another ({whole(earlier)}) with the event {name}, left out", place
            )


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


# --- 12. The whole, and the command line ----------------------------------------------------------------------------


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
