"""Files of numbers: what they say, and that one which is not whole says nothing."""

import threading
import time
from datetime import date, timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from app.db.register_building import write_numbers
from app.db.register_files import BadRegisterFile, RegisterFile, RegisterFiles, numbers_path, payload_of
from app.domain.register import ListStatus
from app.services.register_folders import registers_folder
from tests.db.test_register_building import ID, built
from tests.gate import Gate
from tests.registers import added, imported, said, sent, status_of

ALICE, BOB, CAROL = 420601123456, 420602123456, 420603123456


def test_a_file_finds_what_is_in_it_and_nothing_else(tmp_path: Path) -> None:
    day = date(2026, 3, 1)
    file = built(
        tmp_path,
        [
            (1, 0),
            (ALICE, payload_of(categories=0xFFFF, listed_on=day)),
            (BOB, payload_of(is_unlisted=True)),
            (10**15 - 1, payload_of(listed_on=date(1970, 1, 2))),
        ],
    )
    assert file.find(1) == (0, None, False)
    assert file.find(ALICE) == (0xFFFF, day, False)
    assert file.find(BOB) == (0, None, True)
    assert file.find(10**15 - 1) == (0, date(1970, 1, 2), False)
    for other in (0, 2, ALICE - 1, ALICE + 1, 10**15):
        assert file.find(other) is None


@pytest.mark.parametrize("day", [date(1970, 1, 1), date(1969, 12, 31), date(2059, 9, 19)])
def test_a_day_that_does_not_fit_is_not_known(day: date) -> None:
    assert payload_of(listed_on=day) == 0
    assert payload_of(listed_on=date(2059, 9, 18)) == 0x7FFF << 16


@pytest.mark.parametrize("size", [10, 1_000_000])
def test_a_file_that_is_not_whole_is_not_opened(tmp_path: Path, size: int) -> None:
    built(tmp_path, [(number, 0) for number in range(size)])
    path = tmp_path / "numbers"
    whole = path.read_bytes()
    for damaged in (b"", whole[:-1], whole[:63], whole[:64], whole + b"\0", b"x" + whole[1:], bytes(len(whole))):
        path.write_bytes(damaged)
        with pytest.raises(BadRegisterFile):
            RegisterFile(path, snapshot=ID, count=size)
    path.write_bytes(whole)
    with pytest.raises(BadRegisterFile):
        RegisterFile(path, snapshot=ID, count=size - 1)
    with pytest.raises(BadRegisterFile):
        RegisterFile(path, snapshot=ID.replace("5344", "5345"), count=size)
    path.unlink()
    with pytest.raises(BadRegisterFile):
        RegisterFile(path, snapshot=ID, count=size)


def test_a_file_is_never_written_over(tmp_path: Path) -> None:
    built(tmp_path, [(1, 0)])
    with pytest.raises(FileExistsError):
        write_numbers(tmp_path / "numbers", [], snapshot=ID)


def many(start: int = 600_000_000) -> bytes:
    """Make a file of 40,000 numbers: more than is read into memory at once."""
    return b"".join(b"%d\n" % number for number in range(start, start + 40_000))


@pytest.mark.parametrize("data", [b"601123456\n602123456\n", many()], ids=["read", "mapped"])
def test_a_file_that_is_cut_off_or_gone_gives_no_answer_and_comes_back_whole(gate: Gate, data: bytes) -> None:
    added(gate)
    first = int(b"420" + data[:9])
    snapshot = imported(gate, data)
    path = numbers_path(registers_folder(gate.context.data_dir), register="dnc", snapshot=snapshot["id"])
    files = RegisterFiles(registers_folder(gate.context.data_dir))
    assert [one.status for one in said(gate, first, files=files)] == ["listed"]
    whole = path.read_bytes()
    with capture_logs() as told:
        for damaged in (whole[: len(whole) // 2], b""):
            path.write_bytes(damaged)
            for _ in range(3):
                assert said(gate, first, files=files) == (), "no answer is not *unlisted*"
        path.unlink()
        assert said(gate, first, files=files) == ()
    (line,) = told
    assert line["event"] == "a register cannot answer"
    assert str(first) not in str(line)
    path.write_bytes(whole)
    assert [one.status for one in said(gate, first, files=files)] == ["listed"]


def test_any_number_may_stand_in_a_file_that_cannot_be_opened(gate: Gate) -> None:
    added(gate)
    snapshot = imported(gate, b"601123456\n602123456\n")
    path = numbers_path(registers_folder(gate.context.data_dir), register="dnc", snapshot=snapshot["id"])
    for whole, listed in ((True, {ALICE, BOB}), (False, {ALICE, BOB, CAROL})):
        if not whole:
            path.unlink()
        files = RegisterFiles(registers_folder(gate.context.data_dir))
        with gate.context.reading() as reading:
            numbers = [ALICE, BOB, CAROL]
            assert files.listed(reading.session, registers=["dnc"], controller_id=1, numbers=numbers) == listed


def test_a_file_of_another_snapshot_gives_no_answer(gate: Gate) -> None:
    added(gate)
    one = imported(gate, b"601123456\n")
    two = imported(gate, b"602123456\n")
    folder = registers_folder(gate.context.data_dir)
    old, new = (numbers_path(folder, register="dnc", snapshot=id) for id in (one["id"], two["id"]))
    new.write_bytes(old.read_bytes())
    assert said(gate, ALICE) == ()


def test_the_newest_full_snapshot_alone_answers_and_files_of_older_ones_are_let_go(gate: Gate) -> None:
    added(gate)
    files = RegisterFiles(registers_folder(gate.context.data_dir))
    for data in (b"601123456\n", b"602123456\n"):
        imported(gate, data)
        assert len(said(gate, ALICE, files=files)) == 1
    (open_files,) = files._open.values()
    assert len(open_files) == 1
    assert (status_of(gate, ALICE), status_of(gate, BOB)) == ("unlisted", "listed")


def asked(gate: Gate, slug: str = "rob") -> None:
    """Add a register that answers for what it is asked."""
    added(gate, slug, format="csv", coverage="asked", max_age_days=15)


def test_of_answers_to_what_was_asked_the_newest_counts_whenever_it_came(gate: Gate) -> None:
    asked(gate)
    day = timedelta(days=1)
    imported(gate, b"number,status\n601123456,listed\n602123456,unlisted\n", "rob", as_of=gate.now - 3 * day)
    imported(gate, b"number,status\n601123456,unlisted\n", "rob", as_of=gate.now - day)
    imported(gate, b"number,status\n601123456,listed\n603123456,listed\n", "rob", as_of=gate.now - 2 * day)
    assert [status_of(gate, number, "rob") for number in (ALICE, BOB, CAROL, CAROL + 1)] == [
        "unlisted",
        "unlisted",
        "listed",
        "unasked",
    ]
    (bob,) = said(gate, BOB, "rob")
    assert bob.as_of == gate.now - 3 * day, "an answer is as old as it is"
    (nobody,) = said(gate, CAROL + 1, "rob")
    assert nobody.as_of == gate.now - day


def test_answers_stand_beside_the_newest_for_sixty_two_days(gate: Gate) -> None:
    asked(gate)
    newest = gate.now - timedelta(hours=1)
    imported(gate, b"number\n603123456\n", "rob", as_of=newest)
    imported(gate, b"number\n601123456\n", "rob", as_of=newest - timedelta(days=62))
    imported(gate, b"number\n602123456\n", "rob", as_of=newest - timedelta(days=62, microseconds=1))
    assert [status_of(gate, number, "rob") for number in (ALICE, BOB)] == ["listed", "unasked"]


def test_one_missing_file_of_several_gives_no_answer_at_all(gate: Gate) -> None:
    asked(gate)
    imported(gate, b"number,status\n601123456,unlisted\n", "rob", as_of=gate.now - timedelta(days=2))
    newest = imported(gate, b"number,status\n601123456,listed\n", "rob")
    numbers_path(registers_folder(gate.context.data_dir), register="rob", snapshot=newest["id"]).unlink()
    assert said(gate, ALICE, "rob") == (), "the older *unlisted* must not come forth"


def test_registers_are_asked_together_and_one_that_cannot_answer_takes_none_with_it(gate: Gate) -> None:
    for slug in ("b", "a", "empty"):
        added(gate, slug)
    imported(gate, b"601123456\n", "a")
    imported(gate, b"602123456\n", "b")
    answers = said(gate, ALICE, "b", "empty", "a", "unknown")
    assert [(one.register, one.status) for one in answers] == [("a", ListStatus.LISTED), ("b", ListStatus.UNLISTED)]
    assert said(gate, ALICE, "empty") == ()


def test_categories_and_the_day_of_listing_are_told(gate: Gate) -> None:
    added(gate, "cat", format="csv", categories=["energy", "telecom", "banking"])
    imported(gate, b"number;listed_on;categories\n601123456;2026-03-01;banking|energy\n", "cat")
    (answer,) = said(gate, ALICE, "cat")
    assert sorted(answer.categories) == ["banking", "energy"]
    assert answer.listed_on == date(2026, 3, 1)


@pytest.mark.parametrize(("format", "region"), [("us-dnc", "US"), ("ca-dncl", "CA")])
def test_a_file_of_some_area_codes_says_nothing_of_the_others(gate: Gate, format: str, region: str) -> None:
    added(gate, format, format=format, region=region)
    imported(gate, b"212,5550100\n416,5550100\n", format)
    said_of = {number: status_of(gate, number, format) for number in (12125550100, 12125550101, 14165550199)}
    assert said_of == {12125550100: "listed", 12125550101: "unlisted", 14165550199: "unlisted"}
    unknown = (13105550100, 12119999999, 12130000000, 14150000000, 14170000000, 10000000000, 19999999999)
    for number in (*unknown, 441212555010):
        assert status_of(gate, number, format) == "unasked", "it may be listed, in a file that was not bought"
    for edge in (12120000000, 12129999999):
        assert status_of(gate, edge, format) == "unlisted"


def test_a_list_of_a_whole_country_is_not_read_by_area_code(gate: Gate) -> None:
    added(gate, "own", region="US")
    imported(gate, b"2125550100\n", "own")
    assert status_of(gate, 13105550100, "own") == "unlisted"


def test_threads_may_ask_while_snapshots_are_exchanged(gate: Gate) -> None:
    added(gate)
    files = RegisterFiles(registers_folder(gate.context.data_dir))
    imported(gate, many())
    wrong: list[object] = []
    ended = threading.Event()

    def ask() -> None:
        while not ended.is_set():
            time.sleep(0.001)
            answers = said(gate, 420600000001, files=files)
            if [one.status for one in answers] != ["listed"]:
                wrong.append(answers)

    threads = [threading.Thread(target=ask) for _ in range(2)]
    for thread in threads:
        thread.start()
    for place in range(3):
        assert sent(gate, many() + b"7%08d\n" % place).status == 201
    ended.set()
    for thread in threads:
        thread.join()
    assert wrong == []
