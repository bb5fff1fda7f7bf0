"""Replay after a long run: late events, refreshed registers and changed rules change no decision that was made."""

import os
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from random import Random
from typing import Any

import pytest

from app.domain.access import operator
from app.domain.ruleset import Ruleset, reread_ruleset
from app.policies.load import shipped
from app.services.decisions import decision_for
from app.services.replay import replay
from tests.gate import Gate
from tests.lifts import lifted, suppressed
from tests.registers import added, imported
from tests.relationships import related
from tests.rulesets import scheduled

NUMBERS = [f"+42060{place}00000{place}" for place in range(1, 7)] + [
    f"+42190{place}00000{place}" for place in range(1, 7)
]
CAMPAIGNS: dict[str, dict[str, Any]] = {
    "live": {"caller_id": "+420225000111"},
    "ai": {"voice_mode": "ai"},
    "slovak": {
        "profile": "statute",
        "caller_id": "+421888000111",
        "house_hours": False,
        "number_source": "public_web",
    },
    "strict": {"caller_id": "+421888000111", "house_caps": False},
    "research": {"call_class": "survey_research", "product_category": "opinion"},
}
RESULTS = ("answered", "no_answer", "busy", "refused", "wrong_party", "voicemail", "not_dialled", "attempted")


def changed(place: int) -> Ruleset:
    """Give one of the rulesets that follow each other: hours, caps and registers are tightened and loosened."""
    content: Any = shipped().content
    rules = []
    for rule in content["rules"]:
        params = dict(rule["params"])
        if rule["kind"] == "frequency":
            params["max"] = 1 + place % 5
        if rule["kind"] == "cooldown":
            params["days"] = 1 + 20 * (place % 3)
        if rule["kind"] == "register" and "snapshot_max_age_days" in params:
            params["snapshot_max_age_days"] = 1 + place % 20
        rules.append({**rule, "params": params, "citation": f"{rule['citation']} [{place}]"})
    return reread_ruleset({**content, "rules": rules})


class Run:
    """A gate to which anything may happen next, drawn from a seed."""

    def __init__(self, gate: Gate, seed: int) -> None:
        self.gate, self.random, self.rules = gate, Random(seed), 0
        self.ids: list[str] = []
        self.allowed: list[str] = []
        self.verdicts: Counter[str] = Counter()
        for slug, settings in CAMPAIGNS.items():
            gate.campaign(slug, **settings)
        for slug, region in (("sk-list", "SK"), ("cz-positive-list", "CZ")):
            added(gate, slug, region=region, max_change_percent=100)
        body = {"authority": "sk-marketing-subject", "holder": "caller", "name": "7", "valid_from": "2026-01-01"}
        assert gate.post("/v1/registrations", body).status == 201
        self.refresh()

    def number(self) -> str:
        return self.random.choice(NUMBERS)

    def ago(self) -> str:
        """Give an instant that something claims for itself: it may arrive months late."""
        return (self.gate.now - timedelta(hours=self.random.choice((0, 1, 30, 900)))).isoformat()

    def check(self) -> None:
        items = [{"number": self.number(), "campaign": self.random.choice(list(CAMPAIGNS))} for _ in range(25)]
        for item in items[:3]:
            item |= self.random.choice(({"residence": "SK"}, {"zone": "Asia/Tokyo"}, {"party_type": "company"}))
        answer = self.gate.post("/v1/checks/batch", {"items": items}, key="dialer")
        assert answer.status == 200, answer.text
        for one in answer.json["items"]:
            self.ids.append(one["decision_id"])
            self.verdicts[one["decision"]] += 1
            self.verdicts.update(reason["code"] for reason in one["reasons"])
            if one["reservation"] is not None:
                self.allowed.append(one["decision_id"])

    def consent(self) -> None:
        said: dict[str, Any] = {"obtained_at": self.ago(), "voice_modes": ["live", "ai"]}
        if self.random.random() < 0.3:
            empty: dict[str, Any] = {"purposes": [], "voice_modes": [], "product_categories": [], "evidence": []}
            said |= {"action": "withdrawn"} | empty
        self.gate.consent(self.number(), **said)

    def object(self) -> None:
        suppression = suppressed(self.gate, self.number())
        if self.random.random() < 0.8:
            lifted(self.gate, suppression)

    def tie(self) -> None:
        assert related(self.gate, self.number(), since=self.ago()).status == 201

    def report(self) -> None:
        if self.allowed:
            told = {"attempted_at": self.gate.now.isoformat(), "result": self.random.choice(RESULTS)}
            id = self.allowed.pop(self.random.randrange(len(self.allowed)))
            answer = self.gate.post(f"/v1/decisions/{id}/outcome", told, key="dialer")
            assert answer.status in (200, 409, 422), answer.text

    def refresh(self) -> None:
        for slug, prefix in (("sk-list", "+421"), ("cz-positive-list", "+420")):
            listed = [one for one in NUMBERS if one.startswith(prefix) and self.random.random() < 0.4]
            rows = "\n".join(listed or ["+421900000099"]) + "\n"
            imported(self.gate, rows.encode(), slug, as_of=self.gate.now - timedelta(minutes=1))

    def change_rules(self) -> None:
        self.rules += 1
        scheduled(self.gate, changed(self.rules), self.gate.now + timedelta(seconds=self.random.choice((0, 7, 600))))

    def go_on(self) -> None:
        minutes = self.random.choice((1, 10, 60, 500, 3000))
        self.gate.now += timedelta(minutes=minutes, seconds=self.random.randrange(60))

    def until(self, decisions: int) -> None:
        acts: list[Callable[[], None]] = [self.check] * 6 + [self.consent] * 4 + [self.report] * 5 + [self.go_on] * 4
        acts += [self.object, self.tie, self.refresh, self.change_rules]
        while len(self.ids) < decisions:
            self.random.choice(acts)()


@pytest.mark.parametrize("decisions", [pytest.param(250, id="slice"), pytest.param(10_000, marks=pytest.mark.soak)])
def test_every_decision_of_a_run_is_derived_again_from_what_was_known_then(energo: Gate, decisions: int) -> None:
    run = Run(energo, seed=int(os.environ.get("DIALGATE_SEED", "20261126")))
    run.until(decisions)
    differing = []
    with energo.context.reading() as reading:
        for id in run.ids:
            row = decision_for(reading.session, id=id, actor=operator("test"))
            if differences := replay(reading.session, row=row).differences:
                differing.append((id, differences))
    assert differing == []
    assert run.rules > 1
    # a run in which little happened would prove little
    for seen in ("allow", "deny", "defer", "no_consent", "consent_withdrawn", "outside_hours", "register_listed"):
        assert run.verdicts[seen] > 0, run.verdicts
