"""Call lists in tests: uploading one, scrubbing it, and reading what became of its rows."""

import csv
import io
import json
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from app.domain.access import operator
from app.services.list_release import release_list
from tests.api.exported import lines_of
from tests.gate import Gate, Reply

VERDICTS = ("allow", "deny", "defer", "invalid", "duplicate")


def upload(gate: Gate, data: bytes, *, campaign: str = "winter", key: str = "admin", **query: str) -> Reply:
    """Send a call list as the raw body."""
    return gate.upload(f"/v1/lists?{urlencode({'campaign': campaign, **query})}", data, key=key)


def received(gate: Gate, data: bytes, **query: str) -> str:
    """Upload a list that must be taken; give its id."""
    answer = upload(gate, data, **query)
    assert answer.status == 202, answer.text
    id: str = answer.json["id"]
    return id


def scrubbed(gate: Gate, data: bytes, **query: str) -> str:
    """Upload a list, have it scrubbed, and give its id."""
    id = received(gate, data, **query)
    gate.work()
    return id


def released(gate: Gate, id: str, *, run: int = 1) -> None:
    """Release the scrub of a list."""
    with gate.context.transaction() as tx:
        digest = gate.context.ruleset(tx.session, now=tx.now).digest
        release_list(tx.session, id=id, run=run, digest=digest, actor=operator("dana-novotna"), now=tx.now)


def shown(gate: Gate, id: str) -> dict[str, Any]:
    """Give a list's state."""
    answer = gate.get(f"/v1/lists/{id}")
    assert answer.status == 200, answer.text
    found: dict[str, Any] = answer.json
    return found


def file_of(gate: Gate, id: str, verdict: str = "all") -> bytes:
    """Download the rows of one verdict, or all."""
    answer = gate.get(f"/v1/lists/{id}/file?verdict={verdict}")
    assert answer.status == 200, answer.text
    return answer.data


def rows_in(data: bytes) -> list[dict[str, str]]:
    """Read a result file as a program does."""
    return list(csv.DictReader(io.StringIO(data.decode(), newline="")))


def result(gate: Gate, id: str, verdict: str = "all") -> list[dict[str, str]]:
    """Download a result file and read it."""
    return rows_in(file_of(gate, id, verdict))


def decisions(gate: Gate, id: str) -> dict[str, str]:
    """Give the verdict of each number that came first."""
    return {row["number"]: row["decision"] for row in result(gate, id) if row["decision"] in VERDICTS[:3]}


def list_acts(gate: Gate, id: str, act: str) -> list[dict[str, Any]]:
    """Give the log's entries of this act upon a list."""
    gate.now += timedelta(seconds=1)  # an export ends before the present instant
    leaves = [json.loads(line["leaf"]) for line in lines_of(gate.get("/v1/log/export?format=jsonl").data)]
    return [leaf for leaf in leaves if leaf.get("list") == id and leaf.get("act") == act]


def csv_of(rows: Sequence[Sequence[str]], *, header: Sequence[str] = ("Telefon", "Jméno")) -> bytes:
    """Write a list as UTF-8 with semicolons."""
    out = io.StringIO()
    csv.writer(out, delimiter=";", lineterminator="\r\n").writerows([header, *rows])
    return out.getvalue().encode()


def reconciles(totals: Mapping[str, int]) -> bool:
    """Tell whether rows = allow + deny + defer + invalid + duplicate."""
    return totals["rows"] == sum(totals[verdict] for verdict in VERDICTS)
