"""Registrations: which of them are looked at for one call."""

from datetime import UTC, date, datetime, timedelta

import pytest

from app.domain.registration import MAX_REGISTRATIONS, Holder, Registration, in_view

AT = datetime(2026, 11, 18, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def registration(authority: str = "acs", *, start: date = date(2026, 1, 1), end: date | None = None) -> Registration:
    return Registration(authority=authority, holder=Holder.CALLER, valid_from=start, valid_to=end)


@pytest.mark.parametrize(
    ("end", "is_seen"),
    [(date(2026, 11, 17), False), (date(2026, 11, 18), False), (date(2026, 11, 19), True), (None, True)],
)
def test_what_has_ended_on_every_local_day_is_not_looked_at(end: date | None, is_seen: bool) -> None:
    assert bool(in_view([registration(end=end)], at=AT)) is is_seen


@pytest.mark.parametrize(("start", "is_seen"), [(date(2026, 11, 19), True), (date(2026, 11, 20), False)])
def test_what_has_not_begun_on_any_local_day_is_not_looked_at(start: date, is_seen: bool) -> None:
    assert bool(in_view([registration(start=start)], at=AT)) is is_seen


def test_an_end_today_is_seen_where_it_is_still_yesterday_somewhere() -> None:
    early = AT - timedelta(minutes=1)
    assert in_view([registration(end=date(2026, 11, 18))], at=early)


def test_those_that_last_longest_are_kept_in_one_order_however_they_came() -> None:
    many = [registration(f"a{n}", end=date(2027, 1, 1) + n * DAY) for n in range(MAX_REGISTRATIONS + 2)]
    kept = in_view(many, at=AT)
    assert [one.authority for one in kept] == [f"a{n}" for n in range(2, MAX_REGISTRATIONS + 2)]
    assert in_view([*reversed(many), *many], at=AT) == kept, "none counts twice"
