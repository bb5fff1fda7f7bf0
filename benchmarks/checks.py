"""Single checks: every contender in turn, as fast as it answers; then at stated rates."""

import asyncio
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from benchmarks.load import MOST_FAILED, FailedAnswers, Schedule, Slice, at_rate, check_requests, percentile, wrk
from benchmarks.processes import cpu_seconds

DRAINED_WITHIN = 60.0
"""Seconds within which what a slice left for the tree must have found its place."""


def nothing_waits() -> int:
    """Say of a contender without a log that nothing is left to do."""
    return 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Contender:
    """One service. `store` is the process its data live in, None for none; `waiting` counts the work left to do."""

    name: str
    pid: int
    port: int
    numbers: int
    key: str = "none"
    store: int | None = None
    waiting: Callable[[], int] = nothing_waits

    def cpu(self) -> tuple[float, float]:
        """Processor seconds so far: of the service, of its store."""
        return cpu_seconds(self.pid), 0.0 if self.store is None else cpu_seconds(self.store)

    def settle(self) -> None:
        """Wait until nothing is left to do, so that it neither disturbs whoever is next nor goes uncounted.

        :raises FailedAnswers: when it does not end.
        """
        until = time.monotonic() + DRAINED_WITHIN
        while self.waiting():
            if time.monotonic() > until:
                raise FailedAnswers(f"{self.name}: entries still wait for the tree")
            time.sleep(0.1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """A slice of one contender; `server` and `store` are processor seconds a request, the work left over included."""

    load: Slice
    server: float
    store: float

    @property
    def cpu(self) -> float:
        """Processor seconds a request, of service and store."""
        return self.server + self.store


Turns = Mapping[str, Sequence[Turn]]


def in_rotation(contenders: Sequence[Contender], *, rounds: int, seconds: float, seed: int = 1) -> Turns:
    """Give every contender a slice a round, each round beginning with another, after a second to warm up."""
    for one in contenders:
        # not a figure: two gates that open all their connections at once may be more than one PostgreSQL takes
        with suppress(FailedAnswers):
            wrk(one.port, key=one.key, numbers=one.numbers, seconds=1.0, seed=seed)
        one.settle()
    found: dict[str, list[Turn]] = {one.name: [] for one in contenders}
    for place in range(rounds):
        first = place % len(contenders)
        for one in [*contenders[first:], *contenders[:first]]:
            found[one.name].append(turn(one, seconds=seconds, seed=seed + 1 + place))
    return found


def turn(one: Contender, *, seconds: float, seed: int) -> Turn:
    """Load one contender for a while."""
    server, store = one.cpu()
    load = wrk(one.port, key=one.key, numbers=one.numbers, seconds=seconds, seed=seed)
    one.settle()
    spent, kept = one.cpu()
    return Turn(load=load, server=(spent - server) / load.requests, store=(kept - store) / load.requests)


def rate_ratio(turns: Turns, one: str, other: str) -> float:
    """Give how many times as many requests one answers as the other: the median of the rounds' own ratios."""
    pairs = zip(turns[one], turns[other], strict=True)
    return statistics.median(mine.load.rate / theirs.load.rate for mine, theirs in pairs)


def cpu_ratio(turns: Turns, one: str, other: str) -> float:
    """Give how many times the processor time a request costs with one as with the other: the median of the rounds'."""
    pairs = zip(turns[one], turns[other], strict=True)
    return statistics.median(mine.cpu / theirs.cpu for mine, theirs in pairs)


def steady(one: Contender, *, rate: int, seconds: float, seed: int) -> Schedule:
    """Ask a contender at a stated rate."""
    count = int(rate * seconds)
    requests = check_requests(key=one.key, numbers=one.numbers, count=count, seed=seed)
    found = asyncio.run(at_rate(one.port, requests, rate=rate))
    one.settle()
    return found


def milliseconds(found: Schedule, share: float) -> float | None:
    """Give a percentile in milliseconds; None where the rate was not held, or errors were among the answers."""
    at = percentile(found.waits, share)
    return None if found.failed > MOST_FAILED or at == float("inf") else at * 1000
