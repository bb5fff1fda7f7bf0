"""A decision compared whole, the gates that belong to no rule, and the order in which reasons are told."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from app.domain.campaign import PartyType
from app.domain.decision import Decision, Verdict, decide, findings_of, next_opening, obligations_of
from app.domain.phone import LineType
from app.domain.reason import Reason
from app.domain.rules.rule import Basis, Obligation, Outcome
from tests.builders import (
    DAY,
    NOW,
    SECOND,
    attempt,
    basis_table,
    facts,
    guarded,
    obligation_table,
    relationship,
    rule_table,
    window_table,
)

EVENING = datetime(2026, 11, 25, 19, tzinfo=UTC)
MORNING = datetime(2026, 11, 26, 7, tzinfo=UTC)


def blank(**changes: Any) -> Decision:
    nothing: dict[str, Any] = {"reasons": (), "basis": None, "obligations": (), "valid_until": None}
    return Decision(**nothing | {"stands_until": None, "not_before": None, "jurisdiction": "CZ"} | changes)


def test_an_allow_is_told_whole() -> None:
    rules = guarded(basis_table(), window_table())
    allowed = {"verdict": Verdict.ALLOW, "basis": Basis(code="consent", event_id="grant"), "digest": rules.digest}
    assert decide(facts(), rules) == blank(**allowed, valid_until=NOW + 15 * SECOND, stands_until=EVENING)
    assert decide(facts(), rules).primary_reason is None
    due = facts(rules_until=NOW + 3 * SECOND)
    assert decide(due, rules) == blank(**allowed, valid_until=NOW + 3 * SECOND, stands_until=NOW + 3 * SECOND)
    free = guarded(basis_table())
    assert decide(facts(), free).stands_until is None
    assert decide(facts(), free).valid_until == NOW + 15 * SECOND


def test_a_defer_and_a_deny_are_told_whole() -> None:
    rules = guarded(basis_table(), window_table(), obligation_table())
    night = decide(facts(at=EVENING), rules)
    assert night == blank(verdict=Verdict.DEFER, reasons=night.reasons, not_before=MORNING, digest=rules.digest)
    assert night.primary_reason is Reason.OUTSIDE_HOURS
    denied = decide(facts(at=EVENING, consents=(), residence="SK"), rules)
    assert denied == blank(verdict=Verdict.DENY, reasons=denied.reasons, digest=rules.digest)
    assert [one.reason for one in denied.reasons] == [Reason.NO_POLICY, Reason.NO_CONSENT, Reason.OUTSIDE_HOURS]


BASES = guarded(basis_table())


@pytest.mark.parametrize(("changes", "reasons"), [
    ({}, []),
    ({"region": None}, [Reason.JURISDICTION_UNKNOWN, Reason.NO_POLICY]),
    ({"zones": None}, [Reason.OUTSIDE_HOURS]),
    ({"zones": ()}, [Reason.OUTSIDE_HOURS]),
    ({"line_type": LineType.PAGER}, [Reason.LINE_TYPE_BANNED]),
    ({"region": "SK"}, [Reason.NO_POLICY]),
    ({"residence": "SK"}, [Reason.NO_POLICY]),
])  # fmt: skip
def test_a_gate_belongs_to_no_rule(changes: dict[str, Any], reasons: list[Reason]) -> None:
    found = [one for one in findings_of(facts(**changes), BASES) if one.rule is None]
    assert [one.reason for one in found] == reasons
    lacking = {Reason.OUTSIDE_HOURS, Reason.CALL_CLASS_MISSING}
    assert all((one.outcome is Outcome.UNKNOWN) is (one.reason in lacking) for one in found)
    assert all(one.outcome in (Outcome.UNKNOWN, Outcome.BLOCK) for one in found)
    assert [one for one in findings_of(facts(**changes), BASES) if one.rule is None] == found, "and again, as kept"


def test_a_call_of_no_class_is_a_gate_too() -> None:
    gate, *_ = findings_of(facts(call_class=None), BASES)
    assert (gate.rule, gate.outcome, gate.reason) == (None, Outcome.UNKNOWN, Reason.CALL_CLASS_MISSING)


def test_a_part_of_a_country_that_is_not_known_gives_no_policy() -> None:
    part = basis_table(id="fl", jurisdiction="US-FL")
    rules = guarded(part)
    verdicts = {
        known: decide(facts(region="US", subdivisions=known), rules).verdict
        for known in (("US-FL",), ("US-FL", "US-TX"), None, ())
    }
    assert [known for known, verdict in verdicts.items() if verdict is Verdict.ALLOW] == [("US-FL",)]


def test_every_world_of_several_facts_that_are_not_known_must_have_a_policy() -> None:
    def basis(id: str, **tests: Any) -> dict[str, Any]:
        return basis_table(id=id, applies_when=tests)

    unknown = facts(party_type=None, house_hours=None)
    halves = [basis("a", party_type=["consumer", "sole_trader"]), basis("b", party_type=["company"])]
    assert decide(unknown, guarded(*halves)).verdict is Verdict.ALLOW
    narrow = [halves[0], basis("b", party_type=["company"], house_hours=[True])]
    assert decide(unknown, guarded(*narrow)).verdict is Verdict.DENY
    whole = [*narrow, basis("c", party_type=["company"], house_hours=[False])]
    assert decide(unknown, guarded(*whole)).verdict is Verdict.ALLOW
    assert decide(facts(party_type=PartyType.COMPANY, house_hours=False), guarded(*narrow)).verdict is Verdict.DENY


def test_reasons_of_one_rank_are_told_by_kind_and_then_by_rule() -> None:
    bans = [rule_table("voice", {"forbidden_modes": ["live"]}, id=id) for id in ("z", "a")]
    product = rule_table("category_ban", {"categories": ["energy"]}, id="y")
    pause = rule_table("cooldown", {"trigger": "unanswered", "days": 7}, id="b")
    found = decide(
        facts(attempts=(attempt(),), at=EVENING), guarded(*bans, product, pause, window_table(), basis_table())
    )
    assert [one.rule.id for one in found.reasons if one.rule] == ["y", "a", "z", "hours", "b"]


def test_a_basis_that_names_an_event_is_told_before_one_that_needs_none() -> None:
    free = basis_table(id="free", params={"any_of": ["none_required"], "purpose": "marketing"})
    found = decide(facts(), guarded(free, basis_table()))
    assert found.basis == Basis(code="consent", event_id="grant")
    tie = basis_table(id="tie", params={"any_of": ["customer"], "purpose": "marketing"})
    both = decide(facts(relationships=(relationship(),)), guarded(tie, basis_table()))
    assert both.basis == Basis(code="consent", event_id="grant")


def test_obligations_are_told_with_their_rules_in_order() -> None:
    later = obligation_table(id="b", params={"record": True})
    found = decide(facts(), guarded(later, obligation_table(id="a"), basis_table()))
    told = [(rule.id if rule else None, duty) for rule, duty in obligations_of(found)]
    assert told == [("a", Obligation(code="disclose_source")), ("b", Obligation(code="record"))]


def test_the_next_opening_is_the_end_of_a_pause_or_the_first_hours_after_it() -> None:
    pause = rule_table("cooldown", {"trigger": "unanswered", "days": 2}, id="pause")
    tried = facts(attempts=(attempt(at=NOW),))
    assert next_opening(tried, guarded(pause, basis_table())) == NOW + 2 * DAY
    assert (
        next_opening(facts(attempts=(attempt(at=EVENING - DAY),)), guarded(pause, window_table()))
        == EVENING + DAY * 1.5
    )
    assert next_opening(facts(), guarded(pause, window_table())) == NOW


def test_hours_that_a_rule_ends_are_open_from_midnight() -> None:
    night = window_table(params={"closed_on_holidays": False, "weekly": {"wed": ["00:00-01:00"]}})
    ending = night | {"effective_to": date(2026, 11, 27)}
    assert next_opening(facts(), guarded(ending)) == datetime(2026, 11, 26, 23, tzinfo=UTC)
    assert decide(facts(), guarded(basis_table(effective_to=date(2026, 11, 26)))).stands_until == datetime(
        2026, 11, 25, 23, tzinfo=UTC
    )


def test_whether_a_zone_is_known_is_not_forgotten_where_the_days_are_the_same() -> None:
    """In these zones it is the same three days as it may be on Earth."""
    everywhere = facts(zones=("Pacific/Pago_Pago", "Europe/London", "Pacific/Kiritimati"))
    nowhere = facts(zones=None)
    assert everywhere.local_days == nowhere.local_days
    rules = guarded(basis_table())
    for known, verdict in ((everywhere, Verdict.ALLOW), (nowhere, Verdict.DENY), (everywhere, Verdict.ALLOW)):
        assert decide(known, rules).verdict is verdict
