"""The rows of one list in their own file: chunks are all or nothing, and an overlay is nobody else's."""

from dataclasses import replace
from pathlib import Path

import pytest

from app.db.engine import SimultaneousChange
from app.db.list_rows import (
    ListRow,
    decided_rows,
    first_rows,
    last_row,
    listed_numbers,
    overlay,
    reading_rows,
    reason_counts,
    rows_of,
    totals,
    write_chunk,
    writing_rows,
)

NUMBER = 420601123456


def row(number: int, *, decision: str = "allow", at: int = 2, reasons: tuple[str, ...] = ()) -> ListRow:
    return ListRow(
        row=at,
        number=number,
        decision=decision,
        reasons=reasons,
        not_before=None,
        checked_at="2026-11-18T10:00:00.000Z",
        valid_until=None,
        cells=("601 123 456", 'č "\n', ""),
    )


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Give a file with three rows: an allowed one, its duplicate, and a denied one."""
    place = tmp_path / "rows-1.db"
    with writing_rows(place) as store:
        rows = [
            row(NUMBER),
            row(NUMBER, decision="duplicate", at=3, reasons=("duplicate",)),
            row(NUMBER + 1, decision="deny", at=5, reasons=("no_consent", "outside_hours")),
        ]
        write_chunk(store, rows, {NUMBER: 2, NUMBER + 1: 5})
    return place


def test_rows_come_back_as_they_were_written(path: Path) -> None:
    with reading_rows(path) as store:
        assert next(rows_of(store, decision=None)) == row(NUMBER)
        assert [one.row for one in rows_of(store, decision=None)] == [2, 3, 5]
        assert [one.row for one in rows_of(store, decision=None, after=2, limit=1)] == [3]
        assert [one.row for one in rows_of(store, decision="deny")] == [5]
        assert totals(store) == {"allow": 1, "duplicate": 1, "deny": 1}
        assert reason_counts(store) == {"duplicate": 1, "no_consent": 1}
        assert first_rows(store, [NUMBER, NUMBER + 9]) == {NUMBER: 2}
        assert last_row(store) == 5


def test_a_chunk_that_meets_a_row_already_there_is_not_written_at_all(path: Path) -> None:
    with writing_rows(path) as store:
        with pytest.raises(SimultaneousChange):
            write_chunk(store, [row(NUMBER + 7, at=4), row(NUMBER + 8, at=5)], {})
        with pytest.raises(SimultaneousChange):
            write_chunk(store, [row(NUMBER, at=6)], {NUMBER: 6})
        assert [one.row for one in rows_of(store, decision=None)] == [2, 3, 5]
        write_chunk(store, [row(NUMBER + 7, at=6)], {NUMBER + 7: 6})
        assert last_row(store) == 6


def test_what_is_decided_anew_lies_over_the_rows_for_one_reader_alone(path: Path) -> None:
    with reading_rows(path) as store, reading_rows(path) as other:
        assert listed_numbers(store, {NUMBER + 9, NUMBER + 1, NUMBER}) == [NUMBER, NUMBER + 1]
        (stored,) = decided_rows(store, numbers=[NUMBER])
        overlay(store, [replace(stored, decision="deny", reasons=("consent_withdrawn",))])
        overlay(store, [row(NUMBER + 1, at=5)])
        assert [(one.row, one.decision) for one in rows_of(store, decision=None)] == [
            (2, "deny"),
            (3, "duplicate"),
            (5, "allow"),
        ]
        assert [one.row for one in rows_of(store, decision="allow")] == [5]
        assert [one.decision for one in rows_of(other, decision=None)] == ["allow", "duplicate", "deny"]
