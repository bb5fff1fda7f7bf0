"""Rulesets: those of a version, in force at once or proposed; read back equal, and never missing in silence."""

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy.orm import Session

from app.context import NotReady
from app.db.engine import make_engine
from app.domain.access import Actor, operator
from app.domain.ruleset import Ruleset, reread_ruleset
from app.policies.load import shipped
from app.services.ruleset_proposals import approve_ruleset, reject_ruleset
from app.services.rulesets import NoRuleset, ruleset_in_force
from app.services.shipped_rules import Shipped, activate_shipped
from tests.api.exported import leaves
from tests.gate import WEDNESDAY, Gate
from tests.rulesets import BAN, OPEN, scheduled

NUMBER = "+420601123456"
PETR = operator("petr")


def upgraded(gate: Gate, ruleset: Ruleset, second: Actor | None = None) -> Shipped:
    """Start a version that ships this ruleset."""
    with gate.context.transaction() as tx:
        return activate_shipped(tx.session, ruleset=ruleset, actor=operator("test"), second=second, now=tx.now)


def test_a_new_version_s_rules_wait_for_a_second_person(energo: Gate) -> None:
    energo.consent(NUMBER)
    rules = upgraded(energo, BAN)
    assert (rules.is_new, rules.is_in_force) == (False, False)
    assert rules.proposal is not None
    assert rules.proposal in (rules.warning or "")
    assert energo.check(NUMBER)["policy"]["digest"] == shipped().digest
    assert upgraded(energo, BAN) == rules, "nothing is proposed twice"
    with energo.context.transaction() as tx:
        approve_ruleset(tx.session, id=rules.proposal, actor=PETR, now=tx.now)
    assert upgraded(energo, BAN) == Shipped(digest=BAN.digest, is_new=False, is_in_force=True, proposal=None)
    answer = energo.check(NUMBER)
    assert (answer["decision"], answer["policy"]["digest"]) == ("deny", BAN.digest)
    assert energo.get("/readyz", key=None).json["ruleset"] == BAN.digest
    assert [leaf["act"] for leaf in leaves(energo, "ruleset")] == ["activated", "proposed", "approved"]


def test_rules_on_record_are_never_brought_back_by_an_old_process(energo: Gate) -> None:
    assert upgraded(energo, shipped()).warning is None
    scheduled(energo, BAN, energo.now)
    rules = upgraded(energo, shipped())
    assert (rules.is_in_force, rules.proposal) == (False, None)
    assert shipped().digest in (rules.warning or "")
    assert energo.check(NUMBER)["policy"]["digest"] == BAN.digest


def test_rules_that_were_rejected_are_not_proposed_again_by_themselves(energo: Gate) -> None:
    id = upgraded(energo, BAN).proposal
    with energo.context.transaction() as tx:
        reject_ruleset(tx.session, id=id or "", actor=PETR, now=tx.now)
    assert upgraded(energo, BAN).proposal is None


def test_a_demonstration_has_a_second_person_of_its_own(energo: Gate) -> None:
    rules = upgraded(energo, BAN, second=PETR)
    assert (rules.is_new, rules.is_in_force, rules.warning) == (True, True, None)
    assert energo.check(NUMBER)["policy"]["digest"] == BAN.digest
    waiting = upgraded(energo, OPEN)
    assert waiting.proposal is not None
    assert upgraded(energo, OPEN, second=PETR).is_in_force
    assert [leaf["act"] for leaf in leaves(energo, "ruleset")][-2:] == ["proposed", "approved"]


def test_what_is_stored_reads_back_equal(gate: Gate) -> None:
    with gate.context.reading() as reading:
        found = ruleset_in_force(reading.session, now=reading.now, known={}, read=reread_ruleset)
    assert found.digest == shipped().digest
    assert found.rules == shipped().rules
    assert found.not_checked == shipped().not_checked


def test_without_a_ruleset_nothing_is_decided(database_url: str) -> None:
    engine = make_engine(database_url)
    with Session(engine) as session, pytest.raises(NoRuleset):
        ruleset_in_force(session, now=WEDNESDAY, known={}, read=reread_ruleset)
    engine.dispose()


@pytest.mark.parametrize("content", [{"schema": 2, "not_checked": {}, "rules": []}, dict(OPEN.content)])
def test_a_ruleset_that_is_not_what_its_digest_says_answers_503(energo: Gate, content: dict[str, Any]) -> None:
    scheduled(energo, replace(BAN, digest="sha256:" + "0" * 64, content=content), energo.now)
    answer = energo.post("/v1/checks", {"number": NUMBER, "campaign": "winter"}, key="dialer")
    assert answer.status == 503
    assert "decision" not in answer.json
    assert energo.get("/readyz", key=None).json["code"] == "not_ready"
    with energo.context.reading() as reading, pytest.raises(NotReady):
        energo.context.ruleset(reading.session, now=reading.now)
    assert leaves(energo, "check") == []
