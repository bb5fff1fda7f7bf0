"""From a person's no to its last acknowledgement: what is counted, of whom, and what waits."""

from dataclasses import replace
from datetime import timedelta

from app.db.withdrawals import objections_said
from app.domain.access import Actor, operator
from app.services.withdrawal_times import WithdrawalTimes, withdrawal_times
from tests.gate import Gate
from tests.lifts import suppressed

FIRST = 601_123_000


def times_of(gate: Gate, *, actor: Actor | None = None) -> dict[str | None, WithdrawalTimes]:
    """Give the times by the controller's slug."""
    with gate.context.reading() as reading:
        found = withdrawal_times(reading.session, actor=actor or operator("test"), now=reading.now)
    return {None if one.controller is None else one.controller.slug: one for one in found}


def said(gate: Gate, place: int, ago: timedelta, controller: str | None = "energo", reason: str = "objection") -> None:
    """Record an objection that was made some time ago."""
    whose = {"scope": "all"} if controller is None else {"scope": "controller", "controller": controller}
    body = {"number": f"+420{FIRST + place}", "reason": reason, "since": (gate.now - ago).isoformat(), **whose}
    assert gate.post("/v1/suppressions", body).status == 201


def test_it_is_counted_from_when_it_was_said_to_the_checkpoint_that_holds_it(energo: Gate) -> None:
    assert times_of(energo) == {}
    for hours in range(1, 10):
        said(energo, hours, timedelta(hours=hours))
    energo.consent("+420602123456")
    energo.withdraw("+420602123456")
    said(energo, 50, timedelta(days=900), reason="court_order")
    energo.now += timedelta(seconds=30)
    before = times_of(energo)["energo"]
    assert (before.count, before.waiting, before.oldest) == (10, 10, energo.now - timedelta(seconds=30))
    assert before.half is before.longest is before.longest_here is None
    energo.integrate()
    after = times_of(energo)["energo"]
    assert (after.count, after.waiting, after.oldest) == (10, 0, None)
    assert after.half == timedelta(hours=4, seconds=30), "five of ten, the consent taken back at once among them"
    assert after.most == timedelta(hours=9, seconds=30)
    assert after.longest == timedelta(hours=9, seconds=30)
    assert after.longest_here == timedelta(seconds=30)
    energo.now += timedelta(days=31)
    assert times_of(energo) == {}


def test_each_sees_its_own_and_what_was_said_to_all_only_who_reaches_all(energo: Gate) -> None:
    energo.controller("banka")
    said(energo, 1, timedelta(hours=1))
    said(energo, 2, timedelta(hours=2), "banka")
    said(energo, 3, timedelta(hours=3), None)
    energo.integrate()
    assert set(times_of(energo)) == {"energo", "banka", None}
    assert times_of(energo)[None].longest == timedelta(hours=3)
    one = replace(operator("test"), controllers=frozenset({2}))
    assert set(times_of(energo, actor=one)) == {"banka"}


def test_of_very_many_the_newest_of_each_are_counted(energo: Gate) -> None:
    energo.controller("banka")
    suppressed(energo, "+420602123456", controller="banka")
    for place in range(5):
        energo.now += timedelta(minutes=1)
        said(energo, place, timedelta())
    with energo.context.reading() as reading:
        since = energo.now - timedelta(days=1)
        found = objections_said(reading.session, controller_ids=[1, 2], since=since, share=3)
    newest = [energo.now - timedelta(minutes=place) for place in range(3)]
    assert sorted(row["recorded_at"] for row in found if row["controller_id"] == 1) == sorted(newest)
    assert [row["controller_id"] for row in found].count(2) == 1
