"""Repeated requests: a write gives its first answer, a check is decided again."""

import threading
from datetime import timedelta
from typing import Any

from tests.api.exported import leaves
from tests.gate import EVIDENCE, Gate, Reply

NUMBER, OTHER = "+420601123456", "+420602123456"
CHECK = {"number": NUMBER, "campaign": "winter"}
SECOND = timedelta(seconds=1)


def send(gate: Gate, path: str, body: Any, *, using: str = "k1", key: str = "admin") -> Reply:
    return gate.post(path, body, key=key, headers={"Idempotency-Key": using})


def consent(gate: Gate, number: str = NUMBER, **changes: Any) -> dict[str, Any]:
    return {
        "controller": "energo",
        "number": number,
        "action": "given",
        "origin": "web_form",
        "obtained_at": (gate.now - timedelta(hours=1)).isoformat(),
        "purposes": ["marketing"],
        "voice_modes": ["live"],
        "product_categories": ["energy"],
        "evidence": [EVIDENCE],
    } | changes


def test_a_repeated_write_gives_the_first_answer_and_writes_nothing(energo: Gate) -> None:
    objection = {"number": NUMBER, "scope": "controller", "controller": "energo", "reason": "other"}
    writes: list[tuple[str, dict[str, Any]]] = [
        ("/v1/consents", consent(energo)),
        ("/v1/suppressions", objection | {"since": energo.now.isoformat()}),
        ("/v1/controllers", {"slug": "bank", "name": "Bank", "country": "CZ"}),
        ("/v1/campaigns", {"slug": "spring", "controller": "energo", "name": "Spring", "call_class": "service"}),
    ]
    writes[3][1].update({"voice_mode": "live", "product_category": "energy"})
    firsts = [send(energo, path, body, using=path) for path, body in writes]
    assert [answer.status for answer in firsts] == [201] * 4
    written = leaves(energo)
    energo.now += SECOND * 600
    for (path, body), first in zip(writes, firsts, strict=True):
        again = send(energo, path, body, using=path)
        assert (again.status, again.data) == (first.status, first.data)
    assert leaves(energo) == written


def test_a_repeated_outcome_gives_the_first_answer(energo: Gate) -> None:
    energo.consent(NUMBER)
    path = f"/v1/decisions/{energo.check(NUMBER)['decision_id']}/outcome"
    report = {"attempted_at": energo.now.isoformat(), "result": "answered", "opt_out": True}
    first = send(energo, path, report)
    energo.now += SECOND
    assert send(energo, path, report).data == first.data
    assert len(leaves(energo, "outcome")) == len(leaves(energo, "suppression")) == 1


def test_a_key_with_another_body_or_route_is_refused(energo: Gate) -> None:
    assert send(energo, "/v1/consents", consent(energo)).status == 201
    withdrawn = consent(energo) | {"action": "withdrawn"}
    check = send(energo, "/v1/checks", CHECK)
    for answer in (send(energo, "/v1/consents", withdrawn), check):
        assert (answer.status, answer.json["code"]) == (422, "idempotency_key_reused")
        assert "decision" not in answer.json
    assert len(leaves(energo, "consent")) == 1
    assert leaves(energo, "check") == []
    assert send(energo, "/v1/checks", CHECK, using="k2").status == 200
    for path, body in (("/v1/consents", withdrawn), ("/v1/checks", CHECK | {"ref": "x"})):
        assert send(energo, path, body, using="k2").status == 422


def test_a_key_is_one_to_two_hundred_printable_characters(energo: Gate) -> None:
    for key, status in (("k", 200), ("k" * 200, 200), ("k" * 201, 422), ("", 422), ("a b", 422), ("ž", 422)):
        assert send(energo, "/v1/checks", CHECK, using=key).status == status, key


def test_a_repeated_check_is_decided_again_and_never_replays_an_allow(energo: Gate) -> None:
    energo.consent(NUMBER)
    first = send(energo, "/v1/checks", CHECK).json
    energo.now += SECOND
    repeat = send(energo, "/v1/checks", CHECK).json
    assert first["repeat_of"] is None
    assert (repeat["decision"], repeat["repeat_of"]) == ("allow", first["decision_id"])
    assert repeat["decision_id"] != first["decision_id"]
    energo.now += SECOND
    energo.withdraw(NUMBER)
    denied = send(energo, "/v1/checks", CHECK).json
    assert (denied["decision"], denied["primary_reason"]) == ("deny", "consent_withdrawn")
    assert (denied["repeat_of"], denied["reservation"]) == (first["decision_id"], None)
    assert [leaf["repeat_of"] for leaf in leaves(energo, "check")] == [None] + [first["decision_id"]] * 2


def test_a_repeat_shares_the_place_only_while_the_first_permission_lasts(energo: Gate) -> None:
    energo.consent(NUMBER)
    first = send(energo, "/v1/checks", CHECK).json
    energo.now += timedelta(seconds=14, microseconds=999_999)
    assert send(energo, "/v1/checks", CHECK).json["reservation"] == first["decision_id"]
    energo.now += timedelta(microseconds=1)
    late = send(energo, "/v1/checks", CHECK).json
    assert late["reservation"] == late["decision_id"]


def test_a_repeat_takes_a_place_of_its_own_once_the_call_is_settled(energo: Gate) -> None:
    energo.consent(NUMBER)
    first = send(energo, "/v1/checks", CHECK).json
    repeat = send(energo, "/v1/checks", CHECK).json
    assert repeat["reservation"] == first["decision_id"]
    energo.now += SECOND
    report = {"attempted_at": energo.now.isoformat(), "result": "busy"}
    assert energo.post(f"/v1/decisions/{repeat['decision_id']}/outcome", report).status == 200
    third = send(energo, "/v1/checks", CHECK).json
    assert third["reservation"] == third["decision_id"]


def test_the_keys_of_two_callers_do_not_meet(energo: Gate) -> None:
    energo.consent(NUMBER)
    first = send(energo, "/v1/checks", CHECK, key="dialer").json
    other = send(energo, "/v1/checks", CHECK | {"ref": "x"}, key="admin")
    assert (other.status, other.json["repeat_of"]) == (200, None)
    assert other.json["reservation"] != first["reservation"]


def test_a_repeated_batch_links_every_item_and_another_batch_is_refused_whole(energo: Gate) -> None:
    energo.consent(NUMBER)
    items = [CHECK, {"number": "rubbish", "campaign": "winter"}, CHECK | {"number": OTHER}]
    first = send(energo, "/v1/checks/batch", {"items": items}).json["items"]
    again = send(energo, "/v1/checks/batch", {"items": items}).json["items"]
    assert [one.get("repeat_of") for one in again] == [first[0]["decision_id"], None, first[2]["decision_id"]]
    decided = len(leaves(energo, "check"))
    for other in (items[:1], items[:2], [*items, CHECK], [CHECK | {"number": OTHER}, *items]):
        answer = send(energo, "/v1/checks/batch", {"items": other})
        assert (answer.status, answer.json["code"]) == (422, "idempotency_key_reused")
    assert send(energo, "/v1/checks", CHECK).status == 422
    assert len(leaves(energo, "check")) == decided


def test_the_same_check_sent_twice_at_once_is_one_first_and_one_repeat(energo: Gate) -> None:
    energo.consent(NUMBER)
    answers: list[dict[str, Any]] = []
    threads = [
        threading.Thread(target=lambda: answers.append(send(energo, "/v1/checks", CHECK).json)) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    firsts = [one for one in answers if one["repeat_of"] is None]
    assert len(answers) == 8
    assert len(firsts) == 1
    assert {one["reservation"] for one in answers} == {firsts[0]["decision_id"]}


def test_the_same_write_sent_many_times_at_once_is_done_once(energo: Gate) -> None:
    body = consent(energo)
    answers: list[Reply] = []
    threads = [threading.Thread(target=lambda: answers.append(send(energo, "/v1/consents", body))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {answer.status for answer in answers} <= {201, 409}
    assert len({answer.data for answer in answers if answer.status == 201}) == 1
    assert len(leaves(energo, "consent")) == 1
    assert send(energo, "/v1/consents", body).status == 201
    assert len(leaves(energo, "consent")) == 1
