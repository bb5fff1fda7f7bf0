"""What is recorded while a list is scrubbed decides the numbers it is about, and no others."""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta

import pytest

from app.domain.ruleset import Ruleset
from app.jobs.worker import Worker
from app.policies.load import shipped
from tests.call_lists import csv_of, received, result
from tests.gate import Gate
from tests.rulesets import BAN, scheduled

ROWS = 45_000
LIST = csv_of([[f"+4206011{n:05}", "x"] for n in range(ROWS)])
FIRST_OF_SECOND = "+420601119999"
"""The number that comes first in the second of three chunks, and so is asked about for all that are like it."""


def meanwhile(gate: Gate, *acts: Callable[[], object]) -> str:
    """Scrub a list whose first chunk is followed by the first act, the second by the second; give its id."""
    id = received(gate, LIST)
    left = list(acts)

    def act(done: int, total: int) -> None:
        if left:
            left.pop(0)()

    assert Worker(gate.context).work_once(told=act)
    assert not left
    return id


@pytest.mark.parametrize("word", ["consent", "objection"])
def test_what_one_number_said_meanwhile_decides_no_other(energo: Gate, word: str) -> None:
    def said() -> None:
        if word == "consent":
            energo.consent(FIRST_OF_SECOND)
        else:
            body = {"number": FIRST_OF_SECOND, "scope": "controller", "controller": "energo", "reason": "objection"}
            answer = energo.post("/v1/suppressions", body | {"since": energo.now.isoformat()})
            assert answer.status == 201, answer.text

    id = meanwhile(energo, said)
    told = Counter((row["number"] == FIRST_OF_SECOND, row["primary_reason"]) for row in result(energo, id))
    assert told[False, "no_consent"] == ROWS - 1


def test_rules_that_change_and_change_back_meanwhile_make_a_list_stale(energo: Gate) -> None:
    def put_in_force(rules: Ruleset) -> Callable[[], None]:
        def act() -> None:
            energo.now += timedelta(seconds=1)
            scheduled(energo, rules, energo.now)

        return act

    id = meanwhile(energo, put_in_force(BAN), put_in_force(shipped()))
    answer = energo.get(f"/v1/lists/{id}/file?verdict=all")
    assert (answer.status, answer.json["code"]) == (409, "list_stale")
