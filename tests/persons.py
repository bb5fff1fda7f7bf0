"""Persons in tests: erasing one, and looking for what is left of one anywhere."""

from pathlib import Path
from typing import Any

from sqlalchemy import text

from app.domain.access import Role
from tests.gate import Gate, Reply


def second_key(gate: Gate) -> str:
    """Give another compliance officer's key for all controllers."""
    if "second" not in gate.keys:
        gate.keys["second"] = gate.key(Role.COMPLIANCE)
    return gate.keys["second"]


def proposed(
    gate: Gate, number: str, controller: str | None = "energo", *, key: str = "compliance", **more: Any
) -> str:
    """Propose an erasure (None: for all) that must be taken; give its id."""
    scope = {"scope": "all"} if controller is None else {"scope": "controller", "controller": controller}
    answer = gate.post("/v1/persons/erasure", {"number": number, **scope, **more}, key=key)
    assert answer.status == 202, answer.text
    id: str = answer.json["id"]
    return id


def approved(gate: Gate, id: str, *, key: str | None = None) -> Reply:
    """Approve a proposal by a second person."""
    return gate.post(f"/v1/persons/erasure/{id}/approve", {}, key=key or second_key(gate))


def erased(gate: Gate, number: str, controller: str | None = "energo", **more: Any) -> dict[str, Any]:
    """Erase a person by two; the files wait for the job."""
    answer = approved(gate, proposed(gate, number, controller, **more))
    assert answer.status == 200, answer.text
    done: dict[str, Any] = answer.json
    return done


def forms_of(number: str) -> list[bytes]:
    """Give the ways in which a stored number can lie in a file: as text, and as SQLite writes an integer."""
    digits = number.removeprefix("+")
    key = int(digits)
    return [digits.encode(), key.to_bytes(6, "big"), key.to_bytes(8, "big")]


def traces_in_files(folder: Path, words: list[bytes]) -> list[str]:
    """Name the files below a folder in whose bytes one of the words stands."""
    found = []
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            data = path.read_bytes()
            if any(word in data for word in words):
                found.append(str(path.relative_to(folder)))
    return found


def traces_in_rows(gate: Gate, words: list[str]) -> list[str]:
    """Name the tables in any of whose rows, written as text, one of the words stands."""
    engine = gate.context.engine
    found = []
    with engine.connect() as connection:
        is_postgresql = engine.dialect.name == "postgresql"
        if is_postgresql:
            connection.execute(text("SELECT set_config('dialgate.controllers', '*', true)"))
            names = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
        else:
            names = "SELECT name FROM sqlite_master WHERE type = 'table'"
        for table in connection.execute(text(names)).scalars().all():
            rows = connection.execute(text(f"SELECT * FROM {table}"))  # noqa: S608
            shown = "\n".join(" ".join(_shown(value) for value in row) for row in rows).replace(" ", "")
            if any(word in shown for word in words):
                found.append(str(table))
    return sorted(set(found))


def _shown(value: Any) -> str:
    return value.decode("latin-1") if isinstance(value, bytes | memoryview) and hasattr(value, "decode") else str(value)
