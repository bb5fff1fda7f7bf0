"""Leaves: every kind that the service can write fits the published schema, and names nobody."""

import base64
import hashlib
import hmac
import json
from pathlib import Path
from typing import Any

import jsonschema_rs
import rfc8785

from app.domain.access import Role, operator
from app.domain.leaf import MAX_LEAF, LeafKind
from app.services.api_keys import end_api_key, read_credential
from tests.api.exported import entries
from tests.gate import Gate

SCHEMA = Path(__file__).parents[2] / "app" / "static" / "log" / "leaf-v1.schema.json"
NUMBER, OTHER = "+420601123456", "+420602123456"
PERSONAL = (
    *("601123456", "602123456", "Nováková", "Praha 7", "lead-55", "form-881", "complaint-3", "secret-list", "yes.csv"),
    *("energo", "Energo", "winter", "Winter", "dana-novotna"),
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
    named = gate.key(Role.MANAGER, controllers=[1])
    with gate.context.transaction() as tx:
        end_api_key(tx.session, id=read_credential(named).id, actor=operator("dana-novotna"), now=tx.now)


def test_every_kind_of_leaf_fits_the_published_schema_and_names_nobody(energo: Gate) -> None:
    exercise(energo)
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    validator = jsonschema_rs.Draft202012Validator(schema)
    found = entries(energo)
    assert {entry["kind"] for entry in found} == set(LeafKind)
    acts = {leaf.get("act") for leaf in (json.loads(entry["leaf"]) for entry in found)}
    assert acts >= {"received", "scrubbed", "activated", "controller_added", "campaign_added", "created", "revoked"}
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
            if name != "fields" or leaf["kind"] in ("admin", "key", "import"):
                assert not validator.is_valid({k: v for k, v in leaf.items() if k != name}), name


def test_hashes_and_commitments_are_computed_again_from_the_export(energo: Gate) -> None:
    exercise(energo)
    committed = set()
    for entry in entries(energo):
        data = entry["leaf"].encode()
        leaf = json.loads(data)
        digest = hashlib.sha256(b"\x00" + data).digest()
        assert base64.urlsafe_b64encode(digest).rstrip(b"=").decode() == entry["leaf_hash"]
        assert rfc8785.dumps(leaf) == data, "the stored bytes are canonical"
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
    assert committed == {"number", "fields"}
    salts = [entry["salt"] for entry in entries(energo)]
    assert len(set(salts)) == len(salts)
