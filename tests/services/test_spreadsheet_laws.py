"""What holds of every spreadsheet: the truth of the real-shaped files, and laws as properties."""

import csv
import io
import json
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.domain.call_list import DELIMITERS, find_phone_column
from app.domain.errors import InvalidInput
from app.domain.phone import SHORT_LINES, InvalidNumber, parse
from app.services.spreadsheets import open_spreadsheet

DATA = Path(os.environ.get("DIALGATE_TEST_DATA", Path(__file__).parents[1] / "data"))


@pytest.mark.parametrize(
    ("name", "region"), [("cz.csv", "CZ"), ("sk.csv", "SK"), ("pl.csv", "PL"), ("mixed.xlsx", "CZ")]
)
def test_every_row_of_a_real_shaped_file_is_what_the_truth_says(name: str, region: str) -> None:
    truth = json.loads((DATA / "truth.json").read_text())[name]
    spreadsheet = open_spreadsheet(DATA / name, region=region)
    column = find_phone_column(spreadsheet.sheet.preview, region=region)
    seen: set[str] = set()
    found: list[dict[str, str]] = []
    for source in list(spreadsheet.rows())[column.header :]:
        assert source.fault is None
        try:
            phone = parse(source.cells[column.index], region=region)
        except InvalidNumber:
            found.append({"kind": "invalid"})
            continue
        if phone.line_type in SHORT_LINES:
            found.append({"kind": "invalid"})
            continue
        found.append({"kind": "duplicate" if phone.e164 in seen else "valid", "e164": phone.e164})
        seen.add(phone.e164)
    assert found == truth["per_row"]
    kinds = [row["kind"] for row in found]
    assert {kind: kinds.count(kind) for kind in ("valid", "invalid", "duplicate")} == {
        kind: truth[kind] for kind in ("valid", "invalid", "duplicate")
    }
    assert len(found) == truth["rows"]


ENCODINGS = st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-be", "cp1250", "iso8859-2", "cp1252"])
OTHER_LETTERS = "abc\x0b\x0c\x1c\x85\u2028ěłŻшع中\U0001f4de\ufffd"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(data=st.data(), encoding=ENCODINGS, delimiter=st.sampled_from(DELIMITERS))
@pytest.mark.parametrize("quoting", [csv.QUOTE_MINIMAL, csv.QUOTE_ALL])
def test_what_the_csv_module_writes_comes_back_equal(
    tmp_path: Path, data: st.DataObject, encoding: str, delimiter: str, quoting: int
) -> None:
    letters = OTHER_LETTERS if encoding.startswith("utf") else bytes(range(32, 256)).decode(encoding, "ignore")
    cell = st.text(st.sampled_from(' ;,\t|"\n\ráž' + letters), max_size=12)
    table = data.draw(
        st.lists(st.lists(cell, min_size=1, max_size=5).filter(lambda row: any(map(str.strip, row))), min_size=1)
    )
    file = io.StringIO()
    csv.writer(file, delimiter=delimiter, quoting=quoting).writerows(table)  # type: ignore[arg-type]
    path = tmp_path / "list"
    path.write_bytes(file.getvalue().encode(encoding))
    rows = open_spreadsheet(path, encoding=encoding, delimiter=delimiter).rows()
    assert [list(row.cells) for row in rows if row.fault is None] == table


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.one_of(st.binary(max_size=300), st.text(st.sampled_from('";,\n\r\0a1é='), max_size=60).map(str.encode)))
def test_any_bytes_are_read_or_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "list"
    path.write_bytes(content)
    try:
        spreadsheet = open_spreadsheet(path)
        numbers = [row.row for row in spreadsheet.rows()]
    except InvalidInput:
        return
    assert numbers == sorted(set(numbers))
