"""A real server for tests: `flask serve` in processes of its own, to be killed and started again."""

import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from app import create_app
from app.domain.access import Role, Scope
from config import Config, write_secrets
from tests.gate import Reply

ROOT = Path(__file__).resolve().parents[1]
PATIENCE = 60
"""Seconds after which a server that does not come up is a failure."""
UNLIMITED = {f"DIALGATE_{limit}_{what}": "1000000" for limit in ("LIVE", "BULK") for what in ("PER_SECOND", "BURST")}
"""Each request is counted all the same."""


def flask_here(environ: Mapping[str, str], *words: str) -> str:
    """Run a command as `flask` does but in this process, which is a second quicker; give what it printed."""
    app = create_app(Config.from_environ(environ))
    try:
        done = app.test_cli_runner().invoke(args=words)
    finally:
        app.extensions["dialgate"].engine.dispose()
    assert done.exit_code == 0, done.output
    return done.stdout


@dataclass(slots=True)
class Server:
    """A server and its environment. `keys` are by role; each reaches every controller, the admin's every scope."""

    folder: Path
    environ: Mapping[str, str]
    port: int
    keys: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None

    def flask(self, *words: str, stdin: str | None = None) -> str:
        """Run a command beside the server and give what it printed."""
        done = subprocess.run(
            [sys.executable, "-m", "flask", *words],
            cwd=ROOT,
            env=dict(self.environ),
            input=stdin,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def prepare(self, *words: str) -> str:
        """Run a command beside the server, but in this process."""
        return flask_here(self.environ, *words)

    def key(self, role: Role = Role.ADMIN, *, controllers: tuple[str, ...] = ("all",)) -> str:
        """Give a role's key, making it the first time."""
        if controllers != ("all",) or role.value not in self.keys:
            words = ["--role", role.value, "--name", "test"]
            words += [word for slug in controllers for word in ("--controller", slug)]
            if role is Role.ADMIN:
                words += [word for scope in Scope for word in ("--scope", scope.value)]
            key = self.prepare("keys", "create", *words).strip()
            if controllers != ("all",):
                return key
            self.keys[role.value] = key
        return self.keys[role.value]

    def start(self) -> None:
        """Start serving and wait until a check could be answered."""
        with (self.folder / "server.log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "flask", "serve"],
                cwd=ROOT,
                env=dict(self.environ),
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        until = time.monotonic() + PATIENCE
        while not self._is_ready():
            assert self.process.poll() is None, self.log
            assert time.monotonic() < until, self.log
            time.sleep(0.02)

    def kill(self) -> None:
        """Kill the server and its workers at once, as `kill -9` does; nothing is tidied up."""
        if self.process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.process = None
        while self._is_listening():
            time.sleep(0.01)

    def call(
        self, method: str, path: str, body: Any = None, *, key: str | None = "admin", headers: Mapping[str, str] = {}
    ) -> Reply:
        """Send a request; `key` is a role's name, a key's text, or None."""
        sent = dict(headers)
        if key is not None:
            sent["Authorization"] = f"Bearer {self.keys.get(key, key)}"
        if body is not None and not isinstance(body, bytes):
            sent["Content-Type"] = "application/json"
            body = json.dumps(body).encode()
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            connection.request(method, path, body=body, headers=sent)
            response = connection.getresponse()
            return Reply(response.status, dict(response.getheaders()), response.read())
        finally:
            connection.close()

    @property
    def logins(self) -> dict[str, dict[str, str]]:
        """Give the demonstration's logins by role: e-mail address and password."""
        logins: dict[str, dict[str, str]] = json.loads((self.folder / "demo_logins.json").read_text(encoding="ascii"))
        return logins

    @property
    def log(self) -> str:
        """What the server printed."""
        return (self.folder / "server.log").read_text(encoding="utf-8", errors="replace")

    def _is_ready(self) -> bool:
        try:
            return self.call("GET", "/readyz", key=None).status == 200
        except (OSError, http.client.HTTPException):
            return False

    def _is_listening(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0


@contextmanager
def running_server(
    tmp_path: Path, *, database_url: str | None = None, workers: int = 1, demo: bool = False
) -> Iterator[Server]:
    """Serve on a free port, with an admin's key; `demo` with the demonstration's data and keys.

    Without `database_url` a new SQLite database; one that is given must be migrated. One key may ask everything.
    """
    folder = tmp_path / "server"
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("DIALGATE_", "FLASK_"))}
    environ |= {
        "DIALGATE_DATA_DIR": str(folder),
        "DIALGATE_WORKERS": str(workers),
        **UNLIMITED,
        "PORT": str(port := _free_port()),
    }
    if database_url is not None:
        environ["DIALGATE_DATABASE_URL"] = database_url
    server = Server(folder=folder, environ=environ, port=port)
    folder.mkdir(mode=0o700, parents=True)
    if demo:
        (folder / "demo").touch()
    write_secrets(folder)
    if database_url is None:
        server.prepare("db", "upgrade")
    if demo:
        server.prepare("demo", "load")
        server.keys = json.loads((folder / "demo_keys.json").read_text(encoding="ascii"))
    server.key(Role.ADMIN)
    try:
        server.start()
        yield server
    finally:
        server.kill()


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port
