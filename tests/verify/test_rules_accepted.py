"""Which rules are taken: those the caller names, and never such as the service itself would refuse."""

import copy
import hashlib
import json
from typing import Any

import pytest

from app.domain.leaf import canonical
from app.domain.reason import Reason
from app.domain.rules.kinds import BadRule
from app.domain.ruleset import reread_ruleset
from app.policies.load import shipped
from app.static.log import dialgate_verify as verifier
from tests.verify.bundles import Tree, bundle
from tests.verify.test_operators import history

JUNK: tuple[Any, ...] = (None, True, 0, -1, 10**6, "", "x", "*", "2026-01-01", [], ["x"], [1], {}, {"a": 1}, {"x": []})


def sound() -> dict[str, Any]:
    """Give the content of the ruleset that ships, to be spoilt."""
    content: dict[str, Any] = json.loads(canonical(shipped().content))
    return content


def is_refused(content: dict[str, Any]) -> bool:
    """Tell whether the service refuses it; what the service refuses, the verifier must refuse too."""
    try:
        reread_ruleset(copy.deepcopy(content))
    except (BadRule, ValueError, TypeError, AttributeError):
        with pytest.raises(verifier.HOSTILE):
            verifier.Ruleset(content)
        return True
    return False


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


@pytest.mark.parametrize("kind", ["basis", "suppression", "window", "obligation"])
def test_whatever_is_spoilt_the_verifier_refuses_what_the_service_refuses(kind: str) -> None:
    place, rule = next((p, r) for p, r in enumerate(sound()["rules"]) if r["kind"] == kind)
    inner = {
        *rule.get("params", {}),
        "record",
        "disclose",
        "retain_years",
        "retain_clock",
        "max_age_days",
        "purpose_of",
    }
    refused = 0
    for name, within in [(n, None) for n in (*rule, "status", "x")] + [(n, "params") for n in sorted(inner)]:
        for value in JUNK:
            content = sound()
            target = content["rules"][place]
            (target if within is None else target.setdefault("params", {}))[name] = value
            refused += is_refused(content)
        content = sound()
        (content["rules"][place] if within is None else content["rules"][place]["params"]).pop(name, None)
        refused += is_refused(content)
    assert refused > 50


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
