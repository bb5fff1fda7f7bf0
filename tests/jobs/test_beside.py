"""On PostgreSQL long work is done beside the server, below its priority, by a process that is started again."""

import os
import signal
import sys
import time
from pathlib import Path

from sqlalchemy import create_engine, text

from tests.call_lists import csv_of
from tests.databases import Template
from tests.server import PATIENCE, Server, running_server

LIST = csv_of([[f"+4206011{n:05}", "x"] for n in range(300)])


def test_a_list_is_scrubbed_by_a_process_of_lower_priority_that_is_started_again(
    postgres_empty: Template, tmp_path: Path
) -> None:
    with postgres_empty.copy() as url, running_server(tmp_path, database_url=url, workers=2) as server:
        server.prepare("controllers", "add", "energo", "--name", "Energo", "--country", "CZ")
        words = ["campaigns", "add", "winter", "--controller", "energo", "--name", "Winter", "--category", "energy"]
        server.prepare(*words, "--call-class", "marketing", "--voice-mode", "live")
        beside = _process_that_scrubbed(server, url)
        assert b"jobs" in Path(f"/proc/{beside}/cmdline").read_bytes().split(b"\0")
        assert os.getpriority(os.PRIO_PROCESS, beside) > os.getpriority(os.PRIO_PROCESS, 0)
        assert sys.platform != "linux" or os.sched_getscheduler(beside) == os.SCHED_IDLE
        os.kill(beside, signal.SIGKILL)
        after = _process_that_scrubbed(server, url)
        assert after != beside


def test_whoever_works_beside_a_server_ends_when_it_is_gone(postgres_empty: Template, tmp_path: Path) -> None:
    with postgres_empty.copy() as url, running_server(tmp_path, database_url=url) as server:
        assert server.process is not None
        beside = next(
            pid
            for pid in Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children").read_text().split()
            if b"app.jobs.beside" in Path(f"/proc/{pid}/cmdline").read_bytes()
        )
        os.kill(server.process.pid, signal.SIGKILL)
        until = time.monotonic() + PATIENCE
        while _is_alive(beside):
            assert time.monotonic() < until
            time.sleep(0.05)


def _is_alive(pid: str) -> bool:
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False


def _process_that_scrubbed(server: Server, url: str) -> int:
    """Upload a list, and give the process that did its job."""
    headers = {"Content-Type": "application/octet-stream"}
    path = f"/v1/lists?campaign=winter&filename=a{time.monotonic_ns()}.csv"
    id = server.call("POST", path, LIST + str(time.monotonic_ns()).encode(), headers=headers).json["id"]
    until = time.monotonic() + PATIENCE
    while server.call("GET", f"/v1/lists/{id}").json["state"] != "ready":
        assert time.monotonic() < until
        time.sleep(0.1)
    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            asked = text("SELECT worker FROM jobs WHERE subject_id = :id")
            worker: str = connection.execute(asked, {"id": id}).scalar_one()
    finally:
        engine.dispose()
    return int(worker.split(":")[1])
