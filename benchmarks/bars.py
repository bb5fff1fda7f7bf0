"""What the figures are held against, and the verdict on each."""

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """How a figure stands to its bar."""

    AIM_MET = "aim met"
    MET = "met"
    MISSED = "missed"
    NOT_MEASURED = "not measured"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One bar. `unit` is `×`, `ms` or `MB`; `aim` is None where nothing beyond the bar is asked."""

    what: str
    bar: float
    aim: float | None
    unit: str = "×"
    is_ceiling: bool = False

    def verdict(self, value: float | None) -> Verdict:
        """Judge a figure; None is one that was not measured."""
        if value is None:
            return Verdict.NOT_MEASURED
        if self.aim is not None and self._holds(value, self.aim):
            return Verdict.AIM_MET
        return Verdict.MET if self._holds(value, self.bar) else Verdict.MISSED

    def _holds(self, value: float, limit: float) -> bool:
        return value <= limit if self.is_ceiling else value >= limit


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """A figure, in the unit of its bar, and how it came about in a few words.

    None where it was not measured; infinite where it was, and what is asked was not held at all.
    """

    value: float | None
    note: str = ""


BARS = {
    "single_naive": Bar(what="single check / naive service", bar=8, aim=12),
    "single_redis": Bar(what="single check / Redis endpoint without a log", bar=0.8, aim=1.2),
    "single_hello": Bar(what="single check / Flask hello", bar=0.35, aim=0.5),
    "p99_500": Bar(what="p99 at 500 checks/s", bar=25, aim=10, unit="ms", is_ceiling=True),
    "registry": Bar(what="registry 10 M instead of 1 M: CPU per check", bar=1.2, aim=1.05, is_ceiling=True),
    "batch_naive": Bar(what="batch of 500, numbers/s / naive loop", bar=100, aim=150),
    "list_naive": Bar(what="1 M-row messy list, whole pipeline / naive loop", bar=100, aim=300),
    "list_memory": Bar(what="10 M-row list: peak memory", bar=1500, aim=800, unit="MB", is_ceiling=True),
    "list_time": Bar(what="10 M-row list: time against 10 × the 1 M list", bar=1.1, aim=None, is_ceiling=True),
    "list_beside": Bar(what="live p99 while a list is scrubbed / without", bar=2, aim=None, is_ceiling=True),
    "export_psql": Bar(what=r"CSV export / `psql \copy`", bar=0.7, aim=0.95),
    "export_growth": Bar(what="CSV export: resident growth", bar=32, aim=16, unit="MB", is_ceiling=True),
    "xlsx_openpyxl": Bar(what="XLSX 1 M rows / openpyxl", bar=10, aim=13),
    "sqlite_naive": Bar(what="SQLite: single check / naive service on SQLite", bar=8, aim=12),
}
"""By the names under which the parts of the benchmark give their figures."""
