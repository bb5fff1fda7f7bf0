"""The part of single checks: who answers how many, at what cost, how soon."""

import math
import statistics
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from benchmarks import stages
from benchmarks.bars import Measured
from benchmarks.checks import Contender, Turns, cpu_ratio, in_rotation, milliseconds, rate_ratio, steady
from benchmarks.load import CONNECTIONS, KNOWN
from benchmarks.page import Page, Table
from benchmarks.plan import Plan
from benchmarks.services import gate, naive
from tests.databases import Template

COMPARED_AT = 500
OURS, NAIVE, HELLO, REDIS = "Dialgate", "naive service", "Flask hello", "Redis, no log"


def measure(page: Page, plan: Plan, ours: Contender, others: Sequence[Contender]) -> None:
    """Compare on PostgreSQL."""
    turns = in_rotation([ours, *others], rounds=plan.rounds, seconds=plan.seconds)
    for name, other in (("single_naive", NAIVE), ("single_redis", REDIS), ("single_hello", HELLO)):
        page.measured[name] = Measured(value=rate_ratio(turns, OURS, other), note=_rates(turns, OURS, other))
    page.tables.append(throughput_table(turns, plan, numbers=plan.numbers))
    page.tables.append(steady_table(page, [ours, *others], plan))


def measure_sqlite(page: Page, plan: Plan, folder: Path) -> None:
    """Compare on SQLite, one process each."""
    size = plan.sizes[0]
    with gate(folder / "sqlite", numbers=size) as (ours, server, _):
        with naive(folder, numbers=size) as other:
            turns = in_rotation([ours, other], rounds=plan.rounds, seconds=plan.seconds)
        names = (ours.name, other.name)
        page.measured["sqlite_naive"] = Measured(value=rate_ratio(turns, *names), note=_rates(turns, *names))
        table = throughput_table(turns, plan, numbers=size)
        table.title += ", SQLite, one process"
        table.notes.append("Both with a write-ahead log and `synchronous=FULL`.")
        page.tables.append(table)
        stages.measure(page, server, numbers=size, sizes=(1, 16, 64))


def measure_sizes(page: Page, plan: Plan, ours: Contender, folder: Path, template: Template) -> None:
    """Compare the processor time of a check over two sizes of the registry."""
    size = next(size for size in plan.sizes if size != plan.numbers)
    with gate(folder / "other", numbers=size, template=template) as (other, _, _):
        pair = sorted((replace(one, name=_size(one)) for one in (ours, other)), key=lambda one: one.numbers)
        turns = in_rotation(pair, rounds=plan.rounds, seconds=plan.seconds)
    small, large = (one.name for one in pair)
    ratio = cpu_ratio(turns, large, small)
    if plan.is_full:
        page.measured["registry"] = Measured(value=ratio)
    else:
        note = f"{large} instead of {small}: {ratio:.2f} ×; 10 M by `make bench-full`"
        page.measured["registry"] = Measured(value=None, note=note)
    table = throughput_table(turns, plan, numbers=None)
    table.title = "Single checks over two sizes of the registry"
    page.tables.append(table)


def _size(one: Contender) -> str:
    return f"{one.numbers:,} numbers"


def _rates(turns: Turns, one: str, other: str) -> str:
    mine, theirs = (statistics.median(turn.load.rate for turn in turns[name]) for name in (one, other))
    return f"{mine:,.0f}/s to {theirs:,.0f}/s; by processor time a request {cpu_ratio(turns, other, one):.2f} ×"


def throughput_table(turns: Turns, plan: Plan, *, numbers: int | None) -> Table:
    """Tell rates, processor time and latencies of every contender: medians of the rounds.

    `numbers` is the size of the registry, None where each row has its own.
    """
    table = Table(
        title=f"Single checks as fast as they are answered ({CONNECTIONS} connections)",
        head=(
            "service",
            "requests/s",
            "from–to",
            "CPU µs a request",
            "of it the store's",
            "p50 ms",
            "p95 ms",
            "p99 ms",
            "no decision",
        ),
    )
    for name, own in turns.items():
        rates = [turn.load.rate for turn in own]
        table.rows.append(
            (
                name,
                f"{statistics.median(rates):,.0f}",
                f"{min(rates):,.0f}–{max(rates):,.0f}",
                f"{statistics.median(turn.cpu for turn in own) * 1e6:,.0f}",
                f"{statistics.median(turn.store for turn in own) * 1e6:,.0f}",
                *(
                    f"{statistics.median(getattr(turn.load, at) for turn in own) * 1e3:,.1f}"
                    for at in ("p50", "p95", "p99")
                ),
                f"{sum(turn.load.failed for turn in own)} of {sum(turn.load.requests for turn in own):,}",
            )
        )
    size = "" if numbers is None else f"a registry of {numbers:,} numbers, "
    table.notes.append(
        f"{plan.rounds} rounds of {plan.seconds:g} s; {size}{KNOWN:.0%} of the "
        "numbers asked about stand in it. Processor time is that of the service's processes and of its store's, until "
        "all that the slice left to do was done (Dialgate: every entry has its place in the signed tree). The load "
        "comes from the same machine."
    )
    return table


def steady_table(page: Page, contenders: Sequence[Contender], plan: Plan) -> Table:
    """Tell latencies at stated rates: the first's at all of them, the others' at one."""
    table = Table(
        title="Single checks at stated rates",
        head=(
            "service",
            "checks/s",
            "p50 ms",
            "p95 ms",
            "p99 ms",
            "worst ms",
            "no decision in time",
            "allow · deny · defer",
        ),
    )
    for rate in plan.rates:
        for one in contenders if rate == COMPARED_AT else contenders[:1]:
            found = steady(one, rate=rate, seconds=plan.steady_seconds, seed=rate)
            told = [milliseconds(found, share) for share in (0.5, 0.95, 0.99, 1.0)]
            verdicts = [
                f"{found.verdicts[word] / max(1, found.statuses[200]):.0%}" for word in ("allow", "deny", "defer")
            ]
            shown = ["not held" if value is None else f"{value:,.1f}" for value in told]
            mix = " · ".join(verdicts) if found.verdicts else "—"
            table.rows.append((one.name, f"{rate:,}", *shown, f"{found.failed:.2%}", mix))
            if one.name == OURS and rate == COMPARED_AT:
                page.measured["p99_500"] = Measured(
                    value=math.inf if told[2] is None else told[2], note=f"p50 {shown[0]}, p95 {shown[1]}"
                )
    table.notes.append(
        f"{plan.steady_seconds:g} s each. Time is counted from the instant at which a request was due, whether or not "
        "the one before was answered. A rate at which more than one answer in a thousand was no decision, or came too "
        "late, is not held."
    )
    return table
