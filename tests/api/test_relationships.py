"""Relationships through the door: recorded, replaced, looked up, and what a check may rest on."""

from datetime import timedelta
from typing import Any

from app.domain.access import Role
from tests.api.exported import leaves, lookups, without_correlator
from tests.call_lists import csv_of, result, scrubbed
from tests.gate import EVIDENCE, Gate, Reply
from tests.persons import erased, traces_in_rows
from tests.relationships import NUMBER, accepting, related

SECOND = timedelta(seconds=1)


def history(gate: Gate, controller: str = "energo", *, key: str = "manager") -> Reply:
    return gate.post("/v1/relationships/search", {"controller": controller, "number": NUMBER}, key=key)


def test_a_relationship_is_answered_and_kept_as_it_was_said(energo: Gate) -> None:
    said: dict[str, Any] = {
        "number": "601 123 456",
        "ref": "order-7",
        "evidence": [EVIDENCE],
        "product_categories": ["gas", "energy"],
    }
    answer = related(energo, **said)
    assert answer.status == 201
    assert answer.json == {
        "id": answer.json["id"],
        "controller": "energo",
        "number": NUMBER,
        "kind": "customer",
        "product_categories": ["energy", "gas"],
        "since": "2026-11-08T10:00:00.000Z",
        "until": None,
        "recorded_at": "2026-11-18T10:00:00.000Z",
        "replaces": None,
        "counts": True,
        "ref": "order-7",
        "evidence": [EVIDENCE],
        "file": None,
        "row": None,
    }
    assert history(energo).json == {"controller": "energo", "number": NUMBER, "relationships": [answer.json]}
    (leaf,) = leaves(energo, "relationship")
    assert (leaf["id"], leaf["relationship"], leaf["replaces"]) == (answer.json["id"], "customer", None)
    assert "order-7" not in str(leaf)
    (lookup,) = lookups(energo, act="relationships_shown")
    assert lookup["found"] == 1


def test_a_customer_may_be_called_only_under_rules_that_accept_customers(energo: Gate) -> None:
    made = related(energo).json["id"]
    accepting(energo, "inquiry")
    assert energo.check(NUMBER)["decision"] == "deny"
    accepting(energo, "customer")
    allowed = energo.check(NUMBER)
    assert (allowed["decision"], allowed["basis"]["consent_id"]) == ("allow", made)
    leaf = leaves(energo, "check")[-1]
    assert len(leaf["relationships"]) == 1
    assert energo.get(f"/v1/decisions/{allowed['decision_id']}/replay", key="auditor").json["equal"] is True
    assert energo.check("+420602123456")["decision"] == "deny"


def test_one_about_another_product_permits_nothing(energo: Gate) -> None:
    accepting(energo, "customer")
    related(energo, product_categories=["loans"])
    assert energo.check(NUMBER)["primary_reason"] == "product_not_similar"


def test_the_end_of_a_contract_is_the_end_of_the_permission(energo: Gate) -> None:
    accepting(energo, "contract", contract_days=30)
    begun = (energo.now - timedelta(days=400)).isoformat()
    first = related(energo, kind="contract", ref="c-1", since=begun).json
    assert energo.check(NUMBER)["decision"] == "allow"
    energo.now += SECOND
    ended = (energo.now - timedelta(days=31)).isoformat()
    second = related(energo, kind="contract", ref="c-1", since=begun, until=ended).json
    assert second["replaces"] == first["id"]
    assert energo.check(NUMBER)["primary_reason"] == "customer_window_passed"
    assert [one["counts"] for one in history(energo).json["relationships"]] == [False, True]
    third = related(energo, kind="contract", ref="c-2", since=begun, until=ended).json
    assert third["replaces"] is None, "another reference is another contract"


def test_a_replaced_purchase_counts_no_more_though_it_was_the_younger_one(energo: Gate) -> None:
    accepting(energo, "customer", customer_months=12)
    related(energo)
    assert energo.check(NUMBER)["decision"] == "allow"
    energo.now += SECOND
    related(energo, since=(energo.now - timedelta(days=500)).isoformat())
    assert energo.check(NUMBER)["decision"] == "deny"


def test_a_person_who_said_no_to_the_controller_is_not_called_as_a_customer(energo: Gate) -> None:
    accepting(energo, "customer")
    related(energo)
    body = {"number": NUMBER, "scope": "controller", "controller": "energo", "reason": "objection"}
    assert energo.post("/v1/suppressions", body | {"since": energo.now.isoformat()}).status == 201
    assert energo.check(NUMBER)["primary_reason"] == "objected_controller"


def test_what_makes_no_sense_is_refused_and_nothing_is_kept(energo: Gate) -> None:
    now, before = energo.now, energo.now - timedelta(days=20)
    spoilt: list[tuple[dict[str, Any], str]] = [
        ({"since": (now + SECOND).isoformat()}, "absurd_time"),
        ({"since": "1989-12-31T23:59:59Z"}, "absurd_time"),
        ({"until": before.isoformat()}, "ends_before_it_begins"),
        ({"until": (now + SECOND).isoformat()}, "absurd_time"),
        ({"kind": "inquiry", "until": (now + SECOND).isoformat()}, "absurd_time"),
        ({"kind": "contract", "ref": "c-1", "until": "2200-01-01T00:00:01Z"}, "absurd_time"),
        ({"kind": "contract"}, "needs_reference"),
        ({"kind": "friend"}, "invalid_body"),
        ({"since": "2026-11-01T10:00:00"}, "invalid_body"),
        ({"product_categories": ["Energy"]}, "invalid_body"),
        ({"product_categories": ["energy"] * 17}, "invalid_body"),
        ({"evidence": ["ab" * 32]}, "invalid_body"),
        ({"ref": "x\n"}, "invalid_body"),
        ({"number": "601"}, "bad_number"),
        ({"until_at": None}, "invalid_body"),
    ]
    for change, code in spoilt:
        answer = related(energo, **change)
        assert (answer.status, answer.json["code"]) == (422, code), change
    assert leaves(energo, "relationship") == []


def test_times_and_references_are_taken_up_to_their_edges(energo: Gate) -> None:
    now = energo.now.isoformat()
    assert related(energo, since=now, until=now).status == 201
    assert related(energo, since="1990-01-01T00:00:00Z").status == 201
    assert related(energo, kind="contract", ref="c-1").status == 201
    assert related(energo, kind="contract", ref="c-2", until="2200-01-01T00:00:00Z").status == 201
    assert related(energo, kind="contract", until=now).status == 201, "what has ended needs no reference"


def test_another_controllers_relationships_are_unknown_to_a_key(energo: Gate) -> None:
    accepting(energo, "customer")
    related(energo)
    bank = energo.controller("bank")
    energo.campaign("spring", "bank")
    key = energo.key(Role.COMPLIANCE, controllers=[bank])
    theirs, none = history(energo, key=key), history(energo, "nobody", key=key)
    assert theirs.status == none.status == 404
    assert without_correlator(theirs.json) == without_correlator(none.json)
    assert related(energo, key=key).status == 404
    own = history(energo, "bank", key=key)
    assert (own.status, own.json["relationships"]) == (200, [])
    assert energo.check(NUMBER, "spring")["decision"] == "deny", "a customer of one is nobody's to another"
    assert len(leaves(energo, "relationship")) == 1
    for role in ("dialer", "manager", "auditor"):
        assert related(energo, key=role).status == 403
    assert history(energo, key="dialer").status == 403


def test_a_repeated_key_records_nothing_twice(energo: Gate) -> None:
    body = {"controller": "energo", "number": NUMBER, "kind": "inquiry", "since": energo.now.isoformat()}
    answers = [energo.post("/v1/relationships", body, headers={"Idempotency-Key": "k-1"}) for _ in range(2)]
    assert answers[0].json == answers[1].json
    assert len(leaves(energo, "relationship")) == 1


def test_a_ready_list_follows_what_was_recorded_since(energo: Gate) -> None:
    accepting(energo, "contract")
    related(energo, kind="contract", ref="c-1")
    listed = scrubbed(energo, csv_of([[NUMBER, "Jana"]]))
    assert [row["decision"] for row in result(energo, listed)] == ["allow"]
    long_ago = (energo.now - timedelta(days=100)).isoformat()
    related(energo, kind="contract", ref="c-1", since=long_ago, until=long_ago)
    assert [row["decision"] for row in result(energo, listed)] == ["deny"]


def test_an_erased_persons_relationships_lose_number_and_reference(energo: Gate) -> None:
    accepting(energo, "customer")
    related(energo, ref="order-Jana-7")
    done = erased(energo, NUMBER)
    energo.work()
    assert done["removed"]["relationships"] == 1
    assert done["removed"]["openings"] == 1
    assert traces_in_rows(energo, ["601123456", "order-Jana-7"]) == []
    assert history(energo).json["relationships"] == []
    assert energo.check(NUMBER)["decision"] == "deny"
    assert len(leaves(energo, "relationship")) == 1, "the leaf stays, and names nobody"


def test_a_long_history_fits_the_entry_with_every_relationship_and_a_longer_one_denies(energo: Gate) -> None:
    accepting(energo, "contract")
    for count in range(8):
        related(energo, kind="contract", ref=f"c-{count}")
    for count in range(24):
        energo.consent(NUMBER, product_categories=[f"product-{count}"])
    decided = energo.check(NUMBER)
    assert (decided["decision"], len(leaves(energo, "check")[-1]["relationships"])) == ("allow", 8)
    energo.consent(NUMBER, product_categories=["one-more"])
    assert energo.check(NUMBER)["decision"] == "deny"
