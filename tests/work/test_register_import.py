"""An import that is killed in the middle leaves no snapshot, no process, and in time no file."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from tests.server import PATIENCE, ROOT, Server, running_server

LINES = 1_200_000
"""So many that several runs are written before the end."""


def test_an_import_that_is_killed_leaves_no_snapshot_and_no_process(tmp_path: Path) -> None:
    big, small = tmp_path / "big.txt", tmp_path / "small.txt"
    big.write_bytes(b"".join(b"%010d\n" % number for number in range(2_000_000_000, 2_000_000_000 + LINES)))
    small.write_bytes(b"2025550101\n")
    with running_server(tmp_path) as server:
        server.prepare("registers", "add", "us", "--name", "US", "--format", "us-dnc")
        child = _killed_in_the_middle(server, big)
        _gone(child)
        assert server.call("GET", "/v1/registers").json["items"][0]["standing"] == []
        assert server.call("GET", "/v1/registers/us/snapshots").json["items"] == []
        building = Path(server.environ["DIALGATE_DATA_DIR"]) / "registers" / ".building"
        (left,) = building.iterdir()
        os.utime(left, (0, 0))
        server.flask(*_import(small))
        assert list(building.iterdir()) == []
        (standing,) = server.call("GET", "/v1/registers").json["items"][0]["standing"]
        assert standing["count"] == 1


def _import(file: Path) -> tuple[str, ...]:
    return ("registers", "import", "us", str(file), "--as-of", "2026-01-01T00:00:00Z", "--source", "a")


def _killed_in_the_middle(server: Server, file: Path) -> int:
    """Kill an import once numbers are on disk; gives the process that was reading for it."""
    words = [sys.executable, "-m", "flask", *_import(file)]
    process = subprocess.Popen(words, cwd=ROOT, env=dict(server.environ))
    folder = Path(server.environ["DIALGATE_DATA_DIR"]) / "registers" / ".building"
    until = time.monotonic() + PATIENCE
    while not list(folder.glob("*/runs")):
        assert time.monotonic() < until
        assert process.poll() is None, "too quick to be cut off in the middle"
        time.sleep(0.01)
    (child,) = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    process.send_signal(signal.SIGKILL)
    process.wait(PATIENCE)
    return int(child)


def _gone(process: int) -> None:
    until = time.monotonic() + PATIENCE
    while Path(f"/proc/{process}/cmdline").exists() and Path(f"/proc/{process}/cmdline").read_bytes():
        assert time.monotonic() < until, "it goes on reading for nobody"
        time.sleep(0.05)
