"""Public holidays, by the `holidays` library."""

from collections.abc import Iterable
from datetime import date, timedelta
from functools import lru_cache

from holidays.utils import country_holidays, list_supported_countries


@lru_cache(maxsize=4096)
def public_holidays(region: str, around: date) -> frozenset[date] | None:
    """Give the nationwide public holidays of a country from the day before `around` to ten days after it.

    None where the library does not know the country: then a rule that closes on holidays denies.
    """
    if region not in list_supported_countries():
        return None
    first, last = around - timedelta(days=1), around + timedelta(days=10)
    calendar = country_holidays(region, years=range(first.year, last.year + 1))
    return frozenset(day for day in calendar if first <= day <= last)


def load_calendars(regions: Iterable[str], *, today: date) -> None:
    """Load the calendars of these countries before they are asked for.

    The first question takes most of a second, which the first check of a server would spend holding its locks.
    """
    for region in regions:
        public_holidays(region, today)
