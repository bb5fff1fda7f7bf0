"""Bad input as call lists: a problem, or a failed list that says why in one line; and nothing is left lying about."""

import io
import zipfile
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import EnvironBuilder

from tests.call_lists import csv_of, list_acts, received, result, scrubbed, shown, upload
from tests.databases import sqlite_copy
from tests.gate import Gate, make_gate

GOOD = csv_of([["+420601123456", "Jana"]])
MIXED = (Path(__file__).parents[1] / "data" / "mixed.xlsx").read_bytes()
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2000)


@cache
def bomb() -> bytes:
    """Give a workbook of 200 KB that unpacks to 200 MB."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("xl/worksheets/sheet1.xml", bytes(200 * 1024 * 1024))
    return out.getvalue()


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        pytest.param(b"", "empty_file", id="nothing at all"),
        pytest.param(b"\r\n\r\n ;\r\n", "empty_file", id="blank lines only"),
        pytest.param(b"Jm\xc3\xa9no;M\xc4\x9bsto\r\nJana;Brno\r\n", "no_phone_column", id="no phone column"),
        pytest.param(MIXED[: len(MIXED) // 2], "unreadable_file", id="a workbook cut off"),
        pytest.param(MIXED[:4] + bytes(300), "unreadable_file", id="a workbook's first bytes"),
        pytest.param(bomb(), "unreadable_file", id="a zip bomb"),
        pytest.param(OLE, "unsupported_file", id="a workbook of the old kind"),
        pytest.param(bytes(range(256)) * 64, "not_text", id="binary junk"),
        pytest.param(
            b"<!DOCTYPE html>\n<html><body><h1>Session expired</h1></body></html>\n", "no_phone_column", id="a web page"
        ),
        pytest.param(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n" + b"\0\1\2" * 99, "not_text", id="a PDF"),
        pytest.param(b"x" * 10_000_000, "content_too_large", id="more than is taken"),
        pytest.param(
            b'"Jm\xc3\xa9no\r\nP\xc5\x99\xc3\xadjmen\xc3\xad";b\r\nJana;x\r\n',
            "no_phone_column",
            id="a header over two lines",
        ),
    ],
)
def test_a_file_that_cannot_be_read_fails_with_its_reason_in_one_line(energo: Gate, data: bytes, fault: str) -> None:
    answer = upload(energo, data)
    after = upload(energo, GOOD).json["id"]
    energo.work()
    if answer.status == 202:
        told = shown(energo, answer.json["id"])
        assert told["state"] == "failed"
        assert told["fault"].startswith(fault)
        assert len(told["fault"].splitlines()) == 1
        assert [act["code"] for act in list_acts(energo, told["id"], "failed")] == [fault]
        assert energo.get(f"/v1/lists/{told['id']}/file").status == 409
    else:
        assert answer.status == 413
    assert shown(energo, after)["state"] == "ready"
    assert left_lying(energo) == []


def left_lying(gate: Gate) -> list[str]:
    """Name what stands in the data directory and belongs to no list on record."""
    folder = gate.context.data_dir
    known = {one["id"] for one in gate.get("/v1/lists?limit=1000").json["items"]}
    uploads = [path.name for path in (folder / "uploads").glob("*")]
    return uploads + [path.name for path in (folder / "lists").glob("*") if path.name not in known]


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"encoding": "ebcdic"}, "unknown_encoding"),
        ({"delimiter": "x"}, "unknown_delimiter"),
        ({"column": "Fax"}, "unknown_column"),
        ({"column": "9"}, "unknown_column"),
    ],
)
def test_an_override_that_fits_nothing_fails_the_list(energo: Gate, options: dict[str, str], code: str) -> None:
    id = scrubbed(energo, GOOD, **options)
    assert shown(energo, id)["fault"].startswith(f"{code}: ")


def test_a_sheet_that_is_not_there_fails_the_list(energo: Gate) -> None:
    id = scrubbed(energo, MIXED, sheet="Únor")
    assert shown(energo, id)["fault"].startswith("unknown_sheet: sheets: ")


def test_a_failed_list_can_be_scrubbed_again(energo: Gate) -> None:
    id = scrubbed(energo, OLE)
    energo.call("POST", f"/v1/lists/{id}/scrub")
    assert shown(energo, id)["fault"] is None
    energo.work()
    assert shown(energo, id)["state"] == "failed"
    assert sorted(act["run"] for act in list_acts(energo, id, "failed")) == [1, 2]


@pytest.mark.parametrize(
    ("data", "decisions"),
    [
        pytest.param("+420601123456\r\n", ["deny"], id="one number and nothing else"),
        pytest.param("Telefon\r\n", [], id="a header only"),
        pytest.param(
            "Telefon;x\r\n+420601123456;a\r\n" + "9" * 3_000_000 + "\r\n+420601123457;c\r\n",
            ["deny", "invalid", "deny"],
            id="a line of three megabytes",
        ),
        pytest.param(
            'Telefon;x\r\n+420601123456;a\r\n+420601123457;"open\r\n+420601123458;c\r\n+420601123459;d\r\n',
            ["deny", "invalid", "deny", "deny"],
            id="a quote never closed",
        ),
        pytest.param(
            "Telefon;x\r\n;a\r\n\r\n;\r\n+420601123456;b\r\n", ["invalid", "deny"], id="blank cells, blank lines"
        ),
    ],
)
def test_a_bad_row_costs_only_itself(energo: Gate, data: str, decisions: list[str]) -> None:
    id = scrubbed(energo, data.encode())
    assert [row["decision"] for row in result(energo, id)] == decisions
    assert shown(energo, id)["totals"]["rows"] == len(decisions)


def test_a_nul_byte_costs_its_row_once_the_encoding_is_told(energo: Gate) -> None:
    data = b"Telefon;x\r\n+420601123456;a\0b\r\n+420601123457;c\r\n"
    assert shown(energo, scrubbed(energo, data))["fault"] == "not_text: the file has NUL bytes"
    id = scrubbed(energo, data, encoding="utf-8")
    assert [(row["decision"], row["primary_reason"]) for row in result(energo, id)] == [
        ("invalid", "nul_byte"),
        ("deny", "no_consent"),
    ]


def form(*files: tuple[str, bytes, str]) -> dict[str, Any]:
    return {"data": {name: (io.BytesIO(data), filename) for name, data, filename in files}}


def test_a_form_holds_exactly_one_file(energo: Gate) -> None:
    path = "/v1/lists?campaign=winter"
    two = energo.call("POST", path, **form(("a", GOOD, "a.csv"), ("b", GOOD, "b.csv")))
    assert (two.status, two.json["code"]) == (422, "several_files")
    none = energo.call("POST", path, data={"a": "b"}, content_type="multipart/form-data")
    assert (none.status, none.json["code"]) == (422, "no_file")
    one = energo.call("POST", path, **form(("whatever", GOOD, "únor.csv")))
    assert (one.status, one.json["file"]["name"]) == (202, "únor.csv")
    assert left_lying(energo) == []


@pytest.mark.parametrize("name", ["../../../etc/passwd", "..\\..\\passwd", "/etc/passwd"])
def test_a_file_name_leads_nowhere(energo: Gate, name: str) -> None:
    answer = energo.call("POST", "/v1/lists?campaign=winter", **form(("file", GOOD, name)))
    assert answer.json["file"]["name"] in ("passwd", "....passwd")  # a form's own quoting may eat backslashes
    assert upload(energo, GOOD, filename=name).json["file"]["name"] == "passwd"
    found = [path for path in energo.context.data_dir.rglob("*") if "passwd" in path.name]
    assert found == []
    assert left_lying(energo) == []


@pytest.mark.parametrize(("room", "status"), [(1, 202), (0, 202), (-1, 413), (-2, 413)])
@pytest.mark.parametrize("in_form", [False, True])
def test_a_file_larger_than_is_taken_leaves_nothing(
    tmp_path: Path, sqlite_empty: Path, room: int, status: int, in_form: bool
) -> None:
    body, kind = GOOD, "text/csv"
    if in_form:
        environ = EnvironBuilder(method="POST", **form(("file", GOOD, "a.csv"))).get_environ()
        body, kind = environ["wsgi.input"].read(), environ["CONTENT_TYPE"]
    gate = make_gate(sqlite_copy(sqlite_empty, tmp_path), tmp_path, max_upload=len(body) + room)
    gate.controller()
    gate.campaign()
    answer = gate.call("POST", "/v1/lists?campaign=winter", data=body, content_type=kind)
    assert answer.status == status
    assert left_lying(gate) == []
    gate.context.engine.dispose()


def test_a_list_of_a_campaign_that_is_not_there_is_not_stored(energo: Gate) -> None:
    answer = upload(energo, GOOD, campaign="summer")
    assert (answer.status, answer.json["code"]) == (404, "unknown_campaign")
    assert left_lying(energo) == []


def test_the_queue_goes_on_behind_a_list_that_fails(energo: Gate) -> None:
    bad = [received(energo, data) for data in (OLE, b"", bomb())]
    good = received(energo, GOOD)
    energo.now += timedelta(minutes=1)
    energo.work()
    assert [shown(energo, id)["state"] for id in (*bad, good)] == ["failed", "failed", "failed", "ready"]
