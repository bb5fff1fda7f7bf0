"""Drives the making of a bundle for every interface: page by page, in constant memory."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import IO, Any

from sqlalchemy.orm import Session

from app.context import Context
from app.db.checkpoints import checkpoint_note, checkpoint_times, newest_checkpoint
from app.db.log import Log
from app.db.sequences import leaves_between, openings_between
from app.db.trees import Shard, shards_of
from app.db.types import Row
from app.domain.checkpoint import Checkpoint, origin_of
from app.domain.leaf import canonical, written
from app.services.bundles import (
    BundleWriter,
    Covered,
    Named,
    NothingSigned,
    base64_list,
    event_lines,
    events_elsewhere,
    named_rulesets,
    opening_line,
    period_range,
    thinned,
)
from app.services.proofs import tree_of

PAGE = 2000
ReadPage = Callable[..., Sequence[Row]]
Reach = list[int] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """One shard in a bundle: entries [start, end) of the tree that its newest checkpoint signs for."""

    shard: Shard
    start: int
    end: int
    checkpoint: Row

    @property
    def size(self) -> int:
        size: int = self.checkpoint["size"]
        return size


def make_bundle(
    context: Context,
    *,
    log: Log,
    since: datetime | None,
    before: datetime | None,
    with_openings: bool,
    previous: Sequence[Checkpoint],
    target: IO[bytes],
) -> int:
    """Write the bundle of a log: its entries of [since, before), and what is needed to verify them; tells how many.

    Whoever may not see what is personal gets it without openings. `previous` are checkpoints that the verifier
    holds: where they lie outside the range, a consistency proof is added.

    :raises NothingSigned: before the first checkpoint.
    :raises RulesetMissing: when a decision names a ruleset that is not on record.
    """
    reach = None if log.controller_id is None else [log.controller_id]
    with context.reading(reach=reach) as reading:
        parts = list(_parts(reading.session, log, since, before))
    if not parts:
        raise NothingSigned()
    named, bundle = Named(), BundleWriter(target)
    for part in parts:
        _write_entries(context, reach, bundle, part, named, with_openings=with_openings)
    ranges = {part.shard.label: Covered(start=part.start, end=part.end, size=part.size) for part in parts}
    with context.reading(reach=reach) as reading:
        elsewhere = events_elsewhere(reading.session, named, log_id=log.id, ranges=ranges)
        for part in parts:
            _write_proofs(reading.session, bundle, part, elsewhere[part.shard.label], previous)
        for name, data in named_rulesets(reading.session, named):
            bundle.add(name, [data])
        now = reading.now
    bundle.end(
        {
            "log": log.id,
            "made_at": written(now),
            "from": None if since is None else written(since),
            "to": None if before is None else written(before),
            "openings": with_openings,
            "shards": [_described(part) for part in parts],
        }
    )
    return sum(part.end - part.start for part in parts)


def _parts(session: Session, log: Log, since: datetime | None, before: datetime | None) -> Iterator[_Part]:
    for shard in shards_of(session, log_ids=[log.id]):
        place = {"log_id": log.id, "shard": shard.label}
        newest = newest_checkpoint(session, **place)
        if newest is None:
            continue  # nothing of it was ever signed for: it stands in the next tree
        start, end = period_range(session, **place, since=since, before=before, size=newest["size"])
        yield _Part(shard=shard, start=start, end=end, checkpoint=newest)


def _described(part: _Part) -> dict[str, Any]:
    origin = origin_of(part.shard.log_id, part.shard.label)
    return {"shard": part.shard.label, "origin": origin, "start": part.start, "end": part.end, "size": part.size}


def _write_entries(
    context: Context, reach: Reach, bundle: BundleWriter, part: _Part, named: Named, *, with_openings: bool
) -> None:
    label = part.shard.label

    def leaves() -> Iterator[bytes]:
        for page in _pages(context, reach, part, leaves_between):
            for row in page:
                named.gather(row["leaf"])
            yield b"".join(row["leaf"] + b"\n" for row in page)

    def opened() -> Iterator[bytes]:
        for page in _pages(context, reach, part, openings_between):
            yield b"".join(map(opening_line, page))

    bundle.add(f"{label}/checkpoint", [part.checkpoint["note"].encode()])
    bundle.add(f"{label}/leaves.jsonl", leaves())
    if with_openings:
        bundle.add(f"{label}/openings.jsonl", opened())


def _pages(context: Context, reach: Reach, part: _Part, read: ReadPage) -> Iterator[Sequence[Row]]:
    """Read a range a page at a time, each in a transaction of its own: what is sequenced never changes."""
    for start in range(part.start, part.end, PAGE):
        with context.reading(reach=reach) as reading:
            place = {"log_id": part.shard.log_id, "shard": part.shard.label}
            page = read(reading.session, **place, start=start, end=min(start + PAGE, part.end))
        yield page


def _write_proofs(
    session: Session,
    bundle: BundleWriter,
    part: _Part,
    events: Sequence[int],
    previous: Sequence[Checkpoint],
) -> None:
    shard, size = part.shard, part.size
    place = {"log_id": shard.log_id, "shard": shard.label}
    tree = tree_of(session, **place)
    sides = {"left": tree.compact_range(0, part.start), "right": tree.compact_range(part.end, size)}
    bundle.add(f"{shard.label}/range.json", [canonical({name: base64_list(side) for name, side in sides.items()})])
    times = checkpoint_times(session, **place, start=max(part.start, 1), end=part.end)
    earlier = [old for old in thinned(times, start=part.start, end=part.end) if old != size]
    bundle.add(f"{shard.label}/checkpoints.jsonl", (_noted(session, part, old) for old in earlier))
    bundle.add(f"{shard.label}/events.jsonl", event_lines(session, events, **place, size=size))
    origin = origin_of(shard.log_id, shard.label)
    held = [one.size for one in previous if one.origin == origin and 0 < one.size < size]
    apart = sorted(old for old in {*held, *earlier} if not part.start <= old <= part.end)
    if apart:
        proofs = [{"size": old, "proof": base64_list(tree.consistency_proof(old=old, new=size))} for old in apart]
        bundle.add(f"{shard.label}/consistency.json", [canonical(proofs)])


def _noted(session: Session, part: _Part, size: int) -> bytes:
    note = checkpoint_note(session, log_id=part.shard.log_id, shard=part.shard.label, size=size)
    return canonical(note) + b"\n"
