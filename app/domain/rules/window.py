"""`window`: the hours in which a call may be made, on the clock of the person called."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from app.domain.facts import Facts
from app.domain.reason import Reason
from app.domain.rules.rule import Finding, Outcome, Rule

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
HORIZON = timedelta(days=7)
"""How far ahead the next opening is looked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """Minutes after local midnight, half-open: [start, end)."""

    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowParams:
    """`weekly` holds the open intervals of Monday to Sunday; `closed_on_holidays` closes public holidays."""

    weekly: tuple[tuple[Interval, ...], ...]
    closed_on_holidays: bool = False


def find_window(rule: Rule, params: WindowParams, facts: Facts) -> Finding:
    """Ask whether the window is open in every zone the number may lie in.

    `until` of a pass is the end of the window; of a defer, the next instant at which *this* rule is open,
    within seven days, else None.
    """
    if facts.zones is None or (params.closed_on_holidays and facts.holidays is None):
        return Finding(rule=rule, outcome=Outcome.UNKNOWN, reason=Reason.OUTSIDE_HOURS)
    if is_open(params, facts, facts.at):
        return Finding(rule=rule, outcome=Outcome.PASS, until=_closing(params, facts))
    return Finding(
        rule=rule,
        outcome=Outcome.DEFER,
        reason=_why_closed(params, facts),
        until=next((t for t in openings((params,), facts) if is_open(params, facts, t)), None),
    )


def is_open(params: WindowParams, facts: Facts, instant: datetime) -> bool:
    """Tell whether the window is open at `instant` in all zones; unknown zones are closed."""
    return bool(facts.zones) and all(_is_open_in(params, facts, instant, zone) for zone in facts.zones or ())


def _is_open_in(params: WindowParams, facts: Facts, instant: datetime, zone: str) -> bool:
    local = instant.astimezone(ZoneInfo(zone))
    if params.closed_on_holidays and (facts.holidays is None or local.date() in facts.holidays):
        return False
    minute = local.hour * 60 + local.minute
    return any(i.start <= minute < i.end for i in params.weekly[local.weekday()])


def openings(windows: tuple[WindowParams, ...], facts: Facts) -> Iterator[datetime]:
    """Give every instant after `facts.at`, within seven days, at which some window may open, in order."""
    starts = {
        t
        for params in windows
        for zone in facts.zones or ()
        for t in _edges(params, facts.at, zone, days=8, at_start=True)
        if facts.at < t <= facts.at + HORIZON
    }
    return iter(sorted(starts))


def _closing(params: WindowParams, facts: Facts) -> datetime | None:
    ends = {
        t for zone in facts.zones or () for t in _edges(params, facts.at, zone, days=8, at_start=False) if t > facts.at
    }
    return next((t for t in sorted(ends) if not is_open(params, facts, t)), None)


def _edges(params: WindowParams, after: datetime, zone: str, *, days: int, at_start: bool) -> Iterator[datetime]:
    first = after.astimezone(ZoneInfo(zone)).date()
    changes = tuple(_clock_changes(after - timedelta(days=1), zone, days=days + 2))
    yield from changes
    for day in (first + timedelta(days=n) for n in range(days + 1)):
        for interval in params.weekly[day.weekday()]:
            for fold in (0, 1) if changes else (0,):
                yield _instant(day, interval.start if at_start else interval.end, zone, fold=fold)


def _clock_changes(after: datetime, zone: str, *, days: int) -> Iterator[datetime]:
    """Give the instants at which the zone's clock jumps: an interval may begin or end within the jump."""
    instants = [after + timedelta(days=n) for n in range(days + 1)]
    if _offset(instants[0], zone) == _offset(instants[-1], zone):
        return
    for low, high in pairwise(instants):
        old = _offset(low, zone)
        if old == _offset(high, zone):
            continue
        while high - low > timedelta.resolution:
            middle = low + (high - low) // 2
            low, high = (middle, high) if _offset(middle, zone) == old else (low, middle)
        yield high


def _offset(instant: datetime, zone: str) -> timedelta | None:
    return instant.astimezone(ZoneInfo(zone)).utcoffset()


def _instant(day: date, minute: int, zone: str, *, fold: int) -> datetime:
    """Give the instant of a local minute: of one that comes twice, the first or (fold 1) the second."""
    if minute == 24 * 60:
        day, minute = day + timedelta(days=1), 0
    local = datetime.combine(day, time(minute // 60, minute % 60, fold=fold), tzinfo=ZoneInfo(zone))
    return local.astimezone(UTC)


def _why_closed(params: WindowParams, facts: Facts) -> Reason:
    if not params.closed_on_holidays or facts.holidays is None:
        return Reason.OUTSIDE_HOURS
    days = {facts.at.astimezone(ZoneInfo(zone)).date() for zone in facts.zones or ()}
    return Reason.HOLIDAY if days & facts.holidays else Reason.OUTSIDE_HOURS
