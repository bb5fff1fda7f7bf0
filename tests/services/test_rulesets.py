"""Rulesets: put in force once, never brought back, and never missing in silence."""

from dataclasses import replace

import pytest
from sqlalchemy.orm import Session

from app.context import NotReady
from app.db.engine import make_engine
from app.domain.access import operator
from app.domain.ruleset import Ruleset, read_ruleset, reread_ruleset
from app.policies.load import shipped
from app.services.rulesets import NoRuleset, activate_shipped, ruleset_in_force
from tests.api.exported import leaves
from tests.builders import basis_table, file_of, guard_table
from tests.gate import WEDNESDAY, Gate

NUMBER = "+420601123456"


def other_ruleset() -> Ruleset:
    """Give a ruleset under which Czech marketing is forbidden altogether."""
    ban = basis_table(id="cz-ban", params={"any_of": []}, reason="category_banned")
    return read_ruleset([("cz.toml", file_of(guard_table("controller"), guard_table("all"), ban))])


def activate(gate: Gate, ruleset: Ruleset) -> bool:
    with gate.context.transaction() as tx:
        return activate_shipped(tx.session, ruleset=ruleset, actor=operator("test"), now=tx.now)


def test_a_newly_activated_ruleset_decides_from_the_next_check_on(energo: Gate) -> None:
    energo.consent(NUMBER)
    assert energo.check(NUMBER)["policy"]["digest"] == shipped().digest
    other = other_ruleset()
    assert activate(energo, other)
    answer = energo.check(NUMBER)
    assert (answer["decision"], answer["policy"]["digest"]) == ("deny", other.digest)
    assert energo.get("/readyz", key=None).json["ruleset"] == other.digest
    assert [leaf["ruleset"] for leaf in leaves(energo, "ruleset")].count(other.digest) == 1


def test_a_ruleset_that_was_in_force_is_never_brought_back(energo: Gate) -> None:
    assert not activate(energo, shipped())
    other = other_ruleset()
    assert activate(energo, other)
    assert not activate(energo, shipped()), "an old process that starts again must not undo a newer law"
    assert energo.check(NUMBER)["policy"]["digest"] == other.digest
    assert len(leaves(energo, "ruleset")) == 2


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


def test_a_ruleset_this_version_cannot_read_answers_503(energo: Gate) -> None:
    strange = replace(
        other_ruleset(), digest="sha256:" + "0" * 64, content={"schema": 2, "not_checked": {}, "rules": []}
    )
    assert activate(energo, strange)
    answer = energo.post("/v1/checks", {"number": NUMBER, "campaign": "winter"}, key="dialer")
    assert answer.status == 503
    assert "decision" not in answer.json
    assert energo.get("/readyz", key=None).json["code"] == "not_ready"
    with energo.context.reading() as reading, pytest.raises(NotReady):
        energo.context.ruleset(reading.session, now=reading.now)
    assert leaves(energo, "check") == []
