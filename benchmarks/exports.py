r"""Exports of the log as CSV: rows a second against `psql \copy`, and the memory that the server takes for it."""

import http.client
import re
import statistics
import subprocess
import time
from datetime import UTC, datetime

from sqlalchemy import Engine, text

from app.domain.access import Role
from benchmarks.bars import Measured
from benchmarks.checks import Contender
from benchmarks.load import FailedAnswers
from benchmarks.page import Page, Table, in_unit
from benchmarks.plan import Plan
from benchmarks.processes import Growth
from tests.databases import postgres_programs
from tests.server import Server

PLAIN = "e.id, e.log_id, e.at, e.kind, '+' || o.number"
PROOF = "encode(e.leaf_hash, 'base64'), encode(o.salt, 'base64'), o.fields, convert_from(e.leaf, 'UTF8')"
PARSED = "j->>'campaign', j->>'verdict', j->>'reasons', coalesce(j->>'action', j->>'act', j->>'result'), j->>'actor'"
OUR_COLUMNS = f"{PLAIN}, {PARSED}, {PROOF}"
STORED_COLUMNS = f"{PLAIN}, {PROOF}"
LONGEST = 60.0
"""Seconds for which an export is read."""
ROWS = (
    "FROM entries e CROSS JOIN LATERAL (SELECT convert_from(e.leaf, 'UTF8')::jsonb AS j OFFSET 0) AS leaf "
    "LEFT JOIN openings o ON o.entry_id = e.id WHERE e.log_id = '{log}' AND e.at < '{before}' ORDER BY e.at, e.id"
)


def measure(page: Page, plan: Plan, ours: Contender, server: Server, engine: Engine) -> None:
    """Compare, in alternation, for as many rounds as three quarters of a minute hold, at least one."""
    key, before = server.key(Role.AUDITOR), datetime.now(UTC).replace(microsecond=0).isoformat()
    for _ in range(4):  # so that both processes have loaded what they need
        exported(server, key, before="2020-01-01T00:00:00Z")
    with engine.connect() as connection:
        log = connection.execute(text("SELECT log_id FROM entries WHERE kind = 'consent' LIMIT 1")).scalar_one()
    rows = ROWS.format(log=log, before=before)
    rates: list[tuple[float, float, float]] = []
    growth, begun, told, cut = Growth(ours.pid), time.monotonic(), 0, ""
    while not rates or (time.monotonic() - begun < 45 and len(rates) < plan.rounds):
        told, same = copied(engine, f"SELECT {OUR_COLUMNS} {rows}")
        _, stored = copied(engine, f"SELECT {STORED_COLUMNS} {rows}")
        count, rate, is_whole = exported(server, key, before=before)
        rates.append((rate, same, stored))
        if not is_whole:
            cut = f"; the export was stopped after {LONGEST:.0f} s and {count:,} rows"
        elif told != count:
            raise FailedAnswers(f"the export has {count} rows, psql finds {told}")
    peak = growth.peak() / 1e6
    against_same, against_stored = (statistics.median(one[0] / one[place] for one in rates) for place in (1, 2))
    note = f"{told:,} rows; {against_stored:.2f} × the stored columns alone{cut}"
    page.measured["export_psql"] = Measured(value=against_same, note=note)
    page.measured["export_growth"] = Measured(value=peak, note="sum over the server's processes")
    if cut:  # what a part takes is no promise of what the whole does
        page.measured["export_growth"] = Measured(value=None, note=f"{in_unit(peak, 'MB')} so far{cut}")
    titles = (
        "`GET /v1/log/export?format=csv`",
        r"`psql \copy`, the same columns",
        r"`psql \copy`, the stored columns alone",
    )
    medians = (statistics.median(column) for column in zip(*rates, strict=True))
    page.tables.append(
        Table(
            title=f"Exports of {told:,} entries as CSV",
            head=("what", "rows/s"),
            rows=[(title, f"{rate:,.0f}") for title, rate in zip(titles, medians, strict=True)],
            notes=[
                f"Rounds: {len(rates)}{cut}. psql copies to /dev/null, the export's client throws away what it reads."
            ],
        )
    )


def exported(server: Server, key: str, *, before: str) -> tuple[int, float, bool]:
    """Read an export to its manifest, or for as long as is waited; gives rows, rows a second, and whether it is whole.

    :raises FailedAnswers: when it ends without its manifest.
    """
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=600)
    began, last, lines = time.perf_counter(), b"", 0
    path = f"/v1/log/export?format=csv&controller=energo&to={before.replace('+00:00', 'Z')}"
    connection.request("GET", path, headers={"Authorization": f"Bearer {key}"})
    response = connection.getresponse()
    while piece := response.read1(1 << 16):
        last, lines = (last + piece)[-400:], lines + piece.count(b"\n")  # no cell has a line of its own
        if time.perf_counter() - began > LONGEST:
            connection.close()
            return lines - 1, (lines - 1) / (time.perf_counter() - began), False
    spent = time.perf_counter() - began
    connection.close()
    found = re.search(rb"# rows=([0-9]+) sha256=", last)
    if response.status != 200 or found is None:
        raise FailedAnswers(f"an export was answered {response.status}, and is not whole")
    return int(found[1]), int(found[1]) / spent, True


def copied(engine: Engine, query: str) -> tuple[int, float]:
    r"""Run `\copy` in a psql of its own; gives rows, and rows a second."""
    url = engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    began = time.perf_counter()
    done = subprocess.run(
        [str(postgres_programs() / "psql"), url, "-XAt", "-c", rf"\copy ({query}) TO '/dev/null' CSV"],
        capture_output=True,
        text=True,
        check=True,
    )
    count = int(done.stdout.split()[-1])
    return count, count / (time.perf_counter() - began)
