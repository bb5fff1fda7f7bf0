"""Against an operator who holds the true key: what an outside checkpoint, the rules and the openings give away."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import cache
from typing import Any

import pytest

from app.domain.consent import Action
from app.domain.decision import decide
from app.domain.entry import check_body
from app.domain.facts import Facts
from app.domain.leaf import LeafKind
from app.policies.load import shipped
from app.static.log.dialgate_verify import Report, verify
from tests.builders import MINUTE, SECOND, facts, grant, objection, withdrawal
from tests.verify.bundles import Tree, bundle
from tests.verify.entries import ACTOR, BEGIN, Logged, Pen, check, consent, story
from tests.verify.entries import objection as written_objection
from tests.verify.mutations import altered

NUMBER, OTHER_NUMBER = "+420601123456", "+420601654321"


@cache
def history() -> list[Logged]:
    """Tell a history; it is the same every time."""
    return list(story(200, seed=5, span=timedelta(seconds=300)))


def verified(tree: Tree, **given: Any) -> Report:
    return verify(bundle(tree).packed(), [tree.vkey], **given)


def texts(report: Report) -> str:
    return "\n".join(map(str, report.faults))


def rewritten(place: int) -> list[Logged]:
    """Tell the same history but for one entry, that nothing else names."""
    entries = list(history())
    entries[place] = altered(entries[place], lambda leaf: leaf.update(actor="z" * 12))
    return entries


@pytest.mark.parametrize("cut", [False, True])
def test_history_that_was_changed_after_somebody_kept_a_checkpoint_is_found(cut: bool) -> None:
    tree = Tree(entries=history())
    kept = tree.notes()[14]
    size = int(kept.split("\n")[1])
    outcome = next(p for p, e in enumerate(history()[:size]) if e.kind in ("outcome", "admin"))
    forged = replace(tree, entries=history()[: size - 1] if cut else rewritten(outcome))
    assert verified(tree, previous=kept).exit_status == 0
    assert verified(forged).exit_status == 0, "the key's holder can tell any story to whoever kept nothing"
    report = verified(forged, previous=kept)
    assert report.exit_status == 1
    assert ("no epoch declares it" if cut else "changed after that was signed") in texts(report)


def test_an_earlier_checkpoint_before_the_range_needs_a_proof_and_is_proved() -> None:
    tree = Tree(entries=history()).part(BEGIN + 3 * MINUTE, BEGIN + 3.5 * MINUTE)
    kept = tree.notes()[12]
    size = int(kept.split("\n")[1])
    assert "nor is a proof" in texts(verified(tree, previous=kept))
    assert verified(replace(tree, consistency=(size,)), previous=kept).exit_status == 0
    forged = replace(tree, entries=rewritten(next(p for p, e in enumerate(history()[:size]) if e.kind == "outcome")))
    assert "is false" in texts(verified(replace(forged, consistency=(size,)), previous=kept))


def test_nothing_is_proved_by_a_checkpoint_of_nothing_or_of_another_log_or_key() -> None:
    tree = Tree(entries=history())
    empty = replace(tree, entries=[]).notes()[0]
    assert "no entries" in texts(verified(tree, previous=empty))
    assert "not in the bundle" in texts(verified(tree, previous=replace(tree, label="2025").notes()[0]))
    assert "not signed by the key" in texts(verified(tree, previous=replace(tree, seed=bytes(32)).notes()[0]))
    for junk in ("", "junk", "\n\n\n", tree.notes()[0][:-1], tree.notes()[0] + "\n"):
        assert verified(tree, previous=junk).exit_status == 1


def test_two_roots_for_one_size_and_a_size_that_shrinks_are_found() -> None:
    tree = Tree(entries=history())
    notes, forks = tree.notes(), replace(tree, entries=rewritten(0)).notes()
    sound = bundle(tree)
    for line, word in ((forks[-1], "fork"), (forks[3], "changed after"), (notes[-1], None)):
        forged = sound.changed(checkpoints__jsonl=json.dumps(line, ensure_ascii=False).encode() + b"\n")
        report = verify(forged.packed(), [tree.vkey])
        assert (word in texts(report)) if word else report.faults == []
    lines = sound.members["2026/checkpoints.jsonl"].splitlines(keepends=True)
    assert "goes back" in texts(verify(sound.changed(checkpoints__jsonl=b"".join(lines[::-1])).packed(), [tree.vkey]))


YES = grant(obtained_at=BEGIN - 5 * MINUTE, recorded_at=BEGIN - 5 * MINUTE)
NO = withdrawal(obtained_at=BEGIN - MINUTE, recorded_at=BEGIN - MINUTE)
OBJECTED = objection(since=BEGIN - MINUTE, recorded_at=BEGIN - MINUTE)


def with_check(said: list[tuple[str, Any]], known: Callable[[list[Any]], Facts], *, number: str = NUMBER) -> Report:
    """Verify a log of some events and one decision on `number`, made by the facts that `known` picks."""
    pen = Pen(3)
    entries, events = [], []
    for of, event in said:
        write: Any = consent if hasattr(event, "action") else written_objection
        entry, event = write(pen, replace(event, id=pen.id(event.recorded_at)), number=of)
        entries.append(entry)
        events.append(event)
    entries.append(check(pen, known(events), at=BEGIN, rules=shipped(), number=number))
    return verified(Tree(entries=entries))


@pytest.mark.parametrize("hidden", [NO, OBJECTED, replace(NO, action=Action.REFUSED)])
def test_an_allow_that_left_out_a_no_is_found_by_the_openings(hidden: Any) -> None:
    def blind(events: list[Any]) -> Facts:
        return facts(at=BEGIN, consents=(events[0],))

    report = with_check([(NUMBER, YES), (NUMBER, hidden)], blind)
    assert report.verdicts["allow"] == 1
    assert "with the event" in texts(report)
    assert "left out" in texts(report)
    assert with_check([(NUMBER, YES), (OTHER_NUMBER, hidden)], blind).exit_status == 0
    simultaneous = replace(hidden, recorded_at=BEGIN)
    report = with_check([(NUMBER, YES), (NUMBER, simultaneous)], blind)
    assert "left out" in texts(report), "the place in the log decides, whatever the date says"


def test_an_event_left_out_that_changes_nothing_is_no_fault() -> None:
    older = replace(YES, obtained_at=BEGIN - 9 * MINUTE, recorded_at=BEGIN - 9 * MINUTE)
    report = with_check([(NUMBER, older), (NUMBER, YES)], lambda events: facts(at=BEGIN, consents=(events[1],)))
    assert (report.exit_status, report.counts["derived whole"]) == (0, 1)


@pytest.mark.parametrize("replay", [True, False])
def test_what_a_decision_names_must_be_there_whether_it_is_derived_or_not(replay: bool) -> None:
    place = next(p for p, e in enumerate(history()) if e.kind == "check")
    entries = list(history())
    entries[place] = altered(entries[place], lambda leaf: leaf["suppressions"].append("A" * 43))
    report = verified(Tree(entries=entries), replay=replay)
    assert "names the event AAA" in str(report.faults[0])
    assert report.faults[0].place.entry == place


def test_a_consent_of_another_number_permits_nothing() -> None:
    report = with_check([(OTHER_NUMBER, YES)], lambda events: facts(at=BEGIN, consents=(events[0],)))
    assert "another number" in texts(report)


def test_too_many_consents_to_name_are_not_just_claimed() -> None:
    report = with_check([(NUMBER, YES)], lambda events: facts(at=BEGIN, consents=None))
    assert "more than 24" in texts(report)


@pytest.mark.parametrize("has_fields", [True, False])
def test_fields_that_were_not_logged_are_not_opened(has_fields: bool) -> None:
    place = next(p for p, e in enumerate(history()) if e.kind == "check" and bool(e.fields) is has_fields)
    for fields in ({"ref": "another"}, {}):
        entries = list(history())
        entries[place] = replace(entries[place], fields=fields)
        report = verified(Tree(entries=entries))
        assert report.exit_status == int(has_fields or bool(fields))


def test_what_was_erased_is_derived_from_the_leaf_alone() -> None:
    entries = [replace(entry, salt=None) if entry.number else entry for entry in history()]
    report = verified(Tree(entries=entries))
    assert (report.exit_status, report.counts["derived whole"]) == (0, 0)
    assert any("number is not opened" in warning for warning in report.warnings)


@pytest.mark.parametrize(("seconds", "status"), [(60, 0), (61, 3), (3600, 3)])
def test_a_decision_integrated_too_late_is_told_apart_from_a_fault(seconds: int, status: int) -> None:
    pen = Pen(1)
    entry = check(pen, facts(at=BEGIN, consents=(), suppressions=()), at=BEGIN, rules=shipped(), number=NUMBER)
    report = verified(Tree(entries=[entry], cuts=[(1, int(BEGIN.timestamp()) + seconds)]))
    assert (report.exit_status, report.faults, report.late_count) == (status, [], int(status == 3))
    between = check(Pen(2), facts(at=BEGIN + SECOND / 2, consents=()), at=BEGIN + SECOND / 2, rules=shipped())
    late = verified(Tree(entries=[between], cuts=[(1, int(BEGIN.timestamp()) + seconds + 1)]))
    assert late.exit_status == status, "the checkpoint's time is in whole seconds: half a second is rounded up"


def test_a_binding_decision_is_about_now() -> None:
    pen, later = Pen(1), facts(at=BEGIN + MINUTE, consents=())
    decision = decide(later, shipped())
    request = {"actor": ACTOR, "campaign": pen.id(BEGIN), "check": "auto", "binding": True}
    body = check_body(later, decision, request=request)
    entry = pen.write(LeafKind.CHECK, id=pen.id(BEGIN), at=BEGIN, body=body)
    assert "another instant" in texts(verified(Tree(entries=[entry])))
