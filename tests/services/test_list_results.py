"""The result file is what the csv module writes of every row, whatever the cells hold."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.db.list_blocks import Outcome, Rows
from app.services.list_results import OWN_COLUMNS, result_pieces, safe_cell

CELL = st.text(st.sampled_from([*"aé1 ;,.", *"\"\r\n=+-@\t\u2028'＝＋－＠"]), max_size=6)
TOLD = {
    3: Outcome("allow", (), "2026-11-18T10:00:00.000Z", "2026-11-18T09:00:00.000Z", "2026-11-19T09:00:00.000Z"),
    9: Outcome("deny", ("no_consent", "outside_hours"), None, "2026-11-18T09:00:00.000Z", None),
}


@given(st.lists(st.tuples(st.lists(CELL, max_size=4), st.sampled_from([0, 420601123456]), st.sampled_from([3, 9]))))
def test_whatever_the_cells_hold_a_block_is_written_as_the_csv_module_writes_its_rows(
    drawn: list[tuple[list[str], int, int]],
) -> None:
    rows = Rows(
        rows=range(2, 2 + len(drawn)),
        numbers=[number for _, number, _ in drawn],
        codes=[code for _, _, code in drawn],
        outcomes=TOLD,
        cells=[cells for cells, _, _ in drawn],
    )
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([*OWN_COLUMNS, "a", "b", "c"])
    for place, (cells, number, code) in enumerate(drawn, start=2):
        told = TOLD[code]
        primary = told.reasons[0] if told.reasons else ""
        own = [place, f"+{number}" if number else "", told.decision, primary, " ".join(told.reasons)]
        own += [told.not_before or "", told.checked_at, told.valid_until or ""]
        writer.writerow([*own, *map(safe_cell, cells), *[""] * (3 - len(cells))])
    assert b"".join(result_pieces([rows], columns=["a", "b", "c"])) == out.getvalue().encode()


@pytest.mark.parametrize("sign", ["=", "@", "\t", "\r", "\n", "＝", "＠", "＋", "－"])
def test_what_begins_a_formula_anywhere_is_kept_from_being_one(sign: str) -> None:
    assert safe_cell(f"{sign}1+1") == f"'{sign}1+1"


@pytest.mark.parametrize(
    ("cell", "harmless"),
    [
        ("a;=1+1", "a;'=1+1"),
        ("a; =1+1;@b", "a; '=1+1;'@b"),
        ("a;+cmd|x", "a;'+cmd|x"),
        ("=1;=2", "'=1;'=2"),
        ("a;+420 601 123 456;-5", "a;+420 601 123 456;-5"),
        ("a;b=1", "a;b=1"),
    ],
)
def test_nor_does_a_formula_begin_behind_a_semicolon_which_divides_cells_where_we_are(cell: str, harmless: str) -> None:
    assert safe_cell(cell) == harmless


@pytest.mark.parametrize("cell", ["+420601123456", "-1", "+420 601 123 456", "+420\u00a0601\u202f123", "a=1", ""])
def test_numbers_and_plain_text_are_left_alone(cell: str) -> None:
    assert safe_cell(cell) == cell
