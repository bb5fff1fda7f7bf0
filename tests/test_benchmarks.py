"""What the published figures rest on: verdicts, percentiles, what wrk tells, the page, and the data behind them."""

import asyncio
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import pytest

from benchmarks.bars import BARS, Bar, Measured, Verdict
from benchmarks.checks import Turn, milliseconds, rate_ratio
from benchmarks.list_figures import PATTERNS, figures
from benchmarks.load import FailedAnswers, Schedule, Slice, accepted, at_rate, percentile, read_wrk
from benchmarks.page import Page, Table, rendered
from benchmarks.processes import Growth, cpu_seconds, tree_of
from benchmarks.registry import FIRST
from benchmarks.services import gate as filled_gate
from tests.databases import Template

ATLEAST = Bar(what="one / other", bar=8, aim=12)
ATMOST = Bar(what="p99", bar=25, aim=10, unit="ms", is_ceiling=True)
NO_AIM = Bar(what="time", bar=1.1, aim=None, is_ceiling=True)
PRINTED = """Running 1s test @ http://127.0.0.1:1/v1/checks
  1 threads and 32 connections
Requests/sec:    250.00
{"requests": 500, "microseconds": 2000000, "refused": 3, "broken": 1, "p50": 1500, "p95": 20000, "p99": 40000}
"""


@pytest.mark.parametrize(
    ("bar", "value", "verdict"),
    [
        (ATLEAST, None, Verdict.NOT_MEASURED),
        (ATLEAST, 7.99, Verdict.MISSED),
        (ATLEAST, 8.0, Verdict.MET),
        (ATLEAST, 11.99, Verdict.MET),
        (ATLEAST, 12.0, Verdict.AIM_MET),
        (ATMOST, 25.01, Verdict.MISSED),
        (ATMOST, 25.0, Verdict.MET),
        (ATMOST, 10.01, Verdict.MET),
        (ATMOST, 10.0, Verdict.AIM_MET),
        (NO_AIM, 1.1, Verdict.MET),
        (NO_AIM, 1.11, Verdict.MISSED),
    ],
)
def test_a_figure_meets_its_bar_at_the_bar_and_not_beside_it(bar: Bar, value: float | None, verdict: Verdict) -> None:
    assert bar.verdict(value) is verdict


def test_every_bar_asks_more_of_its_aim_than_of_itself() -> None:
    for bar in BARS.values():
        assert bar.aim is None or (bar.aim < bar.bar if bar.is_ceiling else bar.aim > bar.bar), bar.what


@pytest.mark.parametrize(("share", "value"), [(0.5, 50), (0.95, 95), (0.99, 99), (0.991, 100), (1.0, 100), (0.001, 1)])
def test_a_percentile_is_the_nearest_rank(share: float, value: float) -> None:
    assert percentile(list(map(float, range(1, 101))), share) == value
    assert percentile([3.0], share) == 3.0


def test_of_nothing_there_is_no_percentile() -> None:
    with pytest.raises(ValueError, match="of nothing"):
        percentile([], 0.5)


def test_what_wrk_tells_is_read_in_seconds_with_every_failure_counted() -> None:
    found = read_wrk(PRINTED)
    assert found == Slice(requests=500, seconds=2.0, failed=4, p50=0.0015, p95=0.02, p99=0.04)
    assert found.rate == 250


def test_a_figure_made_of_errors_is_refused() -> None:
    with pytest.raises(FailedAnswers, match="4 of 500"):
        accepted(read_wrk(PRINTED))
    assert accepted(_slice(requests=1000, failed=1)).failed == 1
    with pytest.raises(FailedAnswers):
        accepted(_slice(requests=1000, failed=2))
    with pytest.raises(FailedAnswers):
        accepted(_slice(requests=0))


def test_the_sentences_of_the_lists_are_read_and_what_they_do_not_tell_is_not_measured() -> None:
    told = """workbook of 1,000,000 rows: 6.0 s; openpyxl is not there to compare with
1,000,000 rows, half known: 2.4 s, 416,667 rows/s, 4.1 µs of processor a row, peak 610 MB, slowest page 4 ms; {}
naive loop, from slices of 1,000 rows: 900 rows/s; ours / naive loop: 463 ×
10,000,000 rows, a tenth known: 26.0 s, 384,615 rows/s, 4.1 µs of processor a row, peak 1290 MB, slowest page 9 ms; {}
long list / as many short ones: 1.08 × the time
"""
    found = {name: one.value for name, one in figures(told).items()}
    assert found == {"list_naive": 463.0, "list_memory": 1290.0, "list_time": 1.08}
    assert set(PATTERNS) <= set(BARS)


def test_a_ratio_is_the_median_of_the_rounds_own() -> None:
    turns = {"one": [_turn(100), _turn(90), _turn(10)], "other": [_turn(50), _turn(30), _turn(1)]}
    assert rate_ratio(turns, "one", "other") == 3


def test_a_rate_that_was_not_held_has_no_percentiles() -> None:
    late = Schedule(waits=[0.001] * 998 + [float("inf")] * 2)
    late.statuses[200] = 998
    assert milliseconds(late, 0.5) is None
    held = Schedule(waits=[0.001] * 999 + [float("inf")])
    held.statuses[200] = 999
    assert milliseconds(held, 0.99) == 1
    assert milliseconds(held, 1.0) is None


def test_who_waits_for_a_server_that_stalls_is_counted_from_when_he_would_have_asked() -> None:
    async def measured() -> Schedule:
        stalled = asyncio.Event()

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            while await reader.read(1000):
                asyncio.get_running_loop().call_later(0.5, stalled.set)  # after the first; the others change nothing
                await stalled.wait()
                writer.write(b'HTTP/1.1 200 OK\r\nContent-Length: 22\r\n\r\n{"decision": "allow"}\n')
            writer.close()

        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        found = await at_rate(port, [b"ask"] * 20, rate=100, connections=2)
        server.close()
        await asyncio.sleep(0.05)
        return found

    with ThreadPoolExecutor(1) as apart:  # a browser that other tests keep open has a loop of its own in this thread
        found = apart.submit(asyncio.run, measured()).result()
    assert found.statuses == {200: 20}
    assert found.verdicts == {"allow": 20}
    assert found.waits[0] > 0.3, "the last was due 0.19 s after the first, and all waited until 0.5 s after it"


def test_the_page_tells_every_bar_with_its_verdict_and_invents_none() -> None:
    page = Page(command="make bench", at=datetime(2026, 11, 26, 21, tzinfo=UTC), machine=[("machine", "2 cores")])
    page.measured["single_naive"] = Measured(value=9.876, note="988/s to 100/s")
    page.measured["p99_500"] = Measured(value=float("inf"))
    page.tables.append(Table(title="More", head=("service", "rate"), rows=[("gate", "988")], notes=["So it was."]))
    text = rendered(page)
    assert "| single check / naive service | ≥ 8 × | ≥ 12 × | 9.88 × | met | 988/s to 100/s |" in text
    assert "| p99 at 500 checks/s | ≤ 25 ms | ≤ 10 ms | not held | missed |" in text
    assert text.count("| not measured |") == len(BARS) - 2
    assert "- machine: 2 cores" in text
    assert text.endswith("## More\n\n| service | rate |\n| :-- | --: |\n| gate | 988 |\n\nSo it was.\n")


@pytest.fixture(params=[pytest.param("sqlite", marks=pytest.mark.soak), "postgresql"])
def template(request: pytest.FixtureRequest) -> Template | None:
    """Give the database to fill: None is a new SQLite one."""
    if request.param == "sqlite":
        return None
    empty: Template = request.getfixturevalue("postgres_empty")
    return empty


def test_the_registry_of_the_benchmark_answers_as_its_parts_say(template: Template | None, tmp_path: Path) -> None:
    expected = {
        0: "consent_withdrawn",
        1: "objected_controller",
        2: "objected_all",
        3: None,
        4: "frequency_cap",
        5: None,
    }
    with ExitStack() as stack:
        one, server, _ = stack.enter_context(filled_gate(tmp_path, numbers=100, template=template))
        found = {}
        for place in expected:
            answer = server.call(
                "POST", "/v1/checks", {"number": f"+{FIRST + place}", "campaign": "winter"}, key=one.key
            )
            found[place] = answer.json["primary_reason"]
        assert found == expected
        stranger = {"number": f"+{FIRST + 10_000_000}", "campaign": "winter"}
        assert server.call("POST", "/v1/checks", stranger, key=one.key).json["primary_reason"] == "no_consent"


BUSY = "import time\nwhile time.process_time() < 0.3: pass"
GREEDY = "print(flush=True); input(); bytearray(64_000_000); print(flush=True); input()"


def test_processor_time_is_that_of_the_living_and_of_those_that_have_ended() -> None:
    before = cpu_seconds(os.getpid())
    subprocess.run([sys.executable, "-c", BUSY], check=True)
    assert cpu_seconds(os.getpid()) - before >= 0.25  # told in hundredths, each of four rounded down
    with running(f"{BUSY}\nprint(flush=True); input()") as living:
        assert living.stdout is not None
        living.stdout.readline()
        assert living.pid in tree_of(os.getpid())
        assert cpu_seconds(os.getpid()) - before >= 0.5
        living.communicate(b"\n")


def test_growth_is_told_by_its_peak_though_the_memory_was_given_back() -> None:
    with running(GREEDY) as greedy:
        assert greedy.stdin is not None
        assert greedy.stdout is not None
        greedy.stdout.readline()
        growth = Growth(greedy.pid)
        greedy.stdin.write(b"\n")
        greedy.stdin.flush()
        greedy.stdout.readline()
        assert 60_000_000 < growth.peak() < 80_000_000
        greedy.stdin.write(b"\n")


def running(program: str) -> subprocess.Popen[bytes]:
    """Start a Python program that is spoken to by pipes."""
    command = [sys.executable, "-c", program]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)


def _slice(*, requests: int, failed: int = 0) -> Slice:
    return Slice(requests=requests, seconds=1.0, failed=failed, p50=0.001, p95=0.001, p99=0.001)


def _turn(rate: int) -> Turn:
    return Turn(load=_slice(requests=rate), server=0.0, store=0.0)
