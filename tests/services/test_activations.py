"""What is in force: the last activation that is not ahead, in every process, without a restart."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from app.context import NotReady
from app.policies.load import shipped
from app.services.rulesets import active_digest, next_activation
from tests.gate import Gate, make_gate
from tests.rulesets import BAN, OPEN, scheduled

NUMBER = "+420601123456"
MICROSECOND = timedelta(microseconds=1)
HOUR = timedelta(hours=1)


def in_force(gate: Gate, at: datetime) -> tuple[str | None, datetime | None]:
    """Give what is in force at an instant, and until when."""
    with gate.context.reading() as reading:
        return active_digest(reading.session, now=at), next_activation(reading.session, now=at)


@pytest.mark.parametrize(
    ("moment", "is_new"),
    [(-2 * MICROSECOND, False), (-MICROSECOND, False), (0 * MICROSECOND, True), (MICROSECOND, True)],
)
def test_a_scheduled_ruleset_decides_from_its_instant_on(energo: Gate, moment: timedelta, is_new: bool) -> None:
    energo.consent(NUMBER)
    at = energo.now + HOUR
    scheduled(energo, BAN, at)
    energo.now = at + moment
    answer = energo.check(NUMBER)
    assert answer["policy"]["digest"] == (BAN if is_new else shipped()).digest
    assert answer["decision"] == ("deny" if is_new else "allow")


def test_two_processes_change_at_the_same_instant_without_a_restart(
    energo: Gate, database_url: str, tmp_path: Path
) -> None:
    other = make_gate(database_url, tmp_path)
    energo.consent(NUMBER)
    scheduled(energo, BAN, energo.now + HOUR)
    seen = []
    for now in (energo.now, energo.now + HOUR - MICROSECOND, energo.now + HOUR, energo.now + 2 * HOUR):
        other.now = energo.now = now
        seen.append([gate.check(NUMBER)["policy"]["digest"] for gate in (energo, other)])
    assert seen == [[digest] * 2 for digest in (shipped().digest, shipped().digest, BAN.digest, BAN.digest)]
    other.context.engine.dispose()


def test_what_is_in_force_ends_when_another_ruleset_follows(energo: Gate) -> None:
    now = energo.now
    assert in_force(energo, now) == (shipped().digest, None)
    scheduled(energo, shipped(), now + HOUR)
    assert in_force(energo, now) == (shipped().digest, None), "the same again ends nothing"
    scheduled(energo, BAN, now + 3 * HOUR)
    scheduled(energo, OPEN, now + 2 * HOUR)
    assert in_force(energo, now) == (shipped().digest, now + 2 * HOUR)
    assert in_force(energo, now + 2 * HOUR - MICROSECOND) == (shipped().digest, now + 2 * HOUR)
    assert in_force(energo, now + 2 * HOUR) == (OPEN.digest, now + 3 * HOUR)
    assert in_force(energo, now + 3 * HOUR) == (BAN.digest, None)


def test_of_two_activations_at_one_instant_the_later_counts(energo: Gate) -> None:
    now = energo.now
    scheduled(energo, BAN, now + HOUR)
    scheduled(energo, OPEN, now + HOUR)
    assert in_force(energo, now + HOUR) == (OPEN.digest, None)
    scheduled(energo, shipped(), now + HOUR)
    assert in_force(energo, now) == (shipped().digest, None), "taken back by naming the present one again"
    assert in_force(energo, now + HOUR) == (shipped().digest, None)
    scheduled(energo, OPEN, now)
    assert in_force(energo, now) == (OPEN.digest, now + HOUR)


def test_before_the_first_activation_nothing_is_decided(energo: Gate) -> None:
    energo.now -= MICROSECOND
    assert in_force(energo, energo.now)[0] is None
    answer = energo.post("/v1/checks", {"number": NUMBER, "campaign": "winter"}, key="dialer")
    assert (answer.status, "decision" in answer.json) == (503, False)
    with energo.context.reading() as reading, pytest.raises(NotReady):
        energo.context.ruleset(reading.session, now=energo.now)


def test_the_report_of_a_list_ends_with_its_rules(energo: Gate) -> None:
    scheduled(energo, BAN, energo.now + HOUR)
    energo.upload("/v1/lists?campaign=winter&filename=a.csv", f"telefon\n{NUMBER}\n".encode())
    energo.work()
    (listed,) = energo.get("/v1/lists").json["items"]
    assert datetime.fromisoformat(listed["valid_until"]) == energo.now + HOUR
