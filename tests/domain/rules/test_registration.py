"""`registration`: without the authority's entry, valid where the person is, nobody is called."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.reason import Reason
from app.domain.registration import Holder, Registration
from app.domain.rules.fields import BadRule
from app.domain.rules.rule import Outcome
from tests.builders import NOW, facts, registration
from tests.domain.rules.asked import asked, rule

SUBJECT: dict[str, Any] = {"authority": "sk-marketing-subject", "holder": "caller"}
TODAY = NOW.date()
DAYS = st.integers(-3, 3).map(lambda days: TODAY + timedelta(days=days))
REGISTRATIONS = st.lists(
    st.builds(
        Registration,
        authority=st.sampled_from(["sk-marketing-subject", "it-roc"]),
        holder=st.sampled_from(list(Holder)),
        valid_from=DAYS,
        valid_to=st.one_of(st.none(), DAYS),
    ),
    max_size=3,
)


@given(REGISTRATIONS)
def test_one_of_the_right_authority_holder_and_days_is_needed(held: list[Registration]) -> None:
    found = asked("registration", facts(registrations=tuple(held)), **SUBJECT)
    right = [
        one
        for one in held
        if (one.authority, one.holder) == ("sk-marketing-subject", Holder.CALLER)
        and one.valid_from <= TODAY
        and (one.valid_to is None or one.valid_to > TODAY)
    ]
    assert (found.outcome is Outcome.PASS) is bool(right)
    assert found.reason is (None if right else Reason.CALLER_NOT_REGISTERED)


@pytest.mark.parametrize(("at", "outcome"), [
    (datetime(2026, 11, 24, 22, 59, 59, tzinfo=UTC), Outcome.BLOCK),
    (datetime(2026, 11, 24, 23, tzinfo=UTC), Outcome.PASS),
    (datetime(2026, 11, 25, 22, 59, 59, tzinfo=UTC), Outcome.PASS),
    (datetime(2026, 11, 25, 23, tzinfo=UTC), Outcome.BLOCK),
])  # fmt: skip
def test_a_registration_holds_on_the_called_persons_days(at: datetime, outcome: Outcome) -> None:
    held = (registration(valid_from=date(2026, 11, 25), valid_to=date(2026, 11, 26)),)
    found = asked("registration", facts(at=at, registrations=held), **SUBJECT)
    assert found.outcome is outcome
    if outcome is Outcome.PASS:
        assert found.until == datetime(2026, 11, 25, 23, tzinfo=UTC)


def test_in_several_zones_it_must_hold_in_all() -> None:
    held = (registration(valid_to=date(2026, 11, 26)),)
    known = facts(at=datetime(2026, 11, 25, 16, tzinfo=UTC), registrations=held)
    assert asked("registration", known, **SUBJECT).outcome is Outcome.PASS
    tokyo = facts(at=known.at, registrations=held, zones=("Asia/Tokyo", "Europe/Prague"))
    assert asked("registration", tokyo, **SUBJECT).outcome is Outcome.BLOCK
    nowhere = facts(at=datetime(2026, 11, 25, 11, tzinfo=UTC), registrations=held, zones=None)
    assert asked("registration", nowhere, **SUBJECT).outcome is Outcome.BLOCK


def test_registrations_that_are_not_known_deny() -> None:
    found = asked("registration", facts(registrations=None), **SUBJECT)
    assert (found.outcome, found.reason) == (Outcome.UNKNOWN, Reason.CALLER_NOT_REGISTERED)


@pytest.mark.parametrize("params", [{"authority": "x"}, {"holder": "caller"}, {"authority": "", "holder": "caller"}])
def test_a_registration_of_nobody_or_nowhere_is_refused(params: dict[str, Any]) -> None:
    with pytest.raises(BadRule):
        rule("registration", **params)
