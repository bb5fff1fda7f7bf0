"""Public holidays, by the `holidays` library."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from holidays.constants import HALF_DAY, PUBLIC
from holidays.utils import country_holidays, list_supported_countries

AHEAD = timedelta(days=70)
"""How far ahead holidays are known: beyond the longest pause, so that its end can be said to be a working day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FreeDays:
    """The public holidays, and those on which half the day is free; None where no calendar is known."""

    public: frozenset[date] | None
    half: frozenset[date] | None


def free_days(countries: Collection[str], around: date) -> FreeDays:
    """Give the free days of all the countries together; one that is not known makes the whole not known."""
    public = [public_holidays(country, around) for country in countries]
    half = [half_holidays(country, around) for country in countries]
    return FreeDays(public=_together(public), half=_together(half))


def _together(calendars: list[frozenset[date] | None]) -> frozenset[date] | None:
    known = [days for days in calendars if days is not None]
    return frozenset().union(*known) if calendars and len(known) == len(calendars) else None


@lru_cache(maxsize=4096)
def public_holidays(region: str, around: date) -> frozenset[date] | None:
    """Give the nationwide public holidays of a country from the day before `around` to seventy days after it.

    None where the library does not know the country: then a rule that closes on holidays denies.
    """
    return _days_of(region, around, PUBLIC)


@lru_cache(maxsize=4096)
def half_holidays(region: str, around: date) -> frozenset[date] | None:
    """Give the days on which half the day is a holiday; none where the country's calendar has no such days."""
    return _days_of(region, around, HALF_DAY)


def _days_of(region: str, around: date, category: str) -> frozenset[date] | None:
    if region not in list_supported_countries():
        return None
    first, last = around - timedelta(days=1), around + AHEAD
    years = range(first.year, last.year + 1)
    if category not in country_holidays(region).supported_categories:
        return frozenset()
    calendar = country_holidays(region, years=years, categories=category)
    return frozenset(day for day in calendar if first <= day <= last)


def load_calendars(regions: Iterable[str], *, today: date) -> None:
    """Load the calendars of these countries before they are asked for.

    The first question takes most of a second, which the first check of a server would spend holding its locks.
    """
    for region in regions:
        free_days((region,), today)
