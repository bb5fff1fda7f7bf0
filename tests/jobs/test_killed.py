"""A server that is killed, or told to stop, in the middle of a scrub: the next one goes on and nothing differs."""

import os
import signal
import time
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

from app.jobs.worker import LEASE
from tests.call_lists import csv_of, rows_in
from tests.server import PATIENCE, Server, running_server

ROWS = 120_000
LIST = csv_of([[f"+420601{n:06}", f"Jméno {n}"] for n in range(ROWS)] + [["nic", "x"], ["+420601000000", "y"]])
TOTALS = {"rows": ROWS + 2, "allow": 0, "deny": ROWS, "defer": 0, "invalid": 1, "duplicate": 1}


def test_a_scrub_cut_off_goes_on_behind_its_last_chunk_and_ends_as_if_nothing_had_happened(tmp_path: Path) -> None:
    with running_server(tmp_path) as server:
        server.prepare("controllers", "add", "energo", "--name", "Energo", "--country", "CZ")
        words = ["campaigns", "add", "winter", "--controller", "energo", "--name", "Winter", "--category", "energy"]
        server.prepare(*words, "--call-class", "marketing", "--voice-mode", "live")
        killed = _uploaded(server)
        done = _in_the_middle(server, killed)
        server.kill()
        server.start()
        assert _ready(server, killed)["totals"] == TOTALS
        rows = _rows(server, killed)
        gap, place = _longest_pause(rows)
        assert gap > LEASE.total_seconds() / 2, "nobody waited for the dead worker's lease"
        assert place >= done, "chunks that were finished were checked anew"
        stopped = _uploaded(server)
        _in_the_middle(server, stopped)
        assert server.process is not None
        os.killpg(server.process.pid, signal.SIGTERM)
        server.process.wait(PATIENCE)
        assert "Traceback" not in server.log
        server.start()
        undisturbed = _uploaded(server)
        for id in (stopped, undisturbed):
            assert _ready(server, id)["totals"] == TOTALS
            assert _ready(server, id)["reasons"] == _ready(server, killed)["reasons"]
            assert [_timeless(row) for row in _rows(server, id)] == [_timeless(row) for row in rows]


def _uploaded(server: Server) -> str:
    answer = server.call("POST", "/v1/lists?campaign=winter", LIST)
    assert answer.status == 202, answer.text
    id: str = answer.json["id"]
    return id


def _in_the_middle(server: Server, id: str) -> int:
    """Wait until some chunks are done and others are not; give the rows done."""
    until = time.monotonic() + PATIENCE
    while (found := _shown(server, id))["rows_done"] < 2000:
        assert time.monotonic() < until
        time.sleep(0.01)
    assert found["state"] == "checking", "too quick to be cut off in the middle"
    done: int = found["rows_done"]
    return done


def _ready(server: Server, id: str) -> dict[str, Any]:
    until = time.monotonic() + 2 * PATIENCE
    while (found := _shown(server, id))["state"] != "ready":
        assert found["state"] != "failed", found["fault"]
        assert time.monotonic() < until
        time.sleep(0.1)
    return found


def _shown(server: Server, id: str) -> dict[str, Any]:
    found: dict[str, Any] = server.call("GET", f"/v1/lists/{id}").json
    return found


def _rows(server: Server, id: str) -> list[dict[str, str]]:
    answer = server.call("GET", f"/v1/lists/{id}/file?verdict=all")
    assert answer.status == 200, answer.text
    return rows_in(answer.data)


def _timeless(row: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in row.items() if name not in ("checked_at", "valid_until", "not_before")}


def _longest_pause(rows: list[dict[str, str]]) -> tuple[float, int]:
    """Give the longest time between a row's check and the next one's, in seconds, and after how many rows it came."""
    times = [datetime.fromisoformat(row["checked_at"]) for row in rows]
    pauses = [((later - earlier).total_seconds(), place) for place, (earlier, later) in enumerate(pairwise(times), 1)]
    return max(pauses)
