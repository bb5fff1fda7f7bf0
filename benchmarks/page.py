"""The page: machine, bars with their verdicts, contenders; written as Markdown."""

import math
import os
import platform
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

from benchmarks.bars import BARS, Bar, Measured

PACKAGES = ("flask", "sqlalchemy", "psycopg", "granian", "phonenumbers", "msgspec", "pyarrow")


@dataclass(slots=True)
class Table:
    """A table of the page; `notes` stand below it, a paragraph each."""

    title: str
    head: Sequence[str]
    rows: list[Sequence[str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Page:
    """All that a run measured. `measured` is by the names of `BARS`."""

    command: str
    at: datetime
    machine: Sequence[tuple[str, str]]
    measured: dict[str, Measured] = field(default_factory=dict)
    tables: list[Table] = field(default_factory=list)


def rendered(page: Page) -> str:
    """Write the page."""
    lines = ["# Speed: measured", ""]
    lines += [
        f"Written by `{page.command}` on {page.at:%Y-%m-%d %H:%M} UTC; do not edit. Contenders take turns in short"
    ]
    lines += ["slices of one run, on the same machine and data; a ratio is the median of the rounds' own ratios.", ""]
    lines += [f"- {name}: {value}" for name, value in page.machine]
    bars = Table(title="The bars", head=("what", "bar", "aim", "measured", "verdict", "how"))
    bars.rows = [_bar_row(bar, page.measured.get(name, Measured(value=None))) for name, bar in BARS.items()]
    for table in (bars, *page.tables):
        lines += ["", f"## {table.title}", "", *_table(table)]
        for note in table.notes:
            lines += ["", note]
    return "\n".join(lines) + "\n"


def told_before(text: str) -> dict[str, Measured]:
    """Read the figures off a page that was written before."""
    names = {bar.what: name for name, bar in BARS.items()}
    written = re.search(r"Written by (`[^`]+`) on ([0-9-]+)", text)
    found = {}
    for line in text.splitlines():
        cells = line.strip("| ").split(" | ")
        if written and cells[0] in names and len(cells) > 3 and cells[3] != "—":
            value = math.inf if cells[3] == "not held" else float(cells[3].split()[0].replace(",", ""))
            found[names[cells[0]]] = Measured(value=value, note=f"by {written[1]} on {written[2]}")
    return found


def _bar_row(bar: Bar, measured: Measured) -> Sequence[str]:
    value = "—" if measured.value is None else in_unit(measured.value, bar.unit)
    aim = "—" if bar.aim is None else limit(bar, bar.aim)
    return bar.what, limit(bar, bar.bar), aim, value, bar.verdict(measured.value).value, measured.note


def limit(bar: Bar, value: float) -> str:
    """Write what is asked: `≤ 25 ms`, `≥ 8 ×`."""
    return f"{'≤' if bar.is_ceiling else '≥'} {value:g} {bar.unit}"


def in_unit(value: float, unit: str) -> str:
    """Write a figure so that its verdict can be read off: three digits, never fewer than the bar has."""
    if math.isinf(value):
        return "not held"
    places = 0 if value >= 100 else 1 if value >= 10 else 2
    return f"{value:,.{places}f} {unit}"


def _table(table: Table) -> list[str]:
    rule = [":--", *["--:"] * (len(table.head) - 1)]
    return [_line(cells) for cells in (table.head, rule, *table.rows)]


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def machine(*, others: Mapping[str, str]) -> list[tuple[str, str]]:
    """Tell what the figures were measured on; `others` are versions of programs."""
    memory = re.search(r"MemTotal:\s*([0-9]+) kB", Path("/proc/meminfo").read_text(encoding="ascii"))
    processor = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text(encoding="utf-8"))
    gigabytes = int(memory[1]) / 1024**2 if memory else 0.0
    named = processor[1].strip() if processor else platform.machine()
    load = " ".join(f"{one:.2f}" for one in os.getloadavg())
    return [
        ("machine", f"{os.cpu_count()} cores ({named}), {gigabytes:.0f} GB of memory, load before the run {load}"),
        (
            "system",
            f"{platform.system()} {platform.release()}, {platform.python_implementation()} {platform.python_version()}",
        ),
        ("programs", ", ".join(f"{name} {value}" for name, value in others.items())),
        ("packages", ", ".join(f"{name} {version(name)}" for name in PACKAGES)),
    ]
