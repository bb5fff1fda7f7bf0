"""Exports of the log: three formats that say the same, each of which shows when it was cut off."""

import csv
import hashlib
import io
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import parquet
from sqlalchemy import event

from app.domain.access import Role
from app.services.log_parquet import ROW_GROUP, parquet_pieces
from tests.api.exported import entries, every_entry, leaves, lines_of
from tests.gate import Gate

NUMBER, OTHER = "+420601123456", "+420602123456"
SECOND = timedelta(seconds=1)


def busy(gate: Gate) -> list[dict[str, Any]]:
    """Let a good deal happen, some of it meant to upset a spreadsheet; gives the export as JSON Lines."""
    gate.consent(NUMBER, person={"name": "=1+1"}, ref="@SUM(A1)")
    items = [{"number": f"+420601{place}", "campaign": "winter", "ref": "-2+3"} for place in range(100_000, 100_400)]
    gate.post("/v1/checks/batch", {"items": items}, key="dialer")
    objection = {"number": OTHER, "scope": "controller", "controller": "energo", "reason": "complaint"}
    assert gate.post("/v1/suppressions", objection | {"since": gate.now.isoformat()}).status == 201
    lines = every_entry(gate)
    gate.now += SECOND
    return lines


def test_csv_says_what_json_lines_say_and_no_cell_is_a_formula(energo: Gate) -> None:
    lines = busy(energo)
    answer = energo.get("/v1/log/export?format=csv", key="auditor")
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert "attachment" in answer.headers["Content-Disposition"]
    *rows, manifest = csv.DictReader(io.StringIO(answer.text, newline=""))
    assert len(rows) == len(lines)
    for row, line in zip(rows, lines, strict=True):
        for name in ("entry", "log", "at", "kind", "leaf_hash", "salt", "leaf"):
            assert row[name] == line[name], name
        assert row["number"] == (line["number"] or "")
        assert (json.loads(row["fields"]) if row["fields"] else {}) == line["fields"]
        leaf = json.loads(line["leaf"])
        assert row["actor"] == leaf["actor"]
        if line["kind"] == "check":
            assert (row["decision"], row["campaign"]) == (leaf["verdict"], leaf["campaign"])
            assert row["reasons"].split() == [code for code, _ in leaf["reasons"]]
        assert not any(cell.startswith(("=", "@", "\t", "\r")) for cell in row.values())
    assert NUMBER in {row["number"] for row in rows}
    match = re.fullmatch(r"# rows=([0-9]+) sha256=([0-9a-f]{64})", manifest["entry"])
    assert match is not None
    assert int(match[1]) == len(rows)
    assert match[2] == hashlib.sha256(answer.data[: answer.data.rindex(b"# rows=")]).hexdigest()
    assert set(list(manifest.values())[1:]) == {""}, "the last row is as wide as the others"


def test_parquet_says_what_json_lines_say_with_types(energo: Gate) -> None:
    lines = busy(energo)
    answer = energo.get("/v1/log/export?format=parquet", key="auditor")
    assert answer.headers["Content-Type"] == "application/vnd.apache.parquet"
    file = parquet.ParquetFile(io.BytesIO(answer.data))
    assert file.schema_arrow.field("at").type == pa.timestamp("us", tz="UTC")
    assert file.schema_arrow.field("reasons").type == pa.list_(pa.string())
    rows = file.read().to_pylist()
    assert len(rows) == len(lines)
    for row, line in zip(rows, lines, strict=True):
        for name in ("entry", "log", "kind", "number", "leaf_hash", "salt", "leaf"):
            assert row[name] == line[name], name
        assert row["at"] == datetime.fromisoformat(line["at"])
        assert json.loads(row["fields"] or "{}") == line["fields"]
        leaf = json.loads(line["leaf"])
        if line["kind"] == "check":
            assert (row["decision"], row["campaign"]) == (leaf["verdict"], leaf["campaign"])
            assert row["reasons"] == [code for code, _ in leaf["reasons"]]
        else:
            assert row["reasons"] == ([leaf["reason"]] if line["kind"] == "suppression" else [])
    told = file.metadata.metadata
    assert told[b"dialgate.rows"] == str(len(rows)).encode()
    digest = hashlib.sha256(b"".join(line["leaf"].encode() + b"\n" for line in lines)).hexdigest()
    assert told[b"dialgate.leaves_sha256"] == digest.encode()
    with pytest.raises(pa.ArrowInvalid):
        parquet.ParquetFile(io.BytesIO(answer.data[:-1]))


def test_an_export_of_nothing_is_whole_too(energo: Gate) -> None:
    nobody = energo.key(Role.AUDITOR, controllers=[])
    assert lines_of(energo.get("/v1/log/export", key=nobody).data) == []
    text = energo.get("/v1/log/export?format=csv", key=nobody).text
    assert text.startswith("entry,log,")
    assert "# rows=0 sha256=" in text
    file = parquet.ParquetFile(io.BytesIO(energo.get("/v1/log/export?format=parquet", key=nobody).data))
    assert file.metadata.num_rows == 0
    assert file.metadata.metadata[b"dialgate.rows"] == b"0"


def test_parquet_comes_a_row_group_at_a_time() -> None:
    taken = 0

    def entries() -> Iterator[dict[str, Any]]:
        nonlocal taken
        for place in range(3 * ROW_GROUP):
            taken += 1
            words = dict.fromkeys(("log", "kind", "leaf_hash", "leaf"), "x")
            rest = dict.fromkeys(("number", "campaign", "decision", "action", "actor", "salt", "fields"))
            at = datetime(2026, 1, 1, tzinfo=UTC)
            yield {"entry": str(place), "at": at, "reasons": [], **words, **rest}

    pieces = parquet_pieces(entries())
    whole = b""
    for groups in (1, 2, 3):
        whole += next(pieces)
        assert taken == groups * ROW_GROUP, "no more is read than what is written"
        assert len(whole) > 10_000 * groups, "what was written is handed on"
    file = parquet.ParquetFile(io.BytesIO(whole + b"".join(pieces)))
    assert (file.metadata.num_rows, file.num_row_groups) == (3 * ROW_GROUP, 3)


def test_an_export_is_of_one_kind_campaign_verdict_or_reason(energo: Gate) -> None:
    energo.controller("bank")
    energo.campaign("spring", "bank")
    energo.consent(NUMBER)
    for number, campaign in ((NUMBER, "winter"), (OTHER, "winter"), (NUMBER, "spring")):
        energo.check(number, campaign)
        energo.now += SECOND
    objection = {"number": OTHER, "scope": "controller", "controller": "energo", "reason": "objection"}
    assert energo.post("/v1/suppressions", objection | {"since": energo.now.isoformat()}).status == 201
    energo.check(OTHER)
    whole = entries(energo)
    checks = [entry for entry in whole if entry["kind"] == "check"]
    assert entries(energo, "&kind=check") == checks
    assert [entry["kind"] for entry in entries(energo, "&kind=consent")] == ["consent"]
    assert entries(energo, "&verdict=allow") == checks[:1]
    assert entries(energo, "&campaign=winter&verdict=deny") == [checks[1], checks[3]]
    assert entries(energo, "&campaign=spring") == checks[2:3]
    assert entries(energo, "&reason=no_consent") == checks[1:], "any reason counts, not only the first"
    assert json.loads(checks[3]["leaf"])["reasons"][0][0] == "objected_controller"
    assert entries(energo, "&kind=consent&verdict=allow") == []
    assert energo.get("/v1/log/export?campaign=nothing", key="auditor").json["code"] == "unknown_campaign"
    assert len(leaves(energo, "check")) == 4
    for query in ("kind=checks", "verdict=maybe", "reason=x'--", "campaign=%00"):
        assert energo.get(f"/v1/log/export?{query}", key="auditor").status == 422, query


@pytest.mark.parametrize("format", ["csv", "jsonl", "parquet"])
def test_a_query_that_fails_is_never_an_empty_200(energo: Gate, format: str) -> None:
    engine = energo.context.engine

    def spoil(connection: object, cursor: object, statement: str, parameters: Any, *_: object) -> tuple[str, Any]:
        return statement.replace("FROM entries", "FROM nowhere"), parameters

    event.listen(engine, "before_cursor_execute", spoil, retval=True)
    try:
        answer = energo.get(f"/v1/log/export?format={format}", key="auditor")
    finally:
        event.remove(engine, "before_cursor_execute", spoil)
    assert (answer.status, answer.json["code"]) == (503, "database_unavailable")
