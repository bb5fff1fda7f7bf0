"""Servers as processes: started, waited for, killed; the processor time and the memory they take, from /proc."""

import contextlib
import http.client
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from app.cli.serve import BLOCKING_THREADS
from tests.server import PATIENCE, ROOT

_TICKS = os.sysconf("SC_CLK_TCK")


def cpu_seconds(root: int) -> float:
    """Give the processor time that a process and all its descendants have taken, reaped ones included."""
    return sum(_stat(pid)[1] for pid in tree_of(root))


class Growth:
    """How much memory a service takes beyond what it holds now, each of its processes at its own peak."""

    def __init__(self, root: int) -> None:
        self._before = {pid: _status(pid, "VmRSS") for pid in tree_of(root)}
        for pid in self._before:
            Path(f"/proc/{pid}/clear_refs").write_text("5", encoding="ascii")  # forgets the peak so far

    def peak(self) -> int:
        """Give the bytes, summed over the processes."""
        return sum(max(0, _status(pid, "VmHWM") - held) for pid, held in self._before.items())


def tree_of(root: int) -> list[int]:
    """Give a process and all its descendants."""
    children: dict[int, list[int]] = {}
    for name in os.listdir("/proc"):
        if name.isdecimal():
            children.setdefault(_stat(int(name))[0], []).append(int(name))
    found = [root]
    for pid in found:
        found += children.get(pid, [])
    return found


def parent_of(pid: int) -> int:
    """Give the parent of a process."""
    return _stat(pid)[0]


def _stat(pid: int) -> tuple[int, float]:
    """Give parent and seconds of processor time, with those of reaped children; 0 for a process that has gone."""
    try:
        words = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
    except OSError:
        return 0, 0.0
    return int(words[1]), sum(map(int, words[11:15])) / _TICKS


def _status(pid: int, name: str) -> int:
    """Give a line of a process's status, in bytes."""
    lines = Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(f"{name}:"))


@contextmanager
def granian(application: str, *, workers: int, environ: Mapping[str, str] = {}) -> Iterator[tuple[int, int]]:
    """Serve a WSGI application with the options that `flask serve` gives; gives process id and port."""
    port = free_port()
    options = ["--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port), "--workers", str(workers)]
    options += ["--blocking-threads", str(BLOCKING_THREADS), "--log-level", "warning", "--no-ws", "--no-access-log"]
    command = [sys.executable, "-m", "granian", *options, "--respawn-failed-workers", application]
    with started(command, environ={**os.environ, **environ}, ready=lambda: _answers(port)) as pid:
        yield pid, port


@contextmanager
def redis() -> Iterator[tuple[int, Path]]:
    """Run a Redis that keeps nothing on disk; gives process id and socket."""
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "redis.sock"
        command = ["redis-server", "--port", "0", "--unixsocket", str(path), "--save", "", "--appendonly", "no"]
        with started(command, environ=os.environ, ready=path.exists) as pid:
            yield pid, path


@contextmanager
def started(command: list[str], *, environ: Mapping[str, str], ready: Callable[[], bool]) -> Iterator[int]:
    """Run a process until the block ends, then kill it and its group; what it printed is told when it fails."""
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(
            command, cwd=ROOT, env=dict(environ), stdout=log, stderr=subprocess.STDOUT, start_new_session=True
        )
        try:
            until = time.monotonic() + PATIENCE
            while not ready():
                if process.poll() is not None or time.monotonic() > until:
                    log.seek(0)
                    raise SystemExit(f"{command[0]} did not start:\n{log.read().decode(errors='replace')}")
                time.sleep(0.05)
            yield process.pid
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def free_port() -> int:
    """Find a port of loopback that nobody uses."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/")
        return connection.getresponse().status < 500
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
