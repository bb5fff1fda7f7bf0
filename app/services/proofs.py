"""Proofs: that an entry stands in its log's tree, and that a tree begins with an earlier one."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from app.db.checkpoints import newest_checkpoint
from app.db.trees import place_of_entry, tile_hashes
from app.domain.checkpoint import written_proof
from app.domain.tiles import TiledTree


def tree_of(session: Session, *, log_id: str, shard: str) -> TiledTree:
    """Open a tree; its tiles are read as they are needed, in the caller's transaction."""

    def read(level: int, tile: int) -> Sequence[bytes]:
        return tile_hashes(session, log_id=log_id, shard=shard, level=level, tile=tile)

    return TiledTree(read)


def proof_of(session: Session, *, entry_id: str) -> str | None:
    """Prove that an entry stands in its log (C2SP tlog-proof, with the newest checkpoint).

    None before it is integrated and signed for.
    """
    place = place_of_entry(session, entry_id=entry_id)
    if place is None:
        return None
    checkpoint = newest_checkpoint(session, log_id=place["log_id"], shard=place["shard"])
    if checkpoint is None or checkpoint["size"] <= place["position"]:
        return None
    tree = tree_of(session, log_id=place["log_id"], shard=place["shard"])
    hashes = tree.inclusion_proof(index=place["position"], size=checkpoint["size"])
    return written_proof(index=place["position"], hashes=hashes, checkpoint=checkpoint["note"])
