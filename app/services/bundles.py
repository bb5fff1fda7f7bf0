"""Bundles: a log as one ZIP that a stranger can verify; its members, their digests, and what is read for them."""

import base64
import hashlib
import json
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import IO, Any

from sqlalchemy.orm import Session

from app.db.checkpoints import first_checkpoint_after, last_checkpoint_before
from app.db.log import Log
from app.db.rulesets import ruleset_content
from app.db.sequences import leaves_between, places_of_hashes
from app.db.types import Row
from app.domain.access import Actor
from app.domain.errors import Conflict
from app.domain.leaf import canonical
from app.domain.phone import e164_of
from app.domain.recorded import events_named
from app.services.controllers import controller_for
from app.services.log import log_of
from app.services.lookups import LookupAct, record_lookup
from app.services.proofs import tree_of
from app.services.sequencing import PROMISE

FORMAT = "dialgate-bundle/1"
SPACING = timedelta(seconds=5)
"""Of the checkpoints, those closer together than this are left out: the promise to be checked is 60 seconds."""
MARGIN = timedelta(seconds=1)
"""Checkpoints state whole seconds."""
_PAGE = 400


class NothingSigned(Conflict):
    """The log has no signed checkpoint yet."""

    code = "nothing_signed"


class RulesetMissing(Conflict):
    """A ruleset that decisions name is not on record."""

    code = "ruleset_missing"


def log_to_bundle(
    session: Session,
    *,
    controller: str | None,
    actor: Actor,
    openings: bool,
    period: tuple[datetime | None, datetime | None],
    now: datetime,
) -> Log:
    """Give the log the actor wants as a bundle (None: the operator's), and write down that it was asked for.

    :raises UnknownController: when it is not the actor's.
    :raises NeedsAllControllers: for the operator's log, when the actor does not reach all.
    """
    if controller is None:
        actor.require_all_controllers()
    owner = None if controller is None else controller_for(session, slug=controller, actor=actor).id
    since, before = period
    about = {"openings": openings, "from": since, "to": before}
    record_lookup(session, actor=actor, act=LookupAct.BUNDLE_MADE, shown={owner: None}, about=about, now=now)
    return log_of(session, controller_id=owner)


class BundleWriter:
    """Writes the members of a bundle one after another, and the manifest last."""

    def __init__(self, target: IO[bytes]) -> None:
        self._zip = zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=1)
        self._files: dict[str, dict[str, Any]] = {}

    def add(self, name: str, pieces: Iterable[bytes]) -> None:
        """Write one member in constant memory."""
        digest, size = hashlib.sha256(), 0
        with self._zip.open(name, "w", force_zip64=True) as member:
            for piece in pieces:
                digest.update(piece)
                size += len(piece)
                member.write(piece)
        self._files[name] = {"sha256": digest.hexdigest(), "bytes": size}

    def end(self, manifest: Mapping[str, Any]) -> None:
        """Write the manifest, which names every other member, and close the archive."""
        whole = {"format": FORMAT, **manifest, "files": self._files}
        self._zip.writestr("manifest.json", canonical(whole))
        self._zip.close()


def base64_list(hashes: Sequence[bytes]) -> list[str]:
    """Write hashes as the bundle does: standard base64."""
    return [base64.b64encode(one).decode() for one in hashes]


def opening_line(row: Row) -> bytes:
    """Write an opening: what an entry commits to."""
    number = None if row["number"] is None else e164_of(row["number"])
    salt = base64.b64encode(row["salt"]).decode()
    line = {"index": row["position"], "salt": salt, "number": number, "fields": row["fields"] or {}}
    return canonical(line) + b"\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Covered:
    """The entries [start, end) of a tree of which `size` are signed for."""

    start: int
    end: int
    size: int


class Named:
    """What the checks of a bundle name: events by leaf hash, rulesets by digest. Gathered while they are written."""

    def __init__(self) -> None:
        self.events: set[bytes] = set()
        self.rulesets: set[str] = set()

    def gather(self, leaf: bytes) -> None:
        """Look what one entry names."""
        if b'"kind":"check"' not in leaf:
            return
        body = json.loads(leaf)
        self.rulesets.add(body["ruleset"])
        for text in events_named(body):
            self.events.add(base64.urlsafe_b64decode(text + "="))


def named_rulesets(session: Session, named: Named) -> Iterator[tuple[str, bytes]]:
    """Give member name and exact bytes of every ruleset that is named.

    :raises RulesetMissing: when one is not on record.
    """
    for digest in sorted(named.rulesets):
        content = ruleset_content(session, digest=digest)
        if content is None:
            raise RulesetMissing(digest)
        yield f"rulesets/{digest.removeprefix('sha256:')}.json", canonical(content)


def events_elsewhere(
    session: Session, named: Named, *, log_id: str, ranges: Mapping[str, Covered]
) -> dict[str, list[int]]:
    """Find the named events that stand outside the ranges: their positions by shard, in order.

    What a tree never signed for was sequenced again in the next one, and is looked for there.
    """
    found: dict[str, list[int]] = {label: [] for label in ranges}
    wanted = sorted(named.events)
    for at in range(0, len(wanted), _PAGE):
        for label, position in places_of_hashes(session, log_id=log_id, hashes=wanted[at : at + _PAGE]):
            covered = ranges.get(label)
            if covered is not None and position < covered.size and not covered.start <= position < covered.end:
                found[label].append(position)
    return {label: sorted(places) for label, places in found.items()}


def event_lines(session: Session, positions: Sequence[int], *, log_id: str, shard: str, size: int) -> Iterator[bytes]:
    """Write events that stand outside the range, each with its inclusion proof."""
    tree = tree_of(session, log_id=log_id, shard=shard)
    for position in positions:
        (row,) = leaves_between(session, log_id=log_id, shard=shard, start=position, end=position + 1)
        line: dict[str, Any] = {"index": position, "leaf": row["leaf"].decode()}
        line["proof"] = base64_list(tree.inclusion_proof(index=position, size=size))
        yield canonical(line) + b"\n"


def period_range(
    session: Session, *, log_id: str, shard: str, since: datetime | None, before: datetime | None, size: int
) -> tuple[int, int]:
    """Give the range of a tree that certainly holds every entry of [since, before).

    It begins where a checkpoint was signed before the period, and ends where one was signed a minute after it: what
    was recorded in the period stands in between, or was integrated later than promised. A verifier can see that.
    """
    start = end = None
    if since is not None:
        start = last_checkpoint_before(session, log_id=log_id, shard=shard, at=since - MARGIN)
    if before is not None:
        end = first_checkpoint_after(session, log_id=log_id, shard=shard, at=before + PROMISE + MARGIN)
    start = start or 0
    end = size if end is None else min(end, size)
    return start, max(start, end)


def thinned(rows: Sequence[Row], *, start: int, end: int) -> list[int]:
    """Choose the checkpoints that show when the entries of [start, end) were integrated, at most one in 5 seconds.

    Gives their sizes. Those that bound the range, and the first that covers all of it, are always among them.
    """
    kept: list[int] = []
    last: datetime | None = None
    for row, following in zip(rows, [*rows[1:], None], strict=True):
        is_bound = row["size"] in (start, end) or following is None
        if is_bound or last is None or (following is not None and following["at"] - last > SPACING):
            kept.append(row["size"])
            last = row["at"]
    return kept
