"""Registers through the door: whole files or nothing, a second person for what changed too much, never back in time."""

from datetime import timedelta

from tests.gate import Gate
from tests.registers import added, imported, said, status_of

ALICE, BOB, CAROL = 420601123456, 420602123456, 420603123456


def test_a_snapshot_answers_from_the_moment_it_is_imported(gate: Gate) -> None:
    register = added(gate)
    assert (register["coverage"], register["standing"]) == ("full", [])
    assert said(gate, ALICE) == (), "nothing stands: no answer, and not *unlisted*"
    snapshot = imported(gate, b"601123456\n+420602123456\r\n601 123 456\n")
    told = {name: snapshot[name] for name in ("state", "count", "skipped", "duplicates", "lines", "errors")}
    assert told == {"state": "standing", "count": 2, "skipped": 0, "duplicates": 1, "lines": 3, "errors": []}
    (answer,) = said(gate, ALICE)
    assert (answer.register, answer.status, answer.snapshot) == ("dnc", "listed", snapshot["leaf_hash"])
    assert answer.as_of == gate.now - timedelta(hours=1)
    assert (status_of(gate, BOB), status_of(gate, CAROL)) == ("listed", "unlisted")
    (listed,) = gate.get("/v1/registers", key="compliance").json["items"]
    assert [one["id"] for one in listed["standing"]] == [snapshot["id"]]
