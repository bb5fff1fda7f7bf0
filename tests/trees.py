"""What must hold of every tree, whatever happened: nothing lost, nothing doubled, one history."""

from collections import defaultdict

from sqlalchemy import select

from app.db.checkpoints import checkpoints
from app.db.log import entries, pending
from app.db.trees import sequence, shards
from app.domain.checkpoint import opened_checkpoint, origin_of
from app.domain.leaf import leaf_hash
from app.domain.merkle import folded, root_of
from app.services.log_keys import is_signed
from tests.gate import Gate


def notes_of(gate: Gate) -> list[str]:
    """Give every checkpoint that was ever signed."""
    with gate.context.reading() as reading:
        return list(reading.session.execute(select(checkpoints.c.note)).scalars())


def assert_sound(gate: Gate, *, seen: list[str]) -> int:
    """Check every tree against its entries, and every checkpoint in the database or `seen` against the trees.

    Gives how many entries stand in a tree.
    """
    with gate.context.reading() as reading:
        stored = reading.session.execute(select(entries.c.id, entries.c.leaf)).all()
        waiting = set(reading.session.execute(select(pending.c.entry_id)).scalars())
        grown = list(reading.session.execute(select(shards)).mappings())
        rows = reading.session.execute(select(sequence).order_by(sequence.c.position)).mappings().all()
        kept = set(reading.session.execute(select(checkpoints.c.note)).scalars())
    known = {row.id: row.leaf for row in stored}
    places = defaultdict(list)
    for row in rows:
        places[row["log_id"], row["shard"]].append(row)
    ids = [row["entry_id"] for row in rows]
    assert len(ids) == len(set(ids)), "an entry stands in a tree twice"
    assert {*ids, *waiting} == set(known), "an entry was lost"
    assert not waiting & set(ids), "an entry waits that has its place"
    trees = {}
    for shard in grown:
        place = shard["log_id"], shard["shard"]
        assert [row["position"] for row in places[place]] == list(range(shard["size"]))
        hashes = [row["leaf_hash"] for row in places[place]]
        assert hashes == [leaf_hash(known[row["entry_id"]]) for row in places[place]]
        edge = shard["edge"]
        assert folded([edge[at : at + 32] for at in range(0, len(edge), 32)]) == root_of(hashes)
        trees[origin_of(*place)] = hashes
    for note in kept | set(seen):
        origin = note.split("\n", 1)[0]
        verifier = gate.context.log_keys.verifier(origin)
        checkpoint, _ = opened_checkpoint(note, verifier=verifier, is_signed=is_signed)
        assert checkpoint.size <= len(trees[origin]), "a signed tree is larger than the one that is kept"
        assert checkpoint.root == root_of(trees[origin][: checkpoint.size]), "two histories were signed"
    return len(ids)
