"""Shards: a loss that was declared is told loudly, one that was not is a fault."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from functools import cache
from typing import Any

import pytest

from app.domain.leaf import LeafKind
from app.domain.merkle import root_of
from app.static.log.dialgate_verify import Report, verify
from tests.builders import MINUTE, SECOND
from tests.verify.bundles import Tree, b64, bundle
from tests.verify.entries import BEGIN, Logged, Pen, story
from tests.verify.mutations import altered

AFTER = BEGIN + 5 * MINUTE


@cache
def before() -> list[Logged]:
    """Tell what was logged before the loss; from entry 150 on it is lost."""
    return list(story(200, seed=5, span=timedelta(seconds=60)))


def epoch(**changes: Any) -> Logged:
    """Declare that the database has 150 of the 200 entries that were published."""
    hashes = [entry.hash for entry in before()]
    body = {
        "actor": "cli",
        "act": "declared",
        "shard": "2026",
        "size": 200,
        "root": b64(root_of(hashes)),
        "kept": 150,
        "kept_root": b64(root_of(hashes[:150])),
        **changes,
    }
    pen = Pen(9)
    return pen.write(LeafKind.EPOCH, id=pen.id(AFTER), at=AFTER, body=body)


def later(first: Logged) -> list[Logged]:
    """Tell what was logged after the loss."""
    told = story(40, seed=6, span=timedelta(seconds=30), begin=AFTER + SECOND)
    return [first, *(entry for entry in told if entry.kind == "outcome")]


def verified(*trees: Tree, previous: str | None = None, keys: Sequence[str] | None = None) -> Report:
    vkeys = [tree.vkey for tree in trees] if keys is None else keys
    return verify(bundle(*trees).packed(), vkeys, previous=previous)


def texts(report: Report) -> str:
    return "\n".join(map(str, report.faults))


KEPT = Tree(entries=before()[:150])
PUBLISHED = Tree(entries=before())


def test_a_loss_that_was_declared_is_told_loudly_and_is_no_fault() -> None:
    report = verified(KEPT, Tree(entries=later(epoch()), label="2026-2"), previous=PUBLISHED.notes()[-1])
    assert report.faults == []
    loud = "\n".join(report.warnings)
    assert "50 of its 200 entries WERE LOST" in loud
    assert report.exit_status == 4
    (loss,) = report.losses
    assert "50 entries WERE LOST: the epoch of shard 2026-2 declares it, by cli" in loss
    assert "nothing held by you of this shard could be compared" in loss


def test_a_loss_that_was_not_declared_is_a_fault() -> None:
    report = verified(KEPT, previous=PUBLISHED.notes()[-1])
    assert "no epoch declares it" in texts(report)


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"size": 199}, "no epoch declares it"),
        ({"root": b64(bytes(32))}, "no epoch declares it"),
        ({"shard": "2025"}, "no epoch does name the end"),
        ({"shard": "2026-2"}, "does not name an earlier shard"),
        ({"shard": "2027"}, "does not name an earlier shard"),
        ({"shard": "x"}, "does not name an earlier shard"),
        ({"shard": ["2026"]}, "malformed"),
        ({"size": 140, "kept": 140}, "does not name the end"),
        ({"kept_root": b64(bytes(32))}, "was kept"),
        ({"kept": 201}, "kept more than there was"),
        ({"kept": -1}, "kept more than there was"),
        ({"kept": None}, "malformed"),
        ({"root": "AAAA"}, "base64"),
        ({"act": "erased"}, "malformed"),
    ],
)
def test_an_epoch_that_does_not_fit_is_a_fault(changes: dict[str, Any], word: str) -> None:
    report = verified(KEPT, Tree(entries=later(epoch(**changes)), label="2026-2"), previous=PUBLISHED.notes()[-1])
    assert word in texts(report)


def test_the_end_that_the_epoch_names_must_be_the_end_there_was() -> None:
    whole = Tree(entries=before())
    named = epoch(kept=200, kept_root=b64(root_of([entry.hash for entry in before()])))
    assert verified(whole, Tree(entries=later(named), label="2026-2")).faults == []
    forged = epoch(kept=200, kept_root=b64(root_of([entry.hash for entry in before()])), root=b64(bytes(32)))
    assert "end that the epoch" in texts(verified(whole, Tree(entries=later(forged), label="2026-2")))


def test_a_shard_that_begins_without_an_epoch_is_a_fault() -> None:
    rest = later(epoch())[1:]
    assert "must begin with an epoch" in texts(verified(KEPT, Tree(entries=rest, label="2026-2")))
    assert "must begin with an epoch" in texts(verified(KEPT, Tree(entries=rest, label="2027")))


def test_an_epoch_in_the_middle_of_a_shard_is_a_fault() -> None:
    assert "not the first of its shard" in texts(verified(Tree(entries=[*before()[:9], epoch()])))


def test_shards_have_their_order_and_each_its_key() -> None:
    second = Tree(entries=later(epoch()), label="2026-2")
    assert "out of order" in texts(verified(second, KEPT))
    assert "out of order" in texts(verified(KEPT, KEPT))
    assert "no --vkey was given" in texts(verified(KEPT, second, keys=[KEPT.vkey]))


def test_a_shard_may_be_there_for_the_events_of_another_alone() -> None:
    since = BEGIN + 2 * MINUTE
    first, second = KEPT.part(since), Tree(entries=later(epoch()), label="2026-2").part(since)
    assert (first.start, first.end, second.start) == (150, 150, 0)
    report = verified(first, second)
    assert (report.faults, report.kinds["epoch"], report.kinds["check"]) == ([], 1, 0)


def test_an_id_of_another_shard_is_not_used_again() -> None:
    stolen = altered(later(epoch())[1], lambda leaf: leaf.update(id=before()[0].id))
    report = verified(KEPT, Tree(entries=[epoch(), stolen], label="2026-2"))
    assert "has the id of another" in texts(report)
    assert "entry 1" in texts(report)
    assert stolen.at > AFTER + SECOND


def test_a_database_older_than_an_epoch_declares_every_tree_that_it_lost() -> None:
    """Restored to before the second tree began, it lost part of the first and all of the second."""
    nothing = {"shard": "2026-2", "size": 7, "root": b64(bytes(32)), "kept": 0, "kept_root": b64(root_of([]))}
    third, fourth = Tree(entries=[epoch()], label="2026-3"), Tree(entries=later(epoch(**nothing)), label="2026-4")
    report = verified(KEPT, third, replace(fourth, entries=[altered(e, _renamed) for e in fourth.entries]))
    assert report.faults == []
    assert "7 of its 7 entries WERE LOST" in "\n".join(report.warnings)


def test_a_checkpoint_of_a_tree_that_was_lost_whole_is_met_by_its_epoch() -> None:
    lost = Tree(entries=before()[:7], label="2026-2")
    root = b64(root_of(lost.hashes))
    gone = {"shard": "2026-2", "size": 7, "root": root, "kept": 0, "kept_root": b64(root_of([]))}
    third, fourth = (
        Tree(entries=[epoch()], label="2026-3"),
        Tree(entries=[altered(epoch(**gone), _renamed)], label="2026-4"),
    )
    keys = [tree.vkey for tree in (KEPT, lost, third, fourth)]
    report = verified(KEPT, third, fourth, previous=lost.notes()[-1], keys=keys)
    assert report.faults == []
    assert report.exit_status == 4
    assert "7 entries WERE LOST: the epoch of shard 2026-4 declares it, by cli" in report.losses[0]
    assert "not in the bundle" in texts(verified(KEPT, third, fourth, previous=lost.notes()[-1]))
    shorter = replace(lost, entries=before()[:6]).notes()[-1]
    report = verified(KEPT, third, fourth, previous=shorter, keys=keys)
    assert (report.exit_status, report.faults) == (4, []), "it lies within what was declared lost"
    assert "the root of your 6 is named by none" in report.losses[0]


def _renamed(leaf: dict[str, Any]) -> None:
    leaf["id"] = leaf["id"][:-1] + ("0" if leaf["id"][-1] != "0" else "1")


@pytest.mark.parametrize("kept", [0, 149, 160])
def test_what_was_kept_is_what_the_newest_checkpoint_covers(kept: int) -> None:
    named = epoch(kept=kept, kept_root=b64(root_of([entry.hash for entry in before()[:kept]])))
    report = verified(KEPT, Tree(entries=later(named), label="2026-2"))
    assert "150 are signed for" in texts(report)
