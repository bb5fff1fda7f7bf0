"""What a decision says: verdict, reasons, basis, and how long it holds."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from app.domain.campaign import CallClass, PartyType
from app.domain.consent import Evidence
from app.domain.decision import Decision, Verdict, decide, decide_ahead, obligations_of
from app.domain.phone import ORDINARY_LINES, LineType
from app.domain.reason import Permanence, Reason
from tests.builders import (
    DAY,
    MINUTE,
    NOW,
    SECOND,
    basis_table,
    facts,
    grant,
    guarded,
    objection,
    obligation_table,
    window_table,
    withdrawal,
)

RULES = guarded(basis_table(), window_table())


def reasons(decision: Decision) -> list[Reason | None]:
    """Give the codes alone."""
    return [finding.reason for finding in decision.reasons]


@pytest.mark.parametrize("minutes", [0, 60, 719, 720, 721, 1439])
def test_a_deferred_call_is_allowed_when_asked_again_and_not_one_minute_earlier(minutes: int) -> None:
    known = facts(at=datetime(2026, 11, 27, 19, tzinfo=UTC) + minutes * MINUTE)
    decision = decide(known, RULES)
    assert (decision.verdict, reasons(decision)) == (Verdict.DEFER, [Reason.OUTSIDE_HOURS])
    assert decision.not_before is not None
    assert decide(replace(known, at=decision.not_before), RULES).verdict is Verdict.ALLOW
    assert decide(replace(known, at=decision.not_before - MINUTE), RULES).verdict is Verdict.DEFER


@pytest.mark.parametrize("region", [None, "DE"])
def test_without_a_policy_for_the_country_nothing_is_allowed(region: str | None) -> None:
    decision = decide(facts(region=region), RULES)
    assert decision.verdict is Verdict.DENY
    expected = {Reason.NO_POLICY} if region else {Reason.NO_POLICY, Reason.JURISDICTION_UNKNOWN}
    assert expected <= set(reasons(decision))
    assert decision.jurisdiction == region


@pytest.mark.parametrize("line", LineType)
def test_only_an_ordinary_line_is_called(line: LineType) -> None:
    decision = decide(facts(line_type=line), RULES)
    assert (decision.verdict is Verdict.ALLOW) is (line in ORDINARY_LINES)
    assert reasons(decision) == ([] if line in ORDINARY_LINES else [Reason.LINE_TYPE_BANNED])


def test_another_line_is_called_only_where_every_basis_names_it() -> None:
    free = facts(line_type=LineType.TOLL_FREE)
    named = basis_table(applies_when={"line_type": ["toll_free"]})
    assert decide(free, guarded(named)).verdict is Verdict.ALLOW
    assert reasons(decide(free, guarded(named, basis_table(id="second")))) == [Reason.LINE_TYPE_BANNED]


def test_a_policy_about_a_fact_that_is_not_known_is_no_policy_unless_it_covers_every_case() -> None:
    consumers = basis_table(id="consumers", applies_when={"party_type": ["consumer"]})
    others = basis_table(id="others", applies_when={"party_type": ["sole_trader", "company"]})
    for party in (None, PartyType.UNKNOWN):
        unknown = facts(party_type=party)
        assert reasons(decide(unknown, guarded(consumers))) == [Reason.NO_POLICY]
        assert decide(unknown, guarded(consumers, others)).verdict is Verdict.ALLOW


def test_a_call_of_no_class_is_denied_for_that_very_reason() -> None:
    assert decide(facts(call_class=None), RULES).primary_reason is Reason.CALL_CLASS_MISSING


def test_all_the_reasons_are_given_the_most_permanent_first() -> None:
    night = facts(at=NOW + timedelta(hours=12), consents=(), suppressions=(objection(),), objected_all=True)
    decision = decide(replace(night, line_type=LineType.PREMIUM_RATE), RULES)
    assert reasons(decision) == [
        Reason.LINE_TYPE_BANNED,
        *(Reason.OBJECTED_ALL, Reason.OBJECTED_CONTROLLER, Reason.NO_CONSENT, Reason.OUTSIDE_HOURS),
    ]
    assert decision.reasons[-1].reason is not None
    assert decision.reasons[-1].reason.permanence is Permanence.UNTIL
    assert decision.not_before is None


ENDS = [
    ("nothing nearer", {}, 15),
    ("the consent's last second", {"consents": (grant(expires_at=NOW + 7 * SECOND),)}, 7),
    ("a consent that outlasts the permit", {"consents": (grant(expires_at=NOW + 16 * SECOND),)}, 15),
]


@pytest.mark.parametrize(("why", "changes", "seconds"), ENDS, ids=[why for why, _, _ in ENDS])
def test_a_permission_lasts_fifteen_seconds_at_most(why: str, changes: dict[str, Any], seconds: int) -> None:
    assert decide(facts(**changes), RULES).valid_until == NOW + seconds * SECOND


def test_a_permission_ends_with_the_window_with_the_day_of_a_rule_and_with_the_age_a_law_allows() -> None:
    evening = datetime(2026, 11, 25, 18, 59, 55, tzinfo=UTC)
    assert decide(facts(at=evening), RULES).valid_until == evening + 5 * SECOND
    midnight = datetime(2026, 11, 25, 23, tzinfo=UTC)
    tomorrow = obligation_table(effective_from=date(2026, 11, 26))
    last = facts(at=midnight - 3 * SECOND)
    assert decide(last, guarded(basis_table(), tomorrow)).valid_until == midnight
    young = basis_table(params={"any_of": ["consent"], "purpose": "marketing", "max_age_days": 30})
    consent = grant(obtained_at=NOW - 30 * DAY + 4 * SECOND)
    assert decide(facts(consents=(consent,)), guarded(young)).valid_until == NOW + 4 * SECOND


@pytest.mark.parametrize(("day", "is_in_force"), [(24, False), (25, True), (26, True), (27, False)])
def test_a_rule_binds_from_its_first_day_until_its_last_on_the_called_partys_calendar(
    day: int, is_in_force: bool
) -> None:
    basis = basis_table(effective_from=date(2026, 11, 25), effective_to=date(2026, 11, 27))
    for at in (datetime(2026, 11, day - 1, 23, tzinfo=UTC), datetime(2026, 11, day, 22, 59, 59, tzinfo=UTC)):
        decision = decide(facts(at=at), guarded(basis))
        assert reasons(decision) == ([] if is_in_force else [Reason.NO_POLICY])


def test_planning_asks_at_the_next_opening_and_otherwise_now() -> None:
    night = facts(at=NOW + timedelta(hours=12))
    decision, at = decide_ahead(night, RULES)
    assert (decision.verdict, at) == (Verdict.ALLOW, datetime(2026, 11, 26, 7, tzinfo=UTC))
    assert decide_ahead(facts(), RULES) == (decide(facts(), RULES), NOW)
    never = guarded(
        basis_table(), window_table(params={"closed_on_holidays": False, "weekly": {"wed": ["08:00-09:00"]}})
    )
    closed = facts(holidays=frozenset())
    assert decide_ahead(closed, never)[1] == datetime(2026, 12, 2, 7, tzinfo=UTC)
    nowhere = facts(zones=("Europe/Prague", "Pacific/Auckland"))
    assert decide_ahead(nowhere, RULES) == (decide(nowhere, RULES), NOW)


def test_an_allow_names_its_basis_and_what_it_obliges_to() -> None:
    keeping = {"record": True, "retain_years": 5, "retain_clock": "last_used", "disclose": ["caller"]}
    decision = decide(facts(), guarded(basis_table(), obligation_table(params=keeping)))
    assert decision.basis is not None
    assert (decision.basis.code, decision.basis.event_id) == ("consent", "grant")
    assert [(o.code, o.years, o.clock) for _, o in obligations_of(decision)] == [
        *(("disclose_caller", None, None), ("record", None, None), ("retain", 5, "last_used")),
    ]


def test_where_no_consent_is_needed_a_no_still_denies() -> None:
    free = basis_table(params={"any_of": ["none_required"], "purpose": "survey_research"})
    call = facts(call_class=CallClass.SURVEY_RESEARCH, consents=())
    allowed = decide(call, guarded(free))
    assert allowed.basis is not None
    assert (allowed.verdict, allowed.basis.code) == (Verdict.ALLOW, "no_basis_needed")
    assert reasons(decide(replace(call, consents=(withdrawal(),)), guarded(free))) == [Reason.CONSENT_WITHDRAWN]
    unproved = grant(purposes=frozenset({"survey_research"}), evidence=Evidence.MISSING)
    later = replace(call, consents=(withdrawal(obtained_at=NOW - DAY * 9, recorded_at=NOW - DAY * 9), unproved))
    assert reasons(decide(later, guarded(free))) == [Reason.CONSENT_WITHDRAWN]


def test_a_special_line_of_a_country_without_rules_is_named_as_such() -> None:
    found = reasons(decide(facts(region="US", line_type=LineType.TOLL_FREE), guarded(basis_table())))
    assert Reason.LINE_TYPE_BANNED in found
    assert Reason.NO_POLICY in found
