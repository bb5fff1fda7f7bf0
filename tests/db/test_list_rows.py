"""The rows of one list in their own file: chunks are all or nothing, and an overlay is nobody else's."""

import sqlite3
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from app.db.engine import SimultaneousChange
from app.db.list_blocks import BLOCK, NO_NUMBER, EarlierForm, Rows
from app.db.list_counts import outcome_counts, reason_counts, totals
from app.db.list_index import all_numbers, remove_numbers, write_index
from app.db.list_overlay import overlay
from app.db.list_rows import (
    ListRow,
    decided_rows,
    expired_numbers,
    last_row,
    listed_numbers,
    reading_rows,
    rows_of,
    rows_of_number,
    write_chunk,
    writing_rows,
)

NUMBER = 420601123456


def row(number: int | None, *, decision: str = "allow", at: int = 2, reasons: tuple[str, ...] = ()) -> ListRow:
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


def chunk(rows: Sequence[ListRow]) -> Rows:
    """Put rows into columns."""
    outcomes = list(dict.fromkeys(one.outcome for one in rows))
    return Rows(
        rows=[one.row for one in rows],
        numbers=[one.number or NO_NUMBER for one in rows],
        codes=[outcomes.index(one.outcome) for one in rows],
        outcomes=dict(enumerate(outcomes)),
        cells=[one.cells for one in rows],
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
        write_chunk(store, chunk(rows), behind=0)
        write_index(store)
    return place


def test_rows_come_back_as_they_were_written(path: Path) -> None:
    with reading_rows(path) as store:
        assert next(rows_of(store, decision=None)) == row(NUMBER)
        assert [one.row for one in rows_of(store, decision=None)] == [2, 3, 5]
        assert [one.row for one in rows_of(store, decision=None, after=2, limit=1)] == [3]
        assert [one.row for one in rows_of(store, decision="deny")] == [5]
        assert [one.row for one in rows_of_number(store, NUMBER)] == [2, 3]
        assert rows_of_number(store, NUMBER + 9) == []
        assert totals(store) == {"allow": 1, "duplicate": 1, "deny": 1}
        assert reason_counts(store) == {"duplicate": 1, "no_consent": 1}
        assert listed_numbers(store, [NUMBER, NUMBER + 9]) == [NUMBER]
        assert last_row(store) == 5


def test_a_chunk_that_meets_a_row_already_there_is_not_written_at_all(path: Path) -> None:
    with writing_rows(path) as store:
        for behind in (0, 3, 6):
            with pytest.raises(SimultaneousChange):
                write_chunk(store, chunk([row(NUMBER + 7, at=6)]), behind=behind)
        assert [one.row for one in rows_of_all(path)] == [2, 3, 5]
        write_chunk(store, chunk([row(NUMBER + 7, at=6)]), behind=5)
        assert last_row(store) == 6


def rows_of_all(path: Path) -> list[ListRow]:
    with reading_rows(path) as store:
        return list(rows_of(store, decision=None))


def test_what_is_decided_anew_lies_over_the_rows_for_one_reader_alone(path: Path) -> None:
    with reading_rows(path) as store, reading_rows(path) as other:
        assert listed_numbers(store, {NUMBER + 9, NUMBER + 1, NUMBER}) == [NUMBER, NUMBER + 1]
        (stored,) = decided_rows(store, numbers=[NUMBER])
        overlay(store, [(2, replace(stored, decision="deny", reasons=("consent_withdrawn",)).outcome)])
        overlay(store, [(5, row(NUMBER + 1).outcome)])
        assert [(one.row, one.decision) for one in rows_of(store, decision=None)] == [
            (2, "deny"),
            (3, "duplicate"),
            (5, "allow"),
        ]
        assert [one.row for one in rows_of(store, decision="allow")] == [5]
        assert [one.decision for one in rows_of(other, decision=None)] == ["allow", "duplicate", "deny"]


def test_counts_and_choices_agree_with_what_lies_over_the_rows(path: Path) -> None:
    with reading_rows(path) as store:
        (stored,) = decided_rows(store, numbers=[NUMBER])
        withdrawn = replace(stored, decision="deny", reasons=("consent_withdrawn", "outside_hours")).outcome
        overlay(store, [(2, withdrawn)])
        assert outcome_counts(store) == Counter(one.outcome for one in rows_of(store, decision=None))
        assert totals(store) == {"deny": 2, "duplicate": 1}
        assert [one.row for one in rows_of(store, decision="deny", reason="consent_withdrawn")] == [2]
        assert [one.row for one in rows_of(store, decision=None, reason="no_consent")] == [5]
        assert list(rows_of(store, decision="allow", reason="no_consent")) == []
        assert list(rows_of(store, decision=None, reason="outside_hours")) == [], "the first reason counts"


def test_a_file_of_an_earlier_version_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "rows-1.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE rows (row INTEGER PRIMARY KEY)")
    with pytest.raises(EarlierForm), reading_rows(path):
        pass


def test_a_long_list_is_what_it_would_be_row_by_row(tmp_path: Path) -> None:
    random, path = Random(7), tmp_path / "rows-1.db"
    rows: list[ListRow] = []
    seen: set[int] = set()
    place = 1
    for _ in range(5 * BLOCK + 7):
        place += random.choice([1, 1, 1, 3])
        number = None if random.random() < 0.1 else NUMBER + random.randrange(4 * BLOCK) * 7919
        is_new = number is not None and number not in seen
        seen |= set() if number is None else {number}
        told = random.choice(["allow", "deny"]) if is_new else "invalid" if number is None else "duplicate"
        one = row(number, decision=told, at=place, reasons=() if told == "allow" else (f"{told}_reason",))
        rows.append(replace(one, cells=(str(place), "x" * random.randrange(9)), valid_until=random.choice("12")))
    with writing_rows(path) as store:
        for start in range(0, len(rows), 2222):
            write_chunk(store, chunk(rows[start : start + 2222]), behind=rows[start - 1].row if start else 0)
        write_index(store)
    firsts = {one.number: one for one in rows if one.decision in ("allow", "deny")}
    with reading_rows(path) as store:
        for decision in (None, "allow", "deny", "invalid", "duplicate"):
            wanted = [one for one in rows if decision in (None, one.decision)]
            assert list(rows_of(store, decision=decision)) == wanted
            for after in (rows[10].row, rows[BLOCK].row, rows[-1].row):
                found = list(rows_of(store, decision=decision, after=after, limit=50))
                assert found == [one for one in wanted if one.row > after][:50]
        assert [number for numbers in all_numbers(store) for number in numbers] == sorted(seen)
        some = random.sample(sorted(seen), 300)
        assert list(decided_rows(store, numbers=some)) == sorted((firsts[n] for n in some), key=lambda one: one.row)
        assert listed_numbers(store, [*some, NUMBER + 1]) == sorted(some)
        assert rows_of_number(store, some[0]) == [one for one in rows if one.number == some[0]]
        passed = {one.number for one in rows if one.decision == "allow" and one.valid_until == "1"}
        assert expired_numbers(store, now="1") == passed
    with writing_rows(path) as store:
        remove_numbers(store, [*some, NUMBER + 1, 1])
    with reading_rows(path) as store:
        assert [number for numbers in all_numbers(store) for number in numbers] == sorted(seen - set(some))


def test_rows_of_a_rare_reason_are_found_without_reading_the_others(tmp_path: Path) -> None:
    path = tmp_path / "rows-1.db"
    rows = [row(NUMBER + at, at=at, reasons=("no_consent",), decision="deny") for at in range(1, 6 * BLOCK + 1)]
    rows[4 * BLOCK + 9] = replace(rows[4 * BLOCK + 9], reasons=("consent_withdrawn",))
    with writing_rows(path) as store:
        write_chunk(store, chunk(rows), behind=0)
        write_index(store)
    with reading_rows(path) as store:
        seen: list[str] = []
        store.set_trace_callback(seen.append)
        assert list(rows_of(store, decision="deny", reason="consent_withdrawn")) == [rows[4 * BLOCK + 9]]
        assert sum("SELECT *" in one for one in seen) == 1, "one block"
        overlay(store, [(2 * BLOCK + 5, rows[4 * BLOCK + 9].outcome)])
        found = [one.row for one in rows_of(store, decision="deny", reason="consent_withdrawn")]
        assert found == [2 * BLOCK + 5, 4 * BLOCK + 10]
        assert not list(rows_of(store, decision="defer"))
