"""What is counted for the overview: hours of odd days, what is known already, and what came late."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from app.domain.access import operator
from app.services.overview import DAYS, MOST, KnownCounts, Overview, overview_of
from tests.gate import Gate

NO = "+420602123456"
PRAGUE = ZoneInfo("Europe/Prague")


def seen(gate: Gate, known: KnownCounts, *, now: datetime | None = None, most: int = MOST) -> Overview:
    with gate.context.reading() as reading:
        return overview_of(
            reading.session, actor=operator("test"), known=known, now=now or reading.now, zone=PRAGUE, most=most
        )  # fmt: skip


@pytest.mark.parametrize(
    ("now", "hours"),
    [
        (datetime(2026, 10, 25, 22, 30, tzinfo=UTC), 25),
        (datetime(2026, 3, 29, 21, 30, tzinfo=UTC), 23),
        (datetime(2026, 3, 28, 23, 0, tzinfo=UTC), 1),
        (datetime(2026, 3, 28, 22, 59, 59, tzinfo=UTC), 24),
    ],
)
def test_a_day_has_as_many_hours_as_its_clocks_say(plain_gate: Gate, now: datetime, hours: int) -> None:
    found = seen(plain_gate, KnownCounts(), now=now)
    assert len(found.hours) == hours
    assert len({day for day, _ in found.days}) == DAYS
    assert found.days[-1][0] == now.astimezone(PRAGUE).date()


def test_an_hour_is_counted_anew_until_nothing_can_come_to_it_any_more(energo: Gate) -> None:
    known, begin = KnownCounts(), energo.now
    energo.check(NO)
    energo.now = begin + timedelta(minutes=65)
    assert [counts.get("deny", 0) for _, counts in seen(energo, known).hours][-2:] == [1, 0]
    energo.now = begin + timedelta(minutes=59)
    energo.check(NO)  # committed late
    energo.now = begin + timedelta(minutes=70)
    for _ in range(2):
        assert [counts.get("deny", 0) for _, counts in seen(energo, known).hours][-2:] == [2, 0]
    assert known.counts, "now it is known"


def test_a_long_record_is_counted_in_several_looks_the_newest_days_first(energo: Gate) -> None:
    for _ in range(3):
        energo.check(NO)
        energo.now += timedelta(days=1)
    known = KnownCounts()
    looks = [[counts for _, counts in seen(energo, known, most=1).days] for _ in range(4)]
    assert [[None if one is None else one.get("deny", 0) for one in look[-4:]] for look in looks] == [
        [None, None, 1, 0],
        [None, 1, 1, 0],
        [1, 1, 1, 0],
        [1, 1, 1, 0],
    ]
    assert None not in looks[-1], "where there is nothing, nothing has to be counted"


def test_what_one_controller_made_known_is_no_answer_for_another(energo: Gate) -> None:
    known = KnownCounts()
    energo.check(NO)
    energo.now += timedelta(days=1)
    assert seen(energo, known).days[-2][1] == {"deny": 1}
    energo.controller("banka")
    energo.campaign("summer", "banka")
    energo.check(NO, "summer")
    energo.now += timedelta(days=1)
    assert [counts for _, counts in seen(energo, known).days][-3:] == [{"deny": 1}, {"deny": 1}, {}]
