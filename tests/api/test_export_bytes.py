"""The quick way to write an export gives the bytes of the plain way: cell by cell, with the csv module."""

import base64
import csv
import io
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from app.db.exported_entries import ExportedEntry
from app.db.log import entries, openings
from app.domain.leaf import canonical, hash_text, written
from app.services.list_results import safe_cell
from app.services.log_csv import COLUMNS, CsvLines, csv_head
from app.services.log_export import entry_values
from tests.gate import Gate

NUMBER = "+420601123456"
NASTY = [
    "=1+1",
    "@SUM(A1)",
    "+1",
    "-2+3",
    "+420 601",
    "\t=1",
    'say "ho"',
    "a,b",
    "a;b\r\nc",
    "ř𝄞\u2028",
    "",
    " ",
    "\\.",
    "'",
]
FIELDS = [{"name": text} for text in NASTY] + [
    {},
    {"zz": "\x00"[:0] + "\x01\x7f", "a": None, "bbb": [1, True, {"c": "\\"}]},
]
words = st.one_of(st.sampled_from(NASTY), st.text(st.characters(codec="utf-8"), max_size=8))


def plain_line(row: Mapping[str, Any]) -> bytes:
    """Write a line as slowly and plainly as it was first written."""
    leaf = json.loads(row["leaf"])
    is_check = row["kind"] == "check"
    reasons = [leaf["reason"]] if row["kind"] == "suppression" else []
    cells = {
        "entry": row["id"],
        "log": row["log_id"],
        "at": written(row["at"]),
        "kind": row["kind"],
        "number": None if row["number"] is None else f"+{row['number']}",
        "campaign": leaf["campaign"] if is_check else None,
        "decision": leaf["verdict"] if is_check else None,
        "reasons": " ".join([code for code, _ in leaf["reasons"]] if is_check else reasons),
        "action": leaf.get("action", leaf.get("act", leaf.get("result"))),
        "actor": leaf.get("actor"),
        "leaf_hash": hash_text(row["leaf_hash"]),
        "salt": None if row["salt"] is None else base64.b64encode(row["salt"]).decode(),
        "fields": json.dumps(row["fields"], ensure_ascii=False) if row["fields"] else None,
        "leaf": row["leaf"].decode(),
    }
    exact = ("leaf_hash", "salt")
    safe = [(cells[name] or "") if name in exact else safe_cell(cells[name] or "") for name in COLUMNS]
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerow(safe)
    return out.getvalue().encode()


@given(
    kind=st.sampled_from(["check", "suppression", "consent", "outcome", "lookup", "epoch"]),
    body=st.fixed_dictionaries(
        {
            "campaign": words,
            "verdict": words,
            "reason": words,
            "reasons": st.lists(st.tuples(words, words), max_size=3),
        },
        optional={name: st.one_of(st.none(), words) for name in ("actor", "action", "act", "result", "other")},
    ),
    number=st.one_of(st.none(), st.integers(1, 10**15 - 1)),
    salt=st.one_of(st.none(), st.binary(min_size=32, max_size=32)),
    fields=st.one_of(st.none(), st.just({}), st.dictionaries(words, st.one_of(words, st.none(), st.booleans()))),
    seconds=st.integers(0, 3),
)
def test_a_line_is_what_the_csv_module_would_write(
    kind: str, body: dict[str, Any], number: int | None, salt: bytes | None, fields: Any, seconds: int
) -> None:
    at = datetime(2026, 11, 18, 10, tzinfo=UTC) + timedelta(seconds=seconds)
    row: dict[str, Any] = {"id": "019a0000-0000-7000-8000-000000000001", "log_id": "ab" * 16, "kind": kind, "at": at}
    row |= {
        "leaf": canonical(body),
        "leaf_hash": sha256(b"").digest(),
        "salt": salt,
        "number": number,
        "fields": fields,
    }
    spelled = None if fields is None else json.dumps(fields, ensure_ascii=False)
    lines = CsvLines()
    for _ in range(2):  # the second time from memory
        assert lines.line(ExportedEntry(**{**row, "fields": spelled})).encode() == plain_line(row)


def test_both_databases_export_what_the_plain_way_writes_row_by_row(energo: Gate) -> None:
    upset(energo)
    with energo.context.reading() as reading:
        query = select(entries, openings.c.salt, openings.c.number, openings.c.fields)
        query = query.outerjoin(openings, openings.c.entry_id == entries.c.id)
        rows = [dict(row) for row in reading.session.execute(query).mappings()]
    energo.now += timedelta(seconds=1)
    rows.sort(key=lambda row: (row["at"], row["id"]))
    told = energo.get("/v1/log/export?format=csv", key="auditor").data
    assert told.startswith(csv_head())
    assert told[len(csv_head()) : told.rindex(b"# rows=")] == b"".join(map(plain_line, rows))
    stored = {row["fields"]["name"] for row in rows if (row["fields"] or {}).get("name") in NASTY}
    assert stored, "something nasty is among them"
    later = energo.get(f"/v1/log/export?to={energo.now.isoformat()[:-6]}Z", key="auditor").data
    lines = [msgspec.json.encode(entry_values(row)) for row in rows]
    assert later.splitlines()[: len(lines)] == lines


def upset(gate: Gate) -> None:
    """Put on record what would upset a spreadsheet or a careless writer."""
    for place, text in enumerate(NASTY):
        person = {"name": text} if text.strip() and text.isprintable() else {"name": "Jana"}
        gate.consent(
            f"+420601123{place + 100}", person=person, ref=text if text.isprintable() and text.strip() else None
        )
    gate.check("+420601123100")
    gate.check(NUMBER)
    objection = {"number": NUMBER, "scope": "controller", "controller": "energo", "reason": "complaint"}
    assert gate.post("/v1/suppressions", objection | {"since": gate.now.isoformat()}).status == 201
    with gate.context.transaction() as tx:
        one = tx.session.execute(select(entries.c.log_id, entries.c.controller_id).limit(1)).one()
        for place, fields in enumerate(FIELDS):
            id = f"01a00000-0000-7000-8000-{place:012d}"
            leaf = canonical({"kind": "admin", "act": "changed", "actor": NASTY[place % len(NASTY)]})
            known = {"log_id": one.log_id, "controller_id": one.controller_id, "at": gate.now, "kind": "admin"}
            values = {**known, "id": id, "leaf": leaf, "leaf_hash": sha256(id.encode()).digest()}
            tx.session.execute(entries.insert().values(values))
            if place % 5:  # of the others the opening is erased
                opening = {"entry_id": id, "controller_id": one.controller_id, "salt": bytes(32), "fields": fields}
                tx.session.execute(openings.insert().values(opening))
