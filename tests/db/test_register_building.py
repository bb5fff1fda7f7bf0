"""Building the numbers of a snapshot: any order, any number of runs, one line a number."""

from array import array
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.db.register_building import (
    KEY_SHIFT,
    Block,
    Runs,
    Tally,
    changed,
    listing,
    newest_change,
    one_each,
    write_numbers,
)
from app.db.register_files import RegisterFile, payload_of

ID = "01a1ee19-5500-7000-8934-5dc7859c5344"
DAY = date(2026, 3, 1)
NUMBERS = st.integers(min_value=1, max_value=10**15 - 1) | st.integers(min_value=1, max_value=9)
PAYLOADS = st.sampled_from([0, 1, 3, payload_of(listed_on=DAY), payload_of(categories=1, listed_on=DAY)])


def flat(blocks: Iterable[Block]) -> list[tuple[int, int]]:
    return [pair for numbers, payloads in blocks for pair in zip(numbers, payloads, strict=True)]


def built(folder: Path, pairs: Sequence[tuple[int, int]], name: str = "numbers") -> RegisterFile:
    """Write numbers, in their order, to a file and open it."""
    count, _ = write_numbers(folder / name, _blocks(sorted(pairs)), snapshot=ID)
    return RegisterFile(folder / name, snapshot=ID, count=count)


def _blocks(pairs: Sequence[tuple[int, int]]) -> Iterable[Block]:
    step = 3 if len(pairs) < 100 else 10_000
    for place in range(0, len(pairs), step):
        part = pairs[place : place + step]
        yield array("q", [number for number, _ in part]), array("I", [payload for _, payload in part])


@given(
    lines=st.lists(st.tuples(NUMBERS, PAYLOADS), max_size=60),
    run=st.integers(min_value=1, max_value=20),
    merged=st.integers(min_value=1, max_value=40),
)
def test_however_lines_are_parted_into_runs_every_number_comes_once_in_order(
    lines: list[tuple[int, int]], run: int, merged: int
) -> None:
    tally = Tally()
    with TemporaryDirectory() as name:
        runs = Runs(Path(name) / "runs", tally=tally, run=run, merged=merged)
        for number, payload in lines:
            runs.add([number << KEY_SHIFT | payload])
        found = flat(one_each(runs.merged(), merge=listing, tally=tally))
    said: dict[int, list[int]] = {}
    for number, payload in lines:
        said.setdefault(number, []).append(payload)
    assert found == [(number, listing(sorted(set(said[number])))) for number in sorted(said)]
    assert tally.duplicates == len(lines) - len(said)


def test_one_number_a_thousand_times_ends(tmp_path: Path) -> None:
    tally = Tally()
    runs = Runs(tmp_path / "runs", tally=tally, run=50, merged=4)
    for payload in range(1000):
        runs.add([7 << KEY_SHIFT | payload, 8 << KEY_SHIFT])
    (numbers, payloads), *rest = [block for block in one_each(runs.merged(), merge=listing, tally=tally) if block[0]]
    assert list(numbers) + [number for block in rest for number in block[0]] == [7, 8]
    assert payloads[0] == 1023, "every bit of any line"
    assert tally.duplicates == 1998


LISTED, UNLISTED = payload_of(), payload_of(is_unlisted=True)
ON, LATER = payload_of(listed_on=DAY), payload_of(listed_on=date(2026, 3, 2))


@pytest.mark.parametrize(
    ("said", "made"),
    [
        ([payload_of(categories=1), payload_of(categories=4)], payload_of(categories=5)),
        ([ON, ON], ON),
        ([ON, LATER], LISTED),
        ([LISTED, ON], LISTED),
        ([UNLISTED, UNLISTED], UNLISTED),
        ([LISTED, UNLISTED], None),
    ],
)
def test_what_lines_say_of_one_number_is_made_one(said: list[int], made: int | None) -> None:
    assert listing(said) == made


GONE, GONE_LATER = (payload_of(listed_on=day, is_unlisted=True) for day in (DAY, date(2026, 3, 2)))


@pytest.mark.parametrize(
    ("said", "made"),
    [([ON, GONE_LATER], GONE_LATER), ([GONE, LATER], LATER), ([ON, GONE], ON), ([GONE, ON], ON)],
)
def test_the_newest_change_counts_and_on_one_day_the_addition(said: list[int], made: int) -> None:
    assert newest_change(said) == made


@given(
    base=st.dictionaries(st.integers(1, 40), PAYLOADS, max_size=20),
    changes=st.dictionaries(st.integers(1, 40), st.sampled_from([ON, GONE]), max_size=20),
)
def test_a_change_list_laid_over_a_snapshot_gives_what_it_says(base: dict[int, int], changes: dict[int, int]) -> None:
    with TemporaryDirectory() as name:
        file = built(Path(name), list(base.items()))
        found = flat(changed(file, _blocks(sorted(changes.items())), removes=True))
        marked = flat(changed(file, _blocks(sorted(changes.items())), removes=False))
        del file
    left = {number: known for number, known in base.items() if changes.get(number) != GONE}
    added = {number: ON for number, known in changes.items() if known == ON}
    assert found == sorted((left | added).items())
    assert marked == sorted((base | changes).items())


def test_long_stretches_that_do_not_change_are_there_whole(tmp_path: Path) -> None:
    base = built(tmp_path, [(number, 0) for number in range(2, 30_000, 2)])
    found = flat(changed(base, [(array("q", [3, 20_001]), array("I", [ON, ON]))], removes=True))
    assert found == sorted([(number, 0) for number in range(2, 30_000, 2)] + [(3, ON), (20_001, ON)])


def test_the_digest_of_a_file_does_not_tell_what_number_is_in_it(tmp_path: Path) -> None:
    digests = {write_numbers(tmp_path / name, [one_number()], snapshot=ID)[1] for name in ("one", "two", "three")}
    assert len(digests) == 3, "who knows all but the number would find it by trying all"
    salts = {(tmp_path / name).read_bytes()[40:64] for name in ("one", "two", "three")}
    assert {len(salt) for salt in salts} == {24}
    assert len(salts) == 3
    assert RegisterFile(tmp_path / "two", snapshot=ID, count=1).find(420601123456) == (0, None, False)


def one_number() -> Block:
    return array("q", [420601123456]), array("I", [0])
