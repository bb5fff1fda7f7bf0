"""Batches of 500: how many numbers a second, one batch after the other, against the naive service's loop."""

import http.client
import json
import statistics
import time

from benchmarks.bars import Measured
from benchmarks.checks import Contender
from benchmarks.load import FailedAnswers, drawn_numbers
from benchmarks.page import Page, Table
from benchmarks.plan import Plan

SIZE = 500


def measure(page: Page, plan: Plan, ours: Contender, naive: Contender) -> None:
    """Compare, in alternation."""
    rates: dict[str, list[float]] = {ours.name: [], naive.name: []}
    rounds = (plan.rounds + 1) // 2
    for one in (ours, naive):
        numbers_per_second(one, seconds=0.0, seed=0)
    for place in range(rounds):
        for one in (ours, naive) if place % 2 else (naive, ours):
            rates[one.name].append(numbers_per_second(one, seconds=plan.seconds, seed=1000 * (place + 1)))
            one.settle()
    ratio = statistics.median(mine / theirs for mine, theirs in zip(*rates.values(), strict=True))
    medians = [statistics.median(own) for own in rates.values()]
    page.measured["batch_naive"] = Measured(value=ratio, note=f"{medians[0]:,.0f}/s to {medians[1]:,.0f}/s")
    table = Table(title=f"Batches of {SIZE}", head=("service", "numbers/s", "from–to"))
    for (name, own), median in zip(rates.items(), medians, strict=True):
        table.rows.append((name, f"{median:,.0f}", f"{min(own):,.0f}–{max(own):,.0f}"))
    table.notes.append(
        f"One batch after the other over one connection, {rounds} rounds of {plan.seconds:g} s, at least two "
        "batches each. The naive service loops over the items of the same request and commits each."
    )
    page.tables.append(table)


def numbers_per_second(one: Contender, *, seconds: float, seed: int) -> float:
    """Send batches for a while, at least two.

    :raises FailedAnswers: when an item has no decision.
    """
    connection = http.client.HTTPConnection("127.0.0.1", one.port, timeout=120)
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {one.key}"}
    done, spent = 0, 0.0
    while spent < seconds or done < 2:
        drawn = drawn_numbers(numbers=one.numbers, count=SIZE, seed=seed + done)
        body = json.dumps({"items": [{"number": number, "campaign": "winter"} for number in drawn]}).encode()
        began = time.perf_counter()
        connection.request("POST", "/v1/checks/batch", body=body, headers=headers)
        response = connection.getresponse()
        answer = response.read()
        spent += time.perf_counter() - began
        decided = answer.count(b'"decision":')
        if response.status != 200 or decided != SIZE:
            raise FailedAnswers(f"{one.name}: a batch was answered {response.status}, with {decided} decisions")
        done += 1
    connection.close()
    return done * SIZE / spent
