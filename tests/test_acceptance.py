"""The main job on real-shaped files, through the door: what the data's own truth says is what comes out.

`DIALGATE_TEST_DATA` names another directory of the same shape, as the whole data of which tests/data is a part.
"""

import json
import os
import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.call_lists import reconciles, result, scrubbed, shown
from tests.databases import Template, sqlite_copy
from tests.gate import Gate, make_gate
from tests.slovakia import CALLER_ID, fetch_state_list, ready_for_slovakia

DATA = Path(os.environ.get("DIALGATE_TEST_DATA") or Path(__file__).parent / "data")
FILES = {"cz.csv": "CZ", "sk.csv": "SK", "pl.csv": "PL", "mixed.xlsx": "CZ"}
PRESENT = "2026-11-24T10:00:00Z"
"""The data was made for the day before."""

MOMENTS = {
    "at a working hour": (PRESENT, ""),
    "at night": ("2026-11-24T23:30:00Z", "2026-11-25T07:00:00.000Z"),
    "on a Saturday": ("2026-11-28T10:00:00Z", "2026-11-30T07:00:00.000Z"),
    "at Christmas, a Friday": ("2026-12-25T10:00:00Z", "2026-12-28T07:00:00.000Z"),
}
"""When the list is scrubbed, and the next instant inside the house hours of all three countries."""

PAIRS = [
    (file, moment)
    for moment in MOMENTS
    for file in FILES
    if file != "mixed.xlsx" or moment in ("at a working hour", "at Christmas, a Friday")
]
"""The workbook is ten times the size of the others, and holds nothing that they do not show at the other moments. Time
goes forward only, because a copy of the Slovak state list is fetched at each moment.
"""


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def registry(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gate]:
    """Give a gate whose registry holds the data's consents and objections, imported through the door."""
    folder = tmp_path_factory.mktemp("acceptance")
    if request.param == "sqlite":
        gate = _filled(make_gate(sqlite_copy(request.getfixturevalue("sqlite_empty"), folder), folder))
        yield gate
        gate.context.engine.dispose()
    else:
        template: Template = request.getfixturevalue("postgres_empty")
        with template.copy() as url:
            gate = _filled(make_gate(url, folder))
            yield gate
            gate.context.engine.dispose()


def _filled(gate: Gate) -> Gate:
    gate.now = datetime.fromisoformat(PRESENT) - timedelta(days=1)
    gate.controller()
    for region in ("CZ", "SK", "PL"):
        gate.campaign(region.lower(), region=region, caller_id=CALLER_ID)
    ready_for_slovakia(gate)
    gate.now = datetime.fromisoformat(PRESENT)
    for noun in ("consents", "suppressions"):
        answer = gate.upload(f"/v1/{noun}/import?controller=energo", (DATA / f"{noun}.csv").read_bytes())
        assert answer.status == 200, answer.text
        assert answer.json["errors"] == []
        totals = answer.json["totals"]
        assert totals["rows"] == totals["imported"] > 0
    return gate


@pytest.fixture(scope="module")
def truth() -> Any:
    """Give what the data says of itself."""
    return json.loads((DATA / "truth.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize(("file", "moment"), PAIRS)
def test_a_scrub_says_of_every_row_what_the_truth_says(registry: Gate, truth: Any, file: str, moment: str) -> None:
    now, opening = MOMENTS[moment]
    registry.now = datetime.fromisoformat(now)
    fetch_state_list(registry)
    id = scrubbed(registry, (DATA / file).read_bytes(), campaign=FILES[file].lower())
    answer = shown(registry, id)
    assert answer["state"] == "ready", answer["fault"]
    totals, told, states = answer["totals"], truth[file], truth["consent_state"]
    assert reconciles(totals)
    assert totals["rows"] == told["rows"]
    assert totals["invalid"] == told["invalid"]
    assert totals["duplicate"] == told["duplicate"]
    assert totals["allow"] + totals["deny"] + totals["defer"] == told["valid"]
    rows = result(registry, id)
    assert [_what(row) for row in rows] == [(one["kind"], one.get("e164", "")) for one in told["per_row"]]
    wrong = [
        (row["row"], row["decision"], row["primary_reason"], states[row["number"]])
        for row in rows
        if row["decision"] in ("allow", "deny", "defer")
        and row["number"] in states
        and row["decision"] != ("allow" if states[row["number"]] == "given" else "deny")
    ]
    assert wrong == []
    assert {row["not_before"] for row in rows if row["decision"] == "allow"} == {opening}
    assert {row["not_before"] for row in rows if row["decision"] != "allow"} == {""}


def _what(row: dict[str, str]) -> tuple[str, str]:
    kind = row["decision"] if row["decision"] in ("invalid", "duplicate") else "valid"
    return kind, row["number"]


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_scrubbed_row_is_what_a_single_check_answers_for_that_instant(registry: Gate, moment: str) -> None:
    now, opening = MOMENTS[moment]
    registry.now = datetime.fromisoformat(now)
    rng = random.Random(moment)
    for file in ("cz.csv", "pl.csv"):
        campaign = FILES[file].lower()
        id = scrubbed(registry, (DATA / file).read_bytes(), campaign=campaign)
        decided = [row for row in result(registry, id) if row["decision"] in ("allow", "deny", "defer")]
        for row in rng.sample(decided, 15):
            check = registry.check(row["number"], campaign, kind="test", at=opening or now)
            assert check["decision"] == row["decision"]
            assert list(dict.fromkeys(reason["code"] for reason in check["reasons"])) == row["reasons"].split()
            assert check["binding"] is False
