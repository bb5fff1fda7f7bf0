"""The load: wrk as fast as a server answers, and a stated rate whether the server answers or not."""

import asyncio
import gc
import json
import math
import os
import random
import subprocess
from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.registry import FIRST

SCRIPT = Path(__file__).with_name("check.lua")
CONNECTIONS = 64
KNOWN = 0.8
"""Share of the numbers asked about that stand in the registry; the script for wrk has the same."""
MOST_FAILED = 0.001
"""Share of answers that may be no decision; with more of them a figure is one of errors."""
PATIENCE = 5.0
"""Seconds that an answer may take after the last request was sent; later it counts as never given."""


class FailedAnswers(Exception):
    """Too many answers were no decisions: what was measured is how fast errors are made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """Load as fast as it is answered. Times in seconds; `failed` counts answers that were no decisions."""

    requests: int
    seconds: float
    failed: int
    p50: float
    p95: float
    p99: float

    @property
    def rate(self) -> float:
        """Requests a second."""
        return self.requests / self.seconds


@dataclass(slots=True)
class Schedule:
    """Load at a stated rate. `waits` are seconds from the instant at which a request was due to its answer, sorted;
    infinite where none came in time.
    """

    waits: list[float]
    statuses: Counter[int] = field(default_factory=Counter)
    verdicts: Counter[str] = field(default_factory=Counter)

    @property
    def failed(self) -> float:
        """Share of the requests to which no decision was given."""
        return (len(self.waits) - self.statuses[200]) / len(self.waits)


def percentile(ordered: Sequence[float], share: float) -> float:
    """Give the smallest value that so many of the values do not pass (nearest rank)."""
    if not ordered:
        raise ValueError("of nothing there is no percentile")
    return ordered[max(0, math.ceil(share * len(ordered) - 1e-9) - 1)]


def wrk(port: int, *, key: str, numbers: int, seconds: float, seed: int) -> Slice:
    """Ask for single checks as fast as they are answered.

    :raises FailedAnswers: when more than `MOST_FAILED` were no decisions.
    """
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds:g}s", "--timeout", "10s", "--latency"]
    environ = {"BENCH_KEY": key, "BENCH_NUMBERS": str(numbers), "BENCH_SEED": str(seed)}
    done = subprocess.run(
        [*command, "-s", str(SCRIPT), f"http://127.0.0.1:{port}/v1/checks"],
        env={**os.environ, **environ},
        capture_output=True,
        text=True,
        check=True,
    )
    return accepted(read_wrk(done.stdout))


def accepted(found: Slice) -> Slice:
    """Give what was measured back, unless it is made of errors.

    :raises FailedAnswers: when it is.
    """
    if not found.requests or found.failed / found.requests > MOST_FAILED:
        raise FailedAnswers(f"{found.failed} of {found.requests} answers were no decisions")
    return found


def read_wrk(printed: str) -> Slice:
    """Read what wrk and the script's last line told."""
    told = json.loads(printed.strip().splitlines()[-1])
    return Slice(
        requests=told["requests"],
        seconds=told["microseconds"] / 1e6,
        failed=told["refused"] + told["broken"],
        p50=told["p50"] / 1e6,
        p95=told["p95"] / 1e6,
        p99=told["p99"] / 1e6,
    )


def drawn_numbers(*, numbers: int, count: int, seed: int) -> list[str]:
    """Draw numbers as the script for wrk does."""
    rng = random.Random(seed)
    firsts = (FIRST if rng.random() < KNOWN else FIRST + 10_000_000 for _ in range(count))
    return [f"+{first + rng.randrange(numbers)}" for first in firsts]


def check_requests(*, key: str, numbers: int, count: int, seed: int) -> list[bytes]:
    """Make requests for single checks."""
    drawn = drawn_numbers(numbers=numbers, count=count, seed=seed)
    return [post("/v1/checks", {"number": number, "campaign": "winter"}, key=key) for number in drawn]


def post(path: str, body: object, *, key: str) -> bytes:
    """Write a request."""
    text = json.dumps(body).encode()
    head = f"POST {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\r\nContent-Type: application/json\r\n"
    return f"{head}Content-Length: {len(text)}\r\n\r\n".encode() + text


class Wire(asyncio.Protocol):
    """One kept connection: sends a request, hands the whole answer on."""

    def __init__(self, answered: "Callable[[Wire, int, bytes], None]") -> None:
        self._answered, self._got = answered, b""
        self.due = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def send(self, request: bytes, *, due: float) -> None:
        """Send what was due at an instant of the loop's clock."""
        self.due = due
        self.transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._got += data
        head, end, body = self._got.partition(b"\r\n\r\n")
        if not end:
            return
        length = head.lower().partition(b"\r\ncontent-length:")[2].partition(b"\r\n")[0]
        if len(body) >= int(length or 0):
            status, self._got = int(head[9:12]), b""
            self._answered(self, status, body)


async def at_rate(port: int, requests: Sequence[bytes], *, rate: float, connections: int = 64) -> Schedule:
    """Send requests at their instants, `1 / rate` apart, however long the answers take.

    One that finds no free connection waits, and its wait counts: a server that stalls is charged for everybody who
    would have asked meanwhile. asyncio wakes up to a millisecond late; that is counted in too.
    """
    loop = asyncio.get_running_loop()
    found = Schedule(waits=[])
    free: list[Wire] = []
    waiting: deque[tuple[float, bytes]] = deque()

    def answered(wire: Wire, status: int, body: bytes) -> None:
        found.waits.append(loop.time() - wire.due)
        found.statuses[status] += 1
        if status == 200 and (word := body.partition(b'"decision":')[2].lstrip()[1:6]):
            found.verdicts[word.decode().strip('"')] += 1
        if waiting:
            due, request = waiting.popleft()
            wire.send(request, due=due)
        else:
            free.append(wire)

    for _ in range(connections):
        free.append((await loop.create_connection(lambda: Wire(answered), "127.0.0.1", port))[1])
    wires = list(free)
    gc.collect()
    gc.disable()
    try:
        began = loop.time() + 0.05
        for place, request in enumerate(requests):
            due = began + place / rate
            await asyncio.sleep(max(0.0, due - loop.time()))
            if free:
                free.pop().send(request, due=due)
            else:
                waiting.append((due, request))
        until = loop.time() + PATIENCE
        while len(found.waits) < len(requests) and loop.time() < until:
            await asyncio.sleep(0.01)
        waiting.clear()
        answers = found.waits[:]
    finally:
        gc.enable()
        for wire in wires:
            wire.transport.abort()
        await asyncio.sleep(0)  # they close in the loop's next round
    found.waits = sorted(answers) + [float("inf")] * (len(requests) - len(answers))
    return found
