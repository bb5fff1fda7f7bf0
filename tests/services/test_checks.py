"""Checks as a group: decided in order, written together, each hanging on what its own transaction reads."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import event, select

from app.db.campaigns import add_campaign
from app.db.decisions import decisions, reservations
from app.domain.access import Actor, Role, Scope, operator
from app.domain.campaign import CheckKind
from app.domain.errors import Trouble
from app.services.campaigns import campaign_for
from app.services.check_records import Checked
from app.services.check_requests import CheckRequest, PreparedCheck, prepare_check
from app.services.checks import decide_group
from app.services.idempotency import Idempotency
from tests.gate import Gate

YES, NO = "+420601123456", "+420602123456"
CROWDED: dict[str, Any] = {
    "id": "01a1ee19-5500-7000-8934-5dc7859c5344",
    "controller_id": 1,
    "slug": "crowded",
    "name": "Crowded",
    "call_class": "marketing",
    "voice_mode": "live",
    "product_category": "energy",
    "caller_id": None,
    "region": "CZ",
    "profile": "strict",
    "house_hours": True,
    "house_caps": True,
    "party_type": None,
    "number_source": None,
}


def prepared(gate: Gate, *numbers: str, actor: Actor | None = None, **changes: Any) -> list[PreparedCheck]:
    actor = actor or operator("test")
    with gate.context.reading() as reading:
        campaign = campaign_for(reading.session, slug="winter", controller=None, actor=actor)
    asked = [CheckRequest(number=number, campaign="winter", **changes) for number in numbers]
    return [prepare_check(request=request, actor=actor, campaign=campaign) for request in asked]


def decided(gate: Gate, checks: Sequence[PreparedCheck]) -> list[Checked | Trouble]:
    with gate.context.transaction(shared={check.phone.key for check in checks}) as tx:
        return decide_group(
            tx.session,
            checks=checks,
            rules=gate.context.rules(tx.session, now=tx.now),
            erasure_keys=gate.context.erasure_keys,
            registers=gate.context.registers,
            backlog=gate.context.backlog(tx),
            now=tx.now,
        )


def verdicts(results: Sequence[Checked | Trouble]) -> list[str]:
    return [one.decision.verdict.value if isinstance(one, Checked) else one.code for one in results]


def test_a_group_is_decided_in_order_and_stored_row_by_row(energo: Gate) -> None:
    energo.consent(YES)
    results = decided(energo, prepared(energo, NO, YES, YES, NO))
    assert verdicts(results) == ["deny", "allow", "allow", "deny"]
    with energo.context.reading() as reading:
        stored = {row["id"]: row for row in reading.session.execute(select(decisions)).mappings()}
        places = set(reading.session.execute(select(reservations.c.decision_id)).scalars())
    assert [stored[one.id]["verdict"] for one in results if isinstance(one, Checked)] == verdicts(results)
    assert places == {one.id for one in results if isinstance(one, Checked) and one.decision.verdict == "allow"}


def test_what_cannot_be_decided_costs_its_neighbours_nothing(energo: Gate) -> None:
    energo.consent(YES)
    year_one = prepared(energo, YES, at=datetime.fromisoformat("0001-01-01T00:00:00+00:00"))
    past = prepared(energo, YES, at=energo.now - timedelta(seconds=1))
    results = decided(energo, [*prepared(energo, YES), *year_one, *past, *prepared(energo, NO)])
    assert verdicts(results) == ["allow", "bad_instant", "bad_instant", "deny"]


def test_however_many_checks_there_are_the_statements_are_the_same_few(energo: Gate) -> None:
    counts: list[int] = []
    statements: list[str] = []

    def note(_c: object, _cursor: object, statement: str, *_: object) -> None:
        statements.append(statement)

    for size in (2, 60):
        with energo.context.transaction() as tx:
            energo.context.backlog(tx)  # looked at once a second, not once a group
            energo.context.rules(tx.session, now=tx.now)  # a ruleset is read once a process
        checks = prepared(energo, *[f"+420601{place}" for place in range(100_000, 100_000 + size)])
        statements.clear()
        event.listen(energo.context.engine, "before_cursor_execute", note)
        decided(energo, checks)
        event.remove(energo.context.engine, "before_cursor_execute", note)
        counts.append(len(statements))
    assert counts[0] == counts[1] < 25


def test_a_group_asks_postgresql_five_statements(energo: Gate) -> None:
    """Its locks; what stands; the facts, evidence that is held among them; what is written; the commit."""
    statements: list[str] = []

    def note(_c: object, _cursor: object, statement: str, *_: object) -> None:
        statements.append(statement)

    energo.consent(YES)  # with evidence named
    energo.check(YES)
    event.listen(energo.context.engine, "before_cursor_execute", note)
    assert energo.check(YES)["decision"] == "allow"
    event.remove(energo.context.engine, "before_cursor_execute", note)
    most = 25 if energo.context.is_sqlite else 5  # nothing lies between SQLite and whoever asks it
    assert len(statements) <= most, statements
    assert energo.context.is_sqlite or statements[-1].endswith("COMMIT"), statements


def test_what_does_not_fit_one_entry_costs_its_neighbours_nothing(energo: Gate) -> None:
    energo.consent(YES)
    checks = prepared(energo, YES, NO, YES)
    words = frozenset(f"justified-{place:04}-{'x' * 40}" for place in range(200))
    with energo.context.transaction() as tx:
        add_campaign(tx.session, values=CROWDED | {"justified": sorted(words)}, now=tx.now)
    crowded = [replace(checks[1], campaign=replace(checks[1].campaign, id=CROWDED["id"]))]
    results = decided(energo, [checks[0], *crowded, checks[2]])
    assert verdicts(results) == ["allow", "entry_too_long", "allow"]


def test_the_same_key_twice_in_one_group_is_a_first_and_its_repeat(energo: Gate) -> None:
    energo.consent(YES)
    key = Idempotency(key="k", route="r", body_sha256=b"x" * 32)
    other = Idempotency(key="k", route="r", body_sha256=b"y" * 32)
    checks = prepared(energo, YES, YES, idempotency=key) + prepared(energo, NO, idempotency=other)
    first, repeat, refused = decided(energo, checks)
    assert isinstance(first, Checked)
    assert isinstance(repeat, Checked)
    assert (first.repeat_of, repeat.repeat_of) == (None, first.id)
    assert first.reservation == repeat.reservation == first.id
    assert isinstance(refused, Trouble)
    assert refused.code == "idempotency_key_reused"


def test_a_withdrawal_between_preparation_and_decision_is_seen(energo: Gate) -> None:
    energo.consent(YES)
    checks = prepared(energo, YES)
    energo.now += timedelta(seconds=1)
    energo.withdraw(YES)
    assert verdicts(decided(energo, checks)) == ["deny"]


def test_a_group_of_several_callers_keeps_their_keys_apart(energo: Gate) -> None:
    energo.consent(YES)
    key = Idempotency(key="k", route="r", body_sha256=b"x" * 32)
    ids = [energo.key(Role.DIALER).split("_")[2] for _ in range(2)]
    callers = [Actor(id=id, role="dialer", scopes=frozenset({Scope.CHECK}), controllers=None) for id in ids]
    checks = [check for actor in callers for check in prepared(energo, YES, actor=actor, idempotency=key)]
    results = decided(energo, checks)
    assert [one.repeat_of for one in results if isinstance(one, Checked)] == [None, None]


def test_a_user_asks_what_would_be_answered_and_is_never_permitted_to_dial(energo: Gate) -> None:
    energo.consent(YES)
    one = Actor(id="user:000000000000", role=Role.COMPLIANCE, scopes=frozenset(), controllers=None)
    test = prepared(energo, YES, actor=one, kind=CheckKind.TEST)
    assert verdicts(decided(energo, [*prepared(energo, YES, actor=one), *test])) == ["unauthenticated", "allow"]
