"""Files of relationships through the door: taken once, and never bringing back what ended."""

from datetime import timedelta
from typing import Any

import pytest

from tests.api.test_relationships import history
from tests.gate import EVIDENCE, Gate
from tests.persons import erased
from tests.relationships import NUMBER, accepting, related

SECOND = timedelta(seconds=1)
HEADER = "number,kind,product_categories,since,until,ref,evidence_sha256"
ROW = f"{NUMBER},contract,energy,2026-01-01T00:00:00Z,,c-1,{'ab' * 32}"


def imported(gate: Gate, *rows: str) -> Any:
    data = "\r\n".join([HEADER, *rows]).encode()
    answer = gate.upload("/v1/relationships/import?controller=energo&filename=a.csv", data, key="compliance")
    assert answer.status == 200, answer.text
    return answer.json


def test_a_file_is_imported_once_and_never_brings_back_what_ended(energo: Gate) -> None:
    accepting(energo, "contract")
    other = "+420602123456,inquiry,energy|gas,2026-11-01T10:00:00Z,,,"
    assert imported(energo, ROW, other)["totals"] == {"rows": 2, "imported": 2, "unchanged": 0, "invalid": 0}
    assert energo.check(NUMBER)["decision"] == "allow"
    energo.now += SECOND
    ended = "2026-03-01T00:00:00Z"
    assert related(energo, kind="contract", ref="c-1", since="2026-01-01T00:00:00Z", until=ended).status == 201
    again = imported(energo, other, ROW)
    assert (again["totals"]["unchanged"], again["repeated"]) == (2, False)
    assert energo.check(NUMBER)["decision"] == "deny"
    found = history(energo).json["relationships"]
    assert [(one["row"], one["evidence"]) for one in found] == [(2, [EVIDENCE]), (None, [])]


def test_within_a_file_the_later_row_takes_the_earlier_ones_place(energo: Gate) -> None:
    accepting(energo, "contract")
    ended = ROW.replace(",,c-1", ",2026-03-01T00:00:00Z,c-1")
    assert imported(energo, ROW, ended)["totals"]["imported"] == 2
    first, second = history(energo).json["relationships"]
    assert (second["replaces"], second["until"][:10]) == (first["id"], "2026-03-01")
    assert energo.check(NUMBER)["decision"] == "deny"


def test_what_was_before_an_erasure_is_not_imported_again(energo: Gate) -> None:
    imported(energo, ROW)
    erased(energo, NUMBER)
    energo.now += SECOND
    assert imported(energo, ROW)["totals"]["imported"] == 0
    assert history(energo).json["relationships"] == []


@pytest.mark.parametrize(
    ("bad", "column", "code"),
    [
        (ROW.replace(",c-1", ","), "ref", "needs_reference"),
        (ROW.replace(",,c-1", ",2025-01-01T00:00:00Z,c-1"), "until", "ends_before_it_begins"),
        (ROW.replace("contract", "customer").replace(",,c-1", ",2027-01-01T00:00:00Z,"), "until", "absurd_time"),
        (ROW.replace("2026-01-01T00:00:00Z", "2026-12-01T00:00:00Z"), "since", "absurd_time"),
        (ROW.replace("contract", "friend"), "kind", "unknown_word"),
        (ROW.replace("ab" * 32, "ab"), "evidence_sha256", "not_a_sha256"),
        (ROW.replace("energy", "Energy"), "product_categories", "unknown_word"),
    ],
)
def test_a_bad_row_is_named_and_costs_no_good_one(energo: Gate, bad: str, column: str, code: str) -> None:
    report = imported(energo, bad, ROW)
    assert report["totals"] == {"rows": 2, "imported": 1, "unchanged": 0, "invalid": 1}
    assert report["errors"] == [{"row": 2, "column": column, "code": code}]
