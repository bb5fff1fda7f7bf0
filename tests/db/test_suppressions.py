"""What every check looks up of a number: one statement a table, served by the index of numbers, and that of hashes."""

from typing import Any

from sqlalchemy import event, text

from app.db.consents import consent_events_of
from app.db.relationships import relationships_of
from app.db.suppressions import objections_to_all_of, suppressions_of
from app.domain.access import operator
from app.domain.erasure import hashes_of
from app.domain.suppression import Scope, SuppressionReason
from app.services.suppressions import NewSuppression, append_suppressions
from tests.gate import Gate
from tests.persons import erased
from tests.relationships import related

JANA, PETR = 420601123456, 420602123456
INDEXES = {
    "consent_events": ["ix_consent_events_number_controller_id"],
    "relationships": ["ix_relationships_number_controller_id"],
    "suppressions": ["ix_suppressions_number_controller_id", "ix_suppressions_number_hash"],
    "objections_to_all": ["ix_objections_to_all_number", "ix_objections_to_all_number_hash"],
}


def learned(gate: Gate) -> None:
    """Record many objections that have no hash, and have SQLite learn by its statistics that a hash tells little."""
    given: Any = {"reason": SuppressionReason.OBJECTION, "since": gate.now, "ref": None}
    for owner, scope, table in ((1, Scope.CONTROLLER, "suppressions"), (None, Scope.ALL, "objections_to_all")):
        new = [NewSuppression(number=420603000000 + n, scope=scope, **given) for n in range(300)]
        with gate.context.transaction() as tx:
            append_suppressions(tx.session, controller_id=owner, new=new, actor=operator("x"), now=tx.now)
            tx.session.execute(text(f"ANALYZE {table}"))


def test_a_number_is_found_by_its_own_indexes_whatever_else_its_controller_has(energo: Gate) -> None:
    energo.consent(f"+{PETR}")
    related(energo, f"+{PETR}")
    erased(energo, f"+{JANA}")
    erased(energo, f"+{JANA}", None)
    if energo.context.is_sqlite:
        learned(energo)
    hashes = hashes_of([JANA, PETR], keys=energo.context.erasure_keys)
    seen: list[tuple[str, Any]] = []
    engine = energo.context.engine

    def listen(connection: Any, cursor: Any, statement: str, parameters: Any, *rest: Any) -> None:
        if statement.startswith("SELECT") and ".number IN" in statement.replace("= ANY", "IN"):
            seen.append((statement, parameters))

    event.listen(engine, "before_cursor_execute", listen)
    with energo.context.reading() as reading:
        given = consent_events_of(reading.session, numbers=[JANA, PETR], controller_ids=[1])
        tied = relationships_of(reading.session, numbers=[JANA, PETR], controller_ids=[1])
        own = suppressions_of(reading.session, numbers=[JANA, PETR], controller_ids=[1], hashes=hashes)
        to_all = objections_to_all_of(reading.session, numbers=[JANA, PETR], hashes=hashes)
    event.remove(engine, "before_cursor_execute", listen)
    assert [row["number"] for row in (*given, *tied, *own, *to_all)] == [PETR, PETR, JANA, JANA]
    assert len(seen) == 4
    for (statement, parameters), (table, indexes) in zip(seen, INDEXES.items(), strict=True):
        with engine.connect() as connection:
            if energo.context.is_sqlite:
                plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all()
            else:  # a table of two rows is read whole, unless that is made to look dear
                connection.execute(text("SET LOCAL enable_seqscan = off"))
                plan = connection.exec_driver_sql(f"EXPLAIN {statement}", parameters).all()
        told = "\n".join(str(row) for row in plan)
        used = {name for name in indexes if f" {name}" in told}
        assert used == set(indexes), told
        assert f"ix_{table}_controller_id_recorded_at" not in told, told
