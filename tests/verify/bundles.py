"""Real bundles without a database: entries, signed checkpoints and proofs by the application's own arithmetic."""

import base64
import hashlib
import io
import json
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cache
from math import ceil
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.domain.checkpoint import Checkpoint, origin_of, signed_checkpoint
from app.domain.leaf import canonical, written
from app.domain.merkle import consistency_ranges, extended, folded, inclusion_ranges, node_hash, perfect_nodes, root_of
from app.domain.note import Signer, Verifier
from app.domain.recorded import events_named
from app.policies.load import shipped
from tests.verify.entries import LOG, Logged

TRUE_KEY = bytes(range(32))
OTHER_KEY = bytes(range(1, 33))

Cuts = Sequence[tuple[int, int]]
"""The checkpoints of a shard: size, and the second at which it was signed."""


def b64(data: bytes) -> str:
    """Write bytes as every member does."""
    return base64.b64encode(data).decode()


def signer_of(seed: bytes, origin: str) -> Signer:
    """Give a log's signer."""
    private = Ed25519PrivateKey.from_private_bytes(seed)
    return Signer(Verifier(origin, private.public_key().public_bytes_raw()), private.sign)


def cuts_of(entries: Iterable[Logged]) -> list[tuple[int, int]]:
    """Plan a checkpoint about every five seconds of entries, and one at the end."""
    cuts: list[tuple[int, int]] = []
    waiting_since, last, size = None, None, 0
    for size, entry in enumerate(entries, 1):
        if waiting_since is not None and last is not None and (entry.at - waiting_since).total_seconds() > 5:
            cuts.append((size - 1, ceil(last.timestamp()) + 1))
            waiting_since = None
        waiting_since, last = waiting_since or entry.at, max(last or entry.at, entry.at)
    return [*cuts, (size, ceil(last.timestamp()) + 1)] if last else [(0, 1)]


def notes_of(hashes: Sequence[bytes], cuts: Cuts, signer: Signer) -> list[str]:
    """Sign the checkpoints of a tree, oldest first."""
    notes: list[str] = []
    stack: list[bytes] = []
    done = 0
    for size, seconds in cuts:
        stack, _ = extended(done, stack, hashes[done:size])
        done = size
        head = Checkpoint(origin=signer.verifier.name, size=size, root=folded(stack))
        notes.append(signed_checkpoint(head, signer=signer, at=datetime.fromtimestamp(seconds, UTC)))
    return notes


def range_of(hashes: Sequence[bytes], ranges: Iterable[tuple[int, int]]) -> list[str]:
    """Give the roots of some ranges of a tree."""
    return [b64(root_of(hashes[start:end])) for start, end in ranges]


def roots_of(hashes: Sequence[bytes]) -> Callable[[int, int], bytes]:
    """Give what computes the root of any range of a proof, each part of the tree once."""

    @cache
    def root(start: int, end: int) -> bytes:
        if end - start == 1:
            return hashes[start]
        middle = start + (1 << ((end - start - 1).bit_length() - 1))
        return node_hash(root(start, middle), root(middle, end))

    return root


def cut_nodes(hashes: Sequence[bytes], start: int, end: int) -> list[str]:
    """Give the compact range of [start, end)."""
    spans = [(index << level, (index + 1) << level) for level, index in perfect_nodes(start, end)]
    return range_of(hashes, spans)


def lines(values: Iterable[Any]) -> bytes:
    """Write JSON lines."""
    return b"".join(canonical(value) + b"\n" for value in values)


def opening(index: int, entry: Logged) -> dict[str, Any]:
    """Give the opening of an entry."""
    return {"index": index, "salt": b64(entry.salt or b""), "number": entry.number, "fields": dict(entry.fields)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Tree:
    """One shard as its log has it, and the part of it that goes into a bundle."""

    entries: Sequence[Logged]
    label: str = "2026"
    seed: bytes = TRUE_KEY
    start: int = 0
    end: int | None = None
    since: datetime | None = None
    before: datetime | None = None
    cuts: Cuts | None = None
    consistency: Sequence[int] = ()

    def part(self, since: datetime | None = None, before: datetime | None = None) -> "Tree":
        """Take the entries of [since, before), between checkpoints as the maker of bundles does."""
        size, signed = len(self.entries), self.cuts or cuts_of(self.entries)
        start = max((n for n, at in signed if since is not None and at < since.timestamp() - 1), default=0)
        end = min((n for n, at in signed if before is not None and at > before.timestamp() + 61), default=size)
        return replace(self, start=start, end=max(start, end), since=since, before=before)

    @property
    def signer(self) -> Signer:
        """Give whoever signs it."""
        return signer_of(self.seed, origin_of(LOG, self.label))

    @property
    def vkey(self) -> str:
        """Give the key a verifier is told."""
        return self.signer.verifier.vkey

    @property
    def hashes(self) -> list[bytes]:
        """Give all its leaf hashes."""
        return [entry.hash for entry in self.entries]

    def notes(self) -> list[str]:
        """Give all its checkpoints."""
        return notes_of(self.hashes, self.cuts or cuts_of(self.entries), self.signer)

    def members(self, *, openings: bool) -> tuple[dict[str, bytes], dict[str, Any]]:
        """Give its members of a bundle, and its line in the manifest."""
        size = len(self.entries)
        end, hashes, notes = size if self.end is None else self.end, self.hashes, self.notes()
        cuts = [n for n, _ in self.cuts or cuts_of(self.entries)]
        earlier = [note for n, note in zip(cuts, notes, strict=True) if max(self.start, 1) <= n <= end and n != size]
        part = self.entries[self.start : end]
        members = {
            "checkpoint": notes[-1].encode(),
            "checkpoints.jsonl": lines(earlier),
            "leaves.jsonl": b"".join(entry.leaf + b"\n" for entry in part),
            "range.json": canonical({"left": cut_nodes(hashes, 0, self.start), "right": cut_nodes(hashes, end, size)}),
            "events.jsonl": lines(self._outside(hashes, end)),
        }
        if openings:
            members["openings.jsonl"] = lines(
                opening(index, entry) for index, entry in enumerate(part, self.start) if entry.salt is not None
            )
        if self.consistency:
            proofs = [{"size": m, "proof": range_of(hashes, consistency_ranges(m, size))} for m in self.consistency]
            members["consistency.json"] = canonical(proofs)
        shard = {
            "shard": self.label,
            "origin": self.signer.verifier.name,
            "start": self.start,
            "end": end,
            "size": size,
        }
        return {f"{self.label}/{name}": data for name, data in members.items()}, shard

    def _outside(self, hashes: Sequence[bytes], end: int) -> Iterable[dict[str, Any]]:
        if (self.start, end) == (0, len(hashes)):
            return
        named: set[str] = set()
        root = roots_of(hashes)
        for entry in self.entries[self.start : end]:
            if entry.kind == "check":
                leaf = json.loads(entry.leaf)
                named.update(events_named(leaf))
        for index, entry in enumerate(self.entries):
            text = base64.urlsafe_b64encode(entry.hash).rstrip(b"=").decode()
            if text in named and not self.start <= index < end:
                proof = [b64(root(*part)) for part in inclusion_ranges(index, len(hashes))]
                yield {"index": index, "leaf": entry.leaf.decode(), "proof": proof}


@dataclass(frozen=True, slots=True)
class Bundle:
    """The members of a bundle apart from the manifest's own list of them."""

    members: Mapping[str, bytes]
    shards: Sequence[Mapping[str, Any]]
    openings: bool = True
    stated: Mapping[str, Any] = field(default_factory=dict)

    def manifest(self) -> bytes:
        """Write a manifest that agrees with the members."""
        files = {name: {"sha256": hashlib.sha256(d).hexdigest(), "bytes": len(d)} for name, d in self.members.items()}
        head = {
            "format": "dialgate-bundle/1",
            "log": LOG,
            "made_at": "2026-12-01T00:00:00.000000Z",
            "from": None,
            "to": None,
            "openings": self.openings,
            "shards": [dict(shard) for shard in self.shards],
            "files": files,
        }
        return canonical({**head, **self.stated})

    def packed(self, manifest: bytes | None = None, *, deflated: bool = False) -> io.BytesIO:
        """Pack it; `manifest` is one that need not agree."""
        target = io.BytesIO()
        method = zipfile.ZIP_DEFLATED if deflated else zipfile.ZIP_STORED
        with zipfile.ZipFile(target, "w", method, compresslevel=6) as archive:
            archive.writestr("manifest.json", self.manifest() if manifest is None else manifest)
            for name, data in self.members.items():
                archive.writestr(name, data)
        return target

    def changed(self, **changes: bytes | None) -> "Bundle":
        """Give the same with members of the first shard changed, or without them; `__` stands for a dot."""
        members = dict(self.members)
        for name, data in changes.items():
            full = f"{self.shards[0]['shard']}/{name.replace('__', '.')}"
            members.pop(full, None) if data is None else members.update({full: data})
        return replace(self, members=members)


@cache
def rules_member() -> tuple[str, bytes]:
    """Give the name and the bytes of the ruleset that ships: hundreds of rules, and thousands of bundles."""
    rules = shipped()
    return f"rulesets/{rules.digest.removeprefix('sha256:')}.json", canonical(rules.content)


def bundle(*trees: Tree, openings: bool = True, rules: tuple[str, bytes] | None = None) -> Bundle:
    """Put shards into a bundle of the period that the last of them names, with the ruleset that ships or another."""
    members: dict[str, bytes] = {}
    shards = []
    for tree in trees:
        own, shard = tree.members(openings=openings)
        members.update(own)
        shards.append(shard)
    members.update([rules or rules_member()])
    period = {"from": trees[-1].since, "to": trees[-1].before} if trees else {}
    return Bundle(members, shards, openings, {name: written(at) for name, at in period.items() if at is not None})
