"""Registers for tests: adding one, importing a file through the door, and asking the files what they say."""

from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from app.db.register_files import RegisterFiles
from app.domain.access import Role
from app.domain.register import RegisterAnswer
from app.services.register_folders import registers_folder
from tests.gate import Gate, Reply


def added(gate: Gate, slug: str = "dnc", **changes: Any) -> dict[str, Any]:
    """Add a register; without more words a list of Czech numbers, a number a line."""
    body = {"slug": slug, "name": slug.upper(), "format": "plain", "region": "CZ"} | changes
    answer = gate.post("/v1/registers", {name: value for name, value in body.items() if value is not None})
    assert answer.status == 201, answer.text
    register: dict[str, Any] = answer.json
    return register


def registered(gate: Gate, controller: str | None = None, **changes: Any) -> dict[str, Any]:
    """Add a registration with an authority: a controller's, or (None) the caller's."""
    whose = {"holder": "caller"} if controller is None else {"holder": "controller", "controller": controller}
    body = {"authority": "us-fl-dacs", "name": "TM-1", "valid_from": "2026-01-01"} | whose | changes
    answer = gate.post("/v1/registrations", body)
    assert answer.status == 201, answer.text
    registration: dict[str, Any] = answer.json
    return registration


def sent(
    gate: Gate, data: bytes, slug: str = "dnc", *, as_of: datetime | None = None, key: str = "admin", **query: str
) -> Reply:
    """Send a file to be imported, as of an hour ago."""
    asked = {"as_of": (as_of or gate.now - timedelta(hours=1)).isoformat(), "source": "the portal"} | query
    return gate.upload(f"/v1/registers/{slug}/snapshots?{urlencode(asked)}", data, key=key)


def imported(gate: Gate, data: bytes, slug: str = "dnc", **query: Any) -> dict[str, Any]:
    """Import a file that must be taken."""
    answer = sent(gate, data, slug, **query)
    assert answer.status == 201, answer.text
    snapshot: dict[str, Any] = answer.json
    return snapshot


def said(
    gate: Gate, number: int, *slugs: str, controller: int | None = None, files: RegisterFiles | None = None
) -> tuple[RegisterAnswer, ...]:
    """Ask registers about a number, as a check does: for a controller, or for nobody in particular."""
    call = number, controller
    files = files or RegisterFiles(registers_folder(gate.context.data_dir))
    with gate.context.reading() as reading:
        return files.answers(reading.session, registers=slugs or ("dnc",), calls=[call])[call]


def status_of(gate: Gate, number: int, slug: str = "dnc", *, controller: int | None = None) -> str | None:
    """Give what a register says of a number; None where it gives no answer."""
    answers = said(gate, number, slug, controller=controller)
    return answers[0].status.value if answers else None


def every_act(gate: Gate, list_id: str, slug: str = "rob") -> str:
    """Do everything to registers that leaves an entry; gives the id of a submission to the register `slug`."""
    added(gate)
    imported(gate, b"601123456\n")
    second = gate.key(Role.COMPLIANCE)
    for act, data in (("reject", b"601123456\n602123456\n"), ("approve", b"601123456\n603123456\n")):
        waiting = imported(gate, data)
        assert waiting["state"] == "waiting"
        answer = gate.post(f"/v1/registers/dnc/snapshots/{waiting['id']}/{act}", {}, key=second)
        assert answer.status == 200, answer.text
    added(gate, slug, format="csv", coverage="asked", max_age_days=15)
    answer = gate.post(f"/v1/registers/{slug}/submissions", {"list": list_id})
    assert answer.status == 201, answer.text
    assert gate.get(f"/v1/registers/{slug}/submissions/{answer.json['id']}").status == 200
    id: str = answer.json["id"]
    return id
