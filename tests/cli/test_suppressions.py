"""`flask suppressions`: two logins lift what staff recorded."""

import pytest

from tests.cli.test_commands import refused, told
from tests.cli.test_persons import as_login
from tests.gate import Gate
from tests.lifts import suppressed

JANA = "+420601123456"
WHY = ("--reason", "The complaint was withdrawn")


def test_two_logins_lift_a_suppression(energo: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
    energo.consent(JANA)
    id = suppressed(energo, JANA)
    as_login(monkeypatch, "dana")
    proposal = told(energo, "suppressions", "lift", id, *WHY)
    assert (proposal["state"], proposal["suppression"]) == ("proposed", id)
    assert told(energo, "suppressions", "lifts") == [proposal]
    assert refused(energo, "suppressions", "approve", proposal["id"]).startswith("needs_second_person: ")
    as_login(monkeypatch, "eva")
    assert told(energo, "suppressions", "approve", proposal["id"])["state"] == "lifted"
    assert refused(energo, "suppressions", "approve", proposal["id"]).startswith("lift_settled: ")
    assert told(energo, "suppressions", "lifts") == []
    (shown,) = told(energo, "suppressions", "show", JANA, "--controller", "energo")["suppressions"]
    assert shown["lifted_at"] is not None
    assert energo.check(JANA)["decision"] == "allow"


def test_one_login_takes_its_own_proposal_back_and_an_own_objection_is_not_lifted(energo: Gate) -> None:
    proposal = told(energo, "suppressions", "lift", suppressed(energo, JANA, controller=None), *WHY)
    assert proposal["scope"] == "all"
    assert told(energo, "suppressions", "reject", proposal["id"])["state"] == "rejected"
    own = suppressed(energo, JANA, "objection")
    assert refused(energo, "suppressions", "lift", own, *WHY).startswith("own_objection: ")
    nobody = "01a1ee19-5500-7000-8934-5dc7859c5344"
    assert refused(energo, "suppressions", "lift", nobody, *WHY).startswith("unknown_suppression: ")
    assert refused(energo, "suppressions", "approve", nobody).startswith("unknown_lift: ")
