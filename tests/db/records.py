"""A row in every table, written by the service itself."""

from app.db.trees import add_subtrees, shards_of
from app.domain.access import Role, operator
from app.services.api_keys import end_api_key, read_credential
from tests.gate import Gate

NUMBER, OTHER = "+420601123456", "+420602123456"


def fill(gate: Gate) -> None:
    """Leave at least one row in every append-only table."""
    gate.controller()
    gate.campaign()
    gate.consent(NUMBER)
    decision = gate.check(NUMBER)["decision_id"]
    report = {"attempted_at": gate.now.isoformat(), "result": "answered", "opt_out": True}
    assert gate.post(f"/v1/decisions/{decision}/outcome", report).status == 200
    objection = {"number": OTHER, "scope": "all", "reason": "objection", "since": gate.now.isoformat()}
    assert gate.post("/v1/suppressions", objection).status == 201
    rows = f"number,scope,reason,since\n{OTHER},controller,objection,2026-11-01T10:00:00Z\n".encode()
    assert gate.upload("/v1/suppressions/import?controller=energo&filename=a.csv", rows).status == 200
    revoked = gate.key(Role.DIALER)
    with gate.context.transaction() as tx:
        end_api_key(tx.session, id=read_credential(revoked).id, actor=operator("test"), now=tx.now)
    gate.integrate()
    with gate.context.transaction() as tx:
        add_subtrees(tx.session, shard=shards_of(tx.session)[0], roots=[(1, 0, bytes(32))])
