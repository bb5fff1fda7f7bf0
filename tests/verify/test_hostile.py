"""Whatever a bundle holds, the verifier answers with a fault: never a traceback, never without bounds."""

import io
import json
import random
import tracemalloc
import warnings
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import cache
from typing import Any

import pytest

from app.domain.leaf import canonical
from app.policies.load import read_content, shipped
from app.static.log.dialgate_verify import HOSTILE, Report, Ruleset, verify
from tests.verify.bundles import Bundle, Tree, bundle, rules_member
from tests.verify.entries import BEGIN, Logged, story
from tests.verify.mutations import altered

JUNK: tuple[Any, ...] = (
    *(None, True, 0, -1, 1, 2**53 - 1, "", "x", "\x1b[2J", [], [None], [[]], ["x", "x"], {}, {"a": {"b": []}}),
    *("2026-11-25T10:00:00.000000Z", "9999-12-31T23:59:59.999999Z", "0001-01-01T00:00:00.000000Z"),
    *("2026-02-30T10:00:00.000000Z", "é" * 50, {"é": 1, "\U0001f600": 2, "\ufb33": 3}),
    *(["../../../etc/passwd"], ["Europe/Prague"] * 40),
)
LINES = (
    *(b"", b"\x00", b"\xff\xfe", b"\xc0\xaf", b"\xef\xbb\xbf{}", b"null", b"1", b"-0", b"1e400", b"1.5", b"NaN"),
    *(b"[" * 4000, b'{"a":' * 800, b"9" * 4000, b'{"a":1,"a":2}', b'{ "a":1}', b'"\\ud800"', b'{"a":Infinity}'),
    *(b"x" * 5000, b"[" + b"1," * 2000 + b"1]", b'{"schema":1}', b"'", b'{"index":0}', b"[]", b"{}", b"{}\r", b'"x"'),
)

PLACES = ("*", "CZ", "PL", "SK")
"""Whose rules bind the calls of a story. All that ship would take most of the time of each of thousands of bundles."""
RULES = read_content(
    {**shipped().content, "rules": [rule for rule in shipped().content["rules"] if rule["jurisdiction"] in PLACES]}
)
MEMBER = f"rulesets/{RULES.digest.removeprefix('sha256:')}.json", canonical(RULES.content)


@cache
def entries() -> tuple[Logged, ...]:
    """Tell a short history."""
    return tuple(story(30, seed=4, span=timedelta(seconds=300), rules=RULES))


@cache
def sound() -> Bundle:
    """Make a bundle of its middle, so that every member has something in it."""
    tree = Tree(entries=entries(), consistency=(5,))
    return bundle(tree.part(BEGIN + timedelta(seconds=95), BEGIN + timedelta(seconds=210)), rules=MEMBER)


VKEY = Tree(entries=()).vkey


def verified(data: Bundle | bytes | io.BytesIO) -> Report:
    """Verify what must be refused."""
    packed = data.packed() if isinstance(data, Bundle) else io.BytesIO(data) if isinstance(data, bytes) else data
    report = verify(packed, [VKEY])
    assert report.exit_status == 1
    assert all("\x1b" not in str(fault) for fault in report.faults)
    return report


def test_the_bundle_it_starts_from_is_sound() -> None:
    assert verify(sound().packed(), [VKEY]).faults == []
    assert all(data for data in sound().members.values())


@pytest.mark.parametrize(
    "data", [b"", b"PK", b"PK\x05\x06" + bytes(18), b"\x00" * 1000, b"GIF89a", b"PK\x03\x04" * 300]
)
def test_what_is_no_archive_is_a_fault(data: bytes) -> None:
    verified(data)


def test_an_archive_damaged_anywhere_is_a_fault_or_harmless() -> None:
    whole, dice = sound().packed(deflated=True).getvalue(), random.Random(1)
    for _ in range(100):
        cut = dice.randrange(len(whole))
        verified(whole[:cut])
        broken = bytearray(whole)
        for _ in range(dice.randrange(1, 6)):
            broken[dice.randrange(len(whole))] ^= 1 << dice.randrange(8)
        verify(io.BytesIO(bytes(broken)), [VKEY])
    for place in range(whole.rindex(b"PK\x01\x02"), len(whole)):
        verify(io.BytesIO(whole[:place] + bytes([whole[place] ^ 1 << dice.randrange(8)]) + whole[place + 1 :]), [VKEY])


@pytest.mark.parametrize("line", LINES, ids=range(len(LINES)))
@pytest.mark.parametrize("name", [*(n.partition("/")[2] for n in sound().members if n.startswith("2026"))])
def test_junk_in_any_member_is_a_fault(name: str, line: bytes) -> None:
    old = sound().members[f"2026/{name}"]
    for data in (line, line + b"\n", old + line + b"\n", line + b"\n" + old):
        changed = sound().changed(**{name.replace(".", "__"): data})
        if data not in (b"", old + b"\n") and not (name == "consistency.json" and data == b"[]"):
            verified(changed)
        else:
            verify(changed.packed(), [VKEY])


@pytest.mark.parametrize("value", LINES, ids=range(len(LINES)))
def test_junk_for_a_manifest_is_a_fault(value: bytes) -> None:
    verified(sound().packed(value))


@pytest.mark.parametrize("key", ["format", "log", "made_at", "openings", "shards", "files"])
def test_a_manifest_of_other_types_is_a_fault(key: str) -> None:
    for value in JUNK:
        if (key, value) != ("made_at", "2026-11-25T10:00:00.000000Z") and not (key == "openings" and value is True):
            if key == "made_at" and str(value)[:4] in ("9999", "0001"):
                continue
            verified(replace(sound(), stated={key: value}))


@pytest.mark.parametrize("key", ["shard", "origin", "start", "end", "size"])
def test_a_shard_of_other_types_is_a_fault(key: str) -> None:
    for value in JUNK:
        verified(replace(sound(), shards=[{**sound().shards[0], key: value}]))
    verified(replace(sound(), shards=[{**sound().shards[0], "extra": 1}]))


def _set(member: str, value: Any, within: str | None) -> Callable[[dict[str, Any]], Any]:
    return lambda leaf: (leaf if within is None else leaf[within]).update({member: value})


@pytest.mark.parametrize("step", [pytest.param(3, id="short"), pytest.param(1, marks=pytest.mark.soak)])
@pytest.mark.parametrize("kind", ["check", "consent", "suppression", "outcome"])
def test_leaves_of_other_types_never_break_it(kind: str, step: int) -> None:
    """The key's holder may sign anything; nothing of it may stop the verifier. Members take turns with the junk."""
    place = next(p for p, e in enumerate(entries()) if e.kind == kind)
    log = entries()[max(0, place - 3) : place + 1]
    leaf = json.loads(log[-1].leaf)
    members = [(name, None) for name in leaf] + [(name, "facts") for name in leaf.get("facts", ())]
    must = {"schema", "kind", "log", "id", "at", "reasons", "verdict", "ruleset", "facts", "obtained_at", "since"}
    for turn, (member, within) in enumerate(members):
        for value in JUNK[turn % step :: step]:
            changed = altered(log[-1], _set(member, value, within))
            tree = Tree(entries=[*log[:-1], changed], cuts=[(len(log), int(changed.at.timestamp()) + 1)])
            report = verify(bundle(tree, rules=MEMBER).packed(), [VKEY])
            if within is None and member in must - {"schema"} and not isinstance(value, str):
                assert report.exit_status == 1, (member, value)


@pytest.mark.parametrize("name", [*shipped().content["rules"][0], "unheard-of", "effective_to", "reason"])
def test_rulesets_of_other_types_never_break_it(name: str) -> None:
    for value in JUNK:
        content = json.loads(rules_member()[1])
        for rule in content["rules"]:
            rule[name] = value
        try:
            rules = Ruleset(content)
        except HOSTILE:
            continue
        assert rules.rules, "what is read is read whole"


@pytest.mark.parametrize("deflated", [True, False])
def test_a_bomb_is_not_unpacked_whole(deflated: bool) -> None:
    """Millions of nothing in one line: refused by its ratio, or read in pieces until the line is too long."""
    bomb = sound().changed(leaves__jsonl=bytes(30_000_000))
    packed = bomb.packed(deflated=deflated)
    del bomb
    tracemalloc.start()
    report = verified(packed)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert ("times its size" if deflated else "longer than") in str(report.faults[0])
    assert peak < 10_000_000


def test_an_archive_that_lies_about_sizes_is_a_fault() -> None:
    whole = sound().packed(deflated=True).getvalue()
    with zipfile.ZipFile(io.BytesIO(whole)) as archive:
        size = archive.getinfo("2026/leaves.jsonl").file_size
    for lie in (0, 1, size - 1, size + 1, 2**31, 2**32 - 1):
        verified(whole.replace(size.to_bytes(4, "little"), lie.to_bytes(4, "little")))


def test_a_member_twice_is_a_fault() -> None:
    packed = sound().packed()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with zipfile.ZipFile(packed, "a") as archive:
            archive.writestr("2026/leaves.jsonl", sound().members["2026/leaves.jsonl"])
    assert "twice" in str(verified(packed).faults[0])


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_another_packing_is_a_fault(method: int) -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", method) as archive:
        archive.writestr("manifest.json", sound().manifest())
    verified(target)


def test_it_gives_up_when_it_is_clear_enough() -> None:
    many = sound().changed(leaves__jsonl=b"{}\n" * 50_000)
    assert len(verified(many).faults) == 10_000
