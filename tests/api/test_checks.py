"""Checks through the door: status, body, and what is on record."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.domain.access import Role, operator
from app.domain.errors import Trouble
from app.services.api_keys import Unauthenticated, authenticate, end_api_key, read_credential
from app.services.check_requests import CheckRequest
from app.work.checking import answer_checks
from tests.api.exported import leaves, without_correlator
from tests.gate import Gate
from tests.slovakia import CALLER_ID, ready_for_slovakia

NUMBER = "+420601123456"
OTHER = "+420602123456"
DIALER_ANSWER_ONLY = {"expires_in", "receipt", "receipt_salt", "outcome"}


def on_record(gate: Gate, id: str) -> dict[str, Any]:
    answer = gate.get(f"/v1/decisions/{id}", key="auditor")
    assert answer.status == 200, answer.text
    found: dict[str, Any] = answer.json
    return found


def common(answer: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in answer.items() if name not in DIALER_ANSWER_ONLY}


def revoke(gate: Gate, key: str) -> None:
    with gate.context.transaction() as tx:
        end_api_key(tx.session, id=read_credential(key).id, actor=operator("test"), now=tx.now)


def test_an_allowed_call_is_on_record_before_the_dialer_hears(energo: Gate) -> None:
    consent = energo.consent(NUMBER)
    answer = energo.check("601 123 456", ref="lead-55121")
    assert answer["decision"] == "allow"
    assert answer["binding"] is True
    assert (answer["number"], answer["ref"], answer["controller"]) == (NUMBER, "lead-55121", "energo")
    assert answer["basis"] == {"code": "consent", "consent_id": consent["id"]}
    assert (answer["primary_reason"], answer["reasons"]) == (None, [])
    assert answer["reservation"] == answer["decision_id"]
    assert common(on_record(energo, answer["decision_id"])) == common(answer)
    (leaf,) = leaves(energo, "check")
    assert (leaf["id"], leaf["verdict"], leaf["basis"]) == (answer["decision_id"], "allow", ["consent", consent["id"]])
    assert leaf["ruleset"] == answer["policy"]["digest"]


def test_a_withdrawn_number_is_denied_from_then_on(energo: Gate) -> None:
    energo.consent(NUMBER)
    assert energo.check(NUMBER)["decision"] == "allow"
    energo.now += timedelta(seconds=1)
    energo.withdraw(NUMBER)
    answer = energo.check(NUMBER)
    assert answer["decision"] == "deny"
    assert answer["primary_reason"] == "consent_withdrawn"
    rules = {reason["rule"]: reason for reason in answer["reasons"]}
    assert list(rules) == ["cz-list-source-basis", "cz-marketing-basis"], "nobody said where the number is from"
    assert {reason["since"] for reason in rules.values()} == {"2026-11-18T10:00:01.000Z"}
    assert all("96" in reason["legal_ref"] for reason in rules.values())
    assert (answer["valid_until"], answer["reservation"], answer["basis"]) == (None, None, None)
    assert common(on_record(energo, answer["decision_id"])) == common(answer)
    assert [leaf["verdict"] for leaf in leaves(energo, "check")] == ["allow", "deny"]


def test_a_consent_given_to_another_controller_is_no_consent_and_looks_like_none_at_all(energo: Gate) -> None:
    energo.controller("bank")
    energo.consent(NUMBER, "bank")
    known, unknown = energo.check(NUMBER), energo.check(OTHER)
    assert known["primary_reason"] == "no_consent"
    own = {"decision_id", "number", "receipt", "receipt_salt"}
    assert {k: v for k, v in known.items() if k not in own} == {k: v for k, v in unknown.items() if k not in own}


def test_at_night_and_on_holidays_a_permitted_call_waits_for_the_next_opening(energo: Gate) -> None:
    energo.consent(NUMBER)
    for asked_at, not_before, reason in (
        ("2026-11-18T22:00:00+00:00", "2026-11-19T07:00:00.000Z", "outside_hours"),
        ("2026-11-20T19:00:00+00:00", "2026-11-23T07:00:00.000Z", "outside_hours"),
        ("2026-12-24T09:00:00+00:00", "2026-12-28T07:00:00.000Z", "holiday"),
    ):
        energo.now = datetime.fromisoformat(asked_at).astimezone(UTC)
        answer = energo.check(NUMBER)
        assert (answer["decision"], answer["not_before"], answer["primary_reason"]) == ("defer", not_before, reason)
        assert (answer["valid_until"], answer["reservation"]) == (None, None)
        assert common(on_record(energo, answer["decision_id"])) == common(answer)


def test_only_the_kinds_of_a_real_call_bind(energo: Gate) -> None:
    energo.consent(NUMBER)
    for kind in ("auto", "manual", "callback"):
        answer = energo.check(NUMBER, kind=kind)
        assert (answer["kind"], answer["binding"], answer["decision"]) == (kind, True, "allow")
        assert answer["receipt"]
        assert answer["reservation"]
    soon = (energo.now + timedelta(hours=1)).isoformat()
    planning: list[dict[str, Any]] = [{"kind": "list"}, {"kind": "test"}, {"reserve": False}, {"at": soon}]
    for asked in planning:
        answer = energo.check(NUMBER, **asked)
        assert (answer["decision"], answer["binding"]) == ("allow", False), asked
        for name in ("valid_until", "expires_in", "reservation", "receipt", "receipt_salt"):
            assert answer[name] is None, (asked, name)
        assert common(on_record(energo, answer["decision_id"])) == common(answer)


def test_a_check_may_be_asked_from_now_to_a_year_ahead(energo: Gate) -> None:
    energo.consent(NUMBER)
    second, year = timedelta(seconds=1), timedelta(days=366)
    for at in (energo.now, energo.now + year):
        assert energo.check(NUMBER, at=at.isoformat())["binding"] is False
    far = ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59Z", "9999-12-31T23:59:59-14:00")
    for text in ((energo.now - second).isoformat(), (energo.now + year + second).isoformat(), *far):
        answer = energo.post("/v1/checks", {"number": NUMBER, "campaign": "winter", "at": text}, key="dialer")
        assert answer.status == 422, (text, answer.text)
        assert "decision" not in answer.json
    assert len(leaves(energo, "check")) == 2


def test_a_permission_lasts_fifteen_seconds(energo: Gate) -> None:
    energo.consent(NUMBER)
    answer = energo.check(NUMBER)
    assert (answer["valid_until"], answer["expires_in"]) == ("2026-11-18T10:00:15.000Z", 15.0)


def test_a_permission_ends_no_later_than_its_consent(energo: Gate) -> None:
    ends = energo.now + timedelta(seconds=4, microseconds=999_600)
    energo.consent(NUMBER, expires_at=ends.isoformat())
    answer = energo.check(NUMBER)
    assert answer["decision"] == "allow"
    assert (answer["valid_until"], answer["expires_in"]) == ("2026-11-18T10:00:04.999Z", 4.999)
    energo.now = ends
    answer = energo.check(NUMBER)
    assert (answer["decision"], answer["primary_reason"]) == ("deny", "consent_expired")


def test_emergency_short_premium_and_free_numbers_are_denied_not_refused(energo: Gate) -> None:
    for number in ("112", "158", "14014", "+420 900 123 456", "+420 800 123 456"):
        answer = energo.check(number)
        assert (answer["decision"], answer["primary_reason"]) == ("deny", "line_type_banned"), number
        assert on_record(energo, answer["decision_id"])["primary_reason"] == "line_type_banned"


def test_what_is_no_number_is_refused_without_a_decision_and_without_repeating_it(
    energo: Gate, capfd: pytest.CaptureFixture[str]
) -> None:
    for number in ("+420 601 123 45", "601123456;602123456", "60112345678901", "6,01123E+08", "=601123456", "abc"):
        answer = energo.post("/v1/checks", {"number": number, "campaign": "winter"}, key="dialer")
        assert answer.status == 422, number
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert answer.json["code"] == "bad_number"
        assert answer.json["errors"][0]["pointer"] == "/number"
        assert "decision" not in answer.json
        for text in (answer.text, str(answer.headers)):
            assert "60112" not in text
            assert "601 1" not in text
    logged = "".join(capfd.readouterr())
    assert "60112" not in logged
    assert "601 1" not in logged
    assert leaves(energo, "check") == []


def test_a_caller_id_that_is_no_number_is_refused(energo: Gate) -> None:
    body = {"number": NUMBER, "campaign": "winter", "caller_id": "12"}
    answer = energo.post("/v1/checks", body | {"caller_id": "nobody"}, key="dialer")
    assert (answer.status, answer.json["errors"][0]["pointer"]) == (422, "/caller_id")


def test_a_country_without_rules_is_denied(energo: Gate) -> None:
    energo.consent("+32470123456")
    answer = energo.check("+32470123456")
    assert (answer["decision"], answer["primary_reason"]) == ("deny", "no_policy")
    assert answer["policy"]["jurisdiction"] == "BE"


def test_a_slovak_call_asks_the_state_list_the_registration_and_the_prefix(energo: Gate) -> None:
    for number in ("+421901123456", "+421901123457"):
        energo.consent(number)
    reasons = [reason["code"] for reason in energo.check("+421901123456")["reasons"]]
    lists, numbers = ["register_unavailable"] * 3, ["cli_missing"] * 3
    assert reasons == ["caller_not_registered", *lists, *numbers]
    ready_for_slovakia(energo, listed="+421901123457")
    answer = energo.check("+421901123456", caller_id=CALLER_ID)
    assert (answer["decision"], answer["reasons"]) == ("allow", [])
    assert {line["register"]: line["status"] for line in answer["coverage"]} == {
        "house": "checked",
        "sk-list": "checked",
    }
    assert energo.check("+421901123457", caller_id=CALLER_ID)["primary_reason"] == "register_listed"
    assert energo.check("+421901123456", caller_id="+421232000111")["primary_reason"] == "cli_prefix_required"


def test_another_controllers_campaign_looks_like_none(energo: Gate) -> None:
    bank = energo.controller("bank")
    key = energo.key(Role.DIALER, controllers=[bank])
    theirs = energo.post("/v1/checks", {"number": NUMBER, "campaign": "winter"}, key=key)
    none = energo.post("/v1/checks", {"number": NUMBER, "campaign": "nowhere"}, key=key)
    named = energo.post("/v1/checks", {"number": NUMBER, "campaign": "winter", "controller": "energo"}, key=key)
    assert theirs.status == none.status == named.status == 404
    assert without_correlator(theirs.json) == without_correlator(none.json) == without_correlator(named.json)
    assert "decision" not in theirs.json
    assert leaves(energo, "check") == []


def test_a_slug_of_two_controllers_needs_the_controller_named(energo: Gate) -> None:
    energo.controller("bank")
    energo.campaign(controller="bank")
    answer = energo.post("/v1/checks", {"number": NUMBER, "campaign": "winter"}, key="dialer")
    assert (answer.status, answer.json["code"]) == (409, "ambiguous_campaign")
    assert energo.check(NUMBER, controller="bank")["controller"] == "bank"


def test_a_revoked_key_stops_at_once(energo: Gate) -> None:
    energo.consent(NUMBER)
    assert energo.check(NUMBER)["decision"] == "allow"
    revoke(energo, energo.keys["dialer"])
    answer = energo.post("/v1/checks", {"number": NUMBER, "campaign": "winter"}, key="dialer")
    assert (answer.status, answer.json["code"]) == (401, "unauthenticated")
    assert len(leaves(energo, "check")) == 1


def test_a_key_revoked_after_it_was_recognised_gets_no_decision(energo: Gate) -> None:
    energo.consent(NUMBER)
    context, key = energo.context, energo.keys["dialer"]
    with context.reading() as reading:
        credential, pepper = read_credential(key), context.api_key_pepper
        actor = authenticate(reading.session, credential=credential, pepper=pepper, demo=False)
    revoke(energo, key)
    request = CheckRequest(number=NUMBER, campaign="winter")
    (result,) = answer_checks(context, requests=[request], actor=actor)
    assert isinstance(result, Unauthenticated)
    neighbour = replace(actor, id="cli")
    (allowed,) = answer_checks(context, requests=[request], actor=neighbour)
    assert not isinstance(allowed, Trouble)
    assert [leaf["actor"] for leaf in leaves(energo, "check")] == ["cli"]
