"""A gate with something of everything in it, so that generated requests meet more than *not found*."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from app.services.log import log_of
from tests.gate import WEDNESDAY, Gate
from tests.lifts import proposed_lift, suppressed
from tests.outside import fill_log
from tests.persons import proposed
from tests.registers import added, imported
from tests.rulesets import change_rules, proposed_ruleset, variant

SLUG = "energo-winter"
"""The example that the document itself gives, for the controller and for its campaign."""
NUMBERS = ("+420601123456", "+420601123457", "601 123 458")
CHECKED_AT = WEDNESDAY.isoformat()
KNOWN = {
    "controller": SLUG,
    "campaign": SLUG,
    "number": NUMBERS[0],
    "region": "CZ",
    "attempted_at": CHECKED_AT,
    "obtained_at": CHECKED_AT,
    "since": CHECKED_AT,
    "ruleset": variant(2).digest,
}
LAWFUL_SLUG = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
DAY = r"[0-9]{4}-(0[1-9]|1[0-2])-([01][1-9]|2[0-8])"
TIME = DAY + r"T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{1,6})?Z"
LAWFUL = {
    "controller": LAWFUL_SLUG,
    "campaign": LAWFUL_SLUG,
    "number": r"[^\x00-\x1f\x7f]{1,64}",
    "region": "[A-Z]{2}",
    "attempted_at": TIME,
    "obtained_at": TIME,
    "since": TIME,
    "ruleset": "sha256:[0-9a-f]{64}",
    "list": "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}",
}
FILES = {
    "/v1/consents/import": (
        b"number,action,purposes,voice_modes,product_categories,origin,obtained_at\n"
        b"601123450,withdrawn,,,,paper,2026-03-01T10:00:00Z\n"
    ),
    "/v1/relationships/import": (
        b"number,kind,product_categories,since\n601123459,inquiry,energy,2026-03-01T10:00:00Z\n"
    ),
    "/v1/evidence": b"%PDF-1.7 what the person said",
    "/v1/suppressions/import": b"number,scope,reason,since\n601123459,controller,objection,2026-03-01T10:00:00Z\n",
    "/v1/registers/{slug}/snapshots": b"601123456\n",
}
ASKED = "asked"
"""The register that submissions are made to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """Ids that exist."""

    decisions: tuple[str, ...]
    lists: tuple[str, ...]
    erasures: tuple[str, ...]
    rulesets: tuple[str, ...]
    snapshots: tuple[str, ...]
    submission: str
    complaints: tuple[str, ...]
    lifts: tuple[str, ...]
    consents: tuple[str, ...]
    registrations: tuple[str, ...]
    evidence: str
    log: str

    def install(self, schema: Any, gate: Gate) -> None:
        """Let the bodies that are generated speak of what exists, most times, lists be ready again, and one wait that
        is to be cancelled.
        """

        @schema.hook  # type: ignore[untyped-decorator]
        def map_body(context: Any, body: Any) -> Any:
            return _about_the_known(body, KNOWN | {"list": self.lists[0]})

        @schema.hook  # type: ignore[untyped-decorator]
        def map_case(context: Any, case: Any) -> Any:
            if case.path == "/v1/rulesets/proposals" and isinstance(case.body, dict):
                case.body = _by_digest_alone(case.body)
            if case.media_type == "application/octet-stream" and case.path in FILES:
                case.body = FILES[case.path]
            if case.path.startswith("/log/") and {"from"} <= set(case.query or {}) <= {"from", "to"}:
                case.query = _of_signed_sizes(case.query)
            if case.path in FILES and {"as_of", "source"} == set(case.query or {}):
                case.query = {name: KNOWN["since"] if _is_time(name, v) else v for name, v in case.query.items()}
            if case.path.startswith("/v1/lists/{id}/") and (case.path_parameters or {}).get("id") in self.lists:
                if case.path == "/v1/lists/{id}/cancel":
                    case.path_parameters = {"id": _received(gate)}
                elif case.path != "/v1/lists/{id}/scrub":
                    gate.call("POST", f"/v1/lists/{case.path_parameters['id']}/scrub")
                    gate.work()
            return case

        @schema.hook  # type: ignore[untyped-decorator]
        def after_call(context: Any, case: Any, response: Any) -> None:
            if response.status_code == 202:
                gate.work()


def _received(gate: Gate) -> str:
    file = "Telefon;Jméno\n601 123 456;A\n601 123 457;B\nx;C\n601123456;D\n".encode()
    id: str = gate.upload(f"/v1/lists?campaign={SLUG}&filename=a.csv", file).json["id"]
    return id


def prepared(gate: Gate) -> Prepared:
    """Fill the gate: a controller, a campaign, consents, decisions, an objection, and a list that is ready."""
    gate.controller(SLUG)
    gate.campaign(SLUG, SLUG, house_caps=False)  # the same numbers are asked about again and again
    consents = [gate.consent(number, SLUG)["id"] for number in NUMBERS[:2] for _ in range(12)]
    decisions = [gate.check(NUMBERS[place % 3], SLUG)["decision_id"] for place in range(12)]
    no = {"number": NUMBERS[1], "scope": "controller", "controller": SLUG, "reason": "objection"}
    assert gate.post("/v1/suppressions", no | {"since": gate.now.isoformat()}).status == 201
    outcome = {"attempted_at": gate.now.isoformat(), "result": "answered"}
    assert gate.post(f"/v1/decisions/{decisions[0]}/outcome", outcome).status == 200
    lists = [_received(gate) for _ in range(2)]
    gate.work()
    fill_log(gate, 256)
    with gate.context.reading() as reading:
        log = log_of(reading.session, controller_id=1).id
    erasures = [proposed(gate, f"+42060233{place:04}", SLUG) for place in range(24)]
    change_rules(gate, login="dana", reason="a test")  # leaves one on record that nobody proposes any more
    rulesets = [proposed_ruleset(gate, variant(place)) for place in range(3, 24)]
    snapshots, submission = _registers(gate, lists[0])
    complaints = [suppressed(gate, f"+42060244{place:04}", controller=SLUG) for place in range(24)]
    entry = {"authority": "acs", "holder": "controller", "controller": SLUG, "name": "7", "valid_from": "2026-01-01"}
    registrations = [gate.post("/v1/registrations", entry).json["id"] for _ in range(24)]
    held = gate.upload(f"/v1/evidence?controller={SLUG}", FILES["/v1/evidence"]).json["sha256"]
    return Prepared(
        decisions=tuple(decisions),
        lists=tuple(lists),
        erasures=tuple(erasures),
        rulesets=tuple(rulesets),
        snapshots=snapshots,
        submission=submission,
        complaints=tuple(complaints),
        lifts=tuple(proposed_lift(gate, id) for id in complaints),
        consents=tuple(consents),
        registrations=tuple(registrations),
        evidence=held,
        log=log,
    )


def _registers(gate: Gate, list_id: str) -> tuple[tuple[str, ...], str]:
    """Have a register with snapshots that wait for a second person, and one that is asked; gives what to ask for."""
    added(gate, SLUG)
    imported(gate, b"601123456\n", SLUG, as_of=WEDNESDAY)
    file = b"601123456\n602123456\n"
    waiting = [imported(gate, file, SLUG, as_of=WEDNESDAY, key="compliance")["id"] for _ in range(24)]
    added(gate, ASKED, format="csv", coverage="asked", max_age_days=15)
    submission = gate.post(f"/v1/registers/{ASKED}/submissions", {"list": list_id}).json["id"]
    return tuple(waiting), submission


def _about_the_known(body: Any, known: Mapping[str, Any]) -> Any:
    """Put a known slug, number or proof where a lawful one stands. What is unlawful stays as it is."""
    if isinstance(body, list):
        return [_about_the_known(item, known) for item in body]
    if not isinstance(body, dict):
        return body
    return {
        name: known[name] if _is_replaced(name, value) else _about_the_known(value, known)
        for name, value in body.items()
    }


def _by_digest_alone(body: dict[str, Any]) -> dict[str, Any]:
    """Propose what is on record, for no generated content is a ruleset. What is unlawful stays as it is."""
    reason, digest = body.get("reason"), body.get("ruleset")
    files, content = body.get("files"), body.get("content")
    is_lawful = (
        set(body) <= {"reason", "files", "content", "ruleset"}
        and isinstance(reason, str)
        and re.fullmatch(r"[^\x00-\x1f\x7f]{1,200}", reason) is not None
        and (digest is None or (isinstance(digest, str) and re.fullmatch(LAWFUL["ruleset"], digest) is not None))
        and (content is None or isinstance(content, dict))
        and (files is None or (isinstance(files, dict) and all(map(_is_file, files.items()))))
    )
    return {"reason": reason, "ruleset": KNOWN["ruleset"]} if is_lawful else body


def _is_file(item: tuple[Any, Any]) -> bool:
    name, text = item
    return re.fullmatch(r"[a-z0-9_-]{1,40}\.toml", str(name)) is not None and isinstance(text, str)


def _of_signed_sizes(query: dict[str, Any]) -> dict[str, Any]:
    """Ask for the newest tree, for hardly any other size is signed. What is unlawful stays as it is."""
    return {"from": "1"} if all(re.fullmatch("[1-9][0-9]{0,17}", str(value)) for value in query.values()) else query


def _is_time(name: str, value: Any) -> bool:
    return name == "as_of" and re.fullmatch(TIME, str(value)) is not None


def _is_replaced(name: Any, value: Any) -> bool:
    """Tell whether the value is lawful and the coin fell; it falls the same way for the same value."""
    if name not in LAWFUL or not isinstance(value, str) or re.fullmatch(LAWFUL[name], value) is None:
        return False
    return sha256(value.encode("utf-8", "replace")).digest()[0] % 4 > 0
