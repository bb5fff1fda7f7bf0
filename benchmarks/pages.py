"""How fast pages of a long record are: `python -m benchmarks.pages [--rows 1000000]`.

Fills a PostgreSQL database with decisions of thirty days, copied from a few that the gate made (their hashes are not
those of their leaves, which lists do not look at), and asks for pages as a browser does, in this process. A page of 50
rows shall take less than 300 ms (p95, warm) out of ten million.
"""

import argparse
import re
import tempfile
import time
import warnings
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event, text
from sqlalchemy.engine import make_url

from app.domain.access import Role
from benchmarks.filling import owner_engine, settle
from benchmarks.load import percentile
from tests.databases import postgres_template, postgres_url
from tests.gate import WEDNESDAY, Gate, make_gate
from tests.users import Browser, hidden_fields, user

DAYS = 30
ASKED = 40
"""Times that each page is asked for."""
BAR = 0.3
"""Seconds."""
_PARTS = re.compile(r"CASE WHEN .* END\S*")
_COPY = """
    INSERT INTO {table} ({columns})
    SELECT {values} FROM generate_series(1, :rows) AS s (i)
    JOIN (SELECT *, row_number() OVER (ORDER BY id) - 1 AS place FROM decisions) AS d ON d.place = s.i % :kinds
    {joined}
"""
_ID = "(lpad(to_hex(s.i), 8, '0') || '-0000-7000-8000-' || lpad(to_hex(s.i), 12, '0'))::uuid"
_AT = "CAST(:newest AS timestamptz) - s.i * (CAST(:span AS interval) / :rows)"
_COPIED = {
    "entries": (
        {"id": _ID, "at": _AT, "leaf_hash": "sha256(convert_to(s.i::text, 'UTF8'))"},
        ("log_id", "controller_id", "kind", "leaf"),
        "JOIN entries AS o ON o.id = d.id",
    ),
    "openings": (
        {"entry_id": _ID, "number": "420601000000 + s.i % 1000000"},
        ("controller_id", "salt", "fields"),
        "JOIN openings AS o ON o.entry_id = d.id",
    ),
}


def main() -> None:
    """Fill, ask, tell."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rows", type=int, default=1_000_000)
    rows = options.parse_args().rows
    warnings.simplefilter("ignore")  # the database wheel's talk
    with (
        tempfile.TemporaryDirectory() as name,
        postgres_url(Path(name) / "postgres") as url,
        postgres_template(url) as template,
        template.copy() as own,
        owner_engine(template.url.set(database=make_url(own).database)) as owner,
    ):
        gate = make_gate(own, Path(name), require_totp=False)
        _decide(gate)
        began = time.perf_counter()
        _fill(owner, rows=rows)
        print(f"{rows:,} decisions were filled in within {time.perf_counter() - began:.0f} s")
        _ask(gate)
        gate.context.engine.dispose()


def _decide(gate: Gate) -> None:
    """Make one decision of every kind that is copied: allowed, without consent, withdrawn."""
    gate.controller()
    gate.campaign()
    for number, acts in (("+420601123456", ("consent",)), ("+420601123457", ()), ("+420601123458", ("withdraw",))):
        for act in acts:
            getattr(gate, act)(number)
        gate.check(number)
    gate.integrate()


def _fill(owner: Engine, *, rows: int) -> None:
    with owner.begin() as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))  # keys are right by construction
        names = [row[0] for row in connection.execute(text("SELECT attname FROM pg_attribute WHERE attrelid = "
                 "'decisions'::regclass AND attnum > 0 AND NOT attisdropped"))]  # fmt: skip
        own = {"id": _ID, "checked_at": _AT, "number": "420601000000 + s.i % 1000000", "reservation_id": "NULL"}
        copied = {
            **_COPIED,
            "decisions": (own, tuple(name for name in names if name not in own), "CROSS JOIN (SELECT 1) AS o"),
        }
        kinds = connection.execute(text("SELECT count(*) FROM decisions")).scalar_one()
        given = {"rows": rows, "kinds": kinds, "newest": WEDNESDAY, "span": timedelta(days=DAYS)}
        for table, (made, kept, joined) in copied.items():
            source = "d" if table == "decisions" else "o"
            values = [*made.values(), *(f"{source}.{name}" for name in kept)]
            statement = _COPY.format(
                table=table, columns=", ".join([*made, *kept]), values=", ".join(values), joined=joined
            )
            used = {name: value for name, value in given.items() if f":{name}" in statement}
            connection.execute(text(statement), used)
    settle(owner)


def _ask(gate: Gate) -> None:
    browser = Browser(gate)
    browser.sign_in(user(gate, Role.AUDITOR))
    by_number = hidden_fields(browser.open("/decisions/number")) | {"number": "+420601000123"}
    old = "/decisions?to=2026-10-25"
    print(f"{'page':44} {'first':>9} {'p50':>9} {'p95':>9}  statements")
    for what, ask in (
        ("/", lambda: browser.open("/")),
        ("/decisions", lambda: browser.open("/decisions")),
        (old, lambda: browser.open(old)),
        ("/decisions?reason=consent_withdrawn", lambda: browser.open("/decisions?reason=consent_withdrawn")),
        ("/decisions?reason=manual_review (none)", lambda: browser.open("/decisions?reason=manual_review")),
        ("a number", lambda: browser.send_again("/decisions/number", by_number)),
        ("/entries", lambda: browser.open("/entries")),
        ("/entries?kind=consent", lambda: browser.open("/entries?kind=consent")),
        ("/entries/access", lambda: browser.open("/entries/access")),
        ("/entries/checkpoints", lambda: browser.open("/entries/checkpoints")),
    ):
        _told(gate, browser, what, ask)
    _explain(gate, browser)


def _told(gate: Gate, browser: Browser, what: str, ask: Callable[[], object]) -> None:
    statements: list[str] = []

    def note(_c: object, _cursor: object, statement: str, *_: object) -> None:
        statements.append(statement)

    taken = []
    event.listen(gate.context.engine, "before_cursor_execute", note)
    for _ in range(ASKED + 1):
        statements.clear()
        began = time.perf_counter()
        ask()
        taken.append(time.perf_counter() - began)
        assert (browser.page.status_code, browser.page.request.path != "/sign-in") == (200, True), what
    event.remove(gate.context.engine, "before_cursor_execute", note)
    first, warm = taken[0], sorted(taken[1:])
    p50, p95 = percentile(warm, 0.5), percentile(warm, 0.95)
    verdict = "" if p95 < BAR else "  MISSED"
    print(f"{what:44} {first * 1e3:6.0f} ms {p50 * 1e3:6.0f} ms {p95 * 1e3:6.0f} ms  {len(statements)}{verdict}")


def _explain(gate: Gate, browser: Browser) -> None:
    """Show how the figures of the overview are found: today's alone, and those of a fortnight, as a process starts."""
    for what in ("today", "a fortnight"):
        found: list[tuple[str, Any]] = []

        def note(_c: object, _cursor: object, statement: str, given: Any, *_: object) -> None:
            if "FROM decisions" in statement:
                found.append((statement, given))  # noqa: B023

        if what != "today":
            gate.context.known_counts.forget_before(gate.now)
        event.listen(gate.context.engine, "before_cursor_execute", note)
        browser.open("/")
        event.remove(gate.context.engine, "before_cursor_execute", note)
        with gate.context.reading() as reading:
            for statement, given in found:
                plan = reading.session.connection().exec_driver_sql(f"EXPLAIN ANALYZE {statement}", given)
                print(f"\nthe overview, {what}:", *(_PARTS.sub("… ", row[0]) for row in plan), sep="\n")


if __name__ == "__main__":
    main()
