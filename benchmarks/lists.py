"""How fast lists are scrubbed: `python -m benchmarks.lists [--rows 1000000] [--long 10000000] [--registry 1000000]`.

Contenders take turns in one run, on one PostgreSQL with one registry: the scrub, and the loop that everybody writes
first, which reads each number with `phonenumbers`, asks the registry for it through an ORM, stores what became of it and
commits, row by row. The loop is timed on a slice, and its rate told as if the whole list went so. Lists are CP1250, from
a seed, messy in every way the acceptance data is; half of their numbers are in the registry. Each scrub is a process of
its own: its peak memory is that process's. `--xlsx` reads a workbook of so many rows against openpyxl, if that is there.
"""

import argparse
import csv
import json
import random
import resource
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from importlib import import_module
from itertools import chain, islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from xml.sax.saxutils import escape

import phonenumbers
from sqlalchemy import URL, BigInteger, DateTime, Engine, Uuid, create_engine, make_url, text
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from app.db.identity import new_id
from app.db.list_rows import reading_rows, rows_of
from app.domain.access import operator
from app.jobs.worker import Worker
from app.services.campaigns import campaign_for
from app.services.lists import list_for, new_list_folder, receive_list, rows_path
from app.services.spreadsheets import open_spreadsheet
from app.services.uploads import store_upload
from tests.databases import postgres_template, postgres_url
from tests.gate import WEDNESDAY, make_gate

SEED = 20261126
PREFIXES = (
    "601",
    "602",
    "603",
    "604",
    "605",
    "606",
    "607",
    "608",
    "702",
    "703",
    "720",
    "721",
    "730",
    "731",
    "733",
    "777",
)
SPACE = len(PREFIXES) * 10**6
STEP = 6_180_339
"""No divisor in common with the space: multiples of it are all its numbers in no order, each once."""
NAMES = ("Jana Nováková", "Petr Dvořák", "Žofie Šťastná", "Jiří Černý", "Eva Malá", "Ľubomír Kráľ", "Łukasz Żak")
TOWNS = ("Brno", "Ústí nad Labem", "Plzeň", "Žďár nad Sázavou", "Praha 4", "")
JUNK = ("", "neuvedeno", "-", "601 123 456 / 602 123 456", "4,20601E+11", "15.03.2023", "12345", "abc", "60112345")


def national(place: int) -> str:
    """Give the number at a place of the shuffled space."""
    prefix, line = divmod(place * STEP % SPACE, 10**6)
    return f"{PREFIXES[prefix]}{line:06}"


def written(random: random.Random, number: str) -> str:
    """Write a number as somebody did."""
    a, b, c = number[:3], number[3:6], number[6:]
    form = random.random()
    if form < 0.25:
        return f"+420{number}"
    if form < 0.5:
        return f"{a} {b} {c}"
    if form < 0.7:
        return f"+420 {a} {b} {c}"
    if form < 0.85:
        return number
    return random.choice((f"00420{number}", f"420{number}", f"{a}-{b}-{c}", f"+420.{a}.{b}.{c}", f"(+420) {a} {b} {c}"))


def messy_rows(rows: int, *, registry: int, known: float) -> Iterator[tuple[str, str, str, str]]:
    """Give rows: a share of the numbers is in the registry, 3 in 100 come again, 4 in 100 cells are no number."""
    chance = random.Random(SEED)
    inside, outside = 0, registry
    for place in range(rows):
        draw = chance.random()
        if draw < 0.04:
            number = chance.choice(JUNK)
        elif draw < 0.07:
            number = written(chance, national(registry + chance.randrange(outside - registry + 1)))
        elif chance.random() < known:
            number, inside = written(chance, national(inside % registry)), inside + 1
        else:
            number, outside = written(chance, national(outside)), outside + 1
        yield number, chance.choice(NAMES), chance.choice(TOWNS), f"smlouva {place}"


def write_list(path: Path, *, rows: int, registry: int, known: float) -> None:
    """Write a list as a spreadsheet program of the country saves it."""
    with path.open("w", encoding="cp1250", newline="") as target:
        target.write("Telefon;Jméno;Město;Poznámka\r\n")
        for row in messy_rows(rows, registry=registry, known=known):
            target.write(";".join(row) + "\r\n")


GIVEN = f"""
INSERT INTO consent_events (id, controller_id, number, action, purposes, voice_modes, product_categories, origin,
  obtained_at, recorded_at, evidence, leaf_hash)
SELECT md5(place || :action)::uuid, 1, {{number}}, :action, {{words}}, :origin, at + {{later}}, at + {{later}}, {{evidence}}, 'leaf'
FROM (SELECT place, place * {STEP} % {SPACE} AS drawn,
  timestamptz '2024-11-20 08:00Z' + (place * 7919 % 62000000) * interval '1 second' AS at
  FROM generate_series(CAST(0 AS bigint), :last, :step) AS place) AS people
"""
NUMBER = f"((ARRAY[{','.join(PREFIXES)}])[(drawn / 1000000 + 1)::int] + 420000::bigint) * 1000000 + drawn % 1000000"
YES = """'["marketing"]', '["live"]', '["energy"]'"""
OBJECTED = """
INSERT INTO suppressions (id, controller_id, number, reason, since, recorded_at, leaf_hash)
SELECT md5(id || 'no')::uuid, 1, number, 'objection', obtained_at + interval '9 days', obtained_at + interval '9 days', 'leaf'
FROM consent_events WHERE action = 'given' AND get_byte(decode(md5(number::text), 'hex'), 0) < 5
"""


def fill(engine: Engine, *, registry: int) -> None:
    """Put consents on record, each given at a second of its own within two years; 1 in 20 was withdrawn, and about 1 in
    50 objected later. Their entries in the log are left out: no list reads them.
    """
    with engine.begin() as connection:
        connection.execute(text("SET session_replication_role = replica"))
        for action, step, words, evidence in (
            ("given", 1, YES, f"""'["{"ab" * 32}"]'"""),
            ("withdrawn", 20, "'[]', '[]', '[]'", "'[]'"),
        ):
            later = "interval '0 days'" if step == 1 else "interval '5 days'"
            query = GIVEN.format(number=NUMBER, words=words, evidence=evidence, later=later)
            given = {"action": action, "step": step, "last": registry - 1, "origin": "web_form"}
            connection.execute(text(query), given)
        connection.execute(text(OBJECTED))
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))


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
    began, spent = time.perf_counter(), time.process_time()
    Worker(context).work_once(only=job)
    seconds, cpu = time.perf_counter() - began, time.process_time() - spent
    with context.reading() as reading:
        row = list_for(reading.session, id=id, actor=actor)
    assert row["state"] == "ready", row["fault"]
    pages = _slowest_page(folder, row)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(json.dumps({"seconds": seconds, "cpu": cpu, "peak": peak, "page": pages, "totals": row["totals"]}))


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
    number: Mapped[int | None] = mapped_column(BigInteger)
    verdict: Mapped[str]
    cells: Mapped[str]


def naive(engine: Engine, path: Path, *, rows: int) -> float:
    """Check so many rows as one writes it first; gives the seconds a row. It knows no rules but consent and objection."""
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
    """Give a line about a scrub."""
    rows = found["totals"]["rows"]
    rate, cpu = rows / found["seconds"], found["cpu"] / rows * 1e6
    return (
        f"{title}: {found['seconds']:.1f} s, {rate:,.0f} rows/s, {cpu:.1f} µs of processor a row, "
        f"peak {found['peak'] / 1e6:.0f} MB, slowest page {found['page'] * 1000:.0f} ms; {found['totals']}"
    )


def against_openpyxl(folder: Path, *, rows: int) -> str:
    """Read a workbook by the child process, and by openpyxl where that is there."""
    path = folder / "list.xlsx"
    write_workbook(path, messy_rows(rows, registry=rows, known=0.5))
    began = time.perf_counter()
    ours = sum(len(batch.rows) for batch in open_spreadsheet(path).batches())
    seconds = time.perf_counter() - began
    line = f"workbook of {ours:,} rows: {seconds:.1f} s"
    try:
        openpyxl = import_module("openpyxl")
    except ImportError:
        return f"{line}; openpyxl is not there to compare with"
    began = time.perf_counter()
    sheet = openpyxl.load_workbook(path, read_only=True).active
    theirs = sum(1 for _ in sheet.iter_rows(values_only=True))
    other = time.perf_counter() - began
    assert theirs == ours
    return f"{line}, openpyxl {other:.1f} s: {other / seconds:.1f} × as fast"


def write_workbook(path: Path, rows: Iterable[Sequence[str]]) -> None:
    """Write the least that is a workbook, its texts in the cells."""
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    sheets = f'<sheets><sheet name="List" sheetId="1" r:id="rId1"/></sheets>'
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{package}/content-types"><Default Extension="rels" ContentType='
        '"application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/xl/workbook.xml" '
        f'ContentType="{kind}.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" '
        f'ContentType="{kind}.worksheet+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="rId1" '
        f'Type="{office}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{office}">{sheets}</workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="rId1" '
        f'Type="{office}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, content in parts.items():
            archive.writestr(name, f'<?xml version="1.0" encoding="UTF-8"?>{content}')
        with archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as sheet:
            sheet.write(f'<worksheet xmlns="{main}"><sheetData>'.encode())
            for place, row in enumerate(chain([("Telefon", "Jméno", "Město", "Poznámka")], rows), start=1):
                cells = "".join(
                    f'<c r="{letter}{place}" t="inlineStr"><is><t>{escape(cell)}</t></is></c>'
                    for letter, cell in zip("ABCD", row, strict=True)
                )
                sheet.write(f'<row r="{place}">{cells}</row>'.encode())
            sheet.write(b"</sheetData></worksheet>")


def main() -> None:
    """Fill, scrub, compare, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--long", type=int, default=10_000_000, help="rows of the long list; 0: none")
    parser.add_argument("--registry", type=int, default=1_000_000)
    parser.add_argument("--slice", type=int, default=1000, help="rows of each turn of the loop")
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--xlsx", type=int, default=1_000_000, help="rows of the workbook; 0: none")
    parser.add_argument("--scrub", nargs=3, metavar=("URL", "FOLDER", "LIST"), help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.scrub:
        scrub(asked.scrub[0], Path(asked.scrub[1]), Path(asked.scrub[2]))
        return
    with TemporaryDirectory(prefix="dialgate-lists-", dir="/var/tmp") as name:
        folder = Path(name)
        if asked.xlsx:
            print(against_openpyxl(folder, rows=asked.xlsx), flush=True)
        with postgres_url(folder / "postgres") as server, postgres_template(server) as template:
            with template.copy() as url:
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
    print(
        f"naive loop, from slices of {asked.slice:,} rows: {1 / each:,.0f} rows/s; ours / naive loop: {each / taken:.0f} ×"
    )
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
