"""API keys: shown once, recognised by an HMAC, revoked for good."""

import re

import pytest
from sqlalchemy import select

from app.db.api_keys import all_api_keys, api_keys
from app.domain.access import Role, Scope, operator
from app.services.api_keys import (
    AlreadyRevoked,
    Unauthenticated,
    UnknownApiKey,
    authenticate,
    create_api_key,
    end_api_key,
    read_credential,
)
from tests.api.exported import entries, leaves
from tests.gate import Gate

PEPPER = b"p" * 32


def recognised(gate: Gate, key: str, *, pepper: bytes = PEPPER, demo: bool = False) -> bool:
    with gate.context.reading() as reading:
        try:
            authenticate(reading.session, credential=read_credential(key), pepper=pepper, demo=demo)
        except Unauthenticated:
            return False
    return True


def end(gate: Gate, id: str) -> None:
    with gate.context.transaction() as tx:
        end_api_key(tx.session, id=id, actor=operator("test"), now=tx.now)


def test_a_key_reads_as_the_contract_says_and_its_secret_is_not_stored(gate: Gate) -> None:
    key = gate.key(Role.DIALER)
    match = re.fullmatch(r"dg_live_([0-9A-Za-z]{12})_([0-9A-Za-z]{32})([0-9A-Za-z]{6})", key)
    assert match is not None
    with gate.context.reading() as reading:
        row = reading.session.execute(select(api_keys).where(api_keys.c.id == match[1])).mappings().one()
    stored = str(dict(row)) + row["secret_hmac"].hex()
    assert match[2] not in stored
    assert len(row["secret_hmac"]) == 32
    for entry in entries(gate):
        assert match[2] not in str(entry)


def test_every_slip_of_the_pen_is_noticed_without_the_database() -> None:
    whole = "dg_live_Ab3dEf6hIj9k_ABCDEFGHIJKLMNOPQRSTUVWXYZ0123450r2fVs"
    assert read_credential(whole).id == "Ab3dEf6hIj9k"
    for place in range(8, len(whole)):
        changed = whole[:place] + ("x" if whole[place] != "x" else "y") + whole[place + 1 :]
        with pytest.raises(Unauthenticated):
            read_credential(changed)
    for text in (
        "",
        whole[:-1],
        whole + "0",
        whole + "\n",
        " " + whole,
        whole.replace("_", "-"),
        "dg_live_" + "é" * 51,
    ):
        with pytest.raises(Unauthenticated):
            read_credential(text)


def test_a_key_is_recognised_with_its_pepper_its_environment_and_until_it_is_revoked(gate: Gate) -> None:
    key = gate.key(Role.AUDITOR)
    assert recognised(gate, key)
    assert not recognised(gate, key, pepper=b"q" * 32)
    demo = gate.key(Role.AUDITOR, env="demo")
    assert not recognised(gate, demo)
    assert recognised(gate, demo, demo=True)
    end(gate, read_credential(key).id)
    assert not recognised(gate, key)


def test_a_key_is_revoked_once_and_stays_on_record(gate: Gate) -> None:
    id = read_credential(gate.key(Role.DIALER)).id
    end(gate, id)
    with pytest.raises(AlreadyRevoked):
        end(gate, id)
    with pytest.raises(UnknownApiKey):
        end(gate, "nobodyhasit0")
    with gate.context.reading() as reading:
        (found,) = [one for one in all_api_keys(reading.session) if one.id == id]
    assert found.revoked_at == gate.now
    acts = [(leaf["act"], leaf["key"]) for leaf in leaves(gate, "key") if leaf["key"] == id]
    assert sorted(acts) == [("created", id), ("revoked", id)]


def test_a_key_holds_its_roles_scopes_and_those_given_by_name(gate: Gate) -> None:
    given = {"env": "live", "name": "x", "pepper": PEPPER, "actor": operator("test"), "now": gate.now}
    with gate.context.transaction() as tx:
        extra = (Scope.AUDIT_READ,)
        key = create_api_key(tx.session, role=Role.DIALER, controller_ids=[7, 3], extra_scopes=extra, **given)  # type: ignore[arg-type]
    with gate.context.reading() as reading:
        actor = authenticate(reading.session, credential=read_credential(key), pepper=PEPPER, demo=False)
    assert actor.scopes == {Scope.CHECK, Scope.AUDIT_READ}
    assert actor.controllers == frozenset({3, 7})
    assert not actor.reaches(1)
    leaf = next(leaf for leaf in leaves(gate, "key") if leaf["key"] == actor.id)
    assert (leaf["role"], leaf["scopes"], leaf["controllers"]) == ("dialer", ["audit:read", "check"], [3, 7])
