"""`cooldown`: the pause after what was said, or after nobody took the call."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.attempt import Attempt, CallResult
from app.domain.reason import Reason
from app.domain.rules.fields import BadRule
from app.domain.rules.rule import Outcome
from tests.builders import DAY, NOW, SECOND, attempt, facts
from tests.domain.rules.asked import asked, rule

TIMES = st.integers(0, 90 * 24).map(lambda hours: NOW - timedelta(hours=hours))
CALLS = st.lists(st.builds(Attempt, at=TIMES, result=st.sampled_from([None, *CallResult])), max_size=6)
TRIGGERS = st.sampled_from(["refusal", "any_contact", "unanswered"])
TRIGGERED: dict[str, set[CallResult | None]] = {
    "refusal": {CallResult.REFUSED, CallResult.OPT_OUT},
    "any_contact": {
        *(None, CallResult.ATTEMPTED, CallResult.ANSWERED),
        *(CallResult.REFUSED, CallResult.OPT_OUT, CallResult.WRONG_PARTY),
    },
    "unanswered": {
        *(None, CallResult.ATTEMPTED, CallResult.NO_ANSWER, CallResult.BUSY, CallResult.VOICEMAIL),
        CallResult.NOT_DIALLED,
    },
}


@given(CALLS, TRIGGERS, st.integers(1, 100))
def test_the_pause_counts_from_the_newest_trigger(calls: list[Attempt], trigger: str, days: int) -> None:
    found = asked("cooldown", facts(attempts=tuple(calls)), trigger=trigger, days=days)
    times = [one.at for one in calls if one.result in TRIGGERED[trigger]]
    if not times or max(times) + days * DAY <= NOW:
        assert found.outcome is Outcome.PASS
    else:
        assert (found.outcome, found.until) == (Outcome.DEFER, max(times) + days * DAY)


@given(CALLS, TRIGGERS, st.integers(1, 100))
def test_the_pause_ends_at_the_instant_named_and_not_earlier(calls: list[Attempt], trigger: str, days: int) -> None:
    found = asked("cooldown", facts(attempts=tuple(calls)), trigger=trigger, days=days)
    if found.until is None:
        return
    for at, outcome in ((found.until, Outcome.PASS), (found.until - timedelta.resolution, Outcome.DEFER)):
        assert asked("cooldown", facts(attempts=tuple(calls), at=at), trigger=trigger, days=days).outcome is outcome


@pytest.mark.parametrize(("ago", "outcome"), [
    (60 * DAY - SECOND, Outcome.DEFER),
    (60 * DAY - timedelta.resolution, Outcome.DEFER),
    (60 * DAY, Outcome.PASS),
    (60 * DAY + SECOND, Outcome.PASS),
])  # fmt: skip
def test_sixty_days_after_a_refusal_are_sixty_days(ago: timedelta, outcome: Outcome) -> None:
    """FR, D. 223-9: 60 days pause after a refusal in the conversation."""
    calls = (attempt(at=NOW - ago, result=CallResult.REFUSED),)
    assert asked("cooldown", facts(attempts=calls), trigger="refusal", days=60).outcome is outcome


def test_a_call_of_which_nothing_was_reported_is_no_refusal() -> None:
    calls = (attempt(result=None),)
    assert asked("cooldown", facts(attempts=calls), trigger="refusal", days=60).outcome is Outcome.PASS
    contact = asked("cooldown", facts(attempts=calls), trigger="any_contact", days=60)
    assert (contact.outcome, contact.reason) == (Outcome.DEFER, Reason.COOLDOWN_CONTACT)


def test_a_refusal_has_a_reason_of_its_own() -> None:
    calls = (attempt(result=CallResult.REFUSED),)
    assert asked("cooldown", facts(attempts=calls), trigger="refusal", days=60).reason is Reason.COOLDOWN_REFUSAL


@pytest.mark.parametrize("trigger", ["refusal", "any_contact", "unanswered"])
def test_attempts_that_are_not_known_deny(trigger: str) -> None:
    assert asked("cooldown", facts(attempts=None), trigger=trigger, days=60).outcome is Outcome.UNKNOWN


@pytest.mark.parametrize("params", [
    {"trigger": "refusal"},
    {"days": 60},
    {"trigger": "refusal", "days": 0},
    {"trigger": "no", "days": 60},
])  # fmt: skip
def test_a_pause_that_is_not_understood_is_refused(params: dict[str, object]) -> None:
    with pytest.raises(BadRule):
        rule("cooldown", **params)
