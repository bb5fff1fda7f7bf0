"""Hours of the week on a local clock: what rules open, and what a person agreed to."""

import re
from dataclasses import dataclass
from datetime import datetime

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_INTERVAL = re.compile(r"([01][0-9]|2[0-4]):([0-5][0-9])-([01][0-9]|2[0-4]):([0-5][0-9])")


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """Minutes after local midnight, half-open: [start, end)."""

    start: int
    end: int

    def __str__(self) -> str:
        return "-".join(f"{minute // 60:02}:{minute % 60:02}" for minute in (self.start, self.end))


Weekly = tuple[tuple[Interval, ...], ...]
"""The intervals of Monday to Sunday."""


def parse_interval(text: str) -> Interval:
    """Read `HH:MM-HH:MM`, up to 24:00.

    :raises ValueError: saying what is wrong.
    """
    match = _INTERVAL.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is not HH:MM-HH:MM")
    start_hour, start_minute, end_hour, end_minute = (int(part) for part in match.groups())
    interval = Interval(start=start_hour * 60 + start_minute, end=end_hour * 60 + end_minute)
    if not 0 <= interval.start < interval.end <= 24 * 60:
        raise ValueError(f"{text!r} does not end after it starts, within one day")
    return interval


def within(intervals: tuple[Interval, ...], local: datetime) -> bool:
    """Tell whether a local time lies within one of the intervals."""
    minute = local.hour * 60 + local.minute
    return any(interval.start <= minute < interval.end for interval in intervals)


def read_weekly(table: dict[str, list[str]]) -> Weekly:
    """Read the hours of a week, `{"mon": ["08:00-20:00"], …}`; a day left out is closed.

    :raises ValueError: on anything else, or when no hour of the week is open.
    """
    if unknown := sorted(set(table) - set(WEEKDAYS)):
        raise ValueError(f"unknown key {', '.join(unknown)}")
    weekly = tuple(tuple(parse_interval(text) for text in table.get(day, ())) for day in WEEKDAYS)
    if not any(weekly):
        raise ValueError("no day has an open interval")
    return weekly


def written_weekly(weekly: Weekly) -> dict[str, list[str]]:
    """Write the hours of a week as `read_weekly` reads them; closed days are left out."""
    return {day: [str(one) for one in hours] for day, hours in zip(WEEKDAYS, weekly, strict=True) if hours}
