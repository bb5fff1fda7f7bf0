"""Bulk imports through the door: what is taken, what is refused and why, and that a file changes nothing twice."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from app.domain.access import Role
from app.work import bulk_import
from tests.api.test_bad_lists import left_lying
from tests.gate import Gate, Reply
from tests.services import workbooks

HEADER = "number,action,purposes,voice_modes,product_categories,origin,obtained_at,evidence_sha256,ref"
DIGEST = "ab" * 32
A, B, C = "+420601123456", "+420601123457", "+420601123458"


def row(number: str, *, action: str = "given", at: str = "2026-11-01T10:00:00Z", ref: str = "", **changes: str) -> str:
    cells = {"purposes": "marketing", "voice_modes": "live", "product_categories": "energy", "origin": "web_form"}
    cells |= {"evidence": DIGEST} | changes
    start = [number, action, cells["purposes"], cells["voice_modes"], cells["product_categories"]]
    return ",".join([*start, cells["origin"], at, cells["evidence"], ref])


def sent(gate: Gate, *rows: str, header: str = HEADER, key: str = "admin", noun: str = "consents") -> Reply:
    data = "\r\n".join([header, *rows]).encode()
    return gate.upload(f"/v1/{noun}/import?controller=energo", data, key=key)


def taken(gate: Gate, *rows: str, **how: str) -> dict[str, Any]:
    answer = sent(gate, *rows, **how)
    assert answer.status == 200, answer.text
    report: dict[str, Any] = answer.json
    totals = report["totals"]
    assert totals["rows"] == totals["imported"] + totals["unchanged"] + totals["invalid"] == len(rows)
    assert left_lying(gate) == []
    return report


def events(gate: Gate, number: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = gate.post("/v1/consents/search", {"controller": "energo", "number": number}).json[
        "events"
    ]
    return found


def verdict(gate: Gate, number: str) -> str:
    answer = gate.check(number, kind="test")
    return str(answer["primary_reason"] or answer["decision"])


def test_a_file_sent_twice_changes_nothing_and_a_longer_one_adds_what_is_new(energo: Gate) -> None:
    rows = [row(A), row(B), row(A, action="withdrawn", at="2026-11-02T10:00:00Z")]
    first = taken(energo, *rows)
    assert (first["totals"], first["repeated"]) == ({"rows": 3, "imported": 3, "unchanged": 0, "invalid": 0}, False)
    recorded = events(energo, A)
    energo.now += timedelta(hours=1)
    again = taken(energo, *rows)
    assert (again["totals"], again["repeated"]) == ({"rows": 3, "imported": 0, "unchanged": 3, "invalid": 0}, True)
    longer = taken(energo, row(C), *rows, row(C))
    assert longer["totals"] == {"rows": 5, "imported": 1, "unchanged": 4, "invalid": 0}
    assert events(energo, A) == recorded
    assert [verdict(energo, number) for number in (A, B, C)] == ["consent_withdrawn", "allow", "allow"]


def apart(*rows: str) -> list[str]:
    """Put so many rows between these that each falls into a transaction of its own; the ones between are refused."""
    between = [row("nic")] * bulk_import.CHUNK
    return [one for wanted in rows for one in (wanted, *between)]


def test_an_import_cut_off_is_completed_by_the_same_file(energo: Gate) -> None:
    rows = apart(row(A), row(B), row(C))
    cut = taken(energo, *rows[: 2 * bulk_import.CHUNK])
    assert (cut["totals"]["imported"], verdict(energo, C)) == (2, "no_consent")
    whole = taken(energo, *rows)
    assert (whole["totals"]["imported"], whole["totals"]["unchanged"]) == (1, 2)
    assert {verdict(energo, number) for number in (A, B, C)} == {"allow"}


@pytest.mark.parametrize("newest_first", [False, True])
def test_what_was_said_last_stands_in_whatever_order_the_file_has_it(energo: Gate, newest_first: bool) -> None:
    first, second = "2026-11-01T10:00:00Z", "2026-11-02T10:00:00Z"
    rows = [row(A, at=first), row(A, action="withdrawn", at=second)]
    rows += [row(B, action="withdrawn", at=first), row(B, at=second)]
    taken(energo, *apart(*(reversed(rows) if newest_first else rows)))
    assert [verdict(energo, number) for number in (A, B)] == ["consent_withdrawn", "allow"]


def test_of_rows_of_one_instant_the_later_row_stands_within_a_file_and_the_no_between_files(energo: Gate) -> None:
    no = {"action": "withdrawn"}
    rows = apart(row(A), row(A, **no), row(B, **no), row(C))
    taken(energo, *rows, row(B))
    assert [verdict(energo, number) for number in (A, B, C)] == ["consent_withdrawn", "allow", "allow"]
    energo.now += timedelta(hours=1)
    taken(energo, row(C, **no))
    energo.now += timedelta(hours=1)
    taken(energo, row(C, ref="third"))
    assert verdict(energo, C) == "consent_withdrawn"


def test_an_imported_grant_overcomes_a_withdrawal_only_when_newer_and_evidenced(energo: Gate) -> None:
    energo.consent(A)
    energo.withdraw(A)
    energo.now += timedelta(hours=1)
    taken(energo, row(A, at="2026-11-18T09:59:00Z"))
    assert verdict(energo, A) == "consent_withdrawn"
    taken(energo, row(A, at="2026-11-18T10:30:00Z", evidence=""))
    assert verdict(energo, A) == "consent_evidence_missing"
    taken(energo, row(A, at="2026-11-18T10:30:00Z"))
    assert verdict(energo, A) == "allow"


@pytest.mark.parametrize(("scope", "reason"), [("controller", "objected_controller"), ("all", "objected_all")])
def test_an_import_never_lifts_a_suppression(energo: Gate, scope: str, reason: str) -> None:
    header = "number,scope,reason,since"
    taken(energo, f"{A},{scope},objection,2026-11-01T00:00:00Z", header=header, noun="suppressions")
    energo.now += timedelta(hours=1)
    taken(energo, row(A, at="2026-11-18T10:30:00Z"))
    assert verdict(energo, A) == reason
    again = taken(energo, f"{A},{scope},objection,2026-11-01T00:00:00Z", header=header, noun="suppressions")
    assert again["totals"]["unchanged"] == 1


@pytest.mark.parametrize(
    ("line", "column", "code"),
    [
        (row("601 12"), "number", "no_such_number"),
        (row("nic"), "number", "not_a_number"),
        (row(""), "number", "blank"),
        (row(A, action="GIVEN"), "action", "unknown_word"),
        (row(A, purposes="marketing|selling"), "purposes", "unknown_word"),
        (row(A, voice_modes="robot"), "voice_modes", "unknown_word"),
        (row(A, product_categories="Energy!"), "product_categories", "unknown_word"),
        (row(A, product_categories="601123456"), "product_categories", "unknown_word"),
        (row(A, product_categories="|".join(f"c-{n}" for n in range(17))), "product_categories", "too_many_words"),
        (row(A, origin="rumour"), "origin", "unknown_word"),
        (row(A, at="yesterday"), "obtained_at", "not_a_time"),
        (row(A, at=""), "obtained_at", "not_a_time"),
        (row(A, at="2026-11-01T10:00:00"), "obtained_at", "naive_time"),
        (row(A, at="1989-12-31T23:59:59Z"), "obtained_at", "absurd_time"),
        (row(A, at="0001-01-01T00:00:00+14:00"), "obtained_at", "absurd_time"),
        (row(A, at="9999-12-31T23:59:59-14:00"), "obtained_at", "absurd_time"),
        (row(A, at="2026-11-19T10:00:01Z"), "obtained_at", "absurd_time"),
        (row(A, evidence="md5:12"), "evidence_sha256", "not_a_sha256"),
        (row(A, ref="x" * 201), "ref", "bad_text"),
        (row(A, ref="a\x07b"), "ref", "bad_text"),
        (row(A) + ",one,more", None, "too_many_cells"),
        (row(A, ref="a\0b"), None, "nul_byte"),
    ],
)
def test_a_bad_row_names_its_row_column_and_reason_and_costs_no_good_one(
    energo: Gate, line: str, column: str | None, code: str
) -> None:
    good = [row(f"+4206011{n:05}") for n in range(700)]  # so that a NUL stands behind what the encoding is told by
    report = taken(energo, *good, line)
    assert report["errors"] == [{"row": 702, "column": column, "code": code}]
    assert report["totals"]["imported"] == 700
    assert events(energo, A) == []


@pytest.mark.parametrize(
    ("header", "detail"),
    [
        (HEADER.replace("origin,", ""), "missing: origin"),
        (HEADER + ",obtaned_at", "unknown: 'obtaned_at'"),
        (HEADER + ",ref", "a column is there twice"),
        (HEADER + ",601 123 456", "unknown: …"),
        (HEADER + ",", "unknown: ''"),
        ("x", "missing: number, action, purposes, voice_modes, product_categories, origin, obtained_at"),
    ],
)
def test_a_file_with_other_columns_is_refused_whole(energo: Gate, header: str, detail: str) -> None:
    answer = sent(energo, row(A), header=header)
    assert (answer.status, answer.json["code"], answer.json["detail"]) == (422, "bad_columns", detail)
    assert events(energo, A) == []
    assert left_lying(energo) == []


@pytest.mark.parametrize(
    ("data", "code"),
    [(b"", "empty_file"), (b"PK\x03\x04junk", "unreadable_file"), (bytes(range(256)) * 9, "not_text")],
)
def test_a_file_that_cannot_be_read_is_refused_whole(energo: Gate, data: bytes, code: str) -> None:
    answer = energo.upload("/v1/consents/import?controller=energo", data)
    assert (answer.status, answer.json["code"]) == (422, code)
    assert left_lying(energo) == []


def test_rows_for_all_controllers_need_a_key_for_all(energo: Gate) -> None:
    key = energo.key(Role.COMPLIANCE, controllers=[1])
    rows = [f"{A},all,objection,2026-11-01T00:00:00Z", f"{B},controller,objection,2026-11-01T00:00:00Z"]
    report = taken(energo, *rows, header="number,scope,reason,since", noun="suppressions", key=key)
    assert report["errors"] == [{"row": 2, "column": "scope", "code": "needs_all_controllers"}]
    assert report["totals"] == {"rows": 2, "imported": 1, "unchanged": 0, "invalid": 1}
    assert [verdict(energo, number) for number in (A, B)] == ["no_consent", "objected_controller"]


def test_another_controllers_base_cannot_be_imported_into(energo: Gate) -> None:
    key = energo.key(Role.COMPLIANCE, controllers=[energo.controller("banka")])
    answer = sent(energo, row(A), key=key)
    assert (answer.status, answer.json["code"]) == (404, "unknown_controller")
    assert sent(energo, row(A), key="manager").status == 403
    assert events(energo, A) == []


def test_a_row_that_says_more_than_one_on_record_is_no_repeat_of_it(energo: Gate) -> None:
    taken(energo, row(A))
    energo.now += timedelta(hours=1)
    told = taken(energo, row(A) + ",2026-03", header=HEADER + ",notice_version")
    assert told["totals"]["imported"] == 1
    assert [event["notice"] for event in events(energo, A)] == [None, {"version": "2026-03", "language": None}]


def test_a_workbook_is_imported_too(energo: Gate, tmp_path: Path) -> None:
    lines = [line.split(",") for line in (HEADER, row("601123456"))]
    sheet = "".join(workbooks.row(number, *cells) for number, cells in enumerate(lines, 1))
    path = workbooks.workbook(tmp_path / "souhlasy.xlsx", {"Souhlasy": sheet})
    answer = energo.upload("/v1/consents/import?controller=energo", path.read_bytes())
    assert answer.status == 200, answer.text
    assert answer.json["totals"]["imported"] == 1
    assert verdict(energo, A) == "allow"


def test_more_errors_than_are_listed_are_counted_and_said_to_be_cut(energo: Gate) -> None:
    report = taken(energo, *[row("nic") for _ in range(1001)])
    assert (len(report["errors"]), report["errors_cut"], report["totals"]["invalid"]) == (1000, True, 1001)


def test_two_imports_at_once_both_end_and_double_nothing(energo: Gate) -> None:
    rows = [row(f"+4206011{n:05}") for n in range(800)]
    with ThreadPoolExecutor(2) as pool:
        one, other = pool.map(lambda part: sent(energo, *part), [rows, list(reversed(rows))])
    assert (one.status, other.status) == (200, 200)
    assert one.json["totals"]["imported"] + other.json["totals"]["imported"] == 800
    assert len(events(energo, "+420601100000")) == 1
