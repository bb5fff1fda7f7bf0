"""Explanations: every rule with the facts it saw, in every language, of decisions of every kind."""

from typing import Any

import pytest

from app.domain.reason import Reason
from app.domain.rules.rule import Kind, Outcome
from app.services.explanation_words import explanation_words
from app.services.pack_words import Language
from app.services.reason_words import reason_sentences
from tests.gate import Gate

NUMBER = "+420601123456"


@pytest.mark.parametrize("language", list(Language))
def test_every_reason_kind_and_outcome_has_its_words_in_every_language(language: Language) -> None:
    sentences, words = reason_sentences(language), explanation_words(language)
    assert set(sentences) == set(Reason)
    assert all(sentence.endswith(".") for sentence in sentences.values())
    assert {*map(str, Kind), *map(str, Outcome)} <= set(words)


def test_no_two_languages_say_a_reason_alike() -> None:
    told = [reason_sentences(language) for language in Language]
    for reason in Reason:
        assert len({sentences[reason] for sentences in told}) == len(told), reason


def explanation(gate: Gate, id: str, language: str) -> dict[str, Any]:
    answer = gate.get(f"/v1/decisions/{id}/replay?language={language}", key="auditor")
    assert answer.status == 200, answer.text
    assert answer.json["equal"] is True
    found: dict[str, Any] = answer.json["explanation"]
    return found


def test_a_deny_is_explained_with_what_each_rule_saw(energo: Gate) -> None:
    energo.consent(NUMBER)
    energo.withdraw(NUMBER)
    denied = energo.check(NUMBER)
    told = explanation(energo, denied["decision_id"], "cs")
    first = told["rules"][0]
    assert (first["kind"], first["outcome"], first["reason"]) == ("basis", "block", "consent_withdrawn")
    assert first["reason_in_words"] == "Souhlas byl odvolán."
    assert first["legal_ref"].startswith("§ 96")
    seen = {fact["fact"]: fact["value"] for fact in first["facts"]}
    assert seen["at"] == denied["checked_at"]
    assert "withdrawn" in seen["consents"]
    assert seen["call_class"] == "marketing"
    asked = {one["rule"] for one in told["rules"]}
    others = {one["rule"] for one in told["others"]}
    assert "cz-objection" in asked
    assert not asked & others
    assert not any(rule.startswith("sk-") for rule in asked | others - {None})


def test_an_explanation_names_nobody(energo: Gate) -> None:
    energo.consent(NUMBER, person={"name": "Jana Nováková"}, ref="form-1")
    allowed = energo.check(NUMBER, ref="lead-7", caller_id="+420225000111")
    text = str(explanation(energo, allowed["decision_id"], "en"))
    for personal in ("601123456", "Jana", "form-1", "lead-7", "225000111"):
        assert personal not in text


def test_a_number_of_no_country_is_explained_too(energo: Gate) -> None:
    denied = energo.check("+80012345678")
    told = explanation(energo, denied["decision_id"], "pl")
    reasons = [one["reason"] for one in told["rules"] if one["rule"] is None]
    assert "jurisdiction_unknown" in reasons


def test_an_unknown_language_is_refused(energo: Gate) -> None:
    denied = energo.check(NUMBER)
    answer = energo.get(f"/v1/decisions/{denied['decision_id']}/replay?language=de", key="auditor")
    assert answer.status == 422, answer.text


@pytest.mark.parametrize(("language", "verdict"), [("cs", "zamítnuto"), ("sk", "zamietnuté"), ("pl", "odmówiono")])
def test_the_command_line_explains_line_by_line(energo: Gate, language: str, verdict: str) -> None:
    denied = energo.check(NUMBER)
    run = energo.app.test_cli_runner().invoke(
        args=["policies", "explain", denied["decision_id"], "--language", language]
    )
    assert run.exit_code == 0, run.output
    assert verdict in run.output.splitlines()[0]
    assert "no_consent: " in run.output
    assert "601123456" not in run.output
