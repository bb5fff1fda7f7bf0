"""Statements past SQLAlchemy: arrays arrive as they were, and what is gathered is what would have been found."""

from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from app.db.adding import Addition
from app.db.api_keys import KEYS
from app.db.attempts import ATTEMPTS
from app.db.campaigns import CAMPAIGNS, campaigns_of
from app.db.consents import EVENTS, HELD, evidence_held
from app.db.controllers import controllers
from app.db.driver import GATHERED, Lookup, postgres_array
from app.db.engine import DatabaseUnavailable, SimultaneousChange, make_engine
from app.db.gathering import Gathering
from app.db.log import LOGS
from app.db.registrations import REGISTRATIONS
from app.db.relationships import RELATIONSHIPS
from app.db.rulesets import ACTIVATIONS, NEWEST
from app.db.running import run
from app.db.suppressions import OBJECTIONS, SUPPRESSIONS
from app.domain.access import operator
from app.domain.erasure import hashes_of
from app.domain.errors import Unavailable
from app.services.api_keys import end_api_key
from tests.databases import Template
from tests.evidence import PDF, digest, sent
from tests.gate import Gate, make_gate
from tests.persons import erased
from tests.plans import plan_of, statements_to
from tests.relationships import related

JANA, PETR = 420601123456, 420601123457
NASTY = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
WORDS = NASTY | st.sampled_from(
    ["NULL", "\x1f", "null", "", " ", '"', "\\", "{}", "a,b", "\\x00", "'", "\r\n", "%s", "100 %"]
)


@pytest.fixture(scope="module")
def engine(postgres_empty: Template) -> Any:
    with postgres_empty.copy() as url:
        engine = make_engine(url)
        yield engine
        engine.dispose()


@given(st.lists(st.none() | WORDS, max_size=6))
def test_any_text_arrives_in_an_array_as_it_was(engine: Engine, words: list[str | None]) -> None:
    with Session(engine) as session:
        assert run(session, "SELECT CAST(%s AS text[])", (postgres_array(words),))[0][0] == words


@given(st.lists(st.none() | st.binary(max_size=40), max_size=6))
def test_any_bytes_arrive_in_an_array_as_they_were(engine: Engine, values: list[bytes | None]) -> None:
    with Session(engine) as session:
        assert run(session, "SELECT CAST(%s AS bytea[])", (postgres_array(values),))[0][0] == values


@given(st.lists(st.none() | st.booleans() | st.integers(-(2**62), 2**62), max_size=6))
def test_numbers_and_truths_arrive_in_an_array_as_they_were(engine: Engine, values: list[int | None]) -> None:
    with Session(engine) as session:
        found = run(session, "SELECT CAST(%s AS text[])", (postgres_array(values),))[0][0]
        assert found == [None if value is None else str(value) for value in values]


LOOKUPS: dict[str, Lookup] = {
    "events": EVENTS,
    "held": HELD,
    "relationships": RELATIONSHIPS,
    "registrations": REGISTRATIONS,
    "suppressions": SUPPRESSIONS,
    "objections": OBJECTIONS,
    "attempts": ATTEMPTS,
    "keys": KEYS,
    "campaigns": CAMPAIGNS,
    "logs": LOGS,
    "activations": ACTIVATIONS,
}


def test_what_is_gathered_is_what_each_lookup_finds_by_itself(energo: Gate) -> None:
    sent(energo)
    energo.consent(
        f"+{PETR}",
        evidence=[digest(PDF)],
        expires_at=(energo.now + timedelta(days=9)).isoformat(),
        call_times={"mon": ["09:00-10:00"]},
    )
    related(energo, f"+{PETR}")
    energo.check(f"+{PETR}")
    erased(energo, f"+{JANA}")
    erased(energo, f"+{JANA}", None)
    body = {"authority": "gb-ico", "holder": "controller", "name": "Ř", "valid_from": "2026-01-01"}
    assert energo.post("/v1/registrations", body | {"controller": "energo"}).status == 201
    hashes = list(hashes_of([JANA, PETR], keys=energo.context.erasure_keys))
    given: dict[str, Any] = {"numbers": {JANA, PETR}, "controller_ids": {1}, "hashes": hashes}
    given["since"] = energo.now - timedelta(days=9)
    given |= {"key_ids": [key.split("_")[2] for key in energo.keys.values()], "now": energo.now, "known": NEWEST}
    with energo.context.transaction() as tx:
        end_api_key(tx.session, id=given["key_ids"][0], actor=operator("test"), now=tx.now)
        given["campaign_ids"] = [one.id for one in campaigns_of(tx.session, controller_ids=None)]
    with energo.context.reading() as reading:
        asked = {name: {key: given[key] for key in keys_of(energo, one)} for name, one in LOOKUPS.items()}
        alone = {name: one.rows(reading.session, **asked[name]) for name, one in LOOKUPS.items()}
        Gathering(*LOOKUPS.values()).ask(reading.session, **given)
        waiting = reading.session.info.get(GATHERED, {})
        assert len(waiting) == (0 if energo.context.is_sqlite else len(LOOKUPS))
        together = {name: one.rows(reading.session, **asked[name]) for name, one in LOOKUPS.items()}
        assert not waiting, "each answer is taken once"
    assert together == alone
    assert [name for name, rows in alone.items() if not rows] == []


def test_another_question_is_not_answered_by_what_was_gathered(energo: Gate) -> None:
    energo.consent(f"+{PETR}")
    with energo.context.reading() as reading:
        Gathering(EVENTS).ask(reading.session, numbers={JANA}, controller_ids={1})
        assert [row["number"] for row in EVENTS.rows(reading.session, numbers={PETR}, controller_ids={1})] == [PETR]


def keys_of(gate: Gate, lookup: Lookup) -> list[str]:
    return lookup.compiled(gate.context.engine.dialect).asked


def test_a_row_that_is_there_already_is_refused_and_so_is_a_broken_statement(energo: Gate) -> None:
    row = {"id": 1, "slug": "other", "name": "Other", "country": "CZ", "created_at": energo.now}
    with pytest.raises(SimultaneousChange), energo.context.transaction() as tx:
        Addition(controllers).add(tx.session, [row])
    with pytest.raises(DatabaseUnavailable), energo.context.transaction() as tx:
        run(tx.session, "SELECT nothing FROM nowhere")


def test_a_connection_that_was_cut_off_is_trouble_in_our_own_words(postgres_empty: Template, tmp_path: Any) -> None:
    with postgres_empty.copy() as url:
        context = make_gate(url, tmp_path).context
        cut = "SELECT pg_terminate_backend(pg_backend_pid())"
        with pytest.raises(DatabaseUnavailable), context.reading() as reading:
            run(reading.session, cut)
        with pytest.raises(DatabaseUnavailable), context.transaction() as tx:
            run(tx.session, cut)
        with pytest.raises(Unavailable), context.transaction() as tx, suppress(DatabaseUnavailable):
            run(tx.session, cut)
        with context.reading() as reading:
            assert run(reading.session, "SELECT 1") == [(1,)], "the pool has another"
        context.engine.dispose()


def test_artefacts_are_looked_up_one_by_one_however_many_a_controller_holds(energo: Gate) -> None:
    """PostgreSQL does not know how few a number's events name, and would read them all."""
    engine = energo.context.engine
    with energo.context.reading() as reading, statements_to(engine) as asked:
        evidence_held(reading.session, numbers={JANA}, controller_ids={1})
    ((statement, parameters),) = asked
    told = plan_of(engine, statement, parameters, off=("enable_seqscan", "enable_nestloop"))
    assert "SEARCH artefacts" in told or "Index Cond: (((sha256)::text = ANY" in told, told
