"""Whether time tells that a number is known: `python -m benchmarks.self_service [--requests 1000] [--url postgresql://…]`.

Known and unknown numbers take turns in random order, each asking for a code as a browser does (with `--url`: on an
empty PostgreSQL database, as its owner). Printed are the medians and their ratio, and the overlap: how often an unknown
number took longer than a known one, of all pairs. At 50 % nobody can tell one from the other; the same figure of
unknown numbers against unknown ones, in the same run, says how far chance alone moves it.
"""

import argparse
import random
import statistics
import tempfile
import time
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from pathlib import Path

from app.db.engine import make_engine
from app.db.migrations import upgrade
from app.services.limits import Bucket, RateLimit
from tests.gate import Gate, make_gate
from tests.users import hidden_fields

KNOWN, UNKNOWN = 420601000000, 420602000000


def overlap(ones: Sequence[float], others: Sequence[float]) -> float:
    """Give the share of pairs in which the other took longer; equal times count as half."""
    known = sorted(ones)
    longer = sum(bisect_left(known, one) + bisect_right(known, one) for one in others)
    return longer / (2 * len(known) * len(others))


def furnish(gate: Gate, count: int) -> None:
    """Have so many known numbers, each with a consent and a call."""
    gate.controller()
    gate.campaign(house_caps=False)
    for place in range(count):
        gate.consent(f"+{KNOWN + place}")
        gate.check(f"+{KNOWN + place}")
    gate.integrate()


def measured(gate: Gate, count: int) -> dict[str, list[float]]:
    """Ask for a code for every number, in random order; gives the times in milliseconds by kind."""
    gate.context.serves_persons = True
    limits = (RateLimit.NETWORK, RateLimit.PERSONS)
    unlimited = {limit: Bucket(limit, per_second=1_000_000, burst=1_000_000) for limit in limits}
    gate.context.buckets = {**gate.context.buckets, **unlimited}
    client = gate.app.test_client()
    fields = hidden_fields(client.get("/who").text) | {"country": "CZ"}
    turns = [(kind, f"+{first + place}") for kind, first in _kinds(count) for place in range(count)]
    random.Random(20261127).shuffle(turns)
    times: dict[str, list[float]] = {kind: [] for kind, _ in _kinds(count)}
    for kind, number in turns[:100] + turns:
        begun = time.perf_counter()
        answer = client.post("/who", data=fields | {"number": number})
        times[kind].append((time.perf_counter() - begun) * 1000)
        if answer.status_code != 303:
            raise SystemExit(f"a code was refused: {answer.status_code}")
    return {kind: found[-count:] for kind, found in times.items()}


def _kinds(count: int) -> tuple[tuple[str, int], ...]:
    return ("known", KNOWN), ("unknown", UNKNOWN), ("unknown again", UNKNOWN + count)


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=1000, help="of each kind")
    parser.add_argument("--url", help="an empty PostgreSQL database")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        url = given.url or f"sqlite:///{folder}/dialgate.db"
        engine = make_engine(url)
        upgrade(engine)
        engine.dispose()
        gate = make_gate(url, Path(folder))
        furnish(gate, given.requests)
        times = measured(gate, given.requests)
    for kind, found in times.items():
        print(f"{kind:14} median {statistics.median(found):.2f} ms, p99 {sorted(found)[len(found) * 99 // 100]:.2f} ms")
    medians = {kind: statistics.median(found) for kind, found in times.items()}
    for kind in ("known", "unknown again"):
        ratio = medians[kind] / medians["unknown"]
        print(f"{kind} : unknown = {ratio:.3f}, overlap {overlap(times[kind], times['unknown']):.1%}")


if __name__ == "__main__":
    main()
