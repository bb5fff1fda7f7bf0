"""What the benchmark of pages looks at: a long log and a long call list, filled in by set."""

from array import array
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from sqlalchemy import Connection, Engine, text

from app.db.list_blocks import NO_NUMBER, Outcome, Rows
from app.db.list_counts import reason_counts, totals
from app.db.list_index import write_index
from app.db.list_rows import write_chunk, writing_rows
from app.db.lists import change_list
from app.services.answers import rfc3339
from app.services.lists import list_folder
from app.work.scrub import DECISIONS
from benchmarks.filling import postgres_indexes, settle
from tests.call_lists import csv_of, scrubbed
from tests.gate import WEDNESDAY, Gate

DAYS = 30
RARE = "consent_withdrawn"
"""The reason that one row in two hundred thousand has."""
_CHUNK = 20_000
_FIRST = 420_601_000_000
_SEEN = """
    CREATE TABLE bench_{table} AS SELECT o.*, row_number() OVER (ORDER BY d.id) - 1 AS place
    FROM decisions AS d JOIN {table} AS o ON o.{key} = d.id
"""
_COPY = """
    INSERT INTO {table} ({columns}) SELECT {values} FROM generate_series(CAST(1 AS bigint), {rows}) AS s (i)
    JOIN bench_{table} AS o ON o.place = s.i % {kinds}
"""
_ID = "(lpad(to_hex(s.i), 8, '0') || '-0000-7000-8000-' || lpad(to_hex(s.i), 12, '0'))::uuid"
_AT = "timestamptz '{newest}' - s.i * ({step} * interval '1 second')"
_NUMBER = "420601000000 + s.i % 1000000"
_OWN = {
    "entries": {"id": _ID, "at": _AT, "leaf_hash": "sha256(convert_to(s.i::text, 'UTF8'))"},
    "openings": {"entry_id": _ID, "number": _NUMBER},
    "decisions": {"id": _ID, "checked_at": _AT, "number": _NUMBER, "reservation_id": "NULL"},
}
"""What each copy has of its own: the newest has the lowest id, for no page goes by that alone."""


def fill_log(owner: Engine, *, rows: int) -> None:
    """Copy the decisions that are there, so many times in all, each table by itself and without its indexes, which are
    made anew at the end.
    """
    with owner.begin() as connection:
        for table, own in _OWN.items():
            connection.execute(text(_SEEN.format(table=table, key=next(iter(own)))))
        kinds: int = connection.execute(text("SELECT count(*) FROM bench_decisions")).scalar_one()
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda table: _fill_table(owner, table, rows=rows, kinds=kinds), _OWN))
    with owner.begin() as connection:
        for table in _OWN:
            connection.execute(text(f"DROP TABLE bench_{table}"))
    settle(owner)


def _fill_table(owner: Engine, table: str, *, rows: int, kinds: int) -> None:
    with owner.begin() as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))  # keys are right by construction
        connection.execute(text("SET LOCAL maintenance_work_mem = '256MB'"))
        indexes = postgres_indexes(connection, [table])
        for drop, _ in indexes:
            connection.execute(text(drop))
        step = timedelta(days=DAYS).total_seconds() / rows
        own = {
            name: made.format(newest=WEDNESDAY.isoformat(), step=f"{step:.9f}") for name, made in _OWN[table].items()
        }
        kept = [name for name in _columns(connection, table) if name not in own]
        columns, values = ", ".join([*own, *kept]), ", ".join([*own.values(), *(f"o.{name}" for name in kept)])
        copy = _COPY.format(table=table, columns=columns, values=values, rows=rows, kinds=kinds)
        connection.exec_driver_sql(copy.replace("%", "%%"), ())
        for _, make in indexes:
            connection.execute(text(make))


def _columns(connection: Connection, table: str) -> list[str]:
    query = (
        "SELECT attname FROM pg_attribute WHERE attrelid = CAST(:table AS regclass) AND attnum > 0 AND NOT attisdropped"
    )
    return list(connection.execute(text(query), {"table": table}).scalars())


def fill_list(gate: Gate, *, rows: int) -> str:
    """Make a list that is scrubbed, of so many rows; gives its id. No file stands behind them."""
    id = scrubbed(gate, csv_of([["+420601123456", "Jana", "Brno"]], header=("Telefon", "Jméno", "Město")))
    path = list_folder(gate.context.data_dir, id) / "rows-1.db"
    path.unlink()
    with writing_rows(path) as store:
        store.execute("PRAGMA synchronous=OFF")
        behind = 0
        for chunk in _chunks(rows):
            write_chunk(store, chunk, behind=behind)
            behind = chunk.rows[-1]
        write_index(store)
        found, reasons = totals(store), reason_counts(store)
    _note(gate, id, counted={"rows": rows, **{name: found.get(name, 0) for name in DECISIONS}}, reasons=reasons)
    return id


def _chunks(rows: int) -> Iterator[Rows]:
    """Give the rows of the list: of a hundred numbers one is invalid, one came before, and half may be dialled."""
    until = rfc3339(WEDNESDAY + timedelta(hours=24))
    cells = [[f"+420601{place:06}", "Jana Nováková", "Ústí nad Labem", f"smlouva {place}"] for place in range(_CHUNK)]
    usual = [2 if place % 100 == 7 else 3 if place % 100 == 8 else place % 2 for place in range(_CHUNK)]
    for first in range(2, rows + 2, _CHUNK):
        count = min(_CHUNK, rows + 2 - first)
        at = rfc3339(WEDNESDAY - timedelta(milliseconds=rows - first)) or ""  # each chunk has an instant of its own
        outcomes = {
            0: Outcome("allow", (), None, at, until),
            1: Outcome("deny", ("no_consent",), None, at, until),
            2: Outcome("invalid", ("placeholder",), None, at, None),
            3: Outcome("duplicate", ("duplicate",), None, at, None),
            4: Outcome("deny", (RARE,), None, at, until),
        }
        codes, numbers = usual[:count], array("q", range(_FIRST + first, _FIRST + first + count))
        if first // _CHUNK % 10 == 0:
            codes[count // 2] = 4
        for place, code in enumerate(codes):
            if code in (2, 3):
                numbers[place] = NO_NUMBER if code == 2 else numbers[place - 2]
        yield Rows(
            rows=range(first, first + count), numbers=numbers, codes=codes, outcomes=outcomes, cells=cells[:count]
        )


def _note(gate: Gate, id: str, *, counted: Mapping[str, int], reasons: Mapping[str, int]) -> None:
    with gate.context.transaction() as tx:
        values = {"totals": dict(counted), "reasons": dict(reasons)}
        change_list(tx.session, id=id, run=1, states=["ready"], values=values)
