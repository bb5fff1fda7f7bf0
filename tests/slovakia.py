"""What a lawful Slovak call needs beside a consent: the state list, a registered caller, a (0)888 number."""

from datetime import timedelta

from tests.gate import Gate
from tests.registers import added, imported

CALLER_ID = "+421888123456"


def fetch_state_list(gate: Gate, *, listed: str = "+421900000001") -> None:
    """Import a copy of the state list of a minute ago, in which one number stands."""
    imported(gate, f"number,areas\n{listed},\n".encode(), "sk-list", as_of=gate.now - timedelta(minutes=1))


def ready_for_slovakia(gate: Gate, *, listed: str = "+421900000001", valid_from: str = "2022-11-01") -> None:
    """Fetch the state list, and register the caller."""
    added(gate, "sk-list", format="sk-list", region=None)
    fetch_state_list(gate, listed=listed)
    body = {
        "authority": "sk-marketing-subject",
        "holder": "caller",
        "name": "Marketing subject",
        "valid_from": valid_from,
    }
    answer = gate.post("/v1/registrations", body)
    assert answer.status == 201, answer.text
