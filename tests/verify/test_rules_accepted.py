"""Which rules are taken: those the caller names, and never such as the service itself would refuse."""

import copy
import hashlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.leaf import canonical
from app.domain.reason import Reason
from app.domain.rules.kinds import BadRule
from app.domain.rules.rule import Kind
from app.domain.ruleset import reread_ruleset
from app.policies.load import shipped
from app.static.log import dialgate_verify as verifier
from tests.builders import guarded, rule_table
from tests.rule_strategies import rule_sets
from tests.verify.bundles import Tree, bundle
from tests.verify.test_operators import history

JUNK: tuple[Any, ...] = (
    *(None, True, False, 0, 1, -1, 10**6, "", " ", "x", "*", "2026-01-01", "20260101", "consent", "marketing"),
    *([], ["x"], [1], [29], [None], [True], ["consent"], ["none_required"], ["08:00-20:00"], {}, {"a": 1}, {"x": []}),
    *({"x": "y"}, {"marketing": "service"}, {"region": ["CZ"]}, {"mon": ["08:00-20:00"]}, {"mon": []}),
)
TERMS: dict[str, Any] = {
    "purpose": "marketing",
    "granularity": ["purpose"],
    "evidence_held": False,
    "outbound_call_accepted": True,
    "max_age_days": 9,
    "customer_months": 12,
    "inquiry_months": 3,
    "contract_days": 30,
    "similar": False,
    "justification": False,
    "positive_register": "yes",
    "positive_register_max_age_days": 3,
}
WORDS = ["consent", "positive_register"]
WHOLE: dict[str, dict[str, Any]] = {
    "registration": {"authority": "office", "holder": "caller"},
    "category_ban": {"categories": ["games"], "unless": WORDS, **TERMS},
    "suppression": {
        "scope": "controller",
        "lifted_by": "never",
        "purpose_of": {"marketing": "service"},
        "keep_for_years": 3,
        "honour_within_days": 10,
    },
    "register": {
        "register": "dnc",
        "polarity": "negative",
        "mode": "file",
        "snapshot_max_age_days": 31,
        "grace_days": 2,
        "fixed_days": [1, 16],
        "category_of": {"energy": "power"},
        "unless": WORDS,
        "consent_after_listing": True,
        **TERMS,
    },
    "basis": {"any_of": WORDS, **TERMS},
    "number_state": {
        "check": "reassigned",
        "line_types": [],
        "register": "rnd",
        "register_max_age_days": 3,
        **{name: value for name, value in TERMS.items() if not name.startswith("positive")},
    },
    "voice": {"forbidden_modes": ["ai"], "ai_is_automated": False},
    "caller_id": {
        "must_present": True,
        "require_prefix": ["+420"],
        "forbid_prefix": ["+421888"],
        "unless": WORDS,
        **TERMS,
    },
    "window": {
        "weekly": {"mon": ["08:00-20:00"]},
        "closed_on_holidays": True,
        "pre_holiday": [],
        "half_day": [],
        "lifted_by": "express_time_consent",
        "purpose": "marketing",
    },
    "cooldown": {"trigger": "refusal", "days": 60},
    "frequency": {"max": 4, "window_days": 30, "count": "answered"},
    "obligation": {"disclose": ["ai"], "record": True, "retain_years": 5, "retain_clock": "granted"},
}
"""Every parameter of every kind, in a rule that is taken."""


def sound() -> dict[str, Any]:
    """Give the content of the ruleset that ships, to be spoilt."""
    content: dict[str, Any] = json.loads(canonical(shipped().content))
    return content


def is_refused(content: dict[str, Any]) -> bool:
    """Tell whether the service refuses it; what the service refuses the verifier must refuse too, and nothing else."""
    try:
        reread_ruleset(copy.deepcopy(content))
    except (BadRule, ValueError, TypeError, AttributeError):
        with pytest.raises(verifier.HOSTILE):
            verifier.Ruleset(content)
        return True
    assert verifier.Ruleset(content).rules
    return False


def whole(kind: str) -> dict[str, Any]:
    """Give the content of a ruleset with a rule of this kind that has every parameter it may have."""
    rules = guarded(rule_table(kind, WHOLE[kind], id="whole", reason="manual_review"))
    content: dict[str, Any] = json.loads(canonical(rules.content))
    return content


def test_what_ships_is_read_by_both() -> None:
    assert not is_refused(sound())
    assert verifier.Ruleset(sound()).rules
    assert frozenset(Reason) == verifier.REASONS


def test_a_basis_without_the_rules_that_honour_objections_is_refused() -> None:
    for scope in ("controller", "all"):
        content = sound()
        content["rules"] = [rule for rule in content["rules"] if rule.get("params", {}).get("scope") != scope]
        assert is_refused(content)


@pytest.mark.parametrize(
    "change",
    [
        {"applies_when": {"call_class": ["marketing"]}},
        {"effective_from": "2099-01-01"},
        {"effective_to": "2026-12-31"},
        {"jurisdiction": "XX"},
    ],
)
def test_a_guard_that_does_not_always_stand_is_none(change: dict[str, Any]) -> None:
    content = sound()
    for rule in content["rules"]:
        if rule["kind"] == "suppression":
            rule.update(change)
    assert is_refused(content)


@pytest.mark.parametrize(
    "change",
    [
        {"jurisdiction": "*"},
        {"status": "unconfirmed", "params": {"any_of": ["none_required"], "purpose": "service"}},
        {"params": {"any_of": ["consent"]}},
        {"citation": " "},
        {"strength": "hearsay"},
        {"effective_to": "2000-01-01"},
        {"effective_to": None},
        {"id": "Not An Id"},
        {"reason": "because"},
    ],
)
def test_a_lax_or_malformed_basis_is_refused(change: dict[str, Any]) -> None:
    content = sound()
    next(rule for rule in content["rules"] if rule["kind"] == "basis" and rule["params"]["any_of"]).update(change)
    assert is_refused(content)


def test_every_kind_has_a_rule_here_with_all_that_it_may_have() -> None:
    assert set(WHOLE) == set(Kind) == set(verifier.PARAMS)
    for kind, forms in verifier.PARAMS.items():
        needless = {"window_hours"} | (set(TERMS) if kind in ("window", "number_state") else set())
        assert set(forms) - needless <= set(WHOLE[kind]) <= set(forms)
        assert not is_refused(whole(kind))


@pytest.mark.parametrize("kind", sorted(WHOLE))
def test_whatever_is_spoilt_the_verifier_refuses_what_the_service_refuses(kind: str) -> None:
    place = next(p for p, rule in enumerate(whole(kind)["rules"]) if rule["id"] == "whole")
    refused = 0
    outer = ("id", "jurisdiction", "kind", "strength", "citation", "status", "effective_from", "effective_to", "reason")
    members = [(name, None) for name in (*outer, "applies_when", "params", "x")]
    for name, within in members + [(name, "params") for name in (*WHOLE[kind], *verifier.PARAMS[kind], "x")]:
        for value in JUNK:
            content = whole(kind)
            target = content["rules"][place]
            (target if within is None else target["params"])[name] = value
            refused += is_refused(content)
        content = whole(kind)
        (content["rules"][place] if within is None else content["rules"][place]["params"]).pop(name, None)
        refused += is_refused(content)
    assert refused > 100


@given(st.sampled_from(sorted(WHOLE)), st.data())
def test_of_two_things_spoilt_at_once_both_think_the_same(kind: str, data: st.DataObject) -> None:
    content = whole(kind)
    rule = next(rule for rule in content["rules"] if rule["id"] == "whole")
    for name in data.draw(st.lists(st.sampled_from(sorted(verifier.PARAMS[kind])), min_size=1, max_size=3)):
        if data.draw(st.booleans()):
            rule["params"].pop(name, None)
        else:
            rule["params"][name] = data.draw(st.sampled_from(JUNK))
    is_refused(content)


@given(rule_sets())
def test_whatever_rules_the_service_takes_the_verifier_takes(tables: list[dict[str, Any]]) -> None:
    assert not is_refused(json.loads(canonical(guarded(*tables).content)))


@pytest.mark.parametrize("change", [{"not_checked": {"Czechia": []}}, {"not_checked": {"CZ": [1]}}, {"rules": []}])
def test_a_ruleset_malformed_as_a_whole_is_refused(change: dict[str, Any]) -> None:
    assert is_refused(sound() | change)


def test_a_bundle_with_rules_the_service_would_refuse_is_no_sound_one() -> None:
    content = sound()
    content["rules"] = [rule for rule in content["rules"] if rule.get("params", {}).get("scope") != "controller"]
    tree = Tree(entries=history())
    made = bundle(tree)
    (name,) = [name for name in made.members if name.startswith("rulesets/")]
    digest = hashlib.sha256(canonical(content)).hexdigest()
    members = {**made.members, f"rulesets/{digest}.json": canonical(content)}
    del members[name]
    report = verifier.verify(type(made)(members, made.shards).packed(), [tree.vkey])
    assert "the service would refuse it" in str(report.faults[0])


@pytest.mark.parametrize("replay", [True, False])
def test_only_the_rulesets_named_are_accepted(replay: bool) -> None:
    tree, digest = Tree(entries=history()), shipped().digest
    for accepted, status, told in (([], 0, True), ([digest], 0, False), (["sha256:" + "0" * 64, digest], 0, False)):
        report = verifier.verify(bundle(tree).packed(), [tree.vkey], rulesets=accepted, replay=replay)
        assert report.exit_status == status
        assert any("taken from the bundle as they are" in warning for warning in report.warnings) is told
        assert any(digest in line for line in report.checked)
    report = verifier.verify(bundle(tree).packed(), [tree.vkey], rulesets=["sha256:" + "0" * 64], replay=replay)
    (fault,) = report.faults
    assert "none of those you accept" in fault.text
    assert fault.place.entry == next(p for p, e in enumerate(history()) if e.kind == "check")
