"""What stands outside: copies of checkpoints, the next tree after a loss, and what is told of one."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from app.domain.checkpoint import Checkpoint, origin_of, signed_checkpoint
from app.domain.note import BadNote
from app.domain.outside import Loss, Published, next_label, opened_copy, root_text, written_consistency
from tests.domain.signing import is_signed, signer

LOG = "ab" * 16
ROOT = bytes(range(32))
LOSS = Loss(log_id=LOG, shard="2026", size=9, root=ROOT, kept=7, kept_root=ROOT, is_known=True)


@pytest.mark.parametrize(
    ("taken", "label"),
    [
        ([], "2026"),
        (["2025", "2025-7"], "2026"),
        (["2026"], "2026-2"),
        (["2026", "2026-2"], "2026-3"),
        (["2026-10", "2026-9", "2026"], "2026-11"),
        (["2026-0", "x2026", "2026-01"], "2026"),
    ],
)
def test_the_tree_after_a_loss_has_a_name_that_none_had(taken: list[str], label: str) -> None:
    assert next_label(year=2026, taken=taken) == label


def test_a_loss_counts_what_is_gone_for_certain_and_says_so() -> None:
    assert LOSS.lost == 2
    assert LOSS.sentence == f"log {LOG}, shard 2026: 9 entries were published, the database has 7"
    others = replace(LOSS, kept=9)
    assert others.lost == 0
    assert others.sentence.endswith("9 entries were published, the database has as many, but others")
    assert replace(LOSS, kept=10).lost == 0
    unknown = replace(LOSS, kept=0, is_known=False)
    assert unknown.sentence.endswith("9 entries were published, the database does not know this log")


def test_a_copy_is_read_back_and_that_of_another_tree_is_refused() -> None:
    origin = origin_of(LOG, "2026")
    own = signer(origin, b"s" * 32)
    checkpoint = Checkpoint(origin=origin, size=9, root=ROOT)
    note = signed_checkpoint(checkpoint, signer=own, at=datetime(2026, 11, 25, 10, tzinfo=UTC))
    copy = opened_copy(note, log_id=LOG, shard="2026", verifier=own.verifier, is_signed=is_signed)
    assert copy == Published(log_id=LOG, shard="2026", size=9, root=ROOT, note=note)
    other = signer(origin_of(LOG, "2027"), b"s" * 32)
    with pytest.raises(BadNote):
        opened_copy(note, log_id=LOG, shard="2027", verifier=other.verifier, is_signed=is_signed)


def test_a_consistency_proof_is_written_line_by_line() -> None:
    written = written_consistency(old=3, new=9, hashes=[ROOT, ROOT[::-1]], checkpoint="note\n")
    lines = ["dialgate/consistency-proof@v1", "old 3", "new 9", root_text(ROOT), root_text(ROOT[::-1]), "", "note", ""]
    assert written.split("\n") == lines
    assert root_text(b"\xfb\xff") == "+/8="
