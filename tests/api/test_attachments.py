"""Evidence that comes later, through the door: it proves what was said, and revives nothing."""

from datetime import timedelta
from typing import Any

import pytest

from app.domain.access import Role
from tests.api.exported import leaves, without_correlator
from tests.api.test_consents import NUMBER, append, history
from tests.evidence import PDF, digest, sent
from tests.gate import EVIDENCE, Gate, Reply
from tests.persons import erased
from tests.relationships import accepting

SECOND = timedelta(seconds=1)
MORE = digest(PDF)


def attached(gate: Gate, id: str, *evidence: str, key: str = "compliance", **how: Any) -> Reply:
    return gate.post(f"/v1/consents/{id}/evidence", {"evidence": list(evidence) or [MORE]}, key=key, **how)


def test_the_consent_is_recorded_again_equal_in_all_but_its_evidence(energo: Gate) -> None:
    said: dict[str, Any] = {"person": {"name": "Jana Nováková"}, "notice": {"version": "1"}, "ref": "form-881"}
    said |= {"expires_at": "2027-01-01T00:00:00Z", "call_times": {"sun": ["09:00-10:00"]}, "origin": "paper"}
    first = append(energo, **said).json
    energo.now += SECOND
    answer = attached(energo, first["id"], EVIDENCE, MORE)
    assert answer.status == 201
    changed = {"evidence": [EVIDENCE, MORE], "id": answer.json["id"], "recorded_at": "2026-11-18T10:00:01.000Z"}
    assert answer.json == first | changed
    assert history(energo).json["events"] == [first, answer.json]
    assert [leaf["evidence"] for leaf in leaves(energo, "consent")] == [[EVIDENCE], [EVIDENCE, MORE]]


def test_what_was_unproved_is_proved_by_it(energo: Gate) -> None:
    accepting(energo, evidence_held=True)
    first = append(energo, evidence=[]).json["id"]
    assert energo.check(NUMBER)["primary_reason"] == "consent_evidence_missing"
    energo.now += SECOND
    second = attached(energo, first).json["id"]
    assert energo.check(NUMBER)["primary_reason"] == "consent_evidence_missing", "it is named, and not here yet"
    sent(energo)
    assert energo.check(NUMBER)["basis"]["consent_id"] == second


def test_a_withdrawal_since_still_wins(energo: Gate) -> None:
    first = append(energo).json["id"]
    energo.now += SECOND
    energo.withdraw(NUMBER)
    energo.now += SECOND
    assert attached(energo, first).status == 201, "that it was given can be proved all the same"
    assert energo.check(NUMBER)["primary_reason"] == "consent_withdrawn"


@pytest.mark.parametrize("action", ["withdrawn", "refused", "revoked", "invalidated"])
def test_a_no_said_before_and_recorded_after_the_consent_is_not_overcome(energo: Gate, action: str) -> None:
    before = (energo.now - timedelta(days=1)).isoformat()
    first = append(energo).json["id"]
    energo.now += SECOND
    assert append(energo, action=action, obtained_at=before, evidence=[]).status == 201
    denied = energo.check(NUMBER)["primary_reason"]
    energo.now += SECOND
    answer = attached(energo, first)
    assert (answer.status, answer.json["code"]) == (409, "would_revive")
    assert energo.check(NUMBER)["primary_reason"] == denied
    assert len(leaves(energo, "consent")) == 2


def test_an_objection_made_before_and_recorded_after_the_consent_is_not_lifted(energo: Gate) -> None:
    objection = {"number": NUMBER, "scope": "controller", "controller": "energo", "reason": "objection"}
    before = (energo.now - timedelta(days=1)).isoformat()
    first = append(energo).json["id"]
    energo.now += SECOND
    assert energo.post("/v1/suppressions", objection | {"since": before}).status == 201
    energo.now += SECOND
    answer = attached(energo, first)
    assert (answer.status, answer.json["code"]) == (409, "would_revive")
    assert energo.check(NUMBER)["primary_reason"] == "objected_controller"


def test_an_imported_consent_stays_the_controllers_word_which_lifts_no_objection(energo: Gate) -> None:
    objection = {"number": NUMBER, "scope": "controller", "controller": "energo", "reason": "objection"}
    assert energo.post("/v1/suppressions", objection | {"since": "2026-11-01T10:00:00Z"}).status == 201
    energo.now += SECOND
    row = f"{NUMBER},given,marketing,live,energy,web_form,2026-11-10T10:00:00Z"
    head = "number,action,purposes,voice_modes,product_categories,origin,obtained_at"
    energo.upload("/v1/consents/import?controller=energo&filename=a.csv", f"{head}\n{row}\n".encode())
    energo.now += SECOND
    (first,) = history(energo).json["events"]
    again = attached(energo, first["id"]).json
    assert (again["file"], again["row"]) == (first["file"], 2)
    assert energo.check(NUMBER)["primary_reason"] == "objected_controller"
    report = energo.upload("/v1/consents/import?controller=energo&filename=a.csv", f"{head}\n{row}\n".encode())
    assert report.json["totals"]["unchanged"] == 1


def test_what_cannot_be_attached_is_refused_and_nothing_is_kept(energo: Gate) -> None:
    first = append(energo).json["id"]
    energo.now += SECOND
    no = append(energo, action="withdrawn").json["id"]
    again = attached(energo, first, EVIDENCE)
    assert (again.status, again.json["code"]) == (409, "nothing_new")
    on_a_no = attached(energo, no)
    assert (on_a_no.status, on_a_no.json["code"]) == (409, "not_a_grant")
    spoilt: list[dict[str, list[str]]] = [{"evidence": []}, {"evidence": ["ab" * 32]}, {"evidence": [MORE] * 9}, {}]
    for body in spoilt:
        assert energo.post(f"/v1/consents/{first}/evidence", body).status == 422
    assert len(leaves(energo, "consent")) == 2
    many = [digest(bytes([count])) for count in range(16)]
    second = attached(energo, first, *many[:8]).json["id"]
    assert attached(energo, second, *many[8:15]).status == 201, "sixteen with the first"
    answer = attached(energo, second, *many[8:])
    assert (answer.status, answer.json["code"]) == (422, "too_much_evidence")


def test_another_controllers_consent_is_unknown_to_a_key_and_an_erased_persons_to_all(energo: Gate) -> None:
    first = append(energo).json["id"]
    banker = energo.key(Role.COMPLIANCE, controllers=[energo.controller("bank")])
    theirs = attached(energo, first, key=banker)
    nobodys = attached(energo, "01a1ee19-5500-7000-8934-5dc7859c5344", key=banker)
    assert (theirs.status, theirs.json["code"]) == (404, "unknown_consent")
    assert without_correlator(theirs.json) == without_correlator(nobodys.json)
    for role in ("dialer", "manager", "auditor"):
        assert attached(energo, first, key=role).status == 403
    erased(energo, NUMBER)
    assert attached(energo, first).json["code"] == "unknown_consent"
    assert len(leaves(energo, "consent")) == 1


def test_a_repeated_key_attaches_once(energo: Gate) -> None:
    first = append(energo).json["id"]
    answers = [attached(energo, first, headers={"Idempotency-Key": "k-1"}) for _ in range(2)]
    assert [answer.status for answer in answers] == [201, 201]
    assert answers[0].json == answers[1].json
    assert len(leaves(energo, "consent")) == 2
