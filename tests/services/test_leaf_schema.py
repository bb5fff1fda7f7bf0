"""Leaves: every kind that the service can write fits the published schema, and names nobody."""

import base64
import hashlib
import hmac
import json
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import rfc8785

from app.domain.access import Role, operator
from app.domain.leaf import MAX_LEAF, LeafKind, leaf_bytes
from app.services.api_keys import end_api_key, read_credential
from app.services.installation import record_grant, record_upgrade
from app.services.log import log_of
from app.services.log_export import ExportFormat
from app.services.lookups import LookupAct
from app.services.publication import publish_log
from app.services.retention import record_deleted_lists, switch_retention
from tests.api.exported import entries, every_entry
from tests.call_lists import released
from tests.called import every_act_of_a_person
from tests.gate import WEDNESDAY, Gate
from tests.lifts import lifted, proposed_lift, suppressed
from tests.persons import erased, proposed
from tests.registers import every_act
from tests.rulesets import change_rules
from tests.services.ties import tie
from tests.users import every_act_on_a_user

SCHEMA = Path(__file__).parents[2] / "app" / "static" / "log" / "leaf-v1.schema.json"
NUMBER, OTHER, THIRD = "+420601123456", "+420602123456", "+420603123456"
PERSONAL = (
    *("601123456", "602123456", "603123456", "Nováková", "Praha 7", "lead-55", "form-881", "complaint-3"),
    *("secret-list", "yes.csv"),
    *("energo", "Energo", "winter", "Winter", "dana-novotna", "dialgate.example"),
)
CONSENTS = f"""number,action,purposes,voice_modes,product_categories,origin,obtained_at,ref
{OTHER},given,marketing,live,energy,paper,2026-11-01T10:00:00Z,form-881
"""


def exercise(gate: Gate) -> None:
    """Do everything that the log keeps a record of."""
    person = {"name": "Jana Nováková", "capacity": "subscriber", "address": "Praha 7"}
    notice = {"version": "2026-03", "language": "cs", "sha256": "sha256:" + "0" * 64}
    gate.consent(NUMBER, person=person, notice=notice, ref="form-881", expires_at="2027-01-01T00:00:00Z")
    gate.consent(OTHER, notice={"version": "1"})
    tie(gate, number=NUMBER, other=OTHER)
    allowed = gate.check(NUMBER, ref="lead-55", party_type="consumer", number_source="own_customer")
    asked: list[dict[str, Any]] = [{"kind": "list"}, {"at": "2026-11-29T10:00:00Z"}, {"voice_mode": "ai"}]
    for changes in asked:
        gate.check(NUMBER, **changes)
    for number in ("112", "+4915123456789", "+421901123456", "+800 1234 5678"):
        gate.check(number)
    report = {"attempted_at": gate.now.isoformat(), "result": "answered", "opt_out": True}
    assert gate.post(f"/v1/decisions/{allowed['decision_id']}/outcome", report).status == 200
    objection = {"number": OTHER, "reason": "complaint", "since": gate.now.isoformat(), "ref": "complaint-3"}
    for scope in ({"scope": "controller", "controller": "energo"}, {"scope": "all"}):
        assert gate.post("/v1/suppressions", objection | scope).status == 201
    for controller in ("energo", None):
        lifted(gate, suppressed(gate, OTHER, controller=controller))
        rejected = proposed_lift(gate, suppressed(gate, OTHER, controller=controller))
        assert gate.post(f"/v1/suppressions/lifts/{rejected}/reject", {}).status == 200
    gate.withdraw(NUMBER)
    gate.check(NUMBER)
    for action in ("refused", "revoked", "invalidated"):
        gate.consent(NUMBER, action=action)
    imported = gate.upload("/v1/consents/import?controller=energo&filename=yes.csv", CONSENTS.encode())
    assert imported.status == 200, imported.text
    rows = f"number,scope,reason,since,ref\n{OTHER},controller,objection,2026-11-01T10:00:00Z,complaint-3\n"
    assert gate.upload("/v1/suppressions/import?controller=energo&filename=yes.csv", rows.encode()).status == 200
    gate.check(OTHER)
    for file in (f"phone\n{NUMBER}\n{OTHER}\n".encode(), b"\x00\x01\x02 not a file"):
        gate.upload("/v1/lists?campaign=winter&filename=secret-list.csv", file)
    gate.work()
    ready = next(one["id"] for one in gate.get("/v1/lists").json["items"] if one["state"] == "ready")
    released(gate, ready)
    every_act(gate, ready)
    read_everything(gate, allowed["decision_id"])
    forget(gate)
    named = gate.key(Role.MANAGER, controllers=[1])
    with gate.context.transaction() as tx:
        end_api_key(tx.session, id=read_credential(named).id, actor=operator("dana-novotna"), now=tx.now)
    every_act_on_a_user(gate)
    every_act_of_a_person(gate, OTHER)


def forget(gate: Gate) -> None:
    """Erase persons in every way that leaves an entry."""
    gate.consent(THIRD, person={"name": "Jana Nováková"})
    gate.check(THIRD)
    erased(gate, THIRD, ref="complaint-3")
    erased(gate, THIRD, None)
    rejected = proposed(gate, THIRD)
    assert gate.post(f"/v1/persons/erasure/{rejected}/reject", {}).status == 200
    with gate.context.transaction() as tx:
        for is_on in (True, False):
            switch_retention(tx.session, controller_id=1, is_on=is_on, actor=operator("dana-novotna"), now=tx.now)
        record_deleted_lists(tx.session, controller_id=1, count=2, actor=operator("dana-novotna"), now=tx.now)


def read_everything(gate: Gate, decision: str) -> None:
    """Read what can be read, in every way that leaves an entry."""
    gate.integrate()
    listed = gate.get("/v1/lists").json["items"]
    ready = next(one["id"] for one in listed if one["state"] == "ready")
    about = {"controller": "energo", "number": NUMBER}
    words = {"campaign": "winter", "verdict": "deny", "reason": "no_consent", "kind": "auto"}
    for path, body in (
        ("/v1/consents/search", about),
        ("/v1/suppressions/search", about),
        ("/v1/decisions/search", about | words | {"from": "2026-11-18T10:00:00.5Z", "ref": "lead-55"}),
        ("/v1/log/search", about | {"kind": "check", "act": "secret_list", "to": "2026-11-18T10:00:00Z"}),
        (f"/v1/decisions/{decision}/pack", {"language": "cs"}),
        ("/v1/persons/pack", about),
    ):
        assert gate.post(path, body).status == 200, path
    asked = "campaign=winter&verdict=deny&reason=no_consent&kind=check&from=2026-01-01T00:00:00%2B01:00"
    for path in (
        f"/v1/decisions/{decision}",
        f"/v1/decisions/{decision}/replay",
        f"/v1/lists/{ready}/rows?verdict=allow",
        f"/v1/lists/{ready}/file?verdict=all",
        "/v1/log/bundle?controller=energo&openings=yes&to=2027-01-01T00:00:00Z",
        *(f"/v1/log/export?format={format}&{asked}" for format in ExportFormat),
    ):
        assert gate.get(path).status == 200, path


def install(gate: Gate) -> None:
    """Do what is done to an installation."""
    change_rules(gate, login="dana-novotna", reason="Nováková")
    with gate.context.transaction() as tx:
        record_upgrade(tx.session, before=None, revision="0011", actor=operator("dana-novotna"), now=tx.now)
        record_grant(tx.session, role="dana-novotna", actor=operator("dana-novotna"), now=tx.now)
        log = log_of(tx.session, controller_id=None)
        for is_open in (True, False):
            publish_log(tx.session, log=log, is_open=is_open, actor=operator("dana-novotna"), now=tx.now)


UNWRITTEN: dict[LeafKind, dict[str, Any]] = {
    LeafKind.EPOCH: {
        "act": "declared",
        "shard": "2026",
        "size": 1000,
        "root": "A" * 43 + "=",
        "kept": 990,
        "kept_root": "A" * 43 + "=",
    },
}
"""Samples of kinds that nothing here brings about."""


def test_every_kind_has_a_closed_schema() -> None:
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    assert sorted(one["$ref"].removeprefix("#/$defs/") for one in schema["oneOf"]) == sorted(LeafKind)
    for kind in LeafKind:
        whole = schema["$defs"][kind.value]
        for body in whole.get("oneOf", [whole]):
            assert body["additionalProperties"] is False, kind
            assert body["properties"]["kind"] == {"const": kind.value}
            assert body["description"]


@pytest.mark.parametrize("kind", UNWRITTEN)
def test_what_is_written_later_has_its_schema_now(kind: LeafKind) -> None:
    validator = jsonschema_rs.Draft202012Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))
    body = {"actor": "cli", "fields": "0" * 64, **UNWRITTEN[kind]}
    id = "01a1ee19-5500-7000-8934-5dc7859c5344"
    leaf = json.loads(leaf_bytes(kind, log="0" * 32, id=id, at=WEDNESDAY, body=body))
    assert validator.is_valid(leaf)
    assert validator.is_valid({name: value for name, value in leaf.items() if name != "fields"})
    assert not validator.is_valid(leaf | {"name": "Jana"})
    for name in UNWRITTEN[kind]:
        assert not validator.is_valid({key: value for key, value in leaf.items() if key != name}), name
        assert not validator.is_valid(leaf | {name: "+420601123456"}), name


def test_every_kind_of_leaf_fits_the_published_schema_and_names_nobody(energo: Gate) -> None:
    exercise(energo)
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    validator = jsonschema_rs.Draft202012Validator(schema)
    install(energo)
    found = every_entry(energo)
    assert {entry["kind"] for entry in found} == set(LeafKind) - set(UNWRITTEN)
    acts = {leaf.get("act") for leaf in (json.loads(entry["leaf"]) for entry in found)}
    assert acts >= {"received", "scrubbed", "activated", "controller_added", "campaign_added", "created", "revoked"}
    assert acts >= {"registered", "imported", "activated", "rejected", "submitted"}
    assert acts >= {"lift_proposed", "suppression_lifted", "lift_rejected", "released"}
    assert acts >= {"registration_added", "registration_ended", "evidence_held"}
    assert acts >= {"user_invited", "user_password_set", "user_reset", "user_changed", "user_disabled"}
    assert acts >= {"role_granted", "schema_upgraded", "log_published", "log_unpublished", *LookupAct} - {
        LookupAct.ACCESS_GIVEN
    }
    for entry in found:
        leaf = json.loads(entry["leaf"])
        own = schema["$defs"][leaf["kind"]] | {"$defs": schema["$defs"]}
        errors = [f"{error.instance_path}: {error.message}" for error in jsonschema_rs.iter_errors(own, leaf)]
        assert errors == [], (leaf, errors[:3])
        assert validator.is_valid(leaf)
        assert len(entry["leaf"].encode()) <= MAX_LEAF
        for word in PERSONAL:
            assert word not in entry["leaf"], (word, leaf)


def test_a_leaf_that_says_more_or_less_does_not_fit(energo: Gate) -> None:
    validator = jsonschema_rs.Draft202012Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))
    energo.check(NUMBER)
    for entry in entries(energo):
        leaf = json.loads(entry["leaf"])
        assert not validator.is_valid(leaf | {"name": "Jana"})
        assert not validator.is_valid(leaf | {"schema": 2})
        for name in leaf:
            # what is not known of a call is left out of its check
            if name not in ("fields", "relationships", "attempts") or leaf["kind"] in ("admin", "key", "import"):
                assert not validator.is_valid({k: v for k, v in leaf.items() if k != name}), name


def test_hashes_and_commitments_are_computed_again_from_the_export(energo: Gate) -> None:
    exercise(energo)
    committed = set()
    for entry in every_entry(energo):
        data = entry["leaf"].encode()
        leaf = json.loads(data)
        digest = hashlib.sha256(b"\x00" + data).digest()
        assert base64.urlsafe_b64encode(digest).rstrip(b"=").decode() == entry["leaf_hash"]
        assert rfc8785.dumps(leaf) == data, "the stored bytes are canonical"
        if entry["salt"] is None:
            committed.add("erased")
            continue
        salt = base64.b64decode(entry["salt"])
        assert len(salt) == 32
        if "number" in leaf:
            committed.add("number")
            assert leaf["number"] == hmac.new(salt, entry["number"].encode(), hashlib.sha256).hexdigest()
        else:
            assert entry["number"] is None
        if "fields" in leaf:
            committed.add("fields")
            opened = hmac.new(salt, b"fields:" + rfc8785.dumps(entry["fields"]), hashlib.sha256)
            assert leaf["fields"] == opened.hexdigest()
        else:
            assert entry["fields"] == {}
    assert committed == {"number", "fields", "erased"}
    salts = [entry["salt"] for entry in every_entry(energo) if entry["salt"] is not None]
    assert len(set(salts)) == len(salts)
