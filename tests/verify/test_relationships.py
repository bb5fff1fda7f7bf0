"""Relationships that a decision rests on: in the log, of the number, and the newest record of each."""

import json
from dataclasses import replace
from typing import Any

from app.domain.entry import relationship_body
from app.domain.leaf import LeafKind, canonical
from app.domain.relationship import Relationship
from app.static.log.dialgate_verify import Report, verify
from tests.builders import DAY, MINUTE, basis_table, facts, guarded
from tests.builders import relationship as purchase
from tests.verify.bundles import Tree, bundle
from tests.verify.entries import ACTOR, BEGIN, Logged, Pen, check, relationship

NUMBER = "+420601123456"
TERMS = {"any_of": ["customer"], "purpose": "marketing", "customer_months": 12}
RULES = guarded(basis_table(params=TERMS))
LATER = BEGIN + 5 * MINUTE


def asked(pen: Pen, *known: Relationship) -> Logged:
    """Log an allow that rests on relationships alone."""
    entry = check(pen, facts(at=LATER, consents=(), relationships=known), at=LATER, rules=RULES, number=NUMBER)
    assert json.loads(entry.leaf)["verdict"] == "allow"
    return entry


def verified(*entries: Logged, **part: Any) -> Report:
    tree = replace(Tree(entries=entries), **part)
    made = bundle(tree)
    name = f"rulesets/{RULES.digest.removeprefix('sha256:')}.json"
    whole = replace(made, members={**made.members, name: canonical(RULES.content)})
    return verify(whole.packed(), [tree.vkey])


def bought(pen: Pen, number: str = NUMBER) -> tuple[Logged, Relationship]:
    return relationship(pen, purchase(id=pen.id(BEGIN), recorded_at=BEGIN), number=number)


def texts(report: Report) -> str:
    return "\n".join(map(str, report.faults))


def test_a_decision_may_rest_on_a_relationship() -> None:
    pen = Pen(2)
    entry, tie = bought(pen)
    report = verified(entry, asked(pen, tie))
    assert (texts(report), report.counts["derived whole"]) == ("", 1)


def test_one_before_the_range_is_proved_to_lie_in_the_log() -> None:
    pen = Pen(2)
    entry, tie = bought(pen)
    cuts = [(1, int(BEGIN.timestamp()) + 1), (2, int(LATER.timestamp()) + 1)]
    report = verified(entry, asked(pen, tie), start=1, since=LATER - MINUTE, cuts=cuts)
    assert (texts(report), report.counts["events outside"]) == ("", 1)


def test_one_that_is_not_in_the_log_is_a_fault() -> None:
    pen = Pen(2)
    assert "is not in the bundle" in texts(verified(asked(pen, purchase(leaf_hash="A" * 43))))


def test_one_of_another_number_is_a_fault() -> None:
    pen = Pen(2)
    entry, tie = bought(pen, "+420601999999")
    assert "rests on an event of another number" in texts(verified(entry, asked(pen, tie)))


def test_one_that_was_replaced_is_a_fault() -> None:
    pen = Pen(2)
    entry, tie = bought(pen)
    ended = purchase(id=pen.id(BEGIN), began_at=BEGIN - 900 * DAY, ended_at=BEGIN - 800 * DAY, recorded_at=BEGIN)
    body = {"actor": ACTOR, **relationship_body(ended, replaces=tie.id, evidence=())}
    newer = pen.write(LeafKind.RELATIONSHIP, id=ended.id, at=BEGIN, body=body, number=NUMBER)
    assert "that another had replaced" in texts(verified(entry, newer, asked(pen, tie)))
    assert not verified(entry, asked(pen, tie), newer).faults
