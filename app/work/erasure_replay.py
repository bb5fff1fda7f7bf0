"""Erases again, after a backup was restored, whom the journal outside the database knows to be erased."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from app.context import Context
from app.db.list_index import all_numbers
from app.db.list_rows import reading_rows
from app.db.lists import lists_before
from app.db.log import logs_of
from app.db.personal import stored_numbers
from app.db.suppressions import is_blocked_by_hash
from app.domain.access import Actor
from app.domain.erasure import hash_key_id, hashes_of
from app.domain.form import EARLIEST
from app.domain.suppression import SuppressionReason
from app.services.erasure_journal import JournalLine, read_journal
from app.services.erasures import Act, Erasure, MissingErasureKey, is_held, leave_block
from app.services.lists import rows_path
from app.work.erasing import erase, journals, remove_artefacts

_BATCH = 5000


def replay_erasures(context: Context, *, actor: Actor) -> dict[str, int]:
    """Erase whomever the journal names and the database has again, and restore the blocks that it lost.

    What was recorded after an erasure is left alone, so a database that was never restored is not changed, and doing
    it twice does nothing more. Gives counts: `journal` lines, `unknown` ones of logs that are not here, `erased`
    persons, `blocked` anew.

    :raises BadJournal: when the journal cannot be read.
    :raises MissingErasureKey: when a number was hashed with a key that is not configured.
    """
    lines = read_journal(journals(context))
    keys = {hash_key_id(key): key for key in context.erasure_keys}
    missing = {line.hash_key for line in lines} - keys.keys()
    if missing:
        raise MissingErasureKey(f"the journal was written with the key {', '.join(sorted(missing))}")
    with context.reading() as reading:
        owners = {log.id: log.controller_id for log in logs_of(reading.session).values()}
    numbers = _numbers_by_hash(context, lines, keys)
    counts = {"journal": len(lines), "unknown": 0, "erased": 0, "blocked": 0}
    remove_artefacts(context, since=EARLIEST, told=lambda: None)  # the restored folder has their files again
    for line in lines:
        if line.log not in owners:
            counts["unknown"] += 1
            continue
        for name, count in _replay(context, line, owners[line.log], keys, numbers, actor=actor).items():
            counts[name] += count
    return counts


def _replay(
    context: Context,
    line: JournalLine,
    controller_id: int | None,
    keys: Mapping[str, bytes],
    numbers: Mapping[bytes, tuple[int, bool]],
    *,
    actor: Actor,
) -> dict[str, int]:
    number, is_listed = numbers.get(line.number_hash, (None, False))
    reach = None if controller_id is None else [controller_id]
    block: dict[str, Any] = {"controller_id": controller_id}
    with context.reading(reach=reach) as reading:
        reason = SuppressionReason.ERASURE.value
        is_blocked = line.since is None or is_blocked_by_hash(
            reading.session, number_hash=line.number_hash, reason=reason, **block
        )
    if number is not None:
        erasure = Erasure(
            number=number,
            controller_id=controller_id,
            act=Act.REPLAYED,
            key=keys[line.hash_key],
            since=None if is_blocked else line.since,
            until=line.at,
        )
        with context.reading(reach=reach) as reading:
            is_there = is_listed or is_held(reading.session, erasure=erasure)
        if is_there:
            erase(context, erasure=erasure, actor=actor)
            return {"erased": 1, "blocked": int(not is_blocked)}
    if is_blocked:
        return {}
    with context.transaction(reach=reach) as tx:
        hashed: dict[str, Any] = {"digest": line.number_hash, "hash_key": line.hash_key}
        leave_block(tx.session, since=line.since or line.at, actor=actor, now=tx.now, **hashed, **block)
    return {"blocked": 1}


def _numbers_by_hash(
    context: Context, lines: Sequence[JournalLine], keys: Mapping[str, bytes]
) -> dict[bytes, tuple[int, bool]]:
    """Find the erased numbers that are here again, and whether a list from before holds one."""
    wanted = {line.number_hash: line.at for line in lines}
    used = [keys[id] for id in sorted({line.hash_key for line in lines})]
    found: dict[bytes, tuple[int, bool]] = {}
    for batch in _stored(context):
        for digest, number in hashes_of(batch, keys=used).items():
            if digest in wanted:
                found[digest] = (number, False)
    with context.reading() as reading:
        lists = lists_before(reading.session, until=reading.now)
    for row in lists:
        path = rows_path(context.data_dir, row)
        if not path.exists():
            continue
        with reading_rows(path) as store:
            for batch in all_numbers(store):
                for digest, number in hashes_of(batch, keys=used).items():
                    if digest in wanted and row["created_at"] <= wanted[digest]:
                        found[digest] = (number, True)
    return found


def _stored(context: Context) -> Iterator[list[int]]:
    after = 0
    while True:
        with context.reading() as reading:
            batch = stored_numbers(reading.session, after=after, limit=_BATCH)
        if not batch:
            return
        yield batch
        after = batch[-1]
