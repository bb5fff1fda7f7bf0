"""The house rules as tests: what the program looks like, whatever it does."""

import ast
import re
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import event

from app.api.calls import api
from app.api.operation import OPERATIONS
from app.db.campaigns import campaigns_by_slug
from app.domain.access import Role, Scope
from app.pages.access import PAGES, Door
from app.policies.load import FOLDER as POLICIES
from app.policies.load import shipped
from app.self_service.access import PERSON_PAGES
from app.services.log import log_of
from tests.gate import Gate
from tests.registers import added, every_act, registered
from tests.rulesets import BAN, proposed_ruleset
from tests.users import Browser, user

ROOT = Path(__file__).resolve().parents[1]
OWN = [
    path
    for folder in ("app", "tests", "migrations")
    for path in sorted((ROOT / folder).rglob("*.py"))
    if "static" not in path.parts
] + [ROOT / "config.py", ROOT / "wsgi.py"]
OPEN_ROUTES = {
    "/healthz",
    "/readyz",
    "/metrics",
    "/.well-known/jwks.json",
    "/v1/openapi.json",
    "/v1/docs",
    "/static/<path:filename>",
}
"""What anybody may ask: nothing of it tells of a client or a person."""
OPEN_PAGES = {"/sign-in", "/sign-out", "/welcome/<token>", "/language"}
"""The pages that anybody may open: none of them tells of a client or a person but the one whose link it is."""
NOBODY = "00000000-0000-7000-8000-000000000000"
BANNED_NAMES = {"utils", "util", "helpers", "helper", "common", "misc", "models", "views", "forms", "core"}
FIRST_LEVEL = {
    "app", "migrations", "tests", "config.py", "wsgi.py", "README.md", "CHANGELOG.md", "Makefile", "pyproject.toml",
    "uv.lock", ".ci", ".gitignore", "benchmarks", "deploy",
}  # fmt: skip


@pytest.mark.parametrize("path", OWN, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_file_passes_250_lines(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 250


@pytest.mark.parametrize("path", OWN, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_module_says_what_lives_in_it(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert not text.strip() or ast.get_docstring(ast.parse(text)), "the first line is a docstring"


def test_no_file_is_named_after_a_layer_or_after_nothing() -> None:
    assert not {path.stem for path in OWN} & BANNED_NAMES


def test_nothing_stands_at_the_top_that_the_map_does_not_name() -> None:
    import subprocess

    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert {line.split("/")[0] for line in listed.splitlines()} <= FIRST_LEVEL


def test_every_route_has_authentication_and_a_declared_scope(gate: Gate) -> None:
    declared = {one.path for one in OPERATIONS} | {one.path for one in PAGES} | {one.path for one in PERSON_PAGES}
    routed = {rule.rule for rule in gate.app.url_map.iter_rules()}
    assert routed - declared == OPEN_ROUTES
    assert all(one.scope in Scope for one in OPERATIONS)
    assert {one.path.split("/")[1] for one in OPERATIONS if one.is_open is not None} == {"log"}, "all else needs a key"
    assert api.name == "api"


def test_every_page_is_declared_open_or_says_who_may_open_it(plain_gate: Gate) -> None:
    assert {one.path for one in PAGES if one.to is Door.ANYBODY} == OPEN_PAGES
    assert {one.path for one in PAGES if one.to is Door.HALFWAY} == {"/sign-in/code", "/sign-in/enrol"}
    client = plain_gate.app.test_client()
    for one in PAGES:
        for method in one.methods:
            path = re.sub("<[a-z]+>", "none", one.path.replace("<uuid:id>", NOBODY))
            answer = client.open(path, method=method)
            led_away = answer.status_code == 303 and answer.location.startswith("/sign-in")
            assert led_away is (one.to is not Door.ANYBODY), (method, one.path)


def test_no_page_that_is_opened_changes_anything_but_the_record_that_it_was(plain_gate: Gate) -> None:
    gate, browser = plain_gate, Browser(plain_gate)
    gate.controller()
    gate.campaign()
    decision = gate.check("+420601123456")["decision_id"]
    listed = gate.upload("/v1/lists?campaign=winter", b"telefon\n+420601123456\n").json["id"]
    gate.work()
    with gate.context.reading() as reading:
        campaign = campaigns_by_slug(reading.session, slugs=["winter"])[0].id
    admin = user(gate, Role.ADMIN, scopes=tuple(Scope))
    added(gate)
    known = {"<id>": admin.id, "<slug>": "dnc", "<proposal>": proposed_ruleset(gate, BAN)}
    browser.sign_in(admin)
    browser.send("/numbers", number="+420601123456", region="CZ")
    known["/numbers/<ref>"] = browser.page.request.path
    gate.now += timedelta(minutes=2)
    gate.integrate()
    ids = {"/campaigns/lists/": listed, "/campaigns/": campaign, "/registrations/": registered(gate)["id"]}
    written: list[str] = []
    seen = re.compile(
        r"\s*(SELECT|PRAGMA|BEGIN|WITH starts AS MATERIALIZED\s+\(SELECT)\b|UPDATE user_sessions SET last_seen_at=|"
        r"INSERT INTO (entries|openings|pending)\b"
    )

    def listen(connection: object, cursor: object, statement: str, *rest: object) -> None:
        if not seen.match(statement):
            written.append(statement)

    event.listen(gate.context.engine, "before_cursor_execute", listen)
    try:
        for one in PAGES:
            if "GET" in one.methods and "<token>" not in one.path and not one.path.startswith("/evidence/<ref>"):
                path = one.path
                for part, value in known.items():
                    path = path.replace(part, value)
                path = path.replace("<uuid:id>", next((ids[noun] for noun in ids if path.startswith(noun)), decision))
                browser.open(path)
                assert browser.page.status_code == 200, path
    finally:
        event.remove(gate.context.engine, "before_cursor_execute", listen)
    assert written == []


def test_no_get_changes_anything_but_the_record_that_it_was_read(energo: Gate) -> None:
    energo.consent("+420601123456")
    decision = energo.check("+420601123456")
    held = energo.upload("/v1/evidence?controller=energo", b"what the person said").json["sha256"]
    listed = energo.upload("/v1/lists?campaign=winter", b"telefon\n+420601123456\n").json
    proposal = proposed_ruleset(energo, BAN)
    energo.work()
    submission = every_act(energo, listed["id"], "winter")
    energo.integrate()
    with energo.context.reading() as reading:
        log = log_of(reading.session, controller_id=1).id
    known = {"<slug>": "winter", "<log>": log, "<shard>": "2026", "<level>": "0", "<path:index>": "000.p/1"}
    known |= {"<digest>": shipped().digest, "<sha256>": f"{held}?controller=energo"}
    others = {"/submissions/": submission, "/lists/": listed["id"], "/rulesets/": proposal}
    written: list[str] = []
    tables: set[str] = set()

    def listen(connection: object, cursor: object, statement: str, *rest: object) -> None:
        if re.match(r"\s*(SELECT|PRAGMA|BEGIN|SET LOCAL|SHOW)\b", statement, re.IGNORECASE):
            return
        changed = re.findall(r"\b(INSERT INTO|UPDATE|DELETE FROM) (\w+)", statement)
        if changed and all(how == "INSERT INTO" and of in ("entries", "openings", "pending") for how, of in changed):
            tables.update(of for _, of in changed)
        else:
            written.append(statement)

    event.listen(energo.context.engine, "before_cursor_execute", listen)
    try:
        for path in [one.path for one in OPERATIONS if one.method == "GET"] + sorted(OPEN_ROUTES):
            id = next((id for noun, id in others.items() if noun in path), decision["decision_id"])
            filled = path.replace("<uuid:id>", id).replace("<path:filename>", "docs/index.html")
            for part, value in known.items():
                filled = filled.replace(part, value)
            is_proof = filled.startswith("/log/") and filled.endswith("/proof")
            answer = energo.get(f"{filled}?from=1" if is_proof else filled)
            assert answer.status in (200, 302), (path, answer.text)
    finally:
        event.remove(energo.context.engine, "before_cursor_execute", listen)
    assert written == []
    assert tables == {"entries", "openings", "pending"}


def test_every_rule_cites_its_clause_and_every_policy_says_its_source() -> None:
    assert all(len(rule.citation) > 10 for rule in shipped().rules)
    for path in POLICIES.glob("*.toml"):
        assert path.read_text(encoding="utf-8").startswith("# "), path.name


def test_every_dependency_gives_its_reason() -> None:
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    lines = re.findall(r"^dependencies = \[\n(.*?)^\]|^dev = \[\n(.*?)^\]", text, re.MULTILINE | re.DOTALL)
    listed = [line for group in lines for part in group for line in part.splitlines()]
    assert len(listed) > 20
    assert all(re.fullmatch(r'    "[^"]+", +# .{8,}', line) for line in listed)


def test_no_code_is_left_for_later() -> None:
    waiting = re.compile(r"\b(TODO|FIXME|XXX)\b|raise NotImplementedError")
    assert not [path for path in OWN if path != Path(__file__) and waiting.search(path.read_text(encoding="utf-8"))]


def test_no_test_is_skipped_or_expected_to_fail() -> None:
    silent = re.compile(r"pytest\.(skip|xfail|importorskip)|mark\.(skip|skipif|xfail)")
    tests = [path for path in OWN if "tests" in path.parts and path != Path(__file__)]
    assert not [path for path in tests if silent.search(path.read_text(encoding="utf-8"))]
