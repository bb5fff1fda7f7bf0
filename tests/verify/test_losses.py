"""A declared loss hides nothing from whoever holds more than one checkpoint, and no shard is left out unnoticed."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from app.domain.merkle import root_of
from app.static.log.dialgate_verify import Report, verify
from tests.verify.bundles import Tree, b64, bundle
from tests.verify.entries import Logged
from tests.verify.mutations import altered
from tests.verify.test_epochs import KEPT, PUBLISHED, before, epoch, later, texts


def rewritten(size: int) -> Tree:
    """Tell the same history, but for one entry near its beginning, and only so far."""
    entries = list(before()[:size])
    place = next(p for p, e in enumerate(entries) if e.kind == "outcome")
    entries[place] = altered(entries[place], lambda leaf: leaf.update(actor="z" * 12))
    return Tree(entries=entries)


def declaring(kept: Tree) -> Tree:
    """Begin a shard that declares the loss of what was published beyond this."""
    size = len(kept.entries)
    return Tree(entries=later(epoch(kept=size, kept_root=b64(root_of(kept.hashes)))), label="2026-2")


def verified(*trees: Tree, held: Sequence[str] = (), keys: Sequence[Tree] = ()) -> Report:
    return verify(bundle(*trees).packed(), [tree.vkey for tree in (*trees, *keys)], previous=held)


HELD = replace(PUBLISHED, entries=before()[:120]).notes()[-1]


def test_an_epoch_does_not_launder_a_rewrite() -> None:
    """Nothing of the old shard can be compared by the newest checkpoint alone: that is not called sound."""
    forged = rewritten(199)
    report = verified(forged, declaring(forged), held=[PUBLISHED.notes()[-1]])
    assert (report.exit_status, report.faults) == (4, [])
    assert "1 entries WERE LOST" in report.losses[0]
    assert "by cli" in report.losses[0]
    assert "nothing held by you of this shard could be compared" in report.losses[0]


@pytest.mark.parametrize("newest_first", [True, False])
def test_a_second_checkpoint_finds_the_rewrite_and_clears_the_honest(newest_first: bool) -> None:
    held = [PUBLISHED.notes()[-1], HELD] if newest_first else [HELD, PUBLISHED.notes()[-1]]
    report = verified(KEPT, declaring(KEPT), held=held)
    assert (report.exit_status, report.faults, report.losses) == (0, [], [])
    assert "a shorter checkpoint you hold of that shard was compared" in "\n".join(report.warnings)
    forged = rewritten(199)
    report = verified(forged, declaring(forged), held=held)
    assert report.exit_status == 1
    assert "changed after that was signed" in texts(report)


def test_a_checkpoint_of_another_shard_clears_nothing() -> None:
    second = declaring(KEPT)
    report = verified(KEPT, second, held=[PUBLISHED.notes()[-1], second.notes()[-1]])
    assert report.exit_status == 4


def test_a_loss_outweighs_lateness_and_a_fault_outweighs_both() -> None:
    report = Report(losses=["x"], late_count=1)
    assert report.exit_status == 4
    report.fault("y")
    assert report.exit_status == 1


def test_a_root_of_what_was_kept_that_is_not_signed_is_a_fault() -> None:
    forged = Tree(entries=later(epoch(kept_root=b64(bytes(32)))), label="2026-2")
    assert "what the epoch says was kept" in texts(verified(KEPT, forged))


def test_a_shard_that_was_kept_is_not_left_out() -> None:
    report = verified(declaring(KEPT))
    assert "150 entries of shard 2026 were kept: it is not in the bundle" in texts(report)
    nothing = epoch(kept=0, kept_root=b64(root_of([])))
    assert verified(Tree(entries=later(nothing), label="2026-2")).exit_status == 0
    forged = epoch(kept=0, kept_root=b64(bytes(32)))
    assert "another root of no entries" in texts(verified(Tree(entries=later(forged), label="2026-2")))


@pytest.mark.parametrize("trees", [["2026-2"], ["2026-7"], ["2026", "2027"], ["2026", "2026-2"]])
def test_a_shard_after_the_first_begins_with_an_epoch(trees: list[str]) -> None:
    rest: list[Logged] = later(epoch())[1:]
    entries = {"2026": KEPT.entries}
    report = verified(*(Tree(entries=entries.get(label, rest), label=label) for label in trees))
    assert "must begin with an epoch" in texts(report)
