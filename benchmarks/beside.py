"""Live checks while a list is scrubbed: how much later they are answered than without it."""

import json
import time

from app.domain.access import Role
from benchmarks.bars import Measured
from benchmarks.checks import Contender, milliseconds, steady
from benchmarks.load import FailedAnswers, drawn_numbers
from benchmarks.page import Page, Table
from benchmarks.plan import Plan
from tests.server import Server

RATE = 100
ROWS = 1_000_000
"""More than are scrubbed while the checks are asked."""
SHARES = (0.5, 0.95, 0.99)


def measure(page: Page, plan: Plan, ours: Contender, server: Server) -> None:
    """Compare the same rate without a list and beside one.

    :raises FailedAnswers: when the list ended before the checks did.
    """
    rows = ROWS // 100 if plan.is_rehearsal else ROWS
    alone = steady(ours, rate=RATE, seconds=plan.steady_seconds, seed=71)
    key = server.key(Role.ADMIN)
    numbers = drawn_numbers(numbers=ours.numbers, count=rows, seed=72)
    sent = server.call(
        "POST",
        "/v1/lists?campaign=winter&filename=beside.csv",
        ("Telefon\n" + "\n".join(numbers)).encode(),
        key=key,
        headers={"Content-Type": "application/octet-stream"},
    )
    path = f"/v1/lists/{json.loads(sent.data)['id']}"
    while server.call("GET", path, key=key).json["state"] in ("received", "reading"):
        time.sleep(0.1)
    beside = steady(ours, rate=RATE, seconds=plan.steady_seconds, seed=73)
    state = server.call("GET", path, key=key).json["state"]
    if state != "checking" and not plan.is_rehearsal:
        raise FailedAnswers(f"the list was {state} before the checks beside it ended")
    server.call("POST", f"{path}/cancel", key=key)
    table = Table(title=f"{RATE} checks a second while a list is scrubbed", head=("", "p50 ms", "p95 ms", "p99 ms"))
    for name, found in (("alone", alone), ("beside", beside)):
        told = [milliseconds(found, share) for share in SHARES]
        table.rows.append((name, *("not held" if one is None else f"{one:,.1f}" for one in told)))
    table.notes.append(f"{plan.steady_seconds:g} s each; the list has {rows:,} rows and is cancelled afterwards.")
    page.tables.append(table)
    before, after = milliseconds(alone, 0.99), milliseconds(beside, 0.99)
    if before is not None:
        ratio = float("inf") if after is None else after / before
        page.measured["list_beside"] = Measured(value=ratio, note=f"{table.rows[1][3]} instead of {before:,.1f} ms")
