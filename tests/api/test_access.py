"""Who may do what: keys, scopes, and one controller's silence about another (promise 9)."""

import binascii
import re
import string
from pathlib import Path
from threading import Thread

from app.api import calls
from app.api.operation import OPERATIONS, Operation
from app.domain.access import SCOPES_OF, Role, Scope, operator
from app.domain.phone import parse
from app.services.api_keys import end_api_key, read_credential
from tests.api.exported import entries, leaves, without_correlator
from tests.gate import Gate, Reply, make_gate

assert calls.api  # importing it declares every operation
NUMBER = "+420601123456"
NOBODY = "01a1ee19-5500-7000-8934-5dc7859c5344"


def ask(gate: Gate, one: Operation, key: str | None) -> Reply:
    path = re.sub(r"<uuid:\w+>", NOBODY, one.path)
    return gate.call(one.method, re.sub(r"<\w+>", "nothing", path), key=key)


def lacking(gate: Gate, *scopes: Scope | None) -> str:
    """Make a key with every scope but these."""
    role = Role.DIALER if Scope.ADMIN in scopes else Role.ADMIN
    return gate.key(role, scopes=tuple(one for one in Scope if one not in scopes))


def refusals(gate: Gate) -> dict[str, str | None]:
    """Give what is shown in place of a key."""
    good = gate.keys["admin"]
    revoked = gate.key(Role.ADMIN, scopes=tuple(Scope))
    with gate.context.transaction() as tx:
        end_api_key(tx.session, id=read_credential(revoked).id, actor=operator("test"), now=tx.now)
    secret = good[-7]
    return {
        "none": None,
        "empty": "",
        "malformed": "dg_live_x",
        "other check digits": good[:-1] + ("0" if good[-1] != "0" else "1"),
        "another secret": with_check_digits(good[:-7] + ("a" if secret != "a" else "b")),
        "an id nobody has": with_check_digits(good.replace(read_credential(good).id, "0" * 12)[:-6]),
        "revoked": revoked,
        "lower case": good.lower(),
    }


def with_check_digits(text: str) -> str:
    """Write the CRC-32 of a key behind it, in base 62."""
    value, written = binascii.crc32(text.encode()), ""
    for _ in range(6):
        value, digit = divmod(value, 62)
        written = (string.digits + string.ascii_uppercase + string.ascii_lowercase)[digit] + written
    return text + written


def test_every_call_refuses_whoever_shows_no_valid_key_and_whoever_lacks_its_scope(energo: Gate) -> None:
    assert len(OPERATIONS) >= 20
    shown = refusals(energo)
    poor = {wanted: lacking(energo, *wanted) for wanted in {(one.scope, one.or_scope) for one in OPERATIONS}}
    before = len(entries(energo))
    bodies = set()
    for one in OPERATIONS:
        for what, key in shown.items():
            answer = ask(energo, one, key)
            assert (answer.status, answer.json["code"]) == (401, "unauthenticated"), (one.path, what)
            assert answer.headers["WWW-Authenticate"] == "Bearer"
            bodies.add(str(sorted(without_correlator(answer.json).items())))
        answer = ask(energo, one, poor[one.scope, one.or_scope])
        assert (answer.status, answer.json["code"]) == (403, "missing_scope"), one.path
        assert ask(energo, one, "admin").status not in (401, 403), one.path
    assert len(bodies) == 1, "the refusals do not tell why"
    assert len(entries(energo)) == before


def test_a_key_is_shown_as_a_bearer_token_and_in_no_other_way(energo: Gate) -> None:
    key = energo.keys["admin"]
    for header in (f"Basic {key}", key, f"Bearer{key}", f"Token {key}", "Bearer", f"Bearer {key} {key}"):
        assert energo.get("/v1/controllers", key=None, headers={"Authorization": header}).status == 401, header
    assert energo.get("/v1/controllers", key=None, headers={"Authorization": f"bearer {key}"}).status == 200
    assert energo.get(f"/v1/controllers?key={key}", key=None).status == 401


def test_the_roles_hold_the_scopes_of_the_contract() -> None:
    table = """
    dialer check
    manager campaigns:write lists:write consents:read
    compliance consents:read consents:write suppressions:write registers:write rules:write campaigns:write persons:write
    auditor audit:read consents:read
    admin admin
    """
    rows = [line.split() for line in table.strip().splitlines()]
    assert {row[0]: set(row[1:]) for row in rows} == {role.value: set(SCOPES_OF[role]) for role in Role}


def test_each_role_does_its_own_work_and_no_other(energo: Gate) -> None:
    for role in set(Role) - {Role.ADMIN}:
        for one in OPERATIONS:
            is_refused = ask(energo, one, role.value).status == 403
            assert is_refused is SCOPES_OF[role].isdisjoint({one.scope, one.or_scope}), (role, one.path)


def test_a_demonstration_key_works_in_demonstration_mode_only(database_url: str, tmp_path: Path) -> None:
    gate = make_gate(database_url, tmp_path)
    key = gate.key(Role.ADMIN, env="demo")
    assert key.startswith("dg_demo_")
    assert gate.get("/v1/controllers", key=key).status == 401
    gate.context.demo = True
    assert gate.get("/v1/controllers", key=key).status == 200
    renamed = key.replace("dg_demo_", "dg_live_")
    assert gate.get("/v1/controllers", key=renamed).status == 401
    gate.context.engine.dispose()


def test_a_key_of_one_controller_sees_nothing_of_another(energo: Gate) -> None:
    bank = energo.controller("bank")
    energo.campaign("spring", "bank")
    energo.consent(NUMBER)
    decision = energo.check(NUMBER)["decision_id"]
    energo.now = energo.now.replace(minute=1)
    assert energo.check(NUMBER, "spring")["primary_reason"] == "no_consent"
    listed = energo.upload("/v1/lists?campaign=winter&filename=a.csv", f"phone\n{NUMBER}\n".encode())
    assert listed.status == 202, listed.text
    energo.work()
    list_id = listed.json["id"]
    key = energo.key(Role.ADMIN, controllers=[bank], scopes=tuple(Scope))

    for hidden, none in (
        (f"/v1/decisions/{decision}", f"/v1/decisions/{NOBODY}"),
        (f"/v1/lists/{list_id}", f"/v1/lists/{NOBODY}"),
        (f"/v1/lists/{list_id}/rows", f"/v1/lists/{NOBODY}/rows"),
        (f"/v1/lists/{list_id}/file?verdict=all", f"/v1/lists/{NOBODY}/file?verdict=all"),
        ("/v1/campaigns/winter", "/v1/campaigns/nothing"),
        ("/v1/log/export?controller=energo", "/v1/log/export?controller=nothing"),
    ):
        theirs, nothing = energo.get(hidden, key=key), energo.get(none, key=key)
        assert theirs.status == nothing.status == 404, hidden
        assert without_correlator(theirs.json) == without_correlator(nothing.json)
        assert energo.get(hidden).status == 200, hidden

    search = {"number": NUMBER}
    assert [one["controller"] for one in energo.get("/v1/decisions", key=key).json["items"]] == ["bank"]
    assert energo.get("/v1/decisions?controller=energo", key=key).json["items"] == []
    found = energo.post("/v1/decisions/search", search, key=key).json["items"]
    assert [one["controller"] for one in found] == ["bank"]
    assert energo.post("/v1/decisions/search", search | {"campaign": "winter"}, key=key).json["items"] == []
    assert energo.get("/v1/lists", key=key).json["items"] == []
    assert [one["slug"] for one in energo.get("/v1/campaigns", key=key).json["items"]] == ["spring"]
    assert [one["slug"] for one in energo.get("/v1/controllers", key=key).json["items"]] == ["bank"]
    for call in ("consents", "suppressions"):
        body = {"controller": "energo", "number": NUMBER}
        assert energo.post(f"/v1/{call}/search", body, key=key).status == 404
    seen, whole = entries(energo, key=key), entries(energo)
    assert len({entry["log"] for entry in seen}) == 1
    assert 0 < len(seen) < len(whole)
    assert decision not in str(seen)


def test_a_key_of_no_controller_reaches_nothing(energo: Gate) -> None:
    energo.consent(NUMBER)
    energo.check(NUMBER)
    key = energo.key(Role.ADMIN, controllers=[], scopes=tuple(Scope))
    for path in ("/v1/decisions", "/v1/campaigns", "/v1/controllers", "/v1/lists"):
        assert energo.get(path, key=key).json["items"] == [], path
    assert entries(energo, key=key) == []
    assert energo.post("/v1/checks", {"number": NUMBER, "campaign": "winter"}, key=key).status == 404


def test_a_write_that_waits_while_its_key_is_revoked_writes_nothing(energo: Gate) -> None:
    key = energo.key(Role.ADMIN, scopes=tuple(Scope))
    body = {"number": NUMBER, "scope": "controller", "controller": "energo", "reason": "other"}
    body["since"] = energo.now.isoformat()
    answers: list[Reply] = []

    def write() -> None:
        answers.append(energo.post("/v1/suppressions", body, key=key, headers={"Idempotency-Key": "k"}))

    slow = Thread(target=write)
    with energo.context.transaction(exclusive=[parse(NUMBER, region=None).key]) as tx:
        end_api_key(tx.session, id=read_credential(key).id, actor=operator("test"), now=tx.now)
        slow.start()
        slow.join(0.3)  # so long that it has shown its key, and waits for the number
        assert slow.is_alive()
    slow.join()
    assert [(one.status, one.json["code"]) for one in answers] == [(401, "unauthenticated")]
    assert leaves(energo, "suppression") == []
