"""`window`: the hours in which a call may be made, on the clock of the person called."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from zoneinfo import ZoneInfo

from app.domain.facts import Facts
from app.domain.hours import WEEKDAYS, Interval, Weekly, parse_interval, read_weekly, within
from app.domain.reason import Reason
from app.domain.rules.fields import Fields
from app.domain.rules.permission import NO_TERMS, Accepted, Terms, end_of_grant, read_terms, standing_for
from app.domain.rules.rule import Finding, Outcome, Rule

__all__ = ["HORIZON", "WEEKDAYS", "Interval", "WindowParams", "find_window", "is_open", "openings", "read_window"]

HORIZON = timedelta(days=7)
"""How far ahead the next opening is looked for."""
_DAY = timedelta(days=1)


class Lift(StrEnum):
    """What opens a window beyond its hours."""

    EXPRESS_TIME_CONSENT = "express_time_consent"


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowParams:
    """`weekly` holds the open intervals of Monday to Sunday; `closed_on_holidays` closes public holidays.

    On the day before a holiday, and on a half-day holiday, the call must lie within `pre_holiday` and `half_day` too,
    where the rule has such hours. `lifted_by` opens the hours that a standing consent expressly names; holidays stay
    closed.
    """

    weekly: Weekly
    closed_on_holidays: bool = False
    pre_holiday: tuple[Interval, ...] | None = None
    half_day: tuple[Interval, ...] | None = None
    lifted_by: Lift | None = None
    terms: Terms = NO_TERMS


def read_window(fields: Fields) -> WindowParams:
    """Read the parameters of a window rule."""
    table = fields.table("weekly", needed=True)
    weekly: Weekly = ((),) * 7
    if table is not None:
        for day, hours in table.items():
            if not isinstance(hours, list) or any(type(one) is not str for one in hours):
                fields.fault(f"{day} must hold nothing but str")
                break
        else:
            try:
                weekly = read_weekly(table)
            except ValueError as fault:
                fields.fault(str(fault))
    lift = fields.word("lifted_by", Lift, needed=False)
    return WindowParams(
        weekly=weekly,
        closed_on_holidays=bool(fields.required("closed_on_holidays", bool)),
        pre_holiday=_intervals(fields, "pre_holiday"),
        half_day=_intervals(fields, "half_day"),
        lifted_by=lift,
        terms=read_terms(fields, () if lift is None else (Accepted.CONSENT,)),
    )


def _intervals(fields: Fields, key: str) -> tuple[Interval, ...] | None:
    texts = fields.optional(key, list)
    if texts is None:
        return None
    try:
        return tuple(parse_interval(str(text)) for text in texts)
    except ValueError as fault:
        fields.fault(f"{key}: {fault}")
        return None


def find_window(rule: Rule, params: WindowParams, facts: Facts) -> Finding:
    """Ask whether the window is open in every zone the number may lie in.

    `until` of a pass is the end of the window; of a defer, the next instant at which *this* rule is open,
    within seven days, else None.
    """
    needs_holidays = params.closed_on_holidays or params.pre_holiday is not None
    is_blind = (needs_holidays and facts.holidays is None) or (
        params.half_day is not None and facts.half_holidays is None
    )
    if facts.zones is None or is_blind:
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
    today = local.date()
    if params.closed_on_holidays and (facts.holidays is None or today in facts.holidays):
        return False
    is_within = within(params.weekly[local.weekday()], local)
    if is_within and params.pre_holiday is not None:
        is_within = facts.holidays is not None and (
            today + _DAY not in facts.holidays or within(params.pre_holiday, local)
        )
    if is_within and params.half_day is not None:
        is_within = facts.half_holidays is not None and (
            today not in facts.half_holidays or within(params.half_day, local)
        )
    if is_within or params.lifted_by is None:
        return is_within
    agreed = _agreed_times(params, facts, instant)
    return agreed is not None and within(agreed[local.weekday()], local)


def _agreed_times(params: WindowParams, facts: Facts, instant: datetime) -> Weekly | None:
    """Give the hours that a consent standing at `instant` expressly names; None where none does."""
    telling = tuple(one for one in facts.consents or () if not one.is_grant or one.call_times is not None)
    if all(not one.is_grant for one in telling):
        return None
    standing = standing_for(params.terms, replace(facts, at=instant, consents=telling))
    return standing.event.call_times if standing is not None and standing.grants and standing.event else None


def openings(windows: tuple[WindowParams, ...], facts: Facts) -> Iterator[datetime]:
    """Give every instant after `facts.at`, within seven days, at which some window may open, in order."""
    return iter(
        sorted(
            {
                t
                for params in windows
                for t in _edges(params, facts, at_start=True)
                if facts.at < t <= facts.at + HORIZON
            }
        )
    )


def _closing(params: WindowParams, facts: Facts) -> datetime | None:
    ends = {t for t in _edges(params, facts, at_start=False) if t > facts.at}
    return next((t for t in sorted(ends) if not is_open(params, facts, t)), None)


def _edges(params: WindowParams, facts: Facts, *, at_start: bool) -> Iterator[datetime]:
    """Give every instant from today to nine days on at which the window may open, or may close."""
    agreed = [e.call_times for e in facts.consents or () if params.lifted_by is not None and e.call_times is not None]
    # a consent that begins or ends, or grows too old, opens and closes too; a holiday closes at midnight
    for event in facts.consents or () if agreed else ():
        yield event.obtained_at
        end = end_of_grant(event, params.terms)
        if end is not None:
            yield end
    extra = (params.pre_holiday or ()) + (params.half_day or ())
    if agreed:
        extra += (_WHOLE_DAY,)
    weekly = params.weekly
    for times in agreed:
        weekly = tuple(hours + more for hours, more in zip(weekly, times, strict=True))
    for zone in facts.zones or ():
        yield from _edges_from(facts.at.astimezone(ZoneInfo(zone)).date(), weekly, extra, zone, at_start)


@lru_cache(maxsize=4096)
def _edges_from(
    first: date, weekly: Weekly, extra: tuple[Interval, ...], zone: str, at_start: bool
) -> tuple[datetime, ...]:
    """Give the instants at which hours of a week begin, or end, from the day before a local day to eight days after."""
    days = [first + timedelta(days=n) for n in range(-1, 9)]
    return tuple(t for day in days for t in _edges_on(day, weekly[day.weekday()] + extra, zone, at_start))


_WHOLE_DAY = Interval(start=0, end=24 * 60)


@lru_cache(maxsize=16_384)
def _edges_on(day: date, hours: tuple[Interval, ...], zone: str, at_start: bool) -> tuple[datetime, ...]:
    """Give the instants of a local day at which the hours begin, or end, and its clock change where it has one."""
    change = _clock_change(day, zone)
    folds = (0,) if change is None else (0, 1)
    minutes = [interval.start if at_start else interval.end for interval in hours]
    edges = tuple(_instant(day, minute, zone, fold=fold) for minute in minutes for fold in folds)
    return edges if change is None else (change, *edges)


def _clock_change(day: date, zone: str) -> datetime | None:
    """Give the instant at which the zone's clock jumps on that day or the next: hours may begin within the jump."""
    low = _instant(day, 0, zone, fold=0) - timedelta(hours=2)
    high = low + timedelta(hours=30)
    old = _offset(low, zone)
    if old == _offset(high, zone):
        return None
    while high - low > timedelta.resolution:
        middle = low + (high - low) // 2
        low, high = (middle, high) if _offset(middle, zone) == old else (low, middle)
    return high


def _offset(instant: datetime, zone: str) -> timedelta | None:
    return instant.astimezone(ZoneInfo(zone)).utcoffset()


def _instant(day: date, minute: int, zone: str, *, fold: int) -> datetime:
    """Give the instant of a local minute: of one that comes twice, the first or (fold 1) the second."""
    if minute == 24 * 60:
        day, minute = day + _DAY, 0
    local = datetime.combine(day, time(minute // 60, minute % 60, fold=fold), tzinfo=ZoneInfo(zone))
    return local.astimezone(UTC)


def _why_closed(params: WindowParams, facts: Facts) -> Reason:
    if not params.closed_on_holidays or facts.holidays is None:
        return Reason.OUTSIDE_HOURS
    return Reason.HOLIDAY if facts.local_days & facts.holidays else Reason.OUTSIDE_HOURS
