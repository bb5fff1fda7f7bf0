"""Explanations: every rule of a replayed decision with the facts it saw, in words."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from app.domain.attempt import Attempt
from app.domain.consent import ConsentEvent
from app.domain.decision import findings_of
from app.domain.facts import Facts
from app.domain.register import RegisterAnswer
from app.domain.registration import Registration
from app.domain.relationship import Relationship
from app.domain.rules.kinds import facts_seen
from app.domain.rules.rule import Finding, Outcome, Rule
from app.domain.suppression import Suppression
from app.services.answers import rfc3339
from app.services.explanation_words import explanation_words
from app.services.pack_words import Language
from app.services.reason_words import reason_sentences
from app.services.replay import Replay


def explained(replayed: Replay, *, language: Language) -> dict[str, Any]:
    """Say of each rule that was asked what it said and what it saw, forbidding ones first, and name the rules of the
    same countries that do not apply, with the reason why not.
    """
    words, sentences = explanation_words(language), reason_sentences(language)
    facts = replayed.facts
    findings = sorted(findings_of(facts, replayed.ruleset), key=lambda one: one.outcome is Outcome.PASS)
    asked = {one.rule.id for one in findings if one.rule is not None}
    others = [rule for rule in replayed.ruleset.binding(*facts.countries) if rule.id not in asked]
    return {
        "language": language.value,
        "rules": [_asked(one, facts, words, sentences) for one in findings],
        "others": [{"rule": rule.id, "why": why_not(rule, facts, words)} for rule in others],
    }


def _asked(finding: Finding, facts: Facts, words: Mapping[str, str], sentences: Mapping[Any, str]) -> dict[str, Any]:
    rule = finding.rule
    seen = ("at", "region", "zones", "line_type", "call_class") if rule is None else facts_seen(rule)
    return {
        "rule": None if rule is None else rule.id,
        "kind": None if rule is None else rule.kind.value,
        "kind_in_words": words["no_rule"] if rule is None else words[rule.kind],
        "legal_ref": None if rule is None else rule.citation,
        "strength": None if rule is None else rule.strength.value,
        "status": None if rule is None else rule.status.value,
        "outcome": finding.outcome.value,
        "outcome_in_words": words[finding.outcome],
        "reason": None if finding.reason is None else finding.reason.value,
        "reason_in_words": None if finding.reason is None else sentences[finding.reason],
        "until": rfc3339(finding.until),
        "facts": [
            {"fact": name, "in_words": words.get(name, name), "value": shown(getattr(facts, name), words)}
            for name in seen
        ],
    }


def why_not(rule: Rule, facts: Facts, words: Mapping[str, str]) -> str:
    """Say why a rule of the country does not apply: it is not in force, or it speaks of other calls."""
    if not any(rule.is_in_force_on(day) for day in facts.local_days):
        return words["not_in_force"]
    for name, values in sorted(rule.applies_when.items()):
        known = facts.region if name == "region" else getattr(facts, name)
        if known is not None and known not in values:
            return f"{words.get(name, name)}: {shown(known, words)}"
    return f"{words['subdivisions']}: {shown(facts.subdivisions, words)}"


def shown(value: object, words: Mapping[str, str]) -> str:
    """Write a fact as one line: what is not known says so, and an event is named by what it says and its leaf hash."""
    match value:
        case None:
            return words["unknown"]
        case bool():
            return words["yes" if value else "no"]
        case datetime():
            return rfc3339(value) or ""
        case date():
            return value.isoformat()
        case tuple() | frozenset():
            items = value if isinstance(value, tuple) else sorted(value, key=str)
            return "; ".join(shown(one, words) for one in items) or words["none"]
        case ConsentEvent():
            reach = (value.purposes, value.voice_modes, value.product_categories)
            said = " / ".join(",".join(sorted(part)) or "*" for part in reach)
            return _line(value.action, said, value.origin, value.obtained_at, value.evidence, value.leaf_hash)
        case Relationship():
            told = (",".join(sorted(value.product_categories)), value.began_at, value.ended_at or "…")
            return _line(value.kind, *told, value.leaf_hash)
        case Suppression():
            return _line(value.reason, value.since, value.leaf_hash)
        case RegisterAnswer():
            listed = (",".join(sorted(value.categories)), value.listed_on or "")
            return _line(value.register, value.status, *listed, value.as_of, value.snapshot)
        case Registration():
            return _line(value.authority, value.holder, value.valid_from, value.valid_to or "…")
        case Attempt():
            return _line(value.at, value.result or words["unknown"], value.leaf_hash)
        case _:
            return str(value)


def _line(*parts: object) -> str:
    return " ".join(_part(part) for part in parts if part not in (None, ""))


def _part(part: object) -> str:
    return (rfc3339(part) or "") if isinstance(part, datetime) else str(part)


def explanation_lines(replayed: Replay, *, language: Language) -> Iterable[str]:
    """Write an explanation for a terminal."""
    words = explanation_words(language)
    told = explained(replayed, language=language)
    decision = replayed.decision
    yield f"{words['verdict']}: {words[decision.verdict]}"
    if decision.not_before is not None:
        yield f"{words['not_before']}: {rfc3339(decision.not_before)}"
    yield f"{words['ruleset']}: {decision.digest}"
    yield words["differs"] + ": " + ", ".join(replayed.differences) if replayed.differences else words["equal"]
    for one in told["rules"]:
        until = f", {words['until']} {one['until']}" if one["until"] else ""
        yield ""
        yield f"[{one['outcome_in_words']}{until}] {one['rule'] or one['kind_in_words']}"
        if one["rule"] is not None:
            yield f"    {one['kind_in_words']}: {one['legal_ref']} ({one['strength']}, {one['status']})"
        if one["reason"] is not None:
            yield f"    {one['reason']}: {one['reason_in_words']}"
        for fact in one["facts"]:
            yield f"    · {fact['in_words']}: {fact['value']}"
    if told["others"]:
        yield ""
        yield f"{words['others']}:"
        for other in told["others"]:
            yield f"    {other['rule']} ({other['why']})"
