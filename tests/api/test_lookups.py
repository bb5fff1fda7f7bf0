"""Reading is an entry too: who read what stands in the log of whom it was about, before the answer leaves."""

from typing import Any

import pytest

from app.domain.access import Role
from tests.api.exported import every_entry, leaves, lookups
from tests.call_lists import csv_of, scrubbed
from tests.databases import Template
from tests.faults import Database
from tests.gate import Gate

NUMBER, NOBODY = "+420601123456", "+420777000000"


def controllers_of(gate: Gate, act: str) -> list[str]:
    """Give whose logs tell of an act, by slug; the operator's is the empty word."""
    by_log = {}
    for slug in ("energo", "bank"):
        for entry in every_entry(gate, f"&controller={slug}"):
            by_log[entry["log"]] = slug
    return sorted(by_log.get(leaf["log"], "") for leaf in lookups(gate, act=act))


def two(gate: Gate) -> int:
    """Add a bank with a campaign, ask both about one number, and give the bank's id."""
    bank = gate.controller("bank")
    gate.campaign("spring", "bank")
    gate.consent(NUMBER)
    gate.check(NUMBER)
    gate.check(NUMBER, "spring")
    return bank


def test_every_call_that_shows_what_is_held_leaves_an_entry(energo: Gate) -> None:
    energo.consent(NUMBER)
    decision = energo.check(NUMBER)["decision_id"]
    listed = scrubbed(energo, csv_of([[NUMBER, "a"], [NOBODY, "b"]]))
    energo.integrate()
    about = {"controller": "energo", "number": NUMBER}
    search: list[tuple[str, dict[str, Any] | None, dict[str, Any]]] = [
        ("/v1/consents/search", about, {"act": "consents_shown", "found": 1}),
        ("/v1/suppressions/search", about, {"act": "suppressions_shown", "found": 0}),
        ("/v1/decisions/search", {"number": NUMBER}, {"act": "decisions_shown", "found": 1}),
        ("/v1/decisions?controller=energo&kind=test", None, {"act": "decisions_shown", "check": "test", "found": 0}),
        (f"/v1/decisions/{decision}", None, {"act": "decision_shown", "decision": decision, "found": 1}),
        (f"/v1/decisions/{decision}/replay", None, {"act": "decision_replayed", "decision": decision, "found": 1}),
        (f"/v1/lists/{listed}/rows", None, {"act": "list_rows_shown", "list": listed, "rows": "all", "found": 2}),
        (f"/v1/lists/{listed}/file", None, {"act": "list_downloaded", "list": listed, "rows": "allow", "found": None}),
        ("/v1/log/search", about | {"kind": "consent"}, {"act": "log_shown", "kind_asked": "consent", "found": 1}),
        ("/v1/log/export?controller=energo&format=csv", None, {"act": "log_exported", "format": "csv", "found": None}),
        ("/v1/log/bundle?controller=energo", None, {"act": "bundle_made", "openings": False, "found": None}),
        (f"/v1/decisions/{decision}/pack", {}, {"act": "pack_made", "decision": decision}),
        ("/v1/persons/pack", about, {"act": "pack_made"}),
    ]
    for path, body, told in search:
        before = len(lookups(energo, **told))
        answer = energo.get(path) if body is None else energo.post(path, body)
        assert answer.status == 200, (path, answer.text)
        energo.now = energo.now.replace(second=energo.now.second + 2)
        found = lookups(energo, **told)
        assert len(found) == before + 1, (path, lookups(energo))
        assert found[-1]["actor"] == energo.keys["admin"].split("_")[2]
        assert ("number" in found[-1]) is (NUMBER in str(body) or "/decisions/" in path), path


def test_each_log_learns_of_its_own_records_alone(energo: Gate) -> None:
    two(energo)
    energo.check(NUMBER)
    assert len(energo.post("/v1/decisions/search", {"number": NUMBER}).json["items"]) == 3
    energo.now = energo.now.replace(second=5)
    assert controllers_of(energo, "decisions_shown") == ["bank", "energo"]
    assert sorted(leaf["found"] for leaf in lookups(energo, act="decisions_shown")) == [1, 2]
    ids = {leaf["log"]: leaf["id"] for leaf in lookups(energo, act="decisions_shown")}
    assert len(ids) == 2, "an entry of its own each"


def test_what_led_to_nothing_is_kept_where_nobody_else_learns_of_it(energo: Gate) -> None:
    bank = two(energo)
    energo.now = energo.now.replace(second=5)
    energo.post("/v1/decisions/search", {"number": NOBODY, "campaign": "winter"}, key="auditor")
    energo.now = energo.now.replace(second=10)
    (leaf,) = lookups(energo, act="decisions_shown", found=0)
    assert controllers_of(energo, "decisions_shown") == [""], "an auditor of all: the operator's log"
    both = energo.key(Role.AUDITOR, controllers=[1, bank])
    energo.post("/v1/decisions/search", {"number": NOBODY, "campaign": "winter"}, key=both)
    energo.now = energo.now.replace(second=15)
    assert controllers_of(energo, "decisions_shown") == ["", "bank", "energo"]
    words = {entry["log"]: entry["fields"] for entry in every_entry(energo) if '"found":0' in entry["leaf"]}
    assert words.pop(leaf["log"]) == {"campaign": "winter"}
    assert list(words.values()) == [{}, {}], "a word that was typed may be another client's"
    energo.get("/v1/decisions?controller=bank&verdict=allow", key=both)
    energo.now = energo.now.replace(second=20)
    assert controllers_of(energo, "decisions_shown").count("bank") == 2, "the controller that was named"


def test_a_key_of_one_controller_leaves_no_trace_with_another(energo: Gate) -> None:
    bank = two(energo)
    energo.now = energo.now.replace(second=5)
    key = energo.key(Role.ADMIN, controllers=[bank], scopes=())
    auditor = energo.key(Role.AUDITOR, controllers=[bank])
    before = len(every_entry(energo, "&controller=energo"))
    for path in ("/v1/decisions", "/v1/decisions?controller=energo", "/v1/log/export", "/v1/decisions?campaign=winter"):
        assert energo.get(path, key=auditor).status == 200
    for body in ({"number": NUMBER}, {"number": NUMBER, "campaign": "winter"}, {"number": NOBODY}):
        assert energo.post("/v1/decisions/search", body, key=auditor).status == 200
        body.pop("campaign", None)
        assert energo.post("/v1/log/search", body, key=auditor).status == 200
    energo.now = energo.now.replace(second=10)
    own = [leaf for leaf in leaves(energo, "lookup") if leaf["actor"] == auditor.split("_")[2]]
    assert len(own) == 10
    assert set(controllers_of(energo, "decisions_shown")) == {"bank"}
    theirs = [e for e in every_entry(energo, "&controller=energo") if auditor.split("_")[2] in e["leaf"]]
    assert theirs == []
    assert before > 0
    assert energo.get("/v1/decisions", key=key).status == 403


def test_a_key_of_no_controller_reads_nothing_and_writes_nothing(energo: Gate) -> None:
    energo.check(NUMBER)
    nobody = energo.key(Role.AUDITOR, controllers=[])
    assert energo.get("/v1/decisions", key=nobody).json["items"] == []
    assert energo.post("/v1/log/search", {}, key=nobody).json["items"] == []
    energo.now = energo.now.replace(second=5)
    assert lookups(energo) == []


@pytest.mark.parametrize("path", ["/v1/decisions", "/v1/log/export", "/v1/log/export?format=parquet"])
def test_nothing_is_shown_where_it_cannot_be_put_on_record(
    energo: Gate, path: str, request: pytest.FixtureRequest
) -> None:
    energo.consent(NUMBER)
    energo.check(NUMBER)
    url = energo.context.engine.url.render_as_string(hide_password=False)
    template: Template | None = None if url.startswith("sqlite") else request.getfixturevalue("postgres_empty")
    with Database.opened(url, template) as database, database.failing_commits(energo.context.engine):
        answer = energo.get(path)
        assert (answer.status, answer.json["code"]) == (503, "outcome_unknown")
        search = energo.post("/v1/consents/search", {"controller": "energo", "number": NUMBER})
        assert (search.status, NUMBER in search.text) == (503, False)
    assert energo.get(path).status == 200


def test_what_is_refused_leaves_no_entry(energo: Gate) -> None:
    energo.check(NUMBER)
    nowhere = "/v1/decisions/01a1ee19-5500-7000-8934-5dc7859c5344"
    for path in (nowhere, "/v1/decisions?limit=0", "/v1/log/export?form=x"):
        assert energo.get(path).status in (404, 422)
    assert energo.get("/v1/decisions", key="dialer").status == 403
    energo.now = energo.now.replace(second=5)
    assert lookups(energo) == []
