"""A whole gate for tests: the app on a real database, a key per role, a clock that is set."""

import io
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NoReturn

from flask import Flask

from app import create_app
from app.context import Context
from app.domain.access import Role, Scope, operator
from app.jobs.worker import Worker
from app.policies.load import shipped
from app.services.api_keys import create_api_key
from app.services.shipped_rules import activate_shipped
from app.work.sequencer import integrate
from config import Config
from tests.compiled_once import TEMPLATES

WEDNESDAY = datetime(2026, 11, 18, 10, 0, tzinfo=UTC)
"""An ordinary working day, 11:00 in Prague, inside the house hours."""
EVIDENCE = "sha256:" + "ab" * 32


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back through the door."""

    status: int
    headers: dict[str, str]
    data: bytes

    @property
    def text(self) -> str:
        """Give the body as text."""
        return self.data.decode()

    @property
    def json(self) -> Any:
        """Give the body as JSON."""
        return json.loads(self.data)


@dataclass(slots=True)
class Gate:
    """The app and its keys. `now` is what its clock says; `call` speaks through the door."""

    app: Flask
    now: datetime = WEDNESDAY
    keys: dict[str, str] = field(default_factory=dict)
    sequenced_at: datetime = WEDNESDAY

    @property
    def context(self) -> Context:
        context: Context = self.app.extensions["dialgate"]
        return context

    def key(
        self, role: Role, *, controllers: list[int] | None = None, scopes: tuple[Scope, ...] = (), env: str = "live"
    ) -> str:
        """Make a key and give its text."""
        with self.context.transaction() as tx:
            return create_api_key(
                tx.session,
                env=env,
                role=role,
                controller_ids=controllers,
                name="test",
                extra_scopes=scopes,
                pepper=self.context.api_key_pepper,
                actor=operator("test"),
                now=tx.now,
            )

    def call(self, method: str, path: str, *, key: str | None = "admin", **kwargs: Any) -> Reply:
        """Send a request; `key` is a role's name, a key's text, or None."""
        if self.now != self.sequenced_at:  # time has passed, and with it the sequencer's fraction of a second
            now, self.now = self.now, self.sequenced_at
            self.integrate()
            self.now = self.sequenced_at = now
        headers = dict(kwargs.pop("headers", {}))
        if key is not None:
            headers["Authorization"] = f"Bearer {self.keys.get(key, key)}"
        response = self.app.test_client().open(path, method=method, headers=headers, **kwargs)
        try:
            return Reply(response.status_code, dict(response.headers), response.data)
        finally:
            response.close()

    def post(self, path: str, body: Any, *, key: str | None = "admin", **kwargs: Any) -> Reply:
        return self.call("POST", path, key=key, json=body, **kwargs)

    def get(self, path: str, *, key: str | None = "admin", **kwargs: Any) -> Reply:
        return self.call("GET", path, key=key, **kwargs)

    def controller(self, slug: str = "energo", country: str = "CZ") -> int:
        """Add a controller and give its id."""
        answer = self.post("/v1/controllers", {"slug": slug, "name": slug.title(), "country": country})
        assert answer.status == 201, answer.text
        from app.db.controllers import controller_by_slug

        with self.context.reading() as reading:
            found = controller_by_slug(reading.session, slug=slug)
        assert found is not None
        return found.id

    def campaign(self, slug: str = "winter", controller: str = "energo", **changes: Any) -> None:
        """Add a live marketing campaign for energy."""
        body = {
            "slug": slug,
            "controller": controller,
            "name": "Winter",
            "call_class": "marketing",
            "voice_mode": "live",
            "product_category": "energy",
        }
        answer = self.post("/v1/campaigns", body | changes)
        assert answer.status == 201, answer.text

    def consent(self, number: str, controller: str = "energo", **changes: Any) -> dict[str, Any]:
        """Record a lawful consent to live marketing calls about energy, given an hour ago."""
        body = {
            "controller": controller,
            "number": number,
            "action": "given",
            "origin": "web_form",
            "obtained_at": (self.now - timedelta(hours=1)).isoformat(),
            "purposes": ["marketing"],
            "voice_modes": ["live"],
            "product_categories": ["energy"],
            "evidence": [EVIDENCE],
        }
        answer = self.post("/v1/consents", body | changes)
        assert answer.status == 201, answer.text
        event: dict[str, Any] = answer.json
        return event

    def withdraw(self, number: str, controller: str = "energo") -> None:
        """Withdraw everything, now."""
        self.consent(
            number,
            controller,
            action="withdrawn",
            obtained_at=self.now.isoformat(),
            purposes=[],
            voice_modes=[],
            product_categories=[],
            evidence=[],
        )

    def check(self, number: str, campaign: str = "winter", *, key: str = "dialer", **changes: Any) -> dict[str, Any]:
        """Ask the gate; it must answer 200."""
        answer = self.post("/v1/checks", {"number": number, "campaign": campaign} | changes, key=key)
        assert answer.status == 200, answer.text
        decision: dict[str, Any] = answer.json
        return decision

    def upload(self, path: str, data: bytes, *, key: str = "admin") -> Reply:
        """Send a file as the raw body."""
        return self.call(
            "POST", path, key=key, input_stream=io.BytesIO(data), headers={"Content-Type": "application/octet-stream"}
        )

    def close(self) -> None:
        """Let go of the database, and of all that the thread which decides checks keeps alive: it never ends."""
        self.context.engine.dispose()
        self.context.checks._decide_and_commit = _closed

    def integrate(self) -> None:
        """Sequence and sign whatever waits."""
        integrate(self.context)

    def work(self) -> None:
        """Do every job that waits, in this thread."""
        worker = Worker(self.context)
        while worker.work_once():
            pass


def _closed(checks: object) -> NoReturn:
    raise AssertionError("nobody asks a gate that was closed")


def make_gate(database_url: str, data_dir: Path, *, keys: dict[str, str] | None = None, **settings: Any) -> Gate:
    """Put a gate together on a migrated database, with a key for every role that reaches every controller.

    `keys` are those that the database holds already, the shipped rules in force.
    """
    given: dict[str, Any] = {
        "data_dir": data_dir,
        "database_url": database_url,
        "api_key_pepper": b"p" * 32,
        "receipt_key": b"r" * 32,
        "log_key": b"l" * 32,
        "erasure_keys": (b"e" * 32,),
        "demo": False,
        "host": "127.0.0.1",
        "port": 8000,
        "workers": 1,
        "runs_jobs": False,
        "max_upload": 8 * 1024 * 1024,
        "live_per_second": 1_000_000,
        "live_burst": 1_000_000,
        "bulk_per_second": 1_000_000,
        "bulk_burst": 1_000_000,
    }
    config = Config(**(given | settings))
    gate = Gate(app=Flask("placeholder"))
    gate.app = create_app(config, clock=lambda: gate.now)
    gate.app.jinja_env.bytecode_cache = TEMPLATES
    if keys is not None:
        gate.keys = dict(keys)
        return gate
    with gate.context.transaction() as tx:
        activate_shipped(tx.session, ruleset=shipped(), actor=operator("test"), now=tx.now)
    gate.keys = {role.value: gate.key(role, scopes=tuple(Scope) if role is Role.ADMIN else ()) for role in Role}
    return gate
