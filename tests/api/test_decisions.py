"""Decisions on record: found, paged, and never a permission any more."""

from datetime import timedelta
from typing import Any

from tests.gate import Gate

YES, NO = "+420601123456", "+420602123456"


def ids(gate: Gate, query: str = "", **body: Any) -> list[str]:
    if body:
        answer = gate.post("/v1/decisions/search", body, key="auditor")
    else:
        answer = gate.get(f"/v1/decisions?{query}", key="auditor")
    assert answer.status == 200, answer.text
    return [one["decision_id"] for one in answer.json["items"]]


def history(gate: Gate) -> dict[str, str]:
    """Make one decision a second, oldest first, and give their ids by name."""
    gate.controller("bank")
    gate.campaign("spring", "bank")
    gate.consent(YES)
    made = {}
    for name, number, campaign, changes in (
        ("allow", YES, "winter", {}),
        ("deny", NO, "winter", {"ref": "r"}),
        ("bank", YES, "spring", {}),
        ("test", YES, "winter", {"kind": "test"}),
    ):
        made[name] = gate.check(number, campaign, **changes)["decision_id"]
        gate.now += timedelta(seconds=1)
    return made


def test_decisions_are_found_newest_first_by_what_they_are(energo: Gate) -> None:
    made = history(energo)
    order = [made[name] for name in ("test", "bank", "deny", "allow")]
    assert ids(energo) == order
    for query, names in (
        ("verdict=allow", ["test", "allow"]),
        ("verdict=deny", ["bank", "deny"]),
        ("verdict=defer", []),
        ("reason=no_consent", ["bank", "deny"]),
        ("reason=objected_all", []),
        ("kind=test", ["test"]),
        ("campaign=winter", ["test", "deny", "allow"]),
        ("controller=bank", ["bank"]),
        ("controller=nobody", []),
        ("campaign=winter&verdict=allow&kind=auto", ["allow"]),
        ("from=2026-11-18T10:00:01Z", ["test", "bank", "deny"]),
        ("to=2026-11-18T10:00:01Z", ["allow"]),
        ("from=2026-11-18T11:00:01%2B01:00&to=2026-11-18T10:00:02Z", ["deny"]),
    ):
        assert ids(energo, query) == [made[name] for name in names], query


def test_a_number_is_searched_in_a_body_and_never_in_an_address(energo: Gate) -> None:
    made = history(energo)
    assert ids(energo, number=YES) == [made[name] for name in ("test", "bank", "allow")]
    assert ids(energo, number="602 123 456", region="CZ") == [made["deny"]]
    assert ids(energo, number=YES, controller="bank", verdict="deny") == [made["bank"]]
    assert ids(energo, number="+420603123456") == []
    refused = energo.post("/v1/decisions/search", {"number": "602 123 456"}, key="auditor")
    assert (refused.status, refused.json["errors"][0]["pointer"]) == (422, "/number")
    assert energo.get("/v1/decisions?number=%2B420601123456", key="auditor").status == 422


def test_any_reason_finds_a_decision_not_only_the_first(energo: Gate) -> None:
    objection = {"number": NO, "scope": "controller", "controller": "energo", "reason": "objection"}
    assert energo.post("/v1/suppressions", objection | {"since": energo.now.isoformat()}).status == 201
    energo.consent(YES)
    energo.check(YES)
    denied = energo.check(NO)
    assert [one["code"] for one in denied["reasons"]] == ["objected_controller", "no_consent", "no_consent"]
    for reason in ("objected_controller", "no_consent"):
        assert ids(energo, f"reason={reason}") == [denied["decision_id"]], reason
    assert ids(energo, number=NO, reason="no_consent") == [denied["decision_id"]]
    assert ids(energo, number=NO, reason="consent_withdrawn") == []


def test_a_decision_is_found_by_the_reference_the_dialer_gave(energo: Gate) -> None:
    made = history(energo)
    assert ids(energo, ref="r") == [made["deny"]]
    assert ids(energo, ref="r", controller="bank") == []
    assert ids(energo, ref="' OR 1=1 --") == []
    assert energo.get("/v1/decisions?ref=r", key="auditor").status == 422, "it may name a person: never in an address"


def test_pages_lose_nothing_and_repeat_nothing_even_within_one_instant(energo: Gate) -> None:
    items = [{"number": f"+420601{place:06}", "campaign": "winter"} for place in range(100_000, 100_057)]
    made = energo.post("/v1/checks/batch", {"items": items}, key="dialer").json["items"]
    expected = {one["decision_id"] for one in made}
    for limit in (1, 7, 56, 57, 58):
        seen: list[str] = []
        cursor = ""
        while True:
            page = energo.get(f"/v1/decisions?limit={limit}{cursor}", key="auditor").json
            assert len(page["items"]) <= limit
            seen += [one["decision_id"] for one in page["items"]]
            if page["next"] is None:
                break
            cursor = f"&cursor={page['next']}"
        assert len(seen) == 57
        assert set(seen) == expected
    body = {"number": "601 100 000", "region": "CZ", "limit": 1}
    assert energo.post("/v1/decisions/search", body, key="auditor").json["next"] is None


def test_a_decision_read_back_is_no_permission(energo: Gate) -> None:
    energo.consent(YES)
    answer = energo.check(YES)
    read = energo.get(f"/v1/decisions/{answer['decision_id']}", key="auditor").json
    assert read["expires_in"] is None
    assert "receipt" not in read
    assert read["outcome"] is None
    assert (read["valid_until"], read["reasons"]) == (answer["valid_until"], [])
    assert energo.get("/v1/decisions/01a1ee19-5500-7000-8934-5dc7859c5344", key="auditor").status == 404
