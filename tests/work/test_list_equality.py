"""Every row of a list is what it would be by itself: the whole against the plain code, one number at a time."""

import os
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest

from app.db.list_blocks import NO_NUMBER, Outcome
from app.db.lists import list_by_id
from app.domain.call_list import find_phone_column
from app.domain.phone import SHORT_LINES, InvalidNumber, Phone, parse
from app.services.list_chunks import ListChunks
from app.services.list_groups import Registry
from app.services.list_rows import Scrub, facts_of, outcome_of, undecided
from app.services.spreadsheets import SourceRow, open_spreadsheet
from app.services.spreadsheets.batch import gathered
from app.work.scrub import scrub_of
from tests.call_lists import csv_of, received
from tests.gate import Gate
from tests.number_texts import number_texts
from tests.slovakia import fetch_state_list, ready_for_slovakia

DATA = Path(os.environ.get("DIALGATE_TEST_DATA") or Path(__file__).parents[1] / "data")
Row = tuple[int, int | None, Outcome, tuple[str, ...]]


def singly(gate: Gate, scrub: Scrub, rows: list[SourceRow], *, column: int) -> Iterator[Row]:
    """Decide row by row, each number as a check of its own."""
    seen: set[int] = set()
    for source in rows:
        phone = _read(source, column=column, region=scrub.campaign.region)
        if isinstance(phone, str):
            yield source.row, None, undecided("invalid", phone, now=scrub.now), source.cells
        elif phone.key in seen:
            yield source.row, phone.key, undecided("duplicate", "duplicate", now=scrub.now), source.cells
        else:
            seen.add(phone.key)
            with gate.context.reading() as reading:
                (known,) = facts_of(reading.session, phones=[phone], scrub=scrub)
            yield source.row, phone.key, outcome_of(known, scrub), source.cells


def _read(source: SourceRow, *, column: int, region: str) -> Phone | str:
    if source.fault is not None:
        return source.fault.value
    try:
        phone = parse(source.cells[column] if column < len(source.cells) else "", region=region)
    except InvalidNumber as fault:
        return fault.fault.value
    return phone.line_type.value if phone.line_type in SHORT_LINES else phone


def together(gate: Gate, scrub: Scrub, rows: list[SourceRow], *, column: int, chunk: int) -> Iterator[Row]:
    """Decide in chunks, as a long list is."""
    chunks = ListChunks(column=column, region=scrub.campaign.region)
    for start in range(0, len(rows), chunk):
        (batch,) = gathered(iter(rows[start : start + chunk]))
        with gate.context.reading() as reading:
            chunks.registry = chunks.registry or Registry(reading.session, controller_id=scrub.campaign.controller_id)
            told = chunks.decide(reading.session, batch=batch, scrub=scrub)
        for row, number, code, cells in zip(told.rows, told.numbers, told.codes, told.cells, strict=True):
            yield row, None if number == NO_NUMBER else number, told.outcomes[code], tuple(cells)


def compare(gate: Gate, path: Path, *, campaign: str, at: datetime | None = None) -> list[Outcome]:
    """Read a file, decide it both ways, and give what became of its rows."""
    id = received(gate, b"Telefon\n+420601123456\n", campaign=campaign)
    with gate.context.reading() as reading:
        row = dict(list_by_id(reading.session, id=id, controller_ids=None) or {})
        row |= {"valid_until": reading.now + timedelta(hours=24), "at": at}
        scrub = scrub_of(gate.context, reading.session, row, reading.now)
    sheet = open_spreadsheet(path, region=scrub.campaign.region)
    column = find_phone_column(sheet.sheet.preview, region=scrub.campaign.region)
    rows = list(sheet.rows())[column.header :]
    one = list(singly(gate, scrub, rows, column=column.index))
    for chunk in (len(rows), max(len(rows) // 3, 7)):
        for alone, all_in_all in zip(one, together(gate, scrub, rows, column=column.index, chunk=chunk), strict=True):
            assert alone == all_in_all
    return [outcome for _, _, outcome, _ in one]


@pytest.mark.parametrize(
    ("file", "region"), [("cz.csv", "CZ"), ("sk.csv", "SK"), ("pl.csv", "PL"), ("mixed.xlsx", "CZ")]
)
def test_every_file_of_the_data_is_decided_as_row_by_row(gate: Gate, file: str, region: str) -> None:
    gate.now = datetime.fromisoformat("2026-11-23T10:00:00Z")
    gate.controller()
    gate.campaign("list", region=region, caller_id="+420225000111")
    ready_for_slovakia(gate)
    gate.now = datetime.fromisoformat("2026-11-24T10:00:00Z")
    for noun in ("consents", "suppressions"):
        answer = gate.upload(f"/v1/{noun}/import?controller=energo", (DATA / f"{noun}.csv").read_bytes())
        assert answer.json["errors"] == []
    fetch_state_list(gate)
    found = compare(gate, DATA / file, campaign="list")
    assert len({outcome.decision for outcome in found}) >= 3


@pytest.mark.parametrize("region", ["CZ", "US", "DE"])
@pytest.mark.parametrize(
    ("seed", "count"), [(1, 300), *(pytest.param(seed, 700, marks=pytest.mark.soak) for seed in (1, 2, 3))]
)
def test_a_list_of_anything_is_decided_as_row_by_row(
    gate: Gate, tmp_path: Path, region: str, seed: int, count: int
) -> None:
    random = Random(f"{region}{seed}")
    gate.controller(country=region)
    gate.campaign("list", region=region, caller_id="+420225000111")
    texts = [text for text, _ in number_texts(random, count=count)] * 2
    random.shuffle(texts)
    path = tmp_path / "list.csv"
    path.write_bytes(csv_of([[text, f"{place}"] for place, text in enumerate(texts)]))
    said = 0
    for text in dict.fromkeys(texts):
        try:
            phone = parse(text, region=region)
        except InvalidNumber:
            continue
        if phone.line_type not in SHORT_LINES and random.random() < 0.6:
            _say_something(gate, random, phone.e164)
            said += 1
    assert said > 30
    at = random.choice([None, gate.now + timedelta(days=2, hours=11)])
    found = compare(gate, path, campaign="list", at=at)
    assert len({outcome.decision for outcome in found}) >= 3


def _say_something(gate: Gate, random: Random, number: str) -> None:
    """Put something on record: mostly one consent, near or far from the clock; sometimes more than that."""

    def ago(*days: float) -> str:
        return (gate.now - timedelta(days=random.choice(days), seconds=random.randrange(900))).isoformat()

    changes: dict[str, Any] = {"obtained_at": ago(0.1, 3, 40, 300, 364, 500, 729, 1500)}
    if random.random() < 0.3:
        changes["expires_at"] = (gate.now + timedelta(days=random.choice([0.1, 1, 3, 40, 90]))).isoformat()
    changes["voice_modes"] = random.choice([["live"], ["live"], ["live", "ai"], ["ai"]])
    changes["purposes"] = random.choice([["marketing"], ["marketing"], ["service"], ["marketing", "survey_commercial"]])
    changes["product_categories"] = random.choice([["energy"], ["energy"], ["energy", "bank"], ["bank"]])
    changes["origin"] = random.choice(["web_form", "paper", "outbound_call"])
    if random.random() < 0.2:
        changes["evidence"] = []
    gate.consent(number, **changes)
    if random.random() < 0.15:
        gate.consent(number, **(changes | {"obtained_at": ago(1, 20, 400)}))
    if random.random() < 0.15:
        gate.withdraw(number)
    if random.random() < 0.15:
        whose = random.choice([{"scope": "all"}, {"scope": "controller", "controller": "energo"}])
        body = {"number": number, "reason": "objection", "since": ago(0.5, 30)} | whose
        assert gate.post("/v1/suppressions", body).status == 201
    if random.random() < 0.15:
        tie: dict[str, Any] = {"controller": "energo", "kind": "customer", "product_categories": ["energy"]}
        assert gate.post("/v1/relationships", tie | {"number": number, "since": ago(5, 200, 900)}).status == 201
    if random.random() < 0.15:
        gate.check(number, "list")
