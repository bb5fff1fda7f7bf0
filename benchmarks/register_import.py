"""What the import of a large register costs: `python -m benchmarks.register_import` (SQLite and PostgreSQL, 5 minutes).

A server answers checks as fast as they come, before, while and after `flask registers import` takes a file of ten
million numbers in, in no order. Told are how long the import took, the most memory that any of its processes held, and
the rate of checks meanwhile as a share of the rate around it. Bars: three minutes, 300 MB, one half.
"""

import argparse
import asyncio
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.integration import NUMBERS, checks_per_second
from tests.databases import postgres_template, postgres_url
from tests.server import ROOT, Server, running_server

PRIME, STEP = 9_999_999_967, 6_180_339_887
"""Multiples of the step, modulo the prime, are ten digits in no order, and none comes twice."""


def write_file(path: Path, *, numbers: int) -> None:
    """Write a flat file as the USA publish theirs."""
    with path.open("wb") as target:
        for start in range(1, numbers + 1, 100_000):
            places = range(start, min(start + 100_000, numbers + 1))
            target.write(b"".join(b"%010d\n" % (place * STEP % PRIME) for place in places))


@contextmanager
def filled_server(folder: Path, database_url: str | None, *, workers: int) -> Iterator[Server]:
    """Serve a controller with 500 consents and an empty register."""
    with running_server(folder, database_url=database_url, workers=workers) as server:
        server.flask("controllers", "add", "energo", "--name", "Energo", "--country", "CZ")
        campaign = {"slug": "winter", "controller": "energo", "name": "Winter", "call_class": "marketing"}
        campaign |= {"voice_mode": "live", "product_category": "energy"}
        assert server.call("POST", "/v1/campaigns", campaign | {"house_hours": False}).status == 201
        rows = [f"{number},given,marketing,live,energy,paper,2026-01-01T10:00:00Z,{'ab' * 32}" for number in NUMBERS]
        names = "number,action,purposes,voice_modes,product_categories,origin,obtained_at,evidence_sha256"
        answer = server.call(
            "POST",
            "/v1/consents/import?controller=energo&filename=a.csv",
            "\n".join([names, *rows]).encode(),
            headers={"Content-Type": "application/octet-stream"},
        )
        assert answer.json["totals"]["imported"] == len(NUMBERS), answer.text
        server.flask("registers", "add", "us", "--name", "US", "--format", "us-dnc")
        yield server


class Import(threading.Thread):
    """The import, in a process of its own; it ends when that does. Memory in bytes, time in seconds."""

    def __init__(self, server: Server, file: Path) -> None:
        super().__init__()
        self._environ, self._file = dict(server.environ), file
        self.seconds, self.memory = 0.0, 0

    def run(self) -> None:
        words = ["registers", "import", "us", str(self._file), "--as-of", "2026-01-01T00:00:00Z", "--source", "a"]
        began = time.monotonic()
        process = subprocess.Popen(
            [sys.executable, "-m", "flask", *words], cwd=ROOT, env=self._environ, stdout=subprocess.DEVNULL
        )
        _, status, usage = os.wait4(process.pid, 0)
        assert os.waitstatus_to_exitcode(status) == 0
        self.seconds, self.memory = time.monotonic() - began, usage.ru_maxrss * 1024


def measure(title: str, server: Server, file: Path, *, seconds: float) -> None:
    """Import a file under load, and print a line."""
    asyncio.run(checks_per_second(server, seconds=seconds))
    around = [asyncio.run(checks_per_second(server, seconds=seconds))]
    taking, meanwhile = Import(server, file), []
    taking.start()
    while taking.is_alive():
        meanwhile.append(asyncio.run(checks_per_second(server, seconds=2.0)))
    taking.join()
    around.append(asyncio.run(checks_per_second(server, seconds=seconds)))
    usual, then = sum(around) / len(around), sum(meanwhile) / len(meanwhile)
    print(
        f"{title:<11} {taking.seconds:5.0f} s (bar 180), {taking.memory / 1e6:4.0f} MB (bar 300); "
        f"checks {usual:5.0f}/s, meanwhile {then:5.0f}/s (worst two seconds {min(meanwhile):.0f}/s): "
        f"ratio {then / usual:.2f} (bar: at least 0.50)",
        flush=True,
    )


def main() -> None:
    """Measure, and print a page."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--numbers", type=int, default=10_000_000)
    options.add_argument("--seconds", type=float, default=15.0)
    given = options.parse_args()
    print(f"cores {os.cpu_count()}, {given.numbers} numbers")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_file(folder / "register.txt", numbers=given.numbers)
        with filled_server(folder / "sqlite", None, workers=1) as server:
            measure("SQLite", server, folder / "register.txt", seconds=given.seconds)
        with (
            postgres_url(folder / "postgres") as url,
            postgres_template(url) as template,
            template.copy() as database_url,
            filled_server(folder / "postgresql", database_url, workers=2) as server,
        ):
            measure("PostgreSQL", server, folder / "register.txt", seconds=given.seconds)


if __name__ == "__main__":
    main()
