"""The rows of a list through the door: the result file to the byte, the pages, and what changed since."""

import random
import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from app.db.consents import consent_events
from app.db.tables import metadata
from tests.call_lists import VERDICTS, csv_of, file_of, list_acts, result, scrubbed, shown
from tests.gate import Gate

YES, NO, LATER = "+420601123456", "+420601123457", "+420601123458"
MESSY = (
    "Jméno;Telefon;number;Poznámka\r\n"
    'Jana;601 123 456;1;"dvě\nřádky, ""uvozovky"""\r\n'
    "\r\n"
    "Petr;601123457;2;=1+1\r\n"
    "Eva;;3;@SUM(A1)\r\n"
    " ; ; ; \r\n"
    "Jan;+420 601 123 456;4;+420 601 123 456\r\n"
    "Ida;601123458 / 601123459;5;-2+3\r\n"
).encode("cp1250")


def test_the_result_file_is_to_the_byte_what_the_contract_says(energo: Gate) -> None:
    energo.consent(YES)
    id = scrubbed(energo, MESSY)
    checked, ends = "2026-11-18T10:00:00.000Z", "2026-11-18T19:00:00.000Z"
    day = "2026-11-19T10:00:00.000Z"
    assert shown(energo, id)["file"]["encoding"] == "cp1250"
    assert file_of(energo, id).decode() == (
        "row,number,decision,primary_reason,reasons,not_before,checked_at,valid_until,"
        "Jméno,Telefon,original_number,Poznámka\r\n"
        f'2,{YES},allow,,,,{checked},{ends},Jana,601 123 456,1,"dvě\nřádky, ""uvozovky"""\r\n'
        f"4,{NO},deny,no_consent,no_consent,,{checked},{day},Petr,601123457,2,'=1+1\r\n"
        f"5,,invalid,blank,blank,,{checked},,Eva,,3,'@SUM(A1)\r\n"
        f"7,{YES},duplicate,duplicate,duplicate,,{checked},,Jan,+420 601 123 456,4,+420 601 123 456\r\n"
        f"8,,invalid,several_numbers,several_numbers,,{checked},,Ida,601123458 / 601123459,5,'-2+3\r\n"
    )


def test_the_file_of_a_verdict_holds_its_rows_and_the_default_is_what_may_be_dialled(energo: Gate) -> None:
    energo.consent(YES)
    id = scrubbed(energo, MESSY)
    every = result(energo, id)
    for verdict in VERDICTS:
        assert result(energo, id, verdict) == [row for row in every if row["decision"] == verdict]
    answer = energo.get(f"/v1/lists/{id}/file")
    assert answer.data == file_of(energo, id, "allow")
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{id}-allow.csv"'
    assert energo.get(f"/v1/lists/{id}/file?verdict=maybe").status == 422
    assert energo.get(f"/v1/lists/{id}/file?format=parquet").status == 422


def test_a_result_file_can_be_scrubbed_itself(energo: Gate) -> None:
    energo.consent(YES)
    first = file_of(energo, scrubbed(energo, MESSY))
    second = file_of(energo, scrubbed(energo, first, column="number"))
    names = second.decode().splitlines()[0].split(",")
    assert len(set(names)) == len(names)
    assert names[8:11] == ["original_row", "original_original_number", "original_decision"]


def test_rows_come_page_by_page_as_the_file_has_them(energo: Gate) -> None:
    energo.consent(YES)
    id = scrubbed(energo, MESSY)
    pages: list[dict[str, Any]] = []
    cursor = ""
    while True:
        answer = energo.get(f"/v1/lists/{id}/rows?limit=2{cursor}").json
        pages.append(answer)
        if answer["next"] is None:
            break
        cursor = f"&cursor={answer['next']}"
    assert [len(page["items"]) for page in pages] == [2, 2, 1]
    assert pages[0]["columns"] == ["Jméno", "Telefon", "number", "Poznámka"]
    rows = [row for page in pages for row in page["items"]]
    assert [(str(row["row"]), row["number"] or "", row["decision"]) for row in rows] == [
        (row["row"], row["number"], row["decision"]) for row in result(energo, id)
    ]
    assert rows[0]["cells"] == ["Jana", "601 123 456", "1", 'dvě\nřádky, "uvozovky"']
    only = energo.get(f"/v1/lists/{id}/rows?verdict=invalid&limit=1").json
    assert ([row["row"] for row in only["items"]], only["next"]) == ([5], "5")


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=1001", "cursor=x", "cursor=1234567890123", "verdict=yes", "page=2"]
)
def test_a_page_that_cannot_be_meant_is_refused(energo: Gate, query: str) -> None:
    id = scrubbed(energo, MESSY)
    assert energo.get(f"/v1/lists/{id}/rows?{query}").status == 422


def test_a_download_says_what_the_gate_says_now(energo: Gate) -> None:
    energo.consent(YES)
    id = scrubbed(energo, csv_of([[YES, "a"], [NO, "b"], [LATER, "c"]]))
    stored = (energo.context.data_dir / "lists" / id / "rows-1.db").read_bytes()
    before = _counts(energo)
    totals = shown(energo, id)["totals"]
    energo.now += timedelta(hours=1)
    energo.withdraw(YES)
    energo.consent(NO)
    body = {"number": LATER, "scope": "all", "reason": "objection", "since": energo.now.isoformat()}
    assert energo.post("/v1/suppressions", body).status == 201
    assert [row["number"] for row in result(energo, id, "allow")] == [NO]
    every = result(energo, id)
    assert [(row["decision"], row["primary_reason"]) for row in every] == [
        ("deny", "consent_withdrawn"),
        ("allow", ""),
        ("deny", "objected_all"),
    ]
    assert {row["checked_at"] for row in every} == {"2026-11-18T11:00:00.000Z"}
    pages = energo.get(f"/v1/lists/{id}/rows?verdict=deny").json
    assert [row["number"] for row in pages["items"]] == [YES, LATER]
    for row in every:
        assert energo.check(row["number"], kind="test")["decision"] == row["decision"]
    assert (energo.context.data_dir / "lists" / id / "rows-1.db").read_bytes() == stored
    assert shown(energo, id)["totals"] == totals
    after = _counts(energo)
    assert after["lists"] == before["lists"]
    assert after["entries"] - before["entries"] == 3 + 3 + 3  # the events, the checks here, and who read the rows


def _counts(gate: Gate) -> dict[str, int]:
    from sqlalchemy import func, select

    names = ("lists", "entries", consent_events.name)
    with gate.context.reading() as reading:
        return {
            name: reading.session.execute(select(func.count()).select_from(metadata.tables[name])).scalar_one()
            for name in names
        }


def test_another_controllers_withdrawal_changes_nothing(energo: Gate) -> None:
    energo.controller("banka")
    energo.consent(YES)
    id = scrubbed(energo, csv_of([[YES, "a"]]))
    whole = file_of(energo, id)
    energo.withdraw(YES, "banka")
    assert file_of(energo, id) == whole


def test_many_changes_at_once_are_all_seen(energo: Gate) -> None:
    """More than one chunk of numbers changes; the file still agrees with the gate on every one."""
    numbers = [f"+4206011{n:05}" for n in range(1500)]
    header = "number,action,purposes,voice_modes,product_categories,origin,obtained_at,evidence_sha256"
    given = "given,marketing,live,energy,web_form,2026-11-01T00:00:00Z," + "ab" * 32
    file = "\r\n".join([header, *(f"{number},{given}" for number in numbers)])
    id = scrubbed(energo, csv_of([[number, "x"] for number in numbers]))
    assert result(energo, id, "allow") == []
    assert energo.upload("/v1/consents/import?controller=energo", file.encode()).status == 200
    rows = result(energo, id)
    assert [row["number"] for row in rows] == numbers
    assert {row["decision"] for row in rows} == {"allow"}
    assert len(list_acts(energo, id, "scrubbed")) == 1


def test_overrides_are_taken_instead_of_what_is_found(energo: Gate) -> None:
    data = "Telefon|Náhradní|č\r\n601123456|601123457|ř\r\n".encode("cp1250")
    id = scrubbed(energo, data, encoding="iso8859-2", delimiter="|", column="náhradní")
    found = shown(energo, id)["file"]
    assert (found["encoding"], found["delimiter"], found["column"]) == ("iso8859-2", "|", "Náhradní")
    assert [row["number"] for row in result(energo, id)] == ["+420601123457"]
    assert [row["number"] for row in result(energo, scrubbed(energo, data, column="1"))] == ["+420601123456"]


def test_a_sheet_can_be_named(energo: Gate) -> None:
    data = (Path(__file__).parents[1] / "data" / "mixed.xlsx").read_bytes()
    found = shown(energo, scrubbed(energo, data))["file"]
    assert found["other_sheets"]
    assert (found["encoding"], found["delimiter"]) == (None, None)
    other = scrubbed(energo, data, sheet=found["other_sheets"][0])
    assert shown(energo, other)["state"] == "failed"


@pytest.mark.parametrize("seed", range(3))
def test_rows_always_reconcile_whatever_the_file_holds(energo: Gate, seed: int) -> None:
    rng = random.Random(seed)
    pool = [
        YES,
        NO,
        "",
        " ",
        "nic",
        "112",
        "1E+12",
        "#N/A",
        "601 123 45",
        "601123456, 601123457",
        "=cmd",
        '"',
        "\0",
        "č",
    ]
    rows = [[rng.choice(pool), rng.choice(["", "x", '"', ";"])] for _ in range(300)]
    data = csv_of(rows)
    id = scrubbed(energo, data, encoding="utf-8", column="Telefon")
    totals = shown(energo, id)["totals"]
    wanted = sum(any(cell.strip() for cell in row) for row in rows)
    assert totals["rows"] == wanted == sum(totals[verdict] for verdict in VERDICTS) == len(result(energo, id))


def test_a_row_whose_own_end_has_passed_is_decided_again_before_it_is_handed_out(energo: Gate) -> None:
    energo.consent(YES, expires_at=(energo.now + timedelta(hours=1)).isoformat())
    id = scrubbed(energo, csv_of([[YES, "Jana"]]))
    assert [row["decision"] for row in result(energo, id, "allow")] == ["allow"]
    energo.now += timedelta(hours=1)
    assert result(energo, id, "allow") == []
    assert [row["primary_reason"] for row in result(energo, id, "deny")] == ["consent_expired"]


def test_a_row_handed_out_in_the_evening_is_for_the_next_morning(energo: Gate) -> None:
    energo.consent(YES)
    id = scrubbed(energo, csv_of([[YES, "Jana"]]))
    energo.now += timedelta(hours=11)
    (row,) = result(energo, id, "allow")
    assert row["not_before"] == "2026-11-19T07:00:00.000Z"


def test_a_file_that_cannot_be_written_whole_is_no_file(energo: Gate) -> None:
    id = scrubbed(energo, csv_of([[f"+4206011{n:05}", "x"] for n in range(30_000)]))
    whole = energo.get(f"/v1/lists/{id}/file?verdict=all")
    assert whole.headers["Content-Length"] == str(len(whole.data))
    (rows,) = (energo.context.data_dir / "lists" / id).glob("rows-*.db")
    with closing(sqlite3.connect(rows)) as broken, broken:
        broken.execute("UPDATE blocks SET cells = x'00' WHERE first = (SELECT max(first) FROM blocks)")
    answer = energo.get(f"/v1/lists/{id}/file?verdict=all")
    assert (answer.status, answer.json["code"]) == (500, "internal_error")
