"""Of many events those are kept that may decide: which, in which order, and no others."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from app.domain.attempt import MAX_CAP, Attempt, CallResult
from app.domain.attempt import condensed as kept_attempts
from app.domain.consent import ConsentEvent, Evidence, Origin, event_order
from app.domain.consent import condensed as kept_consents
from app.domain.registration import MAX_REGISTRATIONS, Holder, Registration, in_view
from app.domain.relationship import MAX_RELATIONSHIPS, RelationshipKind, bounded, months_after
from app.domain.retention import Retain, kept_until
from app.domain.suppression import SuppressionReason
from app.domain.suppression import condensed as kept_suppressions
from tests.builders import DAY, NOW, SECOND, grant, objection, relationship, withdrawal

FUTURE = date(2100, 1, 1)


def calls(*results: CallResult | None) -> list[Attempt]:
    """Give one call a day, the first one yesterday."""
    return [Attempt(at=NOW - n * DAY, result=result, leaf_hash=f"{n:03}") for n, result in enumerate(results, 1)]


def test_no_more_calls_of_each_kind_are_kept_than_a_cap_can_count() -> None:
    many = calls(*[CallResult.BUSY] * 10, *[CallResult.ANSWERED] * 10, CallResult.REFUSED, CallResult.WRONG_PARTY)
    kept = kept_attempts(reversed(many))
    assert kept == tuple(reversed([*many[:MAX_CAP], *many[10 : 10 + MAX_CAP], *many[20:]]))


def test_the_newest_call_that_nobody_took_the_newest_refusal_and_the_newest_wrong_party_are_kept() -> None:
    answered = [CallResult.ANSWERED] * MAX_CAP
    ends = [CallResult.BUSY, CallResult.OPT_OUT, CallResult.WRONG_PARTY]
    many = calls(*answered, *ends, *ends, CallResult.REFUSED)
    assert kept_attempts(many) == tuple(reversed(many[: MAX_CAP + 3]))


def test_a_call_that_was_not_dialled_is_none_and_one_not_reported_may_be_any() -> None:
    many = calls(CallResult.NOT_DIALLED, None, CallResult.ATTEMPTED)
    assert kept_attempts(many) == (many[2], many[1])
    assert [one.may_be_contact for one in many] == [False, True, True]
    same = [Attempt(at=NOW, result=None, leaf_hash=name) for name in "ba"]
    assert kept_attempts(same) == (same[1], same[0])


def registration(authority: str, **changes: Any) -> Registration:
    given: dict[str, Any] = {"holder": Holder.CALLER, "valid_from": date(2020, 1, 1), "valid_to": FUTURE}
    return Registration(authority=authority, **given | changes)


def test_many_registrations_of_one_do_not_push_out_the_only_one_of_another() -> None:
    many = [registration("a", valid_from=date(2020, 1, n)) for n in range(1, MAX_REGISTRATIONS + 2)]
    only = [
        registration("b", valid_to=date(2026, 12, 1)),
        registration("a", holder=Holder.CONTROLLER, valid_to=date(2026, 12, 1)),
    ]
    kept = in_view([*many, *only], at=NOW)
    assert kept == (*many[: MAX_REGISTRATIONS - 2], only[1], only[0])


def test_registrations_without_end_last_longest() -> None:
    many = [registration(f"a{n}", valid_to=FUTURE) for n in range(MAX_REGISTRATIONS)]
    endless = registration("z", valid_to=None)
    assert endless in in_view([*many, endless], at=NOW)


@pytest.mark.parametrize(("start", "is_seen"), [(date(2026, 11, 26), True), (date(2026, 11, 27), False)])
def test_a_registration_that_begins_today_somewhere_is_seen(start: date, is_seen: bool) -> None:
    assert bool(in_view([registration("a", valid_from=start)], at=NOW)) is is_seen
    early = NOW.replace(hour=9, minute=59)
    assert not in_view([registration("a", valid_from=date(2026, 11, 26))], at=early)


@pytest.mark.parametrize(("hour", "is_seen"), [(11, True), (12, False)])
def test_a_registration_that_ended_today_is_seen_while_it_is_yesterday_somewhere(hour: int, is_seen: bool) -> None:
    ended = registration("a", valid_to=date(2026, 11, 25))
    assert bool(in_view([ended], at=NOW.replace(hour=hour))) is is_seen


def test_of_each_kind_of_tie_the_one_that_lasts_longest_comes_before_more_of_another() -> None:
    many = [relationship(id=f"{n}", began_at=NOW - n * DAY) for n in range(1, MAX_RELATIONSHIPS + 2)]
    old = relationship(id="q", kind=RelationshipKind.INQUIRY, began_at=NOW - 900 * DAY)
    over = relationship(id="c", kind=RelationshipKind.CONTRACT, began_at=NOW - 800 * DAY, ended_at=NOW)
    held = relationship(id="d", kind=RelationshipKind.CONTRACT, began_at=NOW - 950 * DAY)
    kept = bounded([*many, old, over, held], product="energy")
    assert [one.id for one in kept] == ["d", "q", "c", *(f"{n}" for n in range(MAX_RELATIONSHIPS - 3, 0, -1))]
    assert held.last_at is None
    assert over.last_at == NOW
    assert old.last_at == NOW - 900 * DAY
    same = [relationship(id=name) for name in "cab"]
    assert [one.id for one in bounded(same, product="energy")] == ["a", "b", "c"]


def test_months_beyond_the_calendar_are_counted_as_the_shortest() -> None:
    last = datetime(9990, 1, 31, tzinfo=UTC)
    assert months_after(last, 120) == last + timedelta(days=28 * 120)


def test_of_objections_for_one_reason_the_last_made_and_the_last_recorded_are_kept() -> None:
    made = objection(id="m", since=NOW - DAY, recorded_at=NOW - 5 * DAY)
    recorded = objection(id="r", since=NOW - 9 * DAY, recorded_at=NOW - 2 * DAY)
    neither = objection(id="n", since=NOW - 8 * DAY, recorded_at=NOW - 8 * DAY)
    other = objection(id="o", since=NOW - 30 * DAY, recorded_at=NOW - 30 * DAY, reason=SuppressionReason.COMPLAINT)
    assert [one.id for one in kept_suppressions([made, recorded, neither, other])] == ["o", "r", "m"]
    same = [objection(id=name) for name in "ab"]
    assert [one.id for one in kept_suppressions(same)] == ["b"]


def test_of_noes_of_one_reach_the_last_said_and_the_last_recorded_are_kept() -> None:
    said = withdrawal(id="s", obtained_at=NOW - DAY, recorded_at=NOW - 5 * DAY)
    recorded = withdrawal(id="r", obtained_at=NOW - 9 * DAY, recorded_at=NOW - 2 * DAY)
    neither = withdrawal(id="n", obtained_at=NOW - 8 * DAY, recorded_at=NOW - 8 * DAY)
    wide = withdrawal(id="w", obtained_at=NOW - 30 * DAY, purposes=frozenset({"survey"}))
    assert [one.id for one in kept_consents([said, recorded, neither, wide])] == ["w", "r", "s"]


@pytest.mark.parametrize("changes", [
    {"file": "f"},
    {"origin": Origin.PAPER},
    {"expires_at": NOW + DAY},
    {"evidence": Evidence.HELD},
    {"call_times": ((),) * 7},
    {"purposes": frozenset({"survey"})},
    {"voice_modes": frozenset({"ai"})},
    {"product_categories": frozenset({"gas"})},
    {"recorded_at": NOW - 40 * DAY},
])  # fmt: skip
def test_a_grant_is_repeated_only_by_one_that_is_the_same_in_all_that_counts(changes: dict[str, Any]) -> None:
    first = grant(id="a", recorded_at=NOW - 20 * DAY)
    later = grant(id="b", obtained_at=NOW - 29 * DAY, recorded_at=NOW - 10 * DAY)
    assert kept_consents([first, later]) == (later,)
    differs = grant(**{"id": "b", "obtained_at": NOW - 29 * DAY, "recorded_at": NOW - 10 * DAY} | changes)
    assert set(kept_consents([first, differs])) == {first, differs}


def test_a_grant_that_begins_later_replaces_none() -> None:
    first = grant(id="a")
    early = grant(id="b", obtained_at=NOW + DAY, recorded_at=NOW)
    assert kept_consents([early, first]) == (first, early)
    one, other = (grant(id=f"{n}", obtained_at=NOW - n * DAY, recorded_at=NOW - 20 * DAY) for n in (30, 29))
    assert kept_consents([one, other]) == (other,), "recorded at one instant"


def test_events_are_in_order_of_what_was_said_then_of_rows_then_of_what_was_recorded() -> None:
    def event(id: str, **changes: Any) -> ConsentEvent:
        return grant(id=id, **changes)

    ordered = [
        event("z", obtained_at=NOW - 40 * DAY, row=9),
        event("y"),
        event("x", recorded_at=NOW),
        event("w", row=1),
        event("a", row=2),
        event("b", row=2),
    ]
    mixed = [ordered[place] for place in (3, 0, 5, 2, 4, 1)]
    assert sorted(mixed, key=event_order) == ordered


CLOCKS = {
    "last_used": (True, True, True),
    "granted": (True, False, False),
    "decision": (False, True, False),
    "withdrawn": (False, False, True),
    "moon": (False, False, False),
}


@pytest.mark.parametrize("clock", CLOCKS)
def test_each_clock_begins_with_what_it_is_named_after_and_counts_from_the_newest(clock: str) -> None:
    duty = Retain(years=3, clock=clock, rule="r", citation="c")
    yes = kept_until(duty, events=[grant(recorded_at=NOW)], calls=[])
    called = kept_until(duty, events=[], calls=[NOW, NOW - DAY])
    no = kept_until(duty, events=[withdrawal(obtained_at=NOW)], calls=[])
    end = NOW.replace(year=2029)
    assert (yes, called, no) == tuple(end if begins else None for begins in CLOCKS[clock])
    assert kept_until(duty, events=[], calls=[]) is None


@pytest.mark.parametrize(("said", "recorded", "ends"), [(0, 0, True), (-1, 0, False), (0, -1, False)])
def test_a_no_ends_a_grant_that_is_newer_on_neither_clock(said: int, recorded: int, ends: bool) -> None:
    duty = Retain(years=1, clock="withdrawn", rule="r", citation="c")
    no = withdrawal(obtained_at=NOW + said * SECOND, recorded_at=NOW + recorded * SECOND)
    yes = grant(obtained_at=NOW, recorded_at=NOW)
    found = kept_until(duty, events=[no, yes], calls=[])
    assert found == (NOW.replace(year=2027) if ends else None)
