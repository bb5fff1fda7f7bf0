"""`frequency`: at most so many within any stretch of time; the next is free when one has grown old."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.attempt import MAX_CAP, Attempt, CallResult, condensed
from app.domain.reason import Reason
from app.domain.rules.fields import BadRule
from app.domain.rules.rule import Outcome
from tests.builders import DAY, NOW, SECOND, attempt, facts
from tests.domain.rules.asked import asked, rule

RESULTS = st.sampled_from([None, *CallResult])
TIMES = st.integers(0, 40 * 24).map(lambda hours: NOW - timedelta(hours=hours))
ATTEMPTS = st.lists(st.builds(Attempt, at=TIMES, result=RESULTS, leaf_hash=st.text("ab", max_size=3)), max_size=14)
CAPS = st.integers(1, MAX_CAP)


@given(ATTEMPTS, CAPS, st.sampled_from(["attempt", "answered"]))
def test_a_call_passes_exactly_while_fewer_than_the_cap_were_made(calls: list[Attempt], cap: int, count: str) -> None:
    found = asked("frequency", facts(attempts=tuple(calls)), max=cap, window_days=30, count=count)
    since = NOW - 30 * DAY
    counted = [one for one in calls if one.at > since and (count == "attempt" or one.may_be_contact)]
    assert (found.outcome is Outcome.PASS) is (len(counted) < cap)
    assert found.reason is (None if len(counted) < cap else Reason.FREQUENCY_CAP)


@given(ATTEMPTS, CAPS)
def test_a_place_is_free_at_the_instant_named_and_not_a_moment_earlier(calls: list[Attempt], cap: int) -> None:
    found = asked("frequency", facts(attempts=tuple(calls)), max=cap, window_days=30)
    if found.until is None:
        return
    at, before = found.until, found.until - timedelta.resolution
    assert asked("frequency", facts(attempts=tuple(calls), at=at), max=cap, window_days=30).outcome is Outcome.PASS
    early = asked("frequency", facts(attempts=tuple(calls), at=before), max=cap, window_days=30)
    assert early.outcome is Outcome.DEFER


@given(ATTEMPTS, ATTEMPTS, CAPS)
def test_one_more_attempt_never_helps(calls: list[Attempt], more: list[Attempt], cap: int) -> None:
    few = asked("frequency", facts(attempts=tuple(calls)), max=cap, window_days=30).outcome
    many = asked("frequency", facts(attempts=(*calls, *more)), max=cap, window_days=30).outcome
    assert few is Outcome.PASS or many is Outcome.DEFER


@given(ATTEMPTS, CAPS, st.sampled_from(["attempt", "answered"]), st.integers(1, 60))
def test_what_is_kept_of_many_attempts_decides_like_all_of_them(
    calls: list[Attempt], cap: int, count: str, days: int
) -> None:
    made = [one for one in calls if one.result is not CallResult.NOT_DIALLED]
    for kind, params in (
        ("frequency", {"max": cap, "window_days": days, "count": count}),
        ("cooldown", {"trigger": "refusal", "days": days}),
        ("cooldown", {"trigger": "any_contact", "days": days}),
        ("cooldown", {"trigger": "unanswered", "days": days}),
        ("number_state", {"check": "reassigned", "purpose": "marketing"}),
    ):
        whole = asked(kind, facts(attempts=tuple(made)), **params)
        kept = asked(kind, facts(attempts=condensed(calls)), **params)
        assert (kept.outcome, kept.reason, kept.until) == (whole.outcome, whole.reason, whole.until), (kind, params)


@pytest.mark.parametrize(("ago", "outcome"), [
    (30 * DAY - SECOND, Outcome.DEFER),
    (30 * DAY - timedelta.resolution, Outcome.DEFER),
    (30 * DAY, Outcome.PASS),
    (30 * DAY + SECOND, Outcome.PASS),
])  # fmt: skip
def test_an_attempt_counts_for_less_than_thirty_days(ago: timedelta, outcome: Outcome) -> None:
    """FR, D. 223-9: 4 solicitations or attempts per 30 calendar days."""
    calls = (*[attempt(at=NOW - DAY)] * 3, attempt(at=NOW - ago))
    assert asked("frequency", facts(attempts=calls), max=4, window_days=30).outcome is outcome


@pytest.mark.parametrize(("result", "counts"), [
    (None, True),
    (CallResult.ATTEMPTED, True),
    (CallResult.ANSWERED, True),
    (CallResult.REFUSED, True),
    (CallResult.WRONG_PARTY, True),
    (CallResult.NO_ANSWER, False),
    (CallResult.BUSY, False),
    (CallResult.VOICEMAIL, False),
])  # fmt: skip
def test_what_may_have_been_a_conversation_counts_as_answered(result: CallResult | None, counts: bool) -> None:
    found = asked("frequency", facts(attempts=(attempt(result=result),)), max=1, window_hours=36, count="answered")
    assert (found.outcome is Outcome.DEFER) is counts


def test_attempts_that_are_not_known_deny() -> None:
    assert asked("frequency", facts(attempts=None), max=4, window_days=30).outcome is Outcome.UNKNOWN


@pytest.mark.parametrize("params", [
    {"max": 4},
    {"max": 0, "window_days": 30},
    {"max": MAX_CAP + 1, "window_days": 30},
    {"max": 4, "window_days": 30, "window_hours": 24},
    {"window_days": 30},
    {"max": 4, "window_days": 30, "count": "calls"},
])  # fmt: skip
def test_a_cap_that_says_too_little_or_too_much_is_refused(params: dict[str, object]) -> None:
    with pytest.raises(BadRule):
        rule("frequency", **params)
