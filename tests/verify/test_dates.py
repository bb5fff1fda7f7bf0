"""No date is believed: every entry is held against the checkpoints around it, every event against its place."""

import json
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from app.domain.leaf import LeafKind, written
from app.policies.load import shipped
from app.static.log.dialgate_verify import Report, verify
from tests.builders import MINUTE, SECOND, facts, grant, withdrawal
from tests.verify.bundles import Tree, bundle
from tests.verify.entries import ACTOR, BEGIN, Logged, Pen, check, consent
from tests.verify.test_operators import NUMBER, history

YES = grant(obtained_at=BEGIN - MINUTE, recorded_at=BEGIN - 20 * SECOND)
NO = withdrawal(obtained_at=BEGIN - 30 * SECOND, recorded_at=BEGIN - 10 * SECOND)
NOON = int(BEGIN.timestamp())


def verified(entries: list[Logged], *, seconds: int | None = None, previous: Any = None) -> Report:
    cuts = None if seconds is None else [(len(entries), NOON + seconds)]
    tree = Tree(entries=entries, cuts=cuts)
    return verify(bundle(tree).packed(), [tree.vkey], previous=previous)


def texts(report: Report) -> str:
    return "\n".join(map(str, report.faults))


def outcome(at: datetime, *, seed: int = 1) -> Logged:
    """Log how a call went."""
    pen = Pen(seed)
    body = {"actor": ACTOR, "decision": pen.id(at), "attempted_at": written(at), "result": "answered", "opt_out": False}
    return pen.write(LeafKind.OUTCOME, id=pen.id(at), at=at, body=body)


def asked(at: datetime, *consents: Any) -> Logged:
    """Log a decision that names some consents."""
    return check(Pen(2), facts(at=at, consents=consents, suppressions=()), at=at, rules=shipped(), number=NUMBER)


def said(event: Any, *, seed: int = 3, number: str = NUMBER) -> tuple[Logged, Any]:
    """Log a consent event."""
    pen = Pen(seed)
    return consent(pen, replace(event, id=pen.id(event.recorded_at)), number=number)


@pytest.mark.parametrize(("ahead", "status"), [(0, 0), (1, 0), (2, 1), (3600, 1)])
def test_an_entry_of_any_kind_dated_ahead_of_its_checkpoint_is_a_fault(ahead: int, status: int) -> None:
    for entry in (outcome(BEGIN + ahead * SECOND), asked(BEGIN + ahead * SECOND), said(_at(YES, ahead))[0]):
        report = verified([entry], seconds=0)
        assert report.exit_status == status, entry.kind
        assert ("dated after the checkpoint" in texts(report)) is bool(status)


def _at(event: Any, ahead: int) -> Any:
    return replace(event, recorded_at=BEGIN + ahead * SECOND)


def test_a_checkpoint_you_hold_bounds_the_dates_as_well() -> None:
    """The operator may leave a checkpoint out of the bundle, but not out of your drawer."""
    entries = [outcome(BEGIN), outcome(BEGIN + 30 * SECOND, seed=2), outcome(BEGIN + 40 * SECOND, seed=3)]
    assert verified(entries, seconds=41).exit_status == 0
    held = Tree(entries=entries[:2], cuts=[(2, NOON + 5)]).notes()[-1]
    report = verified(entries, seconds=41, previous=held)
    assert [fault.place.entry for fault in report.faults] == [1]


@pytest.mark.parametrize(("seconds", "status"), [(60, 0), (61, 3)])
def test_other_entries_that_were_late_are_counted_in_one_line(seconds: int, status: int) -> None:
    entries = [outcome(BEGIN, seed=seed) for seed in range(3)] + [said(_at(YES, 0), seed=9)[0]]
    report = verified(entries, seconds=seconds)
    assert (report.exit_status, report.faults, report.late_count) == (status, [], 0)
    assert report.late_kinds == ({"outcome": 3, "consent": 1} if status else {})


def test_an_event_named_must_stand_before_the_decision() -> None:
    entry, event = said(YES)
    decision = asked(BEGIN, event)
    assert verified([entry, decision], seconds=1).exit_status == 0
    assert "stands after it in the log" in texts(verified([decision, entry], seconds=1))


def test_an_event_named_must_not_be_dated_after_the_decision() -> None:
    entry, event = said(replace(YES, recorded_at=BEGIN + SECOND))
    assert "is dated after it" in texts(verified([entry, asked(BEGIN, event)], seconds=2))
    same, event = said(replace(YES, recorded_at=BEGIN))
    assert verified([same, asked(BEGIN, event)], seconds=2).exit_status == 0


def test_a_no_dated_after_the_decision_but_logged_before_it_counts() -> None:
    """Who dates a withdrawal ahead by a second does not make it later than a decision further down."""
    (yes, granted), (no, _) = said(YES), said(replace(NO, recorded_at=BEGIN + SECOND), seed=4)
    assert "left out" in texts(verified([yes, no, asked(BEGIN, granted)], seconds=1))
    assert verified([yes, asked(BEGIN, granted), no], seconds=1).exit_status == 0


def test_checkpoints_signed_in_the_same_second_are_fine() -> None:
    entries = [outcome(BEGIN, seed=seed) for seed in range(3)]
    tree = Tree(entries=entries, cuts=[(1, NOON + 1), (2, NOON + 1), (3, NOON + 1)])
    assert verify(bundle(tree).packed(), [tree.vkey]).exit_status == 0
    back = replace(tree, cuts=[(1, NOON + 2), (2, NOON + 1), (3, NOON + 3)])
    assert "goes back" in texts(verify(bundle(back).packed(), [tree.vkey]))


def test_a_no_that_is_not_opened_is_counted_and_told() -> None:
    (yes, granted), (no, _) = said(YES), said(NO, seed=4)
    hidden = replace(no, salt=None)
    report = verified([yes, hidden, asked(BEGIN, granted)], seconds=1)
    assert report.exit_status == 0, "an erasure looks the same"
    (told,) = [warning for warning in report.warnings if "erased or withheld" in warning]
    assert told.startswith("1 consents and objections are not opened")
    assert f"shard 2026 entry 1 {no.id}" in told
    assert any("every event opened" in line and "1 events are not" in line for line in report.checked)
    closed = verify(bundle(Tree(entries=[yes, hidden]), openings=False).packed(), [Tree(entries=()).vkey])
    assert not [warning for warning in closed.warnings if "withheld" in warning]


def test_an_event_that_commits_to_no_number_is_told() -> None:
    pen = Pen(5)
    nameless, _ = consent(pen, replace(NO, id=pen.id(NO.recorded_at)))
    assert any("commit to no number" in warning for warning in verified([nameless], seconds=1).warnings)


@pytest.mark.parametrize("is_closed", [True, False])
def test_more_consents_than_can_be_named_are_counted_where_all_are_opened(is_closed: bool) -> None:
    entry, _ = said(grant(obtained_at=BEGIN - MINUTE, recorded_at=BEGIN - MINUTE))
    other = said(withdrawal(obtained_at=BEGIN - MINUTE, recorded_at=BEGIN - MINUTE), seed=8, number="+420601000001")[0]
    other = replace(other, salt=None) if is_closed else other
    unknown = check(Pen(2), facts(at=BEGIN, consents=None), at=BEGIN, rules=shipped(), number=NUMBER)
    report = verified([entry, other, unknown])
    assert ("more than 24" in texts(report)) is not is_closed
    assert any("more than 24" in warning for warning in report.warnings) is is_closed
    assert verified([unknown, other], seconds=1).exit_status == 1, "what comes later was not there to count"


def test_the_history_told_elsewhere_is_dated_soundly() -> None:
    assert verified(history()).exit_status == 0
    assert json.loads(history()[0].leaf)["at"].startswith("2026-11-25T10:00:00")
