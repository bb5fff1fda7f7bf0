"""The log as an auditor downloads it: whole, equal in both formats, and enough to decide everything again."""

import json
import random
from datetime import timedelta
from typing import Any

from sqlalchemy import func, select

from app.db.log import entries as entries_table
from app.db.log import pending
from app.domain.access import Role
from app.domain.decision import Verdict, decide
from app.domain.leaf import written
from app.domain.recorded import facts_of
from app.policies.load import shipped
from app.services.log_export import READ
from tests.api.exported import entries, every_entry, leaves
from tests.gate import EVIDENCE, Gate

NUMBER = "+420601123456"
SECOND = timedelta(seconds=1)


def rederived(found: list[dict[str, Any]]) -> int:
    """Decide every check of an export again, from its leaves and the ruleset alone; gives how many."""
    by_hash = {entry["leaf_hash"]: json.loads(entry["leaf"]) for entry in found}
    checks = [leaf for leaf in by_hash.values() if leaf["kind"] == "check"]
    ruleset = shipped()
    for leaf in checks:
        assert leaf["ruleset"] == ruleset.digest
        again = decide(facts_of(leaf, events=by_hash), ruleset)
        assert again.verdict == leaf["verdict"]
        reasons = [[str(one.reason), None if one.rule is None else one.rule.id] for one in again.reasons]
        assert reasons == leaf["reasons"]
        basis = None if again.basis is None else [again.basis.code, again.basis.event_id]
        assert basis == leaf["basis"]
        valid_until = again.valid_until if leaf["binding"] else None
        assert (None if valid_until is None else written(valid_until)) == leaf["valid_until"]
        assert (None if again.not_before is None else written(again.not_before)) == leaf["not_before"]
        assert (again.verdict is Verdict.ALLOW and leaf["binding"]) is (leaf["reservation"] is not None)
    return len(checks)


def happen(gate: Gate, dice: random.Random, number: str, campaign: str) -> None:
    """Let one thing happen to a number."""
    told = (gate.now - timedelta(minutes=dice.choice([0, 0, 1, 60, 6000]))).isoformat()
    kind = dice.random()
    if kind < 0.5:
        ends = dice.choice([None, None, (gate.now + timedelta(seconds=dice.choice([3, 40, 90_000]))).isoformat()])
        gate.consent(
            number,
            dice.choice(["energo", "bank"]),
            action=dice.choice(["given"] * 6 + ["refused", "withdrawn", "revoked", "invalidated"]),
            origin=dice.choice(["web_form", "web_form", "outbound_call", "partner", "paper"]),
            obtained_at=told,
            expires_at=ends,
            purposes=dice.choice([["marketing"], ["marketing", "service"], []]),
            voice_modes=dice.choice([["live"], ["live", "ai"], []]),
            product_categories=dice.choice([["energy"], ["energy", "gas"], ["gas"], []]),
            evidence=dice.choice([[EVIDENCE], [EVIDENCE], []]),
        )
    elif kind < 0.55:
        scope: dict[str, str] = {"scope": "controller", "controller": dice.choice(["energo", "bank"])}
        if dice.random() < 0.1:
            scope = {"scope": "all"}
        body = {"number": number, "reason": dice.choice(["objection", "opt_out"]), "since": told}
        assert gate.post("/v1/suppressions", body | scope).status == 201
    else:
        asked: dict[str, Any] = dice.choice(
            [{}, {}, {"kind": "test"}, {"voice_mode": "ai"}, {"party_type": "company"}, {"reserve": False}]
        )
        gate.check(number, campaign, **asked)


def test_every_decision_is_derived_again_from_the_log_alone(energo: Gate) -> None:
    dice = random.Random(20261118)
    energo.controller("bank")
    energo.campaign("spring", "bank", call_class="survey_research")
    energo.campaign("night", house_hours=False)
    numbers = [NUMBER, "+420602123456", "+421901123456", "+48601123456"]
    for _ in range(240):
        happen(energo, dice, dice.choice(numbers), dice.choice(["winter", "winter", "spring", "night"]))
        energo.now += dice.choice([0, 1, 1, 30, 7200]) * SECOND
    for number in ("158", "+4915123456789", "+80012345678"):
        energo.check(number)
    found = entries(energo)
    assert rederived(found) > 80
    verdicts = {leaf["verdict"] for leaf in map(json.loads, (entry["leaf"] for entry in found)) if "verdict" in leaf}
    assert verdicts == {"allow", "deny", "defer"}


def test_every_leaf_waits_for_the_tree(energo: Gate) -> None:
    energo.consent(NUMBER)
    energo.check(NUMBER)
    with energo.context.reading() as reading:
        waiting = set(reading.session.execute(select(pending.c.entry_id, pending.c.log_id)).all())
        stored = set(reading.session.execute(select(entries_table.c.id, entries_table.c.log_id)).all())
    assert waiting == stored
    assert stored == {(entry["entry"], entry["log"]) for entry in every_entry(energo)}


def test_pages_lose_nothing_where_entries_share_an_instant(energo: Gate) -> None:
    items = [{"number": f"+420601{place:06}", "campaign": "winter"} for place in range(100_000, 101_000)]
    energo.post("/v1/checks/batch", {"items": items}, key="dialer")
    energo.now += SECOND
    energo.check(NUMBER)
    with energo.context.reading() as reading:
        stored = reading.session.execute(select(func.count()).select_from(entries_table)).scalar_one()
    assert stored > READ // 4, "the log of one controller of one is read in two pages at least"
    found = every_entry(energo)
    assert len({entry["entry"] for entry in found}) == len(found) == stored
    assert [entry["at"] for entry in found] == sorted(entry["at"] for entry in found)


def test_an_export_is_bounded_by_time_and_controller(energo: Gate) -> None:
    bank = energo.controller("bank")
    energo.campaign("spring", "bank")
    energo.now += 10 * SECOND
    energo.check(NUMBER)
    energo.now += 10 * SECOND
    energo.check(NUMBER, "spring")
    both = entries(energo, "&from=2026-11-18T10:00:10Z")
    assert [json.loads(entry["leaf"])["verdict"] for entry in both] == ["deny", "deny"]
    assert entries(energo, "&from=2026-11-18T10:00:10Z&to=2026-11-18T10:00:20Z") == both[:1]
    assert entries(energo, "&from=2026-11-18T10:00:10Z&controller=bank") == both[1:]
    own = entries(energo, key=energo.key(Role.AUDITOR, controllers=[bank]))
    assert own == entries(energo, "&controller=bank")
    for query in ("format=xml", "form=csv", "from=yesterday"):
        assert energo.get(f"/v1/log/export?{query}", key="auditor").status == 422
    assert len(leaves(energo, "key")) == 6, "the operator's log is read by a key for all"
