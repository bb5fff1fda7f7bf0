"""How long something lasts, in the reader's language."""

from datetime import timedelta

from flask_babel import ngettext


def days(count: int) -> str:
    """Give so many days."""
    return str(ngettext("%(num)d day", "%(num)d days", count))


def months(count: int) -> str:
    """Give so many months."""
    return str(ngettext("%(num)d month", "%(num)d months", count))


def years(count: int) -> str:
    """Give so many years."""
    return str(ngettext("%(num)d year", "%(num)d years", count))


def span_of(within: timedelta) -> str:
    """Give a span in days where it is whole days, else in hours."""
    if within.seconds == 0:
        return days(within.days)
    hours = int(within.total_seconds()) // 3600
    return str(ngettext("%(num)d hour", "%(num)d hours", hours))
