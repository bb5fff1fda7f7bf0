"""How fast pages of a long record are: `python -m benchmarks.pages [--rows 1000000] [--list 1000000] [--folder DIR]`.

Fills a PostgreSQL database with decisions of thirty days, copied from a few that the gate made (their hashes are not
those of their leaves, which lists do not look at), and a call list, and asks for pages as a browser does, in this
process. A page of 50 rows shall take less than 300 ms (p95, warm) out of ten million: `--rows 10000000` fills both so,
in some minutes, on 40 GB of disk (`--folder`).
"""

import argparse
import re
import tempfile
import time
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import make_url

from app.domain.access import Role
from benchmarks.filling import owner_engine
from benchmarks.load import percentile
from benchmarks.page_data import RARE, fill_list, fill_log
from tests.databases import postgres_template, postgres_url
from tests.gate import Gate, make_gate
from tests.users import Browser, hidden_fields, user

ASKED = 40
"""Times that each page is asked for."""
BAR = 0.3
"""Seconds."""
_PARTS = re.compile(r"CASE WHEN .* END\S*")


def main() -> None:
    """Fill, ask, tell."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--rows", type=int, default=1_000_000, help="decisions in the log")
    options.add_argument("--list", type=int, help="rows of the call list; as many as the log's if not told; 0: none")
    options.add_argument("--asked", type=int, default=ASKED, help="times that each page is asked for")
    options.add_argument("--folder", help="where the files are made: on a disk")
    asked = options.parse_args()
    warnings.simplefilter("ignore")  # the database wheel's talk
    with (
        tempfile.TemporaryDirectory(dir=asked.folder) as name,
        postgres_url(Path(name) / "postgres") as url,
        postgres_template(url) as template,
        template.copy() as own,
        owner_engine(template.url.set(database=make_url(own).database)) as owner,
    ):
        gate = make_gate(own, Path(name), require_totp=False)
        _decide(gate)
        began = time.perf_counter()
        fill_log(owner, rows=asked.rows)
        print(f"{asked.rows:,} decisions were filled in within {time.perf_counter() - began:.0f} s", flush=True)
        rows, id = asked.rows if asked.list is None else asked.list, None
        if rows:
            began = time.perf_counter()
            id = fill_list(gate, rows=rows)
            print(f"a list of {rows:,} rows was made within {time.perf_counter() - began:.0f} s", flush=True)
        _ask(gate, id, rows=rows, times=asked.asked)
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


def _ask(gate: Gate, list_id: str | None, *, rows: int, times: int) -> None:
    browser = Browser(gate)
    browser.sign_in(user(gate, Role.AUDITOR))
    by_number = hidden_fields(browser.open("/decisions/number")) | {"number": "+420601000123"}
    print(f"{'page':60} {'first':>9} {'p50':>9} {'p95':>9}  statements")
    opened: Sequence[str] = (
        "/",
        "/decisions",
        "/decisions?to=2026-10-25",
        "/decisions?verdict=deny&campaign=winter",
        "/decisions?reason=consent_withdrawn",
        "/decisions?reason=manual_review",  # none is like that
        "/decisions?reason=manual_review&to=2026-10-25",
        "/entries",
        "/entries?to=2026-10-25",
        "/entries?kind=consent",
        "/entries?kind=consent&controller=energo&to=2026-10-25",
        "/entries/access",
        "/entries/checkpoints",
    )
    for path in opened:
        _told(gate, browser, path, lambda path=path: browser.open(path), times=times)  # type: ignore[misc]
    _told(gate, browser, "a number", lambda: browser.send_again("/decisions/number", by_number), times=times)
    _older(gate, browser, times=times)
    if list_id is not None:
        browser.sign_in(user(gate, Role.MANAGER))
        path = f"/campaigns/lists/{list_id}"
        deep, rare = f"after={rows * 9 // 10}", f"verdict=deny&reason={RARE}"
        for below in ("", "/rows", f"/rows?{deep}", "/rows?verdict=deny", f"/rows?{rare}", f"/rows?{rare}&{deep}"):
            what = f"a list{below}"
            _told(gate, browser, what, lambda below=below: browser.open(path + below), times=times)  # type: ignore[misc]
    _explain(gate, browser)


def _older(gate: Gate, browser: Browser, *, times: int) -> None:
    """Go from a page to the older one, again and again, as deep as that leads."""
    for path in ("/decisions", "/entries", "/entries?kind=consent"):
        links = [path]

        def older() -> None:
            links.append(browser.open(links[-1]).partition('rel="next" href="')[2].partition('"')[0])  # noqa: B023
            links[-1] = links[-1].replace("&amp;", "&") or links[0]  # noqa: B023

        _told(gate, browser, f"{path}, page by page", older, times=times)


def _told(gate: Gate, browser: Browser, what: str, ask: Callable[[], object], *, times: int) -> None:
    statements: list[str] = []

    def note(_c: object, _cursor: object, statement: str, *_: object) -> None:
        statements.append(statement)

    taken, failed = [], 0
    event.listen(gate.context.engine, "before_cursor_execute", note)
    for _ in range(times + 1):
        statements.clear()
        began = time.perf_counter()
        ask()
        taken.append(time.perf_counter() - began)
        failed += (browser.page.status_code, browser.page.request.path != "/sign-in") != (200, True)
    event.remove(gate.context.engine, "before_cursor_execute", note)
    first, warm = taken[0], sorted(taken[1:])
    p50, p95 = percentile(warm, 0.5), percentile(warm, 0.95)
    verdict = f"  {failed} FAILED" if failed else "" if p95 < BAR else "  MISSED"
    print(f"{what:60} {first * 1e3:6.0f} ms {p50 * 1e3:6.0f} ms {p95 * 1e3:6.0f} ms  {len(statements)}{verdict}")


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
