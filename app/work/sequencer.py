"""Drives the sequencing for every process: a batch of each log, each in its own short transaction, then signatures."""

from collections.abc import Callable
from functools import partial

import structlog

from app.context import Context
from app.db.checkpoints import unsigned_shards
from app.db.engine import SimultaneousChange
from app.db.trees import Shard
from app.domain.errors import Unavailable
from app.domain.merkle import folded
from app.services.sequencing import BATCH, backlog, sequence_batch, sign_grown

_log = structlog.get_logger()


def integrate(context: Context, *, is_forced: bool = False) -> int:
    """Give waiting entries their places and sign what has grown, until nothing waits; tells how many got a place.

    Each round takes one batch of each log, the longest waiting first, and signs: no log waits for another's import,
    and a fault of one costs the others nothing. Safe to be run by any number of processes at once, and to be
    killed anywhere. `is_forced` passes the election of one sequencer over.

    :raises Unavailable: when the database fails, or lost entries that were published.
    """
    total = 0
    while True:
        with context.reading() as reading:
            waiting = backlog(reading.session).oldest
        counts = [
            _alone(partial(_sequence, context, log_id, is_forced=is_forced), log_id)
            for log_id in sorted(waiting, key=lambda log_id: waiting[log_id])
        ]
        if waiting:
            sign(context)
        total += sum(counts)
        if max(counts, default=0) < BATCH:
            return total


def _sequence(context: Context, log_id: str, *, is_forced: bool) -> int:
    with context.transaction() as tx:
        return sequence_batch(tx.session, log_id=log_id, now=tx.now, is_forced=is_forced)


def sign(context: Context) -> int:
    """Sign every tree that has grown, each in a transaction of its own; tells how many were signed."""
    with context.reading() as reading:
        grown = unsigned_shards(reading.session)
    return sum(_alone(partial(_sign, context, shard), shard.log_id) for shard, _ in grown)


def _sign(context: Context, shard: Shard) -> int:
    """Sign one tree as this very transaction sees it: after a failover, what another database had is not signed."""
    with context.transaction() as tx:
        place = (shard.log_id, shard.label)
        grown = [one for one, _ in unsigned_shards(tx.session) if (one.log_id, one.label) == place]
        for one in grown:
            sign_grown(tx.session, shard=one, signer_for=context.log_keys.signer, now=tx.now)
    for one in grown:
        context.outside.remember(log_id=one.log_id, shard=one.label, size=one.size, root=folded(one.edge))
    return len(grown)


def _alone(work: Callable[[], int], log_id: str) -> int:
    """Do one log's part. What goes wrong with it is told and tried again in the next round; the queue stays."""
    try:
        return work()
    except SimultaneousChange:
        _log.info("another sequencer was faster", log=log_id)
    except Unavailable as fault:
        _log.warning("a log could not be sequenced", log=log_id, error=fault.code)
    return 0
