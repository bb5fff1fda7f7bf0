"""A row in every table, written by the service itself."""

from typing import Any

from app.db.log import Log
from app.db.registers import add_activation, add_register, add_rejection, add_snapshot, add_submission, snapshot_by_id
from app.db.trees import add_subtrees, shards_of
from app.domain.access import Role, operator
from app.domain.leaf import LeafKind
from app.domain.merkle import EMPTY_ROOT
from app.domain.outside import Loss
from app.domain.register import Coverage, Register, RegisterFormat
from app.services.api_keys import end_api_key, read_credential
from app.services.epochs import EpochReason, declare_epoch
from app.services.log import record_act
from app.services.publication import publish_log
from app.services.retention import switch_retention
from tests.gate import Gate
from tests.lifts import lifted, proposed_lift, suppressed
from tests.persons import erased, proposed
from tests.rulesets import BAN, proposed_ruleset

NUMBER, OTHER, ERASED = "+420601123456", "+420602123456", "+420603123456"


def fill(gate: Gate) -> None:
    """Leave at least one row in every append-only table."""
    gate.controller()
    gate.campaign()
    gate.consent(NUMBER)
    bought = {"controller": "energo", "number": NUMBER, "kind": "customer", "since": gate.now.isoformat()}
    assert gate.post("/v1/relationships", bought).status == 201
    entry = {
        "authority": "acs",
        "holder": "controller",
        "controller": "energo",
        "name": "12",
        "valid_from": "2026-01-01",
    }
    assert gate.post("/v1/registrations", entry).status == 201
    assert gate.upload("/v1/evidence?controller=energo", b"what the person said").status == 201
    decision = gate.check(NUMBER)["decision_id"]
    report = {"attempted_at": gate.now.isoformat(), "result": "answered", "opt_out": True}
    assert gate.post(f"/v1/decisions/{decision}/outcome", report).status == 200
    objection = {"number": OTHER, "scope": "all", "reason": "objection", "since": gate.now.isoformat()}
    assert gate.post("/v1/suppressions", objection).status == 201
    rows = f"number,scope,reason,since\n{OTHER},controller,objection,2026-11-01T10:00:00Z\n".encode()
    assert gate.upload("/v1/suppressions/import?controller=energo&filename=a.csv", rows).status == 200
    lifted(gate, suppressed(gate, OTHER))
    lifted(gate, suppressed(gate, OTHER, controller=None))
    proposed_lift(gate, suppressed(gate, OTHER))
    gate.consent(ERASED, evidence=[gate.upload("/v1/evidence?controller=energo", b"another").json["sha256"]])
    gate.check(ERASED)
    erased(gate, ERASED)
    proposed(gate, ERASED)
    proposed_ruleset(gate, BAN)
    with gate.context.transaction() as tx:
        switch_retention(tx.session, controller_id=1, is_on=False, actor=operator("test"), now=tx.now)
    revoked = gate.key(Role.DIALER)
    with gate.context.transaction() as tx:
        end_api_key(tx.session, id=read_credential(revoked).id, actor=operator("test"), now=tx.now)
    take_snapshots(gate)
    gate.integrate()
    with gate.context.transaction() as tx:
        shard = shards_of(tx.session)[0]
        add_subtrees(tx.session, shard=shard, roots=[(1, 0, bytes(32))])
        log = Log(id=shard.log_id, controller_id=None)
        publish_log(tx.session, log=log, is_open=True, actor=operator("test"), now=tx.now)
        loss = Loss(log_id="f" * 32, shard="2026", size=1, root=bytes(32), kept=0, kept_root=EMPTY_ROOT, is_known=False)
        declare_epoch(tx.session, losses=[loss], reason=EpochReason.UNKNOWN, actor=operator("test"), now=tx.now)


def take_snapshots(gate: Gate) -> None:
    """Have a register with a snapshot that stands, one that was rejected, and a submission."""
    of: dict[str, str] = {"register": "dnc", "leaf_hash": "A" * 43, "sha256": "0" * 64}
    ids = [f"01a1ee19-5500-7000-8934-5dc7859c534{place}" for place in range(3)]
    with gate.context.transaction() as tx:
        register = Register(slug="dnc", name="DNC", coverage=Coverage.FULL, format=RegisterFormat.PLAIN)
        add_register(tx.session, register=register, actor_id="cli", now=tx.now)
        for id in ids[:2]:
            values = {"id": id, "source": "a", "file_name": "b", "as_of": tx.now, "count": 1, "skipped": 0}
            values |= {
                "controller_id": 1,
                "duplicates": 0,
                "needs_approval": False,
                "imported_by": "cli",
                "imported_at": tx.now,
            }
            add_snapshot(tx.session, values=of | values)
        entry: dict[str, Any] = {
            "kind": LeafKind.REGISTER,
            "controller_id": None,
            "actor": operator("test"),
            "now": tx.now,
            "body": {},
        }
        by: dict[str, Any] = {"actor_id": "cli", "now": tx.now}
        activated, rejected = (record_act(tx.session, **entry)[0] for _ in range(2))
        snapshot = snapshot_by_id(tx.session, id=ids[0])
        assert snapshot is not None
        add_activation(tx.session, id=activated, snapshot=snapshot, coverage=Coverage.FULL, **by)
        add_rejection(tx.session, id=rejected, snapshot_id=ids[1], **by)
        values = {"id": ids[2], "list_id": ids[0], "count": 1, "submitted_by": "cli", "submitted_at": tx.now}
        add_submission(tx.session, values=of | values)
