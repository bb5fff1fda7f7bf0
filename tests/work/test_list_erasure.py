"""Erased numbers leave the files of lists: in their own rows, in anybody's cells, and after any crash."""

from pathlib import Path
from typing import Any

import pytest

from app.jobs.worker import LEASE, Worker
from app.work.list_erasure import erase_files
from tests.api.test_persons import JANA, PETR
from tests.call_lists import csv_of, received, result, scrubbed, shown
from tests.gate import Gate
from tests.persons import erased, traces_in_files, traces_in_rows

DIGITS = [b"601123456", b"601 123 456", b"601-123-456"]


def files_of(gate: Gate, id: str) -> list[str]:
    return sorted(path.name for path in (gate.context.data_dir / "lists" / id).iterdir())


def test_a_number_goes_from_every_row_and_cell_however_it_is_written(energo: Gate, tmp_path: Path) -> None:
    rows = [
        [PETR, "Petr", "tel. 601 123 456"],
        ["601 123 456 / 602 123 457", "Jana Nováková", ""],
        ["00420601123456", "Jana Nováková", "x"],
        ["603123456", "Eva", "nothing"],
    ]
    id = scrubbed(energo, csv_of(rows, header=("Telefon", "Jméno", "Poznámka")), filename="jana-601-123-456.csv")
    erased(energo, JANA)
    energo.work()
    found = result(energo, id)
    assert [(row["number"], row["Jméno"], row["Poznámka"]) for row in found] == [
        (PETR, "Petr", ""),
        ("", "", ""),
        ("", "", ""),
        ("+420603123456", "Eva", "nothing"),
    ]
    assert [row["decision"] for row in found] == ["deny", "invalid", "deny", "deny"]
    assert shown(energo, id)["file"]["name"] == "erased"
    assert shown(energo, id)["totals"] == {"rows": 4, "allow": 0, "deny": 3, "defer": 0, "invalid": 1, "duplicate": 0}
    assert files_of(energo, id) == ["rows-1.db"]
    assert traces_in_files(tmp_path, DIGITS) == []
    assert traces_in_rows(energo, ["601123456"]) == []
    again = energo.post(f"/v1/lists/{id}/scrub", {})
    assert (again.status, again.json["code"]) == (409, "source_erased")


def test_a_list_without_the_number_is_left_alone(energo: Gate) -> None:
    id = scrubbed(energo, csv_of([[PETR, "Petr"]]))
    before = {name: (energo.context.data_dir / "lists" / id / name).read_bytes() for name in files_of(energo, id)}
    erased(energo, JANA)
    energo.work()
    assert {name: (energo.context.data_dir / "lists" / id / name).read_bytes() for name in before} == before
    assert energo.post(f"/v1/lists/{id}/scrub", {}).status == 202


def test_a_file_that_cannot_be_read_is_deleted_with_any_erasure(energo: Gate) -> None:
    id = scrubbed(energo, b"\x00\x01 " + DIGITS[0])
    assert shown(energo, id)["state"] == "failed"
    erased(energo, PETR)
    energo.work()
    assert files_of(energo, id) == []


def test_older_rows_go_and_a_list_of_another_controller_stays(energo: Gate, tmp_path: Path) -> None:
    energo.controller("bank")
    energo.campaign("spring", "bank")
    other = scrubbed(energo, csv_of([[JANA, "Jana"]]), campaign="spring")
    id = scrubbed(energo, csv_of([[JANA, "Jana"]]))
    left = energo.context.data_dir / "lists" / id / "rows-1.db"
    rows = left.read_bytes()
    assert energo.post(f"/v1/lists/{id}/scrub", {}).status == 202
    energo.work()
    assert files_of(energo, id) == ["rows-2.db", "source"]
    left.write_bytes(rows)  # as it is where the process died before it went
    erased(energo, JANA)
    energo.work()
    assert files_of(energo, id) == ["rows-2.db"]
    assert files_of(energo, other) == ["rows-1.db", "source"]
    assert {name.split("/")[1] for name in traces_in_files(tmp_path / "lists", DIGITS)} <= {"rows-1.db", "source"}


def test_a_list_in_work_is_waited_for_and_blocks_nobody(energo: Gate, tmp_path: Path) -> None:
    energo.consent(JANA)
    erased(energo, JANA)
    id = received(energo, csv_of([[JANA, "Jana"]]))
    worker = Worker(energo.context)
    assert worker.work_once(), "the erasure comes first, finds the list in work, and steps back"
    assert "file_erasures" in traces_in_rows(energo, ["601123456"])
    assert worker.work_once(), "the scrub"
    assert shown(energo, id)["state"] == "ready"
    assert not worker.work_once(), "not before its time"
    energo.now += LEASE * 2
    energo.work()
    assert traces_in_files(tmp_path / "lists", DIGITS) == []
    assert traces_in_rows(energo, ["601123456"]) == []


class Killed(Exception):
    """The process died here."""


@pytest.mark.parametrize("after", range(4))
def test_whatever_was_done_when_it_died_the_next_worker_completes_it(energo: Gate, tmp_path: Path, after: int) -> None:
    ids = [scrubbed(energo, csv_of([[JANA, "Jana"], [PETR, "Petr"]])) for _ in range(2)]
    erased(energo, JANA)
    told = 0

    def die() -> None:
        nonlocal told
        told += 1
        if told > after:
            raise Killed

    with pytest.raises(Killed):
        erase_files(energo.context, told=die)
    assert "file_erasures" in traces_in_rows(energo, ["601123456"]), "nothing is forgotten before it is done"
    energo.work()
    assert traces_in_files(tmp_path / "lists", DIGITS) == []
    assert traces_in_rows(energo, ["601123456"]) == []
    for id in ids:
        assert shown(energo, id)["totals"]["rows"] == 2
        assert files_of(energo, id) == ["rows-1.db"]


def test_until_the_file_is_redacted_a_download_denies_the_number(energo: Gate) -> None:
    energo.consent(JANA)
    id = scrubbed(energo, csv_of([[JANA, "Jana"]]))
    erased(energo, JANA)
    assert [(row["decision"], row["primary_reason"]) for row in result(energo, id)] == [("deny", "objected_controller")]
    energo.work()
    (row,) = result(energo, id)
    assert (row["decision"], row["primary_reason"], row["number"]) == ("deny", "erased_subject_suppressed", "")


def test_an_old_file_brings_nobody_back_and_a_new_word_is_taken(energo: Gate) -> None:
    erased(energo, JANA)
    head = "number,action,purposes,voice_modes,product_categories,origin,obtained_at\n"
    totals: list[Any] = []
    for at in ("2026-11-17T10:00:00Z", "2026-11-18T12:00:00Z"):
        rows = (head + f"{JANA},given,marketing,live,energy,paper,{at}\n").encode()
        totals.append(energo.upload("/v1/consents/import?controller=energo&filename=a.csv", rows).json["totals"])
    assert [one["imported"] for one in totals] == [0, 1]
    rows = b"number,scope,reason,since\n"
    for reason in ("objection", "court_order", "erasure"):
        rows += f"{JANA},controller,{reason},2026-11-01T10:00:00Z\n".encode()
    report = energo.upload("/v1/suppressions/import?controller=energo&filename=b.csv", rows).json
    assert report["totals"] == {"rows": 3, "imported": 1, "unchanged": 1, "invalid": 1}
    body = {"number": JANA, "scope": "controller", "controller": "energo", "reason": "erasure"}
    refused = energo.post("/v1/suppressions", body | {"since": energo.now.isoformat()})
    assert (refused.status, refused.json["code"]) == (422, "erasure_is_proposed")
