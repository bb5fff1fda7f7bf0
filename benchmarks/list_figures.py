"""The part of lists, which is a program of its own (`benchmarks.lists`): run, and its sentences read for the page."""

import re
import subprocess
import sys
from importlib.util import find_spec

from benchmarks.bars import Measured
from benchmarks.page import Page, Table
from benchmarks.plan import Plan
from tests.server import ROOT

PATTERNS = {
    "list_naive": r"ours / naive loop: ([0-9.,]+) ×",
    "list_memory": r"10,000,000 rows, [^:]*: .*peak ([0-9.,]+) MB",
    "list_time": r"long list / as many short ones: ([0-9.,]+) × the time",
    "xlsx_openpyxl": r"workbook of 1,000,00[01] rows: .*openpyxl .*: ([0-9.,]+) × as fast",
}
"""The sentence that gives each figure."""
USUAL = ("--long", "0", "--turns", "1")


def measure(page: Page, plan: Plan) -> None:
    """Run the part, where there is one; a figure it does not give is not measured."""
    if find_spec("benchmarks.lists") is None:
        return
    command = [sys.executable, "-m", "benchmarks.lists", *(() if plan.is_full else USUAL)]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(command[1:])} ended with {done.returncode}:\n{done.stdout}")
    page.measured |= figures(done.stdout)
    page.tables.append(
        Table(title="Lists", head=("`benchmarks.lists` tells",), rows=[[line] for line in _lines(done.stdout)])
    )


def figures(printed: str) -> dict[str, Measured]:
    """Read the figures out of what was printed."""
    found = {name: re.search(pattern, printed) for name, pattern in PATTERNS.items()}
    return {name: Measured(value=float(one[1].replace(",", ""))) for name, one in found.items() if one is not None}


def _lines(printed: str) -> list[str]:
    return [line for line in printed.splitlines() if line.strip()]
