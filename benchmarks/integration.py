"""What the sequencer costs and how soon it integrates: `python -m benchmarks.integration` (PostgreSQL, 3 minutes).

Two servers on one PostgreSQL, each with two processes and a database of its own: one sequences, the other leaves its
entries in the queue (it is emptied between slices, unmeasured). Slices of load alternate between them, so that both
meet the same noise; the figure is the ratio of their medians. Then 1,000 entries a second are written for half a
minute, and every entry is asked when the first signed checkpoint covered it.
"""

import argparse
import asyncio
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import create_engine, text

from app import create_app
from app.work.sequencer import integrate
from config import Config
from tests.databases import postgres_template, postgres_url
from tests.server import ROOT, Server, running_server

WORKERS = 2
CONNECTIONS = 32
NUMBERS = [f"+42060{1_000_000 + place}" for place in range(500)]


@contextmanager
def filled_server(folder: Path, database_url: str, *, sequences: bool) -> Iterator[Server]:
    """Serve a controller with 500 consents; without its sequencer the server is the very same program."""
    with running_server(folder, database_url=database_url, workers=WORKERS) as server:
        flask = (("controllers", "add", "energo", "--name", "Energo", "--country", "CZ"),)
        for words in flask:
            server.flask(*words)
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
        if not sequences:
            server.kill()
            start_without_jobs(server)
        yield server


def start_without_jobs(server: Server) -> None:
    """Start the service as `flask serve` does, but for the variable that makes it sequence."""
    options = ["--interface", "wsgi", "--host", "127.0.0.1", "--port", str(server.port), "--workers", str(WORKERS)]
    options += ["--blocking-threads", "32", "--log-level", "warning", "--no-ws", "--no-access-log"]
    server.process = subprocess.Popen(
        [sys.executable, "-m", "granian", *options, "wsgi:app"],
        cwd=ROOT,
        env={**server.environ, "DIALGATE_DATABASE_URL": server.environ["DIALGATE_DATABASE_URL"]},
        start_new_session=True,
    )
    until = time.monotonic() + 60
    while not _answers(server):
        assert time.monotonic() < until
        time.sleep(0.1)


def _answers(server: Server) -> bool:
    try:
        return server.call("GET", "/readyz", key=None).status == 200
    except OSError:
        return False


async def checks_per_second(server: Server, *, seconds: float) -> float:
    """Send single checks over kept connections, as fast as they are answered; every answer must be a decision."""
    end = time.monotonic() + seconds
    done = 0

    async def ask() -> None:
        nonlocal done
        rng = random.Random()
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        while time.monotonic() < end:
            body = json.dumps({"number": rng.choice(NUMBERS), "campaign": "winter"}).encode()
            writer.write(_request(server, "/v1/checks", body))
            status, answer = await _response(reader)
            assert status == 200, answer
            done += 1
        writer.close()

    began = time.monotonic()
    await asyncio.gather(*(ask() for _ in range(CONNECTIONS)))
    return done / (time.monotonic() - began)


async def write_steadily(server: Server, *, rate: int, seconds: float, batch: int = 50) -> float:
    """Write `rate` entries a second by batches of checks; gives the rate that was reached."""
    began, sent = time.monotonic(), 0
    places: asyncio.Queue[float] = asyncio.Queue()
    for step in range(int(rate * seconds / batch)):
        places.put_nowait(began + step * batch / rate)

    async def ask() -> None:
        nonlocal sent
        rng = random.Random()
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        while not places.empty():
            at = places.get_nowait()
            await asyncio.sleep(max(0.0, at - time.monotonic()))
            items = [{"number": rng.choice(NUMBERS), "campaign": "winter"} for _ in range(batch)]
            writer.write(_request(server, "/v1/checks/batch", json.dumps({"items": items}).encode()))
            status, answer = await _response(reader)
            assert status == 200, answer
            sent += batch
        writer.close()

    await asyncio.gather(*(ask() for _ in range(8)))
    return sent / (time.monotonic() - began)


def _request(server: Server, path: str, body: bytes) -> bytes:
    head = f"POST {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {server.keys['admin']}\r\n"
    return f"{head}Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


async def _response(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    head = await reader.readuntil(b"\r\n\r\n")
    length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
    return int(head.split(b" ", 2)[1]), await reader.readexactly(int(length.partition(b":")[2]))


LATENCIES = """
SELECT extract(epoch FROM (SELECT min(c.at) FROM checkpoints c
    WHERE c.log_id = s.log_id AND c.shard = s.shard AND c.size > s.position) - e.at)
FROM sequence s JOIN entries e ON e.id = s.entry_id WHERE e.kind = 'check' AND e.at >= :since
"""


def integration_seconds(owner_url: str, *, since: str) -> list[float]:
    """Give how long each check's entry waited for the first signed checkpoint that covers it, sorted."""
    engine = create_engine(owner_url)
    with engine.connect() as connection:
        connection.execute(text("SELECT set_config('dialgate.controllers', '*', true)"))
        waits = connection.execute(text(LATENCIES), {"since": since}).scalars().all()
    engine.dispose()
    return sorted(float(wait) for wait in waits)


def main() -> None:
    """Measure, and print a page."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rounds", type=int, default=8)
    options.add_argument("--seconds", type=float, default=5.0)
    options.add_argument("--rate", type=int, default=1000)
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as name, postgres_url(Path(name) / "postgres") as url:
        folder = Path(name)
        with (
            postgres_template(url) as template,
            template.copy() as with_url,
            template.copy() as without_url,
            filled_server(folder / "with", with_url, sequences=True) as sequencing,
            filled_server(folder / "without", without_url, sequences=False) as queueing,
        ):
            idle = create_app(Config.from_environ(dict(queueing.environ))).extensions["dialgate"]
            rates: dict[str, list[float]] = {"sequencing": [], "not sequencing": []}
            for turn in range(given.rounds):
                order = [("sequencing", sequencing), ("not sequencing", queueing)]
                for title, server in order if turn % 2 else order[::-1]:
                    rates[title].append(asyncio.run(checks_per_second(server, seconds=given.seconds)))
                    integrate(idle)
            time.sleep(3)
            with idle.reading() as reading:
                since = reading.now.isoformat()
            reached = asyncio.run(write_steadily(sequencing, rate=given.rate, seconds=30.0))
            time.sleep(3)
            waits = integration_seconds(with_url, since=since)
            idle.engine.dispose()
    medians = {title: statistics.median(values) for title, values in rates.items()}
    print(f"cores {os.cpu_count()}, {WORKERS} server processes, {CONNECTIONS} connections, {given.rounds} rounds")
    for title, values in rates.items():
        print(f"{title:<15} median {medians[title]:7.0f} checks/s   from {min(values):.0f} to {max(values):.0f}")
    ratio = medians["sequencing"] / medians["not sequencing"]
    print(f"ratio {ratio:.3f} (bar: at least 0.900)")
    p50, p99, worst = (waits[int(len(waits) * share)] for share in (0.5, 0.99, 0.9999))
    print(f"{len(waits)} entries at {reached:.0f}/s: integrated p50 {p50:.3f} s, p99 {p99:.3f} s, worst {worst:.3f} s")


if __name__ == "__main__":
    main()
