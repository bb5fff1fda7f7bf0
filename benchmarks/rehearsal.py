"""How fast rules are rehearsed: `python -m benchmarks.rehearsal [--decisions 1000000] [--url postgresql://…]`.

Fills a database with past decisions, made by the application's own domain code, and keeps it in the temporary folder
for the next run (with `--url`: an empty PostgreSQL database, as its owner). Ten waves of calls go over the same people,
an hour apart: within a wave nobody is called twice, so nearly every decision needs its events read. Then tighter
calling hours are rehearsed, and the very rules that decided. The baseline of the same run is the least that anybody
does who looks at every decision: read each leaf and parse it, in one process.
"""

import argparse
import json
import random
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import Engine, insert, text

from app.db.engine import WRITES, make_engine
from app.db.log import entries
from app.db.migrations import upgrade
from app.db.rehearsals import STRETCH, check_leaves, stretches
from app.domain.access import operator
from app.domain.consent import ConsentEvent
from app.domain.decision import PERMIT_LIFETIME, decide
from app.domain.entry import check_body, consent_body, suppression_body
from app.domain.facts import Facts
from app.domain.leaf import LeafKind, hash_text, leaf_bytes, leaf_hash, written
from app.domain.ruleset import Ruleset, reread_ruleset
from app.policies.load import shipped
from app.services.log import log_of
from app.work.rehearsing import rehearsed
from tests.builders import facts, grant, objection, withdrawal
from tests.gate import WEDNESDAY, Gate, make_gate

WAVES = 10
HOUR = timedelta(hours=1)
FIRST = WEDNESDAY - 2 * HOUR
"""9:00 in Prague; the last wave ends before 19:00, when all windows still are as in the first."""
SATURDAY = timedelta(days=3)
PLACES = (("CZ", "Europe/Prague"), ("SK", "Europe/Bratislava"), ("PL", "Europe/Warsaw"))
KINDS = ("allow",) * 60 + ("no_consent",) * 25 + ("withdrawn",) * 6 + ("objected",) * 5 + ("defer",) * 4
BATCH = 5000


class Pen:
    """Writes rows of the log's table as the application does, with ids from a seed."""

    def __init__(self, *, log: str, controller: int, campaign: str) -> None:
        self._log, self._controller, self._campaign = log, controller, campaign
        self._random = random.Random(20261118)

    def id(self, at: Any) -> str:
        """Make an id of the form the application gives."""
        tail = self._random.getrandbits(76) & ~(3 << 62) | 2 << 62
        return str(UUID(int=int(at.timestamp() * 1000) << 80 | 7 << 76 | tail))

    def row(self, kind: LeafKind, *, id: str, at: Any, leaf: bytes) -> dict[str, Any]:
        """Give the row of an entry."""
        names = {"id": id, "log_id": self._log, "controller_id": self._controller, "kind": kind.value, "at": at}
        return {**names, "leaf": leaf, "leaf_hash": leaf_hash(leaf)}

    def event(self, kind: LeafKind, *, id: str, at: Any, body: dict[str, Any]) -> dict[str, Any]:
        """Give the row of a consent event or an objection."""
        return self.row(kind, id=id, at=at, leaf=leaf_bytes(kind, log=self._log, id=id, at=at, body=body | self._who()))

    def check(self, known: Facts, rules: Ruleset, *, id: str) -> bytes:
        """Give the leaf of a decision."""
        asked = {"campaign": self._campaign, "check": "auto", "binding": True, "repeat_of": None, "reservation": None}
        body = check_body(known, decide(known, rules), request=asked) | self._who()
        return leaf_bytes(LeafKind.CHECK, log=self._log, id=id, at=known.at, body=body)

    def _who(self) -> dict[str, Any]:
        return {"actor": "k0k0k0k0k0k0", "number": "0" * 64, "fields": "1" * 64}


def person(pen: Pen, place: int, rules: Ruleset) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Give the rows of one person's events, and of the calls to that person, a wave each."""
    kind, (region, zone) = KINDS[place % len(KINDS)], PLACES[place % 3]
    at = FIRST + timedelta(microseconds=place * 31_013 % 3_500_000_000) + (SATURDAY if kind == "defer" else 0 * HOUR)
    given = FIRST - timedelta(days=20 + place % 800, seconds=place % 997)
    yes = grant(id=pen.id(given), obtained_at=given, recorded_at=given)
    no = withdrawal(id=pen.id(given + HOUR), obtained_at=given + HOUR, recorded_at=given + HOUR)
    said = {"no_consent": [], "withdrawn": [yes, no]}.get(kind, [yes])
    rows = [pen.event(LeafKind.CONSENT, id=one.id, at=one.recorded_at, body=_consent(one)) for one in said]
    told = tuple(replace(one, leaf_hash=hash_text(row["leaf_hash"])) for one, row in zip(said, rows, strict=True))
    objections: tuple[Any, ...] = ()
    if kind == "objected":
        stop = objection(id=pen.id(given + HOUR), since=given + HOUR, recorded_at=given + HOUR)
        body = suppression_body(stop, scope="controller", file=None, row=None)
        rows.append(pen.event(LeafKind.SUPPRESSION, id=stop.id, at=stop.recorded_at, body=body))
        objections = (replace(stop, leaf_hash=hash_text(rows[-1]["leaf_hash"])),)
    known = facts(at=at, region=region, zones=(zone,), consents=told, suppressions=objections)
    known = replace(known, holidays=frozenset({date(2026, 11, 17)}))
    first = pen.id(at)
    leaf = pen.check(known, rules, id=first)
    calls = []
    for wave in range(WAVES):
        moved, id = at + wave * HOUR, pen.id(at + wave * HOUR)
        again = leaf.replace(first.encode(), id.encode()).replace(written(at).encode(), written(moved).encode())
        old, new = (written(instant + PERMIT_LIFETIME).encode() for instant in (at, moved))
        calls.append(pen.row(LeafKind.CHECK, id=id, at=moved, leaf=again.replace(old, new)))
    return rows, calls


def _consent(event: ConsentEvent) -> dict[str, Any]:
    return consent_body(event, evidence=("sha256:" + "ab" * 32,), notice={"version": "2026-03", "language": "cs"})


def fill(gate: Gate, engine: Engine, decisions: int) -> None:
    """Put people and calls into the log of one controller."""
    gate.controller()
    gate.campaign()
    with gate.context.reading() as reading:
        log = log_of(reading.session, controller_id=1)
        campaign = reading.session.execute(text("SELECT id FROM campaigns")).scalar_one()
    pen, rules = Pen(log=log.id, controller=1, campaign=str(UUID(str(campaign)))), shipped()
    waves: list[dict[str, Any]] = []
    for place in range(decisions // WAVES):
        rows, calls = person(pen, place, rules)
        waves += rows + calls
        if len(waves) >= BATCH:
            store(engine, waves)
            waves = []
    store(engine, waves)


def store(engine: Engine, rows: list[dict[str, Any]]) -> None:
    """Insert rows of the log's table."""
    with engine.execution_options(**{WRITES: True}).begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("SELECT set_config('dialgate.controllers', '*', true)"))
        if rows:
            connection.execute(insert(entries), rows)


def leaves(gate: Gate) -> Iterator[bytes]:
    """Give the leaf of every decision."""
    with gate.context.reading() as reading:
        log = log_of(reading.session, controller_id=1).id
        cut = list(stretches(reading.session, log_id=log, since=FIRST, before=gate.now))
    for stretch in cut:
        with gate.context.reading() as reading:
            yield from check_leaves(reading.session, stretch=stretch)


def tighter() -> Ruleset:
    """Give the shipped rules with calling hours that begin at ten."""
    written_out = json.dumps(dict(shipped().content)).replace("08:00-20:00", "10:00-18:00")
    return reread_ruleset(json.loads(written_out))


def main() -> None:
    """Fill, rehearse, print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--decisions", type=int, default=1_000_000)
    parser.add_argument("--url", help="of an empty PostgreSQL database, as its owner; default: SQLite")
    asked = parser.parse_args()
    folder = Path(tempfile.gettempdir()) / f"dialgate-rehearsal-{asked.decisions}"
    url = asked.url or f"sqlite:///{folder / 'dialgate.db'}"
    folder.mkdir(exist_ok=True)
    engine = make_engine(url)
    upgrade(engine)
    gate = make_gate(url, folder)
    done = folder / f"filled-{engine.dialect.name}"
    if not done.exists():
        begun = time.perf_counter()
        fill(gate, engine, asked.decisions)
        done.touch()
        print(f"filled in {time.perf_counter() - begun:.0f} s", flush=True)
    gate.now = FIRST + timedelta(days=7)
    begun, spent = time.perf_counter(), time.process_time()
    count = sum(1 for leaf in leaves(gate) if json.loads(leaf))
    least, spent = time.perf_counter() - begun, time.process_time() - spent
    print(f"{count} decisions, {engine.dialect.name}, stretches of {STRETCH}")
    print(f"baseline (read, json.loads): {least:.1f} s ({spent:.1f} s of processor)", flush=True)
    for name, rules in (("tighter hours", tighter()), ("the same rules", shipped())):
        begun, before = time.perf_counter(), _children()
        found = rehearsed(gate.context, ruleset=rules, days=30, actor=operator("benchmark"))
        seconds, cpu = time.perf_counter() - begun, _children() - before
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
        flips = ", ".join(f"{one['count']} {one['from']} → {one['to']}" for one in found["flips"]) or "no flips"
        figures = f"{seconds:.1f} s ({cpu:.1f} s of processor, {cpu / spent:.1f} × baseline), {peak / 1e6:.0f} MB"
        print(f"{name}: {figures} a process; {found['decisions']} asked, {flips}, {found['unreadable']} unreadable")
        sys.stdout.flush()


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main()
