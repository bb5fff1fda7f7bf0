"""How fast lists are scrubbed: `python -m benchmarks.lists [--rows 1000000] [--long 10000000] [--registry 1000000]`.

Contenders take turns in one run, on one PostgreSQL with one registry: the scrub, and the loop that everybody writes
first, which reads each number with `phonenumbers`, asks the registry for it through an ORM, stores what became of it
and commits, row by row. The loop is timed on slices, and its rate told as if the whole list went so. Lists are CP1250,
from a seed, messy in every way the acceptance data is; half of their numbers are in the registry, of the long list and
the short ones that it is held against a tenth. Each scrub is a process of its own, whose peak memory is told. A
workbook is read against openpyxl; and a script with pandas cleans the list, which puts nothing on record.
"""

import argparse
import csv
import json
import resource
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from importlib import import_module
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import phonenumbers
from sqlalchemy import URL, BigInteger, DateTime, Engine, Uuid, create_engine, make_url, text
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from app.context import Context
from app.db.identity import new_id
from app.db.list_rows import reading_rows, rows_of
from app.db.types import Row
from app.domain.access import operator
from app.jobs.worker import Worker
from app.services.campaigns import campaign_for
from app.services.lists import list_for, new_list_folder, receive_list, rows_path, scrub_again
from app.services.spreadsheets import open_spreadsheet
from app.services.uploads import store_upload
from benchmarks.contenders.pandas_script import cleaned
from benchmarks.list_data import fill, messy_rows, write_list, write_workbook
from tests.databases import postgres_template, postgres_url
from tests.gate import WEDNESDAY, make_gate

SCRIPTED = 200_000
"""Rows on which the script is timed."""


def scrub(url: str, folder: Path, path: Path) -> None:
    """Scrub a list as `flask lists scrub` does, and print what it took; the process is this list's alone."""
    gate = make_gate(url, folder)
    gate.now = WEDNESDAY
    context, actor, id = gate.context, operator("benchmark"), new_id(gate.now)
    with context.reading() as reading:
        campaign = campaign_for(reading.session, slug="winter", controller=None, actor=actor)
    with path.open("rb") as source, new_list_folder(folder, id) as place:
        upload = store_upload(source, path=place / "source", name=path.name, limit=1 << 50)
        with context.transaction() as tx:
            asked: dict[str, Any] = {"options": {}, "at": None, "actor": actor, "now": tx.now}
            job = receive_list(tx.session, id=id, campaign=campaign, upload=upload, **asked)
    row, seconds, cpu = _timed(context, job, id)
    pages = _slowest_page(folder, row)
    found = {"seconds": seconds, "cpu": cpu, "page": pages, "totals": row["totals"]}
    found["peak"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    with context.transaction() as tx:
        scrub_again(tx.session, id=id, actor=actor, now=tx.now)
    row, found["again"], found["again_cpu"] = _timed(context, None, id)
    assert row["found"]["changes"] is not None
    print(json.dumps(found))


def _timed(context: Context, job: str | None, id: str) -> tuple[Row, float, float]:
    """Have a list scrubbed; gives it with the seconds, and the seconds of this process alone."""
    began, spent = time.perf_counter(), time.process_time()
    Worker(context).work_once(only=job)
    taken = time.perf_counter() - began, time.process_time() - spent
    with context.reading() as reading:
        row = list_for(reading.session, id=id, actor=operator("benchmark"))
    assert row["state"] == "ready", row["fault"]
    return row, *taken


def _slowest_page(folder: Path, row: Mapping[str, Any]) -> float:
    """Give the time of the slowest page of fifty rows of one verdict, in seconds."""
    slowest = 0.0
    with reading_rows(rows_path(folder, row)) as store:
        for decision in ("allow", "deny", "invalid", "duplicate"):
            for after in (0, row["totals"]["rows"] // 2):
                began = time.perf_counter()
                assert list(rows_of(store, decision=decision, after=after, limit=50))
                slowest = max(slowest, time.perf_counter() - began)
    return slowest


class Base(DeclarativeBase):
    """The models of the loop that everybody writes first."""


class Consent(Base):
    """Its view of the registry."""

    __tablename__ = "consent_events"
    id: Mapped[str] = mapped_column(Uuid(as_uuid=False), primary_key=True)
    controller_id: Mapped[int]
    number: Mapped[int] = mapped_column(BigInteger)
    action: Mapped[str]
    obtained_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


class Objection(Base):
    """Its view of the objections."""

    __tablename__ = "suppressions"
    id: Mapped[str] = mapped_column(Uuid(as_uuid=False), primary_key=True)
    controller_id: Mapped[int]
    number: Mapped[int] = mapped_column(BigInteger)


class Checked(Base):
    """What became of a row."""

    __tablename__ = "naive_rows"
    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int | None] = mapped_column(BigInteger, index=True)
    verdict: Mapped[str]
    cells: Mapped[str]


def naive(engine: Engine, path: Path, *, rows: int) -> float:
    """Check so many rows as one writes it first; gives the seconds a row. Its rules are consent and objection alone."""
    Base.metadata.create_all(engine, tables=[Base.metadata.tables["naive_rows"]])
    with path.open(encoding="cp1250", newline="") as source, Session(engine) as session:
        found = csv.DictReader(source, delimiter=";")
        began = time.perf_counter()
        for line in islice(found, rows):
            number, verdict = None, "invalid"
            with suppress(phonenumbers.NumberParseException):
                parsed = phonenumbers.parse(line["Telefon"], "CZ")
                if phonenumbers.is_valid_number(parsed):
                    number = int(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)[1:])
            if number is not None:
                verdict = _naive_verdict(session, number)
            session.add(Checked(number=number, verdict=verdict, cells=json.dumps(line)))
            session.commit()
        return (time.perf_counter() - began) / rows


def _naive_verdict(session: Session, number: int) -> str:
    if session.query(Checked).filter_by(number=number).first() is not None:
        return "duplicate"
    if session.query(Objection).filter_by(controller_id=1, number=number).first() is not None:
        return "deny"
    newest = (
        session.query(Consent).filter_by(controller_id=1, number=number).order_by(Consent.obtained_at.desc()).first()
    )
    return "allow" if newest is not None and newest.action == "given" else "deny"


def scrubbed(url: str, folder: Path, path: Path) -> dict[str, Any]:
    """Scrub a list in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.lists", "--scrub", url, str(folder), str(path)]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def told(title: str, found: Mapping[str, Any]) -> str:
    """Give a line about a scrub, and the same scrub again."""
    rows, rate = found["totals"]["rows"], found["totals"]["rows"] / found["seconds"]
    cpu = found["cpu"] / rows * 1e6
    return (
        f"{title}: {found['seconds']:.1f} s, {rate:,.0f} rows/s, {cpu:.1f} µs of processor a row, "
        f"peak {found['peak'] / 1e6:.0f} MB, slowest page {found['page'] * 1000:.0f} ms; "
        f"again {found['again']:.1f} s ({found['again'] / found['seconds']:.2f} of the time, "
        f"{found['again_cpu'] / found['cpu']:.2f} of the processor); {found['totals']}"
    )


def against_openpyxl(folder: Path, *, rows: int) -> str:
    """Read a workbook by the child process, and by openpyxl."""
    path = folder / "list.xlsx"
    write_workbook(path, messy_rows(rows, registry=rows, known=0.5))
    began = time.perf_counter()
    ours = sum(len(batch.rows) for batch in open_spreadsheet(path).batches())
    seconds = time.perf_counter() - began
    line = f"workbook of {ours:,} rows: {seconds:.1f} s"
    openpyxl = import_module("openpyxl")
    began = time.perf_counter()
    sheet = openpyxl.load_workbook(path, read_only=True).active
    theirs = sum(1 for _ in sheet.iter_rows(values_only=True))
    other = time.perf_counter() - began
    assert theirs == ours
    return f"{line}, openpyxl {other:.1f} s: {other / seconds:.1f} × as fast"


def main() -> None:
    """Fill, scrub, compare, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--long", type=int, default=10_000_000, help="rows of the long list; 0: none")
    parser.add_argument("--registry", type=int, default=1_000_000)
    parser.add_argument("--slice", type=int, default=1000, help="rows of each turn of the loop")
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--xlsx", type=int, default=1_000_000, help="rows of the workbook; 0: none")
    parser.add_argument("--folder", help="where the files are made: on a disk, 10 GB for the long list")
    parser.add_argument("--scrub", nargs=3, metavar=("URL", "FOLDER", "LIST"), help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.scrub:
        scrub(asked.scrub[0], Path(asked.scrub[1]), Path(asked.scrub[2]))
        return
    with TemporaryDirectory(prefix="dialgate-lists-", dir=asked.folder) as name:
        folder = Path(name)
        if asked.xlsx:
            print(against_openpyxl(folder, rows=asked.xlsx), flush=True)
        started = postgres_url(folder / "postgres")
        with started as server, postgres_template(server) as template, template.copy() as url:
            _compare(folder, url, template.url.set(database=make_url(url).database), asked)


def _compare(folder: Path, url: str, owner: URL, asked: argparse.Namespace) -> None:
    gate = make_gate(url, folder)
    gate.controller()
    gate.campaign()
    gate.context.engine.dispose()
    engine = create_engine(owner)
    fill(engine, registry=asked.registry)
    half, tenth, long = folder / "half.csv", folder / "tenth.csv", folder / "long.csv"
    write_list(half, rows=asked.rows, registry=asked.registry, known=0.5)
    ours, theirs = [], []
    for _ in range(asked.turns):
        theirs.append(naive(engine, half, rows=asked.slice))
        with engine.begin() as connection:
            connection.execute(text("DROP TABLE naive_rows"))
        ours.append(scrubbed(url, folder, half))
        print(told(f"{asked.rows:,} rows, half known", ours[-1]), flush=True)
    each = sorted(theirs)[len(theirs) // 2]
    taken = sorted(one["seconds"] for one in ours)[len(ours) // 2] / asked.rows
    print(f"naive loop, from slices of {asked.slice:,} rows: {1 / each:,.0f} rows/s")
    print(f"ours / naive loop: {each / taken:.0f} ×", flush=True)
    some = min(asked.rows, SCRIPTED)
    script = cleaned(engine, half, rows=some)
    print(f"pandas and phonenumbers, {some:,} rows, nothing on record: {1 / script:,.0f} rows/s")
    print(f"ours / pandas: {script / taken:.1f} ×", flush=True)
    if not asked.long:
        return
    write_list(tenth, rows=asked.rows, registry=asked.registry, known=0.1)
    write_list(long, rows=asked.long, registry=asked.registry, known=0.1)
    short = scrubbed(url, folder, tenth)
    print(told(f"{asked.rows:,} rows, a tenth known", short), flush=True)
    found = scrubbed(url, folder, long)
    print(told(f"{asked.long:,} rows, a tenth known", found))
    again = scrubbed(url, folder, tenth)
    print(told(f"{asked.rows:,} rows, a tenth known", again), flush=True)
    linear = (short["seconds"] + again["seconds"]) / 2 * asked.long / asked.rows
    print(f"long list / as many short ones: {found['seconds'] / linear:.2f} × the time")


if __name__ == "__main__":
    main()
