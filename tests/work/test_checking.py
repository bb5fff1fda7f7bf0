"""The last place of a cap: however many ask for it at once, through however many processes, one gets it."""

import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest
from sqlalchemy import text

from app.domain.access import operator
from app.domain.errors import Trouble, Unavailable
from app.services.campaigns import campaign_for
from app.services.check_records import Checked
from app.services.check_requests import CheckRequest, prepare_check
from app.services.idempotency import Idempotency
from app.work.checking import answer_checks, decide_and_commit
from tests.caps import activate, called, cap_table
from tests.gate import Gate, make_gate

JANA = "+420601123456"
MANY = 64


def gates(energo: Gate, database_url: str, folder: Path) -> list[Gate]:
    """Give the gates of two processes; on SQLite there is one, and never another."""
    if energo.context.is_sqlite:
        return [energo]
    return [energo, make_gate(database_url, folder)]


@pytest.mark.parametrize("places", [1, 3])
def test_one_of_64_at_once_gets_the_last_place(energo: Gate, database_url: str, tmp_path: Path, places: int) -> None:
    activate(energo, cap_table(places))
    energo.consent(JANA)
    for _ in range(places - 1):
        called(energo, JANA, "no_answer")
    processes = gates(energo, database_url, tmp_path)
    everybody = Barrier(MANY)

    def ask(turn: int) -> tuple[str, str | None, bool]:
        context = processes[turn % len(processes)].context
        everybody.wait(60)
        request = CheckRequest(number=JANA, campaign="winter")
        (answer,) = answer_checks(context, requests=[request], actor=operator(f"dialer{turn}"))
        assert not isinstance(answer, Trouble), answer.code
        return answer["decision"], answer["primary_reason"], answer["not_before"] is not None

    with ThreadPoolExecutor(MANY) as pool:
        answers = Counter(pool.map(ask, range(MANY)))
    assert answers == {("allow", None, False): 1, ("defer", "frequency_cap", True): MANY - 1}
    for other in processes[1:]:
        other.context.engine.dispose()


def test_a_group_is_decided_in_order_and_a_repeat_in_it_keeps_its_own_place(energo: Gate) -> None:
    activate(energo, cap_table())
    energo.consent(JANA)
    key = Idempotency(key="k", route="r", body_sha256=b"x" * 32)
    asked = [key, None, key, None]
    actor = operator("test")
    with energo.context.reading() as reading:
        campaign = campaign_for(reading.session, slug="winter", controller=None, actor=actor)
    requests = [CheckRequest(number=JANA, campaign="winter", idempotency=one) for one in asked]
    checks = [prepare_check(request=request, actor=actor, campaign=campaign) for request in requests]
    results = decide_and_commit(energo.context)(checks)
    made = [one for one in results if isinstance(one, Checked)]
    assert [one.decision.verdict for one in made] == ["allow", "defer", "allow", "defer"]
    assert [one.reservation for one in made] == [made[0].id, None, made[0].id, None]
    with energo.context.reading() as reading:
        rows = reading.session.connection().exec_driver_sql("SELECT leaf FROM entries WHERE kind = 'check' ORDER BY id")
        named = [json.loads(bytes(leaf))["attempts"] for (leaf,) in rows]
    assert named == [[], [made[0].leaf_hash], [], [made[0].leaf_hash]]


def test_a_group_finds_its_statements_prepared_whatever_was_read_in_between(energo: Gate) -> None:
    for _ in range(8):  # the driver prepares what it was asked some times; after a rollback it would begin anew
        assert energo.post("/v1/checks", {"number": JANA, "campaign": "winter"}).status == 200
    with energo.context.reading() as reading:
        if energo.context.is_sqlite:
            return
        asked = "SELECT count(*), sum(generic_plans) FROM pg_prepared_statements WHERE statement LIKE :text"
        for name in ("consent_events", "api_keys", "campaigns.slug", "INSERT INTO entries"):
            kept, planned_once = reading.session.execute(text(asked), {"text": f"%{name}%"}).one()
            assert kept >= 1, name
            assert planned_once >= 1, name


def test_what_only_reads_cannot_write(energo: Gate) -> None:
    if energo.context.is_sqlite:
        return
    with pytest.raises(Unavailable), energo.context.reading() as reading:
        reading.session.execute(text("DELETE FROM pending"))
