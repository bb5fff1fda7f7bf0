"""What lifts an objection, and what is asked of it."""

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.campaign import CallClass
from app.domain.consent import ConsentEvent, Evidence, Origin
from app.domain.facts import Facts
from app.domain.reason import Reason
from app.domain.rules.rule import Finding, Outcome
from app.domain.suppression import Suppression, SuppressionReason, condensed, is_lifted
from tests.builders import DAY, NOW, SECOND, facts, grant, guard_table, objection, rule_of, withdrawal
from tests.domain.rules.asked import answered
from tests.fact_strategies import any_facts
from tests.strategies import colliding_histories, histories, suppressions

SINCE = NOW - 10 * DAY
LATER: dict[str, Any] = {"obtained_at": SINCE + DAY, "recorded_at": SINCE + DAY}

GRANTS = [
    ("a consent the person gave afterwards", grant(**LATER), True),
    ("one second afterwards", grant(obtained_at=SINCE + SECOND, recorded_at=SINCE + SECOND), True),
    ("obtained at the same instant", grant(**{**LATER, "obtained_at": SINCE}), False),
    ("recorded at the same instant", grant(**{**LATER, "recorded_at": SINCE}), False),
    ("obtained before, recorded afterwards", grant(**{**LATER, "obtained_at": SINCE - DAY}), False),
    ("without evidence", grant(**LATER, evidence=Evidence.MISSING), False),
    ("out of a file, which is the controller's word", grant(**LATER, file="f", row=1), False),
    ("imported", grant(**LATER, origin=Origin.IMPORT), False),
    ("from a partner", grant(**LATER, origin=Origin.PARTNER), False),
    ("in an outbound call", grant(**LATER, origin=Origin.OUTBOUND_CALL), False),
    ("in an inbound call", grant(**LATER, origin=Origin.INBOUND_CALL), True),
    ("for another purpose", grant(**LATER, purposes=frozenset({"service"})), False),
    ("for another voice", grant(**LATER, voice_modes=frozenset({"ai"})), False),
    ("for another product", grant(**LATER, product_categories=frozenset({"bank"})), False),
    ("not a consent at all", withdrawal(**LATER), False),
]


@pytest.mark.parametrize(("why", "event", "lifts"), GRANTS, ids=[why for why, _, _ in GRANTS])
def test_only_the_persons_own_newer_proved_word_lifts_their_objection(
    why: str, event: ConsentEvent, lifts: bool
) -> None:
    found = finding(facts(suppressions=(objection(),), consents=(grant(), event)))
    assert found.outcome is (Outcome.PASS if lifts else Outcome.BLOCK)


@pytest.mark.parametrize("reason", SuppressionReason)
def test_only_a_persons_own_no_is_lifted_by_their_yes(reason: SuppressionReason) -> None:
    own = reason in (SuppressionReason.OBJECTION, SuppressionReason.OPT_OUT, SuppressionReason.ERASURE)
    assert is_lifted(objection(reason=reason), by=grant(**LATER)) is own


@pytest.mark.parametrize(
    ("call_class", "said", "lifts"),
    [
        (CallClass.SERVICE, "marketing", False),
        (CallClass.SERVICE, "service", True),
        (CallClass.MARKETING, "service", False),
        (CallClass.MEETING_SETUP, "marketing", True),
        (CallClass.SURVEY_RESEARCH, "marketing", False),
    ],
)
def test_a_yes_lifts_an_objection_only_for_calls_of_its_own_purpose(
    call_class: CallClass, said: str, lifts: bool
) -> None:
    later = grant(**LATER, purposes=frozenset({said}))
    known = facts(call_class=call_class, suppressions=(objection(),), consents=(later,))
    assert finding(known).outcome is (Outcome.PASS if lifts else Outcome.BLOCK)


def finding(known: Facts, *, scope: str = "controller", lifted_by: str = "newer_consent") -> Finding:
    """Ask the rule that honours objections."""
    rule = rule_of(
        guard_table(
            scope, params={"scope": scope, "lifted_by": lifted_by, "purpose_of": {"meeting_setup": "marketing"}}
        )
    )
    return answered(rule, known)


def test_an_objection_blocks_and_says_since_when() -> None:
    found = finding(facts(suppressions=(objection(), objection(id="old", since=NOW - 90 * DAY))))
    assert (found.outcome, found.reason, found.since) == (
        Outcome.BLOCK,
        Reason.OBJECTED_CONTROLLER,
        objection().since,
    )


def test_a_rule_may_let_no_consent_lift_an_objection() -> None:
    known = facts(suppressions=(objection(),), consents=(grant(**LATER),))
    assert finding(known, lifted_by="never").outcome is Outcome.BLOCK


def test_a_consent_that_was_withdrawn_again_lifts_nothing() -> None:
    again = withdrawal(obtained_at=SINCE + 2 * DAY, recorded_at=SINCE + 2 * DAY)
    known = facts(suppressions=(objection(),), consents=(grant(**LATER), again))
    assert finding(known).outcome is Outcome.BLOCK


@pytest.mark.parametrize(("seconds", "lifts"), [(-1, False), (0, False), (1, True)])
def test_a_consent_lifts_an_objection_no_longer_than_it_lasts(seconds: int, lifts: bool) -> None:
    end = NOW + seconds * SECOND
    found = finding(facts(suppressions=(objection(),), consents=(grant(**LATER, expires_at=end),)))
    assert found.outcome is (Outcome.PASS if lifts else Outcome.BLOCK)
    assert found.until == (end if lifts else None)


@pytest.mark.parametrize(("seconds", "lifts"), [(-1, True), (0, True), (1, False)])
def test_a_consent_that_is_not_yet_valid_lifts_nothing(seconds: int, lifts: bool) -> None:
    early = grant(obtained_at=NOW + seconds * SECOND, recorded_at=NOW)
    found = finding(facts(suppressions=(objection(),), consents=(early,)))
    assert found.outcome is (Outcome.PASS if lifts else Outcome.BLOCK)


def test_one_consent_must_be_newer_than_every_objection_on_both_clocks() -> None:
    said_last = objection(id="s1", since=NOW - 2 * DAY, recorded_at=NOW - 9 * DAY)
    arrived_last = objection(id="s2", since=NOW - 9 * DAY, recorded_at=NOW - 2 * DAY)
    beats_one = grant(id="g1", obtained_at=NOW - DAY, recorded_at=NOW - 8 * DAY)
    beats_other = grant(id="g2", obtained_at=NOW - 8 * DAY, recorded_at=NOW - DAY)
    beats_both = grant(obtained_at=NOW - DAY, recorded_at=NOW - DAY)
    known = facts(suppressions=(said_last, arrived_last), consents=(beats_one, beats_other))
    assert finding(known).outcome is Outcome.BLOCK
    assert finding(replace(known, consents=(beats_one, beats_both))).outcome is Outcome.PASS


def test_an_objection_to_all_is_lifted_by_nothing_and_tells_neither_date_nor_origin() -> None:
    found = finding(facts(objected_all=True, consents=(grant(**LATER),)), scope="all")
    assert (found.outcome, found.reason, found.since) == (Outcome.BLOCK, Reason.OBJECTED_ALL, None)
    assert finding(facts(objected_all=False), scope="all").outcome is Outcome.PASS


@pytest.mark.parametrize(
    ("scope", "missing", "reason"),
    [("all", "objected_all", Reason.OBJECTED_ALL), ("controller", "suppressions", Reason.OBJECTED_CONTROLLER)],
)
def test_objections_that_are_not_known_are_not_taken_for_none(scope: str, missing: str, reason: Reason) -> None:
    found = finding(facts(**{missing: None}), scope=scope)
    assert (found.outcome, found.reason) == (Outcome.UNKNOWN, reason)


MANY = settings(max_examples=500, deadline=None, derandomize=True)
MOMENTS = st.sampled_from((NOW, NOW + DAY, NOW + 3 * DAY))


@MANY
@given(suppressions(), st.one_of(colliding_histories(), histories()), MOMENTS)
def test_what_is_dropped_as_irrelevant_never_decides(
    objections: tuple[Suppression, ...], consents: tuple[ConsentEvent, ...], at: datetime
) -> None:
    whole = facts(at=at, suppressions=objections, consents=consents)
    few = condensed(objections)
    assert set(few) <= set(objections)
    assert finding(replace(whole, suppressions=few)) == finding(whole)


@MANY
@given(any_facts(), suppressions())
def test_one_more_objection_never_lifts_another(known: Facts, more: tuple[Suppression, ...]) -> None:
    both = tuple({s.id: s for s in (*(known.suppressions or ()), *more)}.values())
    if finding(known).outcome is not Outcome.PASS and known.suppressions is not None:
        assert finding(replace(known, suppressions=both)).outcome is Outcome.BLOCK


def test_of_many_objections_two_of_each_reason_are_kept() -> None:
    one_by_one = [objection(id=f"s{n:03}", since=NOW - n * DAY, recorded_at=NOW - (400 - n) * DAY) for n in range(400)]
    assert condensed(one_by_one) == (one_by_one[399], one_by_one[0])


@pytest.mark.parametrize("reason", SuppressionReason)
def test_only_a_persons_own_objection_lapses_and_at_the_instant_the_law_says(reason: SuppressionReason) -> None:
    keeping = rule_of(guard_table(params={"scope": "controller", "keep_for_years": 2}))
    since = NOW.replace(year=2024)
    lapses = reason in (SuppressionReason.OBJECTION, SuppressionReason.OPT_OUT)
    for made, recorded, is_over in (
        (since, since, True),
        (since + SECOND, since, False),
        (since, since + SECOND, False),
    ):
        one = objection(reason=reason, since=made, recorded_at=recorded)
        found = answered(keeping, facts(suppressions=(one,)))
        assert (found.outcome is Outcome.PASS) is (lapses and is_over)
