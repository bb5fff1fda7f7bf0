"""Earlier calls: what caps counted must be in the log, and nothing that they should have counted left out."""

import json
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest

from app.domain.attempt import Attempt, CallResult
from app.domain.leaf import LeafKind, canonical, hash_text, written
from app.domain.ruleset import Ruleset
from app.static.log.dialgate_verify import Report, verify
from tests.builders import DAY, MINUTE, SECOND, basis_table, facts, grant, guarded, rule_table
from tests.verify.bundles import Tree, bundle
from tests.verify.entries import ACTOR, BEGIN, Logged, Pen, check, consent
from tests.verify.mutations import altered

NUMBER, OTHER = "+420601123456", "+420601999999"
CAP = rule_table("frequency", {"max": 1, "window_days": 30})
RULES = guarded(basis_table(), CAP)
LATER = BEGIN + 5 * MINUTE


class Line:
    """One number that is called again and again, under a cap of one call in thirty days."""

    def __init__(self, rules: Ruleset = RULES) -> None:
        self.pen, self.rules, self.entries = Pen(6), rules, list[Logged]()
        entry, self.yes = consent(self.pen, grant(id=self.pen.id(BEGIN), recorded_at=BEGIN - DAY), number=NUMBER)
        self.entries.append(entry)

    def check(self, at: datetime, *attempts: Attempt, number: str = NUMBER, **changes: Any) -> Attempt:
        """Ask at an instant, with what is known of earlier calls; gives the place that an allow takes."""
        known = facts(at=at, consents=(self.yes,), attempts=attempts, **changes)
        self.entries.append(check(self.pen, known, at=at, rules=self.rules, number=number))
        return Attempt(at=at, result=None, leaf_hash=hash_text(self.entries[-1].hash))

    def outcome(self, at: datetime, result: CallResult) -> Attempt:
        """Report of the newest check."""
        said = {"decision": self.entries[-1].id, "attempted_at": written(at), "result": result.value, "opt_out": False}
        id = self.pen.id(at)
        self.entries.append(self.pen.write(LeafKind.OUTCOME, id=id, at=at, body={"actor": ACTOR, **said}))
        return Attempt(at=at, result=result, leaf_hash=hash_text(self.entries[-1].hash))

    def verdicts(self) -> list[str]:
        """Give what was answered."""
        return [json.loads(entry.leaf)["verdict"] for entry in self.entries if entry.kind == "check"]

    def verified(self, **part: Any) -> Report:
        """Verify the log, or a part of it."""
        tree = replace(Tree(entries=self.entries), **part)
        made = bundle(tree)
        name = f"rulesets/{self.rules.digest.removeprefix('sha256:')}.json"
        whole = replace(made, members={**made.members, name: canonical(self.rules.content)})
        return verify(whole.packed(), [tree.vkey])


def _changed(change: dict[str, Any], leaf: dict[str, Any]) -> None:
    leaf.update(change)


def texts(report: Report) -> str:
    return "\n".join(map(str, report.faults))


def test_calls_that_are_counted_are_sound() -> None:
    line = Line()
    first = line.check(BEGIN)
    line.check(LATER, first)
    line.outcome(LATER, CallResult.BUSY)
    assert line.verdicts() == ["allow", "defer"]
    assert not line.verified().faults


@pytest.mark.parametrize("result", [None, CallResult.BUSY])
def test_a_call_left_out_of_a_cap_is_a_fault(result: CallResult | None) -> None:
    line = Line()
    line.check(BEGIN)
    if result is not None:
        line.outcome(BEGIN + SECOND, result)
    line.check(LATER)
    assert line.verdicts() == ["allow", "allow"]
    assert "would have been another (defer) with the event" in texts(line.verified())


@pytest.mark.parametrize(
    ("why", "result", "later", "number"),
    [
        ("it was given back", CallResult.NOT_DIALLED, LATER, NUMBER),
        ("it is long past", None, BEGIN + 31 * DAY, NUMBER),
        ("it was to another number", None, LATER, OTHER),
    ],
)
def test_a_call_that_counts_no_more_may_be_left_out(
    why: str, result: CallResult | None, later: datetime, number: str
) -> None:
    line = Line()
    line.check(BEGIN, number=number)
    if result is not None:
        line.outcome(BEGIN + SECOND, result)
    line.check(later)
    assert line.verdicts() == ["allow", "allow"]
    faults = [fault for fault in line.verified().faults if "another number" not in fault.text]
    assert not faults, why


def test_a_call_that_is_not_known_of_is_no_call_left_out() -> None:
    line = Line()
    line.check(BEGIN)
    line.entries.append(
        check(line.pen, facts(at=LATER, consents=(line.yes,), attempts=None), at=LATER, rules=RULES, number=NUMBER)
    )
    assert line.verdicts() == ["allow", "deny"]
    assert not line.verified().faults


@pytest.mark.parametrize(
    ("later", "members", "told"),
    [
        (10 * SECOND, ("reservation", "repeat_of"), ""),
        (15 * SECOND, ("reservation", "repeat_of"), "was not open to it"),
        (10 * SECOND, ("reservation",), "another than it repeats"),
        (10 * MINUTE, ("repeat_of",), "would have been another"),
    ],
)
def test_a_repeat_shares_the_place_of_the_first_while_its_permit_lasts(
    later: timedelta, members: tuple[str, ...], told: str
) -> None:
    line = Line()
    line.check(BEGIN)
    first = line.entries[-1]
    line.check(BEGIN + later)
    line.entries[-1] = altered(line.entries[-1], lambda leaf: leaf.update(dict.fromkeys(members, first.id)))
    faults = texts(line.verified())
    assert told in faults if told else not faults


def test_a_place_that_no_check_took_or_that_is_not_taken_is_a_fault() -> None:
    for change, told in (
        ({"reservation": "0" * 36, "repeat_of": "0" * 36}, "that no other took"),
        ({"reservation": None}, "takes no place"),
    ):
        line = Line()
        line.check(BEGIN)
        line.entries[-1] = altered(line.entries[-1], partial(_changed, change))
        assert told in texts(line.verified())


def test_a_refusal_may_not_be_told_as_a_mere_call() -> None:
    pause = rule_table("cooldown", {"trigger": "refusal", "days": 60})
    line = Line(guarded(basis_table(), pause))
    place = line.check(BEGIN)
    line.outcome(BEGIN + SECOND, CallResult.REFUSED)
    line.check(LATER, place)
    assert line.verdicts() == ["allow", "allow"]
    assert "would have been another (defer)" in texts(line.verified())


def test_calls_named_must_be_such_and_of_the_number_and_before() -> None:
    line = Line()
    place = line.check(BEGIN)
    line.check(LATER, replace(place, leaf_hash=line.yes.leaf_hash))
    assert "names among its attempts what is none" in texts(line.verified())

    line = Line()
    place = line.check(BEGIN, number=OTHER)
    line.check(LATER, place)
    assert "rests on an event of another number" in texts(line.verified())

    line = Line()
    line.check(BEGIN)
    place = line.check(LATER, replace(line.check(BEGIN), at=BEGIN))
    line.entries[2], line.entries[3] = line.entries[3], line.entries[2]
    assert "stands after it in the log" in texts(line.verified())


def test_one_call_has_one_outcome() -> None:
    line = Line()
    line.check(BEGIN)
    line.outcome(BEGIN + SECOND, CallResult.ANSWERED)
    one = json.loads(line.entries[-1].leaf)
    again = {name: one[name] for name in ("actor", "decision", "attempted_at", "result", "opt_out")}
    at = BEGIN + 2 * SECOND
    line.entries.append(line.pen.write(LeafKind.OUTCOME, id=line.pen.id(at), at=at, body=again | {"result": "busy"}))
    assert "second outcome" in texts(line.verified())


def test_calls_before_the_range_are_proved_to_lie_in_the_log() -> None:
    line = Line()
    line.check(BEGIN)
    answered = line.outcome(BEGIN + SECOND, CallResult.ANSWERED)
    line.check(LATER, answered)
    since = LATER - MINUTE
    cuts = [(3, int(BEGIN.timestamp()) + 2), (4, int(LATER.timestamp()) + 1)]
    report = line.verified(start=3, since=since, cuts=cuts)
    assert (texts(report), report.counts["events outside"]) == ("", 2)
