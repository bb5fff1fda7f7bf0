"""Sequencing: every entry gets one place, of two sequencers one wins, and a late log answers nothing."""

import threading
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import metamorphic_log
import pytest
from sqlalchemy import delete, insert, select

from app.db.checkpoints import checkpoint_times, newest_checkpoints
from app.db.engine import SimultaneousChange
from app.db.identity import new_id
from app.db.log import Entry, append_entries, entries, logs_of, pending, pending_of
from app.db.trees import extend_shard, shards_of
from app.domain.checkpoint import origin_of, read_proof, unverified_checkpoint
from app.domain.leaf import LeafKind
from app.domain.merkle import require_inclusion
from app.services.proofs import proof_of
from app.services.sequencing import BACK_PRESSURE, BATCH, PROMISE, sequence_batch
from app.work.sequencer import integrate, sign
from tests.gate import Gate, make_gate
from tests.plans import plan_of, statements_to
from tests.trees import assert_sound, notes_of

NUMBER = "+420601123456"


def waiting(gate: Gate) -> int:
    with gate.context.reading() as reading:
        return len(reading.session.execute(select(pending)).all())


def test_what_waits_is_given_its_place_in_the_order_of_the_queue(energo: Gate) -> None:
    for _ in range(5):
        energo.now += timedelta(milliseconds=1)
        energo.check(NUMBER)
    energo.integrate()
    assert waiting(energo) == 0
    with energo.context.reading() as reading:
        placed = {shard.log_id: shard.size for shard in shards_of(reading.session)}
        kept = reading.session.execute(select(entries.c.log_id)).scalars().all()
    assert placed == {id: kept.count(id) for id in set(kept)}
    assert assert_sound(energo, seen=[]) == len(kept)


def test_however_many_wait_their_leaves_are_looked_up_one_by_one(energo: Gate) -> None:
    """A table that is filled and emptied all day is never as large as the planner believes: it read all entries."""
    energo.check(NUMBER)
    engine = energo.context.engine
    with energo.context.reading() as reading, statements_to(engine) as asked:
        pending_of(reading.session, log_id="any", limit=10)
    ((statement, parameters),) = asked
    told = plan_of(engine, statement, parameters, off=("enable_seqscan", "enable_nestloop"))
    assert "SEARCH entries" in told or "Index Cond: (id = pending.entry_id)" in told, told


def test_checkpoints_are_accepted_by_an_independent_implementation(energo: Gate) -> None:
    for _ in range(3):
        energo.check(NUMBER)
        energo.integrate()
    notes = notes_of(energo)
    assert len(notes) > 3
    for note in notes:
        known = unverified_checkpoint(note)
        vkey = energo.context.log_keys.verifier(known.origin).vkey
        head = metamorphic_log.checkpoint_verify(note, [vkey])
        assert (head.origin, head.size, head.root) == (known.origin, known.size, known.root)
        foreign = energo.context.log_keys.verifier("dialgate/another/2026").vkey
        with pytest.raises(metamorphic_log.VerifyError):
            metamorphic_log.checkpoint_verify(note, [foreign])


def test_an_integrated_entry_is_proved_and_a_waiting_one_is_not(energo: Gate) -> None:
    id = energo.check(NUMBER)["decision_id"]
    with energo.context.reading() as reading:
        assert proof_of(reading.session, entry_id=id) is None
    energo.integrate()
    with energo.context.reading() as reading:
        proof = proof_of(reading.session, entry_id=id)
        digest = reading.session.execute(select(entries.c.leaf_hash).where(entries.c.id == id)).scalar_one()
    assert proof is not None
    index, hashes, note = read_proof(proof)
    known = unverified_checkpoint(note)
    require_inclusion(digest, index=index, size=known.size, proof=hashes, root=known.root)
    metamorphic_log.verify_inclusion(index, known.size, digest, hashes, known.root)


def test_a_tree_that_was_not_signed_for_is_signed_later(energo: Gate) -> None:
    energo.check(NUMBER)
    with energo.context.reading() as reading:
        logs = set(reading.session.execute(select(pending.c.log_id)).scalars())
    for log in logs:
        with energo.context.transaction() as tx:
            sequence_batch(tx.session, log_id=log, now=tx.now)
    assert notes_of(energo) == [], "committed, and not signed: the process died in between"
    assert sign(energo.context) == len(logs)
    assert sign(energo.context) == 0
    assert_sound(energo, seen=[])
    with energo.context.reading() as reading:
        newest = newest_checkpoints(reading.session)
    assert {row["shard"] for row in newest} == {str(energo.now.year)}
    assert {origin_of(row["log_id"], row["shard"]) for row in newest} == {n.split("\n")[0] for n in notes_of(energo)}


def test_of_two_sequencers_that_saw_the_same_tree_one_comes_to_nothing(energo: Gate) -> None:
    energo.check(NUMBER)
    energo.integrate()
    energo.check(NUMBER)
    with energo.context.reading() as reading:
        (log,) = set(reading.session.execute(select(pending.c.log_id)).scalars())
        rows = [dict(row) for row in reading.session.execute(select(pending)).mappings()]
    with energo.context.transaction() as tx:
        sequence_batch(tx.session, log_id=log, now=tx.now)
    with energo.context.transaction() as tx:  # a queue that another had read before
        tx.session.execute(insert(pending), rows)
    with pytest.raises(SimultaneousChange), energo.context.transaction() as tx:
        sequence_batch(tx.session, log_id=log, now=tx.now)
    with energo.context.transaction() as tx:
        tx.session.execute(delete(pending))
    sign(energo.context)
    assert_sound(energo, seen=[])


def test_growing_a_tree_is_fenced_by_its_size_and_edge_alone(energo: Gate) -> None:
    energo.check(NUMBER)
    energo.integrate()
    with energo.context.reading() as reading:
        known = shards_of(reading.session)[0]
    for stale in (replace(known, size=known.size - 1), replace(known, edge=(bytes(32),))):
        with pytest.raises(SimultaneousChange), energo.context.transaction() as tx:
            extend_shard(tx.session, shard=stale, size=known.size + 1, edge=known.edge)
    with energo.context.transaction() as tx:
        extend_shard(tx.session, shard=known, size=known.size, edge=known.edge)


def test_no_log_waits_for_the_import_of_another(energo: Gate) -> None:
    energo.controller("other")
    energo.campaign("spring", controller="other")
    energo.integrate()
    with energo.context.transaction() as tx:
        logs = logs_of(tx.session)
        busy, calm = logs[1], logs[2]
        for log, count in ((busy, 2 * BATCH + 1), (calm, 1)):
            new = [Entry(id=new_id(tx.now), log=log, kind=LeafKind.ADMIN, at=tx.now, body={}) for _ in range(count)]
            append_entries(tx.session, new=new)
    energo.integrate()
    signed = {}
    with energo.context.reading() as reading:
        for log in (busy, calm):
            times = checkpoint_times(reading.session, log_id=log.id, shard="2026", start=0, end=9**9)
            signed[log.id] = [row["size"] for row in times]
    whole = signed[busy.id][-1]
    assert signed[busy.id][-3:] == [whole - 1 - BATCH, whole - 1, whole], "it is signed for after every batch"
    assert signed[calm.id] == [1, 2]


def test_the_time_of_a_checkpoint_never_goes_back(energo: Gate) -> None:
    energo.integrate()
    energo.now = energo.sequenced_at = energo.now + timedelta(hours=2)
    energo.check(NUMBER)
    energo.integrate()
    energo.now = energo.sequenced_at = energo.now - timedelta(hours=1)  # still later than the rules took effect
    energo.check(NUMBER)
    energo.integrate()
    with energo.context.reading() as reading:
        log = logs_of(reading.session)[1]
        rows = checkpoint_times(reading.session, log_id=log.id, shard="2026", start=0, end=9**9)
    assert len(rows) == 3
    assert rows[1]["at"] == rows[2]["at"] > energo.now


def test_sequencers_forced_to_run_at_once_never_fork(energo: Gate, database_url: str, tmp_path: Path) -> None:
    rival = make_gate(database_url, tmp_path)
    ended, faults = threading.Event(), []

    def sequence(gate: Gate) -> None:
        while not ended.is_set():
            try:
                integrate(gate.context, is_forced=True)
            except Exception as fault:  # noqa: BLE001  told to the test
                faults.append(fault)

    threads = [threading.Thread(target=sequence, args=(gate,)) for gate in (energo, rival, energo, rival)]
    for thread in threads:
        thread.start()
    seen = []
    for _ in range(40):
        energo.check(NUMBER)
        seen += notes_of(energo)
    ended.set()
    for thread in threads:
        thread.join()
    assert [fault for fault in faults if getattr(fault, "code", "") != "database_unavailable"] == []
    energo.integrate()
    assert waiting(energo) == 0
    assert_sound(energo, seen=seen)
    rival.context.engine.dispose()


def test_a_log_that_falls_behind_answers_no_check_until_it_has_caught_up(energo: Gate) -> None:
    energo.consent(NUMBER)
    energo.controller("other")
    energo.campaign("spring", controller="other")
    energo.integrate()
    energo.check(NUMBER)
    energo.sequenced_at = energo.now = energo.now + BACK_PRESSURE  # no sequencer runs
    assert energo.check(NUMBER)["decision"] == "allow", "45 seconds are still in time"
    energo.sequenced_at = energo.now = energo.now + timedelta(seconds=2)
    answer = energo.post("/v1/checks", {"number": NUMBER, "campaign": "winter"}, key="dialer")
    assert (answer.status, answer.json["code"]) == (503, "log_behind")
    assert "decision" not in answer.json
    assert energo.check(NUMBER, campaign="spring")["decision"] == "deny", "another log keeps its promise"
    energo.integrate()
    energo.sequenced_at = energo.now = energo.now + timedelta(seconds=2)
    assert energo.check(NUMBER)["decision"] == "allow"
    assert BACK_PRESSURE < PROMISE


def test_a_tree_that_is_not_signed_for_in_time_answers_no_check_either(energo: Gate) -> None:
    energo.check(NUMBER)
    with energo.context.reading() as reading:
        logs = set(reading.session.execute(select(pending.c.log_id)).scalars())
    for log in logs:
        with energo.context.transaction() as tx:
            sequence_batch(tx.session, log_id=log, now=tx.now)
    energo.sequenced_at = energo.now = energo.now + BACK_PRESSURE + timedelta(seconds=1)
    answer = energo.post("/v1/checks", {"number": NUMBER, "campaign": "winter"}, key="dialer")
    assert (answer.status, answer.json["code"]) == (503, "log_behind")
