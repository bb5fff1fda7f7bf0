"""The API against its own document: schemathesis asks whatever the document permits, and much that it does not."""

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import schemathesis
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events, from_schema
from werkzeug.serving import WSGIRequestHandler, make_server

from tests.contract.prepared import ASKED, SLUG, Prepared, prepared
from tests.contract.tightened import tightened
from tests.gate import Gate
from tests.rulesets import variant

UNCERTAIN = ["2xx", "401", "403", "404", "409", "422"]
"""What may be answered to data that fits the schema: the world may still contradict it."""

METHODS = ["DELETE", "PUT", "PATCH", "TRACE"]
ENOUGH = 100
"""Examples with which whatever can succeed does."""
SELDOM = {"POST /v1/registrations", "POST /v1/registers/{slug}/snapshots"}
"""What few examples of random bodies do not fit; tests of their own call them."""


def config_for(known: Prepared, key: str, origin: str, examples: int) -> SchemathesisConfig:
    """Ask with ids and slugs that often exist."""
    ids = {"decision": known.decisions, "list": known.lists, "slug": (SLUG,), "log": (known.log,)}
    ids |= {"erasure": known.erasures, "rules": known.rulesets, "digest": (variant(1).digest, variant(2).digest)}
    ids |= {"snapshot": known.snapshots}
    ids |= {"asked": (ASKED,), "submission": (known.submission,)}
    ids |= {"complaint": known.complaints, "lift": known.lifts}
    ids |= {"consent": known.consents, "registration": known.registrations}
    ids["sha256"] = (known.evidence,)
    ids |= {"shard": ("2026",), "level": ("0", "entries"), "index": ("000",), "size": ("1", "2")}
    often = {name: {"dictionary": name, "probability": 0.7} for name in ids}
    slugs = {"path.slug": often["slug"], "query.campaign": often["slug"], "query.controller": often["slug"]}
    sent = {"path.slug": often["asked"], "path.id": often["submission"]}
    in_a_log = {f"path.{name}": often[name] for name in ("log", "shard", "level", "index")}
    in_a_log |= {f"query.{name}": often["size"] for name in ("from", "to")}
    return SchemathesisConfig.from_dict(
        {
            "base-url": origin,
            "seed": 20261118,
            "continue-on-failure": True,
            "headers": {"Authorization": f"Bearer {key}"},
            "dictionaries": {name: {"values": list(values)} for name, values in ids.items()},
            "parameters": slugs,
            "operations": [
                {"include-path-regex": f"^/v1/{one}s/", "parameters": {**slugs, "path.id": often[one]}}
                for one in ("decision", "list", "consent", "registration")
            ]
            + [
                {"include-path-regex": "^/log/", "parameters": in_a_log},
                {"include-path-regex": "^/v1/evidence/", "parameters": {**slugs, "path.sha256": often["sha256"]}},
                {"include-path-regex": "^/v1/persons/erasure/", "parameters": {"path.id": often["erasure"]}},
                {"include-path-regex": "^/v1/rulesets/proposals/", "parameters": {"path.id": often["rules"]}},
                {"include-path-regex": "^/v1/rulesets/.digest", "parameters": {"path.digest": often["digest"]}},
                {
                    "include-path-regex": "^/v1/registers/.*/snapshots/",
                    "parameters": {**slugs, "path.id": often["snapshot"]},
                },
                {"include-path-regex": "^/v1/registers/.*/submissions", "parameters": sent},
                {"include-path-regex": "^/v1/suppressions/lifts/", "parameters": {"path.id": often["lift"]}},
                {"include-path-regex": "^/v1/suppressions/.*/lift$", "parameters": {"path.id": often["complaint"]}},
            ],
            "request-timeout": 60,  # a rehearsal on a busy machine takes its time
            "generation": {"deterministic": True, "max-examples": examples, "database": "none"},
            "phases": {
                "stateful": {"enabled": False},
                "coverage": {"unexpected-methods": METHODS if examples >= ENOUGH else METHODS[:1]},
            },
            "checks": {
                "positive_data_acceptance": {"expected-statuses": UNCERTAIN},
                "negative_data_rejection": {
                    "expected-statuses": ["400", "401", "403", "404", "405", "409", "413", "415", "422"]
                },
            },
        }
    )


@contextmanager
def served(gate: Gate) -> Iterator[str]:
    """Serve the gate on loopback, in a thread, so that its clock stands still."""
    server = make_server("127.0.0.1", 0, gate.app, threaded=True, request_handler=_Quiet)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Quiet(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log(self, type: str, message: str, *args: Any) -> None:
        """Say nothing of requests."""


@pytest.mark.parametrize(
    ("fresh", "examples"),
    [
        ("postgresql", 6),  # it refuses what SQLite takes: zeros in text, numbers without end
        pytest.param("postgresql", 200, marks=pytest.mark.soak),
        pytest.param("sqlite", 200, marks=pytest.mark.soak),
    ],
    indirect=["fresh"],
)
def test_every_answer_is_as_the_document_says(gate: Gate, examples: int) -> None:
    known = prepared(gate)
    faults: Counter[str] = Counter()
    seen: Counter[tuple[str, int]] = Counter()
    with served(gate) as origin:
        config = config_for(known, gate.keys["admin"], origin, examples)
        schema = schemathesis.openapi.from_dict(tightened(gate.get("/v1/openapi.json").json), config=config)
        known.install(schema, gate)
        for event in from_schema(schema).execute():
            if isinstance(event, events.NonFatalError):
                faults[f"{event.label}: {event.info}"] += 1
            elif isinstance(event, events.FatalError):
                raise event.exception
            elif isinstance(event, events.ScenarioFinished):
                _read(event, faults, seen)
    assert not faults, "\n\n".join(f"{count} times: {fault}" for fault, count in faults.most_common(12))
    operations = {f"{method.upper()} {path}" for path, one in schema.raw_schema["paths"].items() for method in one}
    never = operations - {label for label, status in seen if status < 300}
    assert never <= (SELDOM if examples < ENOUGH else set()), "some operation never succeeded"


def _read(event: Any, faults: Counter[str], seen: Counter[tuple[str, int]]) -> None:
    for id, interaction in event.recorder.interactions.items():
        if interaction.response is not None and event.label is not None:
            seen[event.label, interaction.response.status_code] += 1
        for check in event.recorder.checks.get(id, ()):
            if check.failure_info is not None:
                faults[
                    f"{event.label} {check.name}: {check.failure_info.failure!r} {check.failure_info.code_sample}"
                ] += 1
