"""Drives the sequencing for every process: batch by batch, each in its own short transaction, then the signatures."""

from contextlib import suppress

from app.context import Context
from app.db.engine import SimultaneousChange
from app.db.trees import Shard, unsigned_shards
from app.services.sequencing import BATCH, backlog, sequence_batch, sign_grown


def integrate(context: Context, *, is_forced: bool = False) -> list[Shard]:
    """Give every waiting entry its place and sign what has grown; gives the trees that were signed.

    Safe to be run by any number of processes at once, and to be killed anywhere. `is_forced` passes the election
    of one sequencer over.

    :raises Unavailable: when the database fails.
    """
    with context.reading() as reading:
        waiting = backlog(reading.session).oldest
        if not waiting and not unsigned_shards(reading.session):
            return []
    for log_id in waiting:
        with suppress(SimultaneousChange):  # another sequencer was faster, and goes on
            while _sequence(context, log_id, is_forced=is_forced) == BATCH:
                pass
    return sign(context)


def _sequence(context: Context, log_id: str, *, is_forced: bool) -> int:
    with context.transaction() as tx:
        return sequence_batch(tx.session, log_id=log_id, now=tx.now, is_forced=is_forced)


def sign(context: Context) -> list[Shard]:
    """Sign every tree that has grown, as it was committed; another's signature over the same tree is as good."""
    with suppress(SimultaneousChange), context.transaction() as tx:
        return sign_grown(tx.session, signer_for=context.log_keys.signer, now=tx.now)
    return []
