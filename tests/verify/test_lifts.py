"""A suppression that two persons lifted counts no more; the person's own word is never lifted so."""

from typing import Any

import pytest

from app.domain.leaf import LeafKind, hash_text
from app.domain.suppression import SuppressionReason
from app.policies.load import shipped
from app.static.log.dialgate_verify import Report, verify
from tests.builders import DAY, MINUTE, facts, grant
from tests.builders import objection as objected
from tests.verify.bundles import Tree, bundle
from tests.verify.entries import BEGIN, Logged, Pen, check, consent, objection

NUMBER = "+420601123456"
LATER = BEGIN + 30 * MINUTE


def history(
    reason: SuppressionReason, *, acts: tuple[str, ...], actors: tuple[str, ...] = ("p0p0p0p0p0p0", "q0q0q0q0q0q0")
) -> list[Logged]:
    """Log a suppression, what was done about it, and an allow that does not name it."""
    pen = Pen(5)
    yes = grant(id=pen.id(BEGIN), obtained_at=BEGIN - DAY, recorded_at=BEGIN)
    said, yes = consent(pen, yes, number=NUMBER)
    block = objected(id=pen.id(BEGIN), reason=reason, since=BEGIN, recorded_at=BEGIN)
    entry, block = objection(pen, block, number=NUMBER)
    entries, proposal = [said, entry], ""
    for minutes, (act, actor) in enumerate(zip(acts, actors, strict=False), 1):
        at = BEGIN + minutes * MINUTE
        body: dict[str, Any] = {"act": act, "actor": actor, "scope": "controller", "suppression": block.leaf_hash}
        body |= {"proposal": proposal} if proposal else {}
        entries.append(pen.write(LeafKind.ADMIN, id=pen.id(at), at=at, body=body, number=NUMBER))
        proposal = entries[-1].id
    known = facts(at=LATER, consents=(yes,), suppressions=())
    entries.append(check(pen, known, at=LATER, rules=shipped(), number=NUMBER))
    assert hash_text(entry.hash) == block.leaf_hash
    return entries


def verified(entries: list[Logged]) -> Report:
    tree = Tree(entries=entries)
    return verify(bundle(tree).packed(), [tree.vkey])


def texts(report: Report) -> str:
    return "\n".join(map(str, report.faults))


LIFT = ("lift_proposed", "suppression_lifted")


@pytest.mark.parametrize("reason", ["complaint", "court_order", "other"])
def test_a_suppression_that_two_persons_lifted_need_not_be_named(reason: str) -> None:
    assert not verified(history(SuppressionReason(reason), acts=LIFT)).faults


@pytest.mark.parametrize("acts", [(), ("lift_proposed",), ("lift_proposed", "lift_rejected")])
def test_one_that_was_not_lifted_must_be(acts: tuple[str, ...]) -> None:
    report = verified(history(SuppressionReason.COMPLAINT, acts=acts))
    assert "would have been another (deny) with the event" in texts(report)


def test_one_that_was_lifted_only_afterwards_must_be() -> None:
    entries = history(SuppressionReason.COMPLAINT, acts=LIFT)
    entries[-2:] = [entries[-1], entries[-2]]
    assert "would have been another (deny) with the event" in texts(verified(entries))


@pytest.mark.parametrize("reason", ["objection", "opt_out", "erasure"])
def test_the_own_word_of_a_person_is_never_lifted_so(reason: str) -> None:
    report = verified(history(SuppressionReason(reason), acts=LIFT))
    assert "the person's own word" in texts(report)
    assert "would have been another (deny) with the event" in texts(report)


def test_one_person_alone_lifts_nothing() -> None:
    for acts, actors in ((LIFT, ("p0p0p0p0p0p0",) * 2), (LIFT[1:], ("p0p0p0p0p0p0",))):
        report = verified(history(SuppressionReason.COMPLAINT, acts=acts, actors=actors))
        assert "another person did not propose" in texts(report)


def test_at_the_command_line_two_logins_are_two_persons() -> None:
    assert not verified(history(SuppressionReason.COMPLAINT, acts=LIFT, actors=("cli", "cli"))).faults
