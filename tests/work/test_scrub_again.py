"""A second scrub of a list: it takes over what was read, decides everything by what is so now, and reads no file."""

import sqlite3
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest

from app.db.list_index import all_numbers, first_rows
from app.db.list_readings import whole_reading
from app.db.list_rows import ListRow, reading_rows, rows_of
from app.domain.access import operator
from app.jobs.worker import LEASE, Worker
from app.services.answers import rfc3339
from app.services.lists import list_folder, list_for
from app.services.lists import scrub_again as again
from tests.call_lists import csv_of, file_of, received, scrubbed, shown
from tests.caps import activate, cap_table
from tests.gate import Gate
from tests.number_texts import number_texts
from tests.persons import erased

DATA = Path(__file__).parents[1] / "data"
JANA, PETR, EVA, IVA, OTO = "+420601123456", "+420602123456", "+420603123456", "+420604123456", "+420605123456"
PEOPLE = [[JANA, "Jana"], [PETR, "=1+1"], ["603 123 456", "Eva"], ["00420604123456", "Iva"], ["605123456", "Oto"]]
ODD = (
    b'\r\n;;;\r\n"601 123 457;Jan\r\n\x00;Ota\r\n606123456;' + b"x;" * 1100 + b"\r\n606123456;" + b"y;" * 1100 + b"\r\n"
)


def messy(random: Random, *, count: int = 120) -> bytes:
    texts = [text.replace("\0", "") for text, _ in number_texts(random, count=count)]
    rows = [[text, f"{place}", "", "x;y"[: place % 4]] for place, text in enumerate(texts * 2)]
    return csv_of([*PEOPLE, *rows, [JANA, "again"]]) + ODD


def folder_of(gate: Gate, id: str) -> Path:
    return list_folder(gate.context.data_dir, id)


def scrub_again(gate: Gate, id: str, *, source: bytes | None = b"\x00 this is read no more") -> None:
    """Ask for another scrub, and have it done; `source` takes the file's place before."""
    assert gate.call("POST", f"/v1/lists/{id}/scrub").status == 202
    if source is not None:
        (folder_of(gate, id) / "source").write_bytes(source)
    gate.work()


def rows_in(gate: Gate, id: str, run: int) -> tuple[list[ListRow], list[tuple[int, int]]]:
    with reading_rows(folder_of(gate, id) / f"rows-{run}.db") as store:
        numbers = [number for some in all_numbers(store) for number in some]
        return list(rows_of(store, decision=None)), list(first_rows(store, numbers))


def files_in(gate: Gate, id: str) -> list[str]:
    return sorted(path.name for path in folder_of(gate, id).iterdir())


def changes_of(gate: Gate, id: str) -> Any:
    with gate.context.reading() as reading:
        return list_for(reading.session, id=id, actor=operator("test"))["found"]["changes"]


def whole(gate: Gate, id: str) -> dict[str, Any]:
    found = shown(gate, id)
    return {
        name: found[name] for name in ("state", "totals", "reasons", "checked_at", "valid_until", "progress", "fault")
    }


def require_equal(gate: Gate, again: str, anew: str, *, run: int = 2) -> None:
    """Hold a second scrub against a first one of the same bytes at the same instant."""
    assert whole(gate, again) == whole(gate, anew)
    assert shown(gate, anew)["state"] == "ready", shown(gate, anew)["fault"]
    assert rows_in(gate, again, run) == rows_in(gate, anew, 1)
    assert file_of(gate, again) == file_of(gate, anew)
    for name in ("column", "encoding", "delimiter", "sheet", "other_sheets"):
        assert shown(gate, again)["file"][name] == shown(gate, anew)["file"][name]


def test_whatever_changed_a_second_scrub_equals_a_whole_one(energo: Gate) -> None:
    data = messy(Random(7))
    energo.consent(JANA)
    energo.consent(PETR)
    energo.consent(IVA, expires_at=(energo.now + timedelta(hours=20)).isoformat())
    id = scrubbed(energo, data, encoding="utf-8")
    assert shown(energo, id)["totals"]["invalid"] > 50
    energo.now += timedelta(hours=30)
    energo.withdraw(JANA)
    energo.consent(EVA)
    objection = {"number": PETR, "reason": "objection", "since": energo.now.isoformat(), "scope": "all"}
    assert energo.post("/v1/suppressions", objection).status == 201
    erased(energo, OTO)
    anew = received(energo, data, encoding="utf-8")
    scrub_again(energo, id)
    require_equal(energo, id, anew)
    told = {row.number: row.decision for row in rows_in(energo, id, 2)[0] if row.decision != "duplicate"}
    assert [told[int(one)] for one in (JANA, PETR, EVA, IVA, OTO)] == ["deny", "deny", "allow", "deny", "deny"]
    activate(energo, cap_table())
    again = received(energo, data, encoding="utf-8")
    scrub_again(energo, id)
    require_equal(energo, id, again, run=3)


def test_a_workbook_is_scrubbed_again_without_being_read(plain_gate: Gate) -> None:
    plain_gate.controller()
    plain_gate.campaign()
    id = scrubbed(plain_gate, (DATA / "mixed.xlsx").read_bytes())
    first, rows, file = shown(plain_gate, id), rows_in(plain_gate, id, 1), file_of(plain_gate, id)
    scrub_again(plain_gate, id)
    assert shown(plain_gate, id) == first, "nothing changed, the clock neither"
    assert (rows_in(plain_gate, id, 2), file_of(plain_gate, id)) == (rows, file)


LONG = csv_of([["neuvedeno", "x"], *([f"+4206011{n:05}", "x"] for n in range(24_000)), [JANA, "again"], [JANA, "x"]])


class Killed(BaseException):
    """The process died here."""


def test_a_second_scrub_that_died_goes_on_and_equals_a_whole_one(plain_gate: Gate) -> None:
    plain_gate.controller()
    plain_gate.campaign()
    id, begun = scrubbed(plain_gate, LONG), plain_gate.now
    plain_gate.consent(JANA)
    anew = scrubbed(plain_gate, LONG)
    assert plain_gate.call("POST", f"/v1/lists/{id}/scrub").status == 202
    (folder_of(plain_gate, id) / "source").write_bytes(b"\x00")

    def die(done: int, total: int) -> None:
        assert (done, total) == (19_999, 24_003)
        raise Killed

    with pytest.raises(Killed):
        Worker(plain_gate.context).work_once(told=die)
    assert files_in(plain_gate, id) == ["rows-1.db", "rows-2.db", "source"]
    plain_gate.now += LEASE * 2
    plain_gate.work()
    assert files_in(plain_gate, id) == ["rows-2.db", "source"]
    two, one = (
        [replace(row, checked_at="", valid_until="") for row in rows_in(plain_gate, *which)[0]]
        for which in ((id, 2), (anew, 1))
    )
    assert two == one
    assert changes_of(plain_gate, id) == {"since": rfc3339(begun), "lost": 0, "gained": 1}


def test_a_cancelled_second_scrub_leaves_what_the_first_left(plain_gate: Gate) -> None:
    plain_gate.controller()
    plain_gate.campaign()
    id = scrubbed(plain_gate, csv_of([["neuvedeno", "x"], *PEOPLE]))
    first = (folder_of(plain_gate, id) / "rows-1.db").read_bytes()
    assert plain_gate.call("POST", f"/v1/lists/{id}/scrub").status == 202

    def cancel(done: int, total: int) -> None:
        assert plain_gate.call("POST", f"/v1/lists/{id}/cancel").status == 200

    Worker(plain_gate.context).work_once(told=cancel)
    assert files_in(plain_gate, id) == ["rows-1.db", "source"]
    assert (folder_of(plain_gate, id) / "rows-1.db").read_bytes() == first
    scrub_again(plain_gate, id)
    assert files_in(plain_gate, id) == ["rows-3.db", "source"]
    assert rows_in(plain_gate, id, 3)[0][0].reasons == ("placeholder",)


@pytest.mark.parametrize(
    "other",
    [
        'UPDATE reading SET basis = replace(basis, \'"readers": "\', \'"readers": "0\')',
        "UPDATE reading SET is_whole = 0",
        "DROP TABLE reading",
        "DROP TABLE blocks",
    ],
)
def test_rows_that_were_read_otherwise_or_are_not_whole_are_read_anew(plain_gate: Gate, other: str) -> None:
    plain_gate.controller()
    plain_gate.campaign()
    id = scrubbed(plain_gate, csv_of([[JANA, "Jana"]]))
    with sqlite3.connect(folder_of(plain_gate, id) / "rows-1.db") as store:
        store.execute(other)
    store.close()
    scrub_again(plain_gate, id, source=csv_of([[PETR, "Petr"], [EVA, "Eva"]]))
    assert [row.number for row in rows_in(plain_gate, id, 2)[0]] == [int(PETR), int(EVA)]
    assert changes_of(plain_gate, id) is None


def test_a_list_is_read_anew_when_it_shall_be_read_otherwise(plain_gate: Gate) -> None:
    plain_gate.controller()
    plain_gate.campaign()
    id = scrubbed(plain_gate, csv_of([[JANA, PETR]], header=("Telefon", "Telefon 2")))
    with plain_gate.context.transaction() as tx:
        again(tx.session, id=id, actor=operator("test"), now=tx.now, options={"column": "2"})
    plain_gate.work()
    assert [row.number for row in rows_in(plain_gate, id, 2)[0]] == [int(PETR)]
    assert changes_of(plain_gate, id) is None


def test_rows_that_an_erasure_emptied_are_taken_over_by_nobody(plain_gate: Gate) -> None:
    plain_gate.controller()
    plain_gate.campaign()
    id = scrubbed(plain_gate, csv_of([[JANA, "Jana"], [PETR, "Petr"]]))
    path = folder_of(plain_gate, id) / "rows-1.db"
    with reading_rows(path) as store:
        (basis,) = store.execute("SELECT basis FROM reading").fetchone()
    assert whole_reading([path], basis=basis) is not None
    erased(plain_gate, JANA)
    plain_gate.work()
    assert whole_reading([path], basis=basis) is None
    assert plain_gate.call("POST", f"/v1/lists/{id}/scrub").json["code"] == "source_erased"
