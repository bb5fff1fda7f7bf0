"""Checks through the door: status, body, and what is on record."""

from tests.gate import Gate

NUMBER = "+420601123456"


def test_an_allowed_call_is_on_record_before_the_dialer_hears(energo: Gate) -> None:
    energo.consent(NUMBER)
    answer = energo.check(NUMBER)
    assert answer["decision"] == "allow"
    found = energo.get(f"/v1/decisions/{answer['decision_id']}", key="auditor")
    assert found.status == 200
    assert found.json["decision"] == "allow"
    assert found.json["number"] == NUMBER


def test_a_withdrawn_number_is_denied_from_then_on(energo: Gate) -> None:
    energo.consent(NUMBER)
    assert energo.check(NUMBER)["decision"] == "allow"
    energo.withdraw(NUMBER)
    answer = energo.check(NUMBER)
    assert answer["decision"] == "deny"
    assert answer["primary_reason"] == "consent_withdrawn"
