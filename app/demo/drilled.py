"""What a drill is done on: an instance with real server processes, and its database, which can be lost."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from datetime import UTC, datetime
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit, urlunsplit

from app.demo.keys import keys_path

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 60


class Store(Protocol):
    """A database that can be lost. `url` is what the gate opens it by."""

    name: str
    url: str

    def create(self) -> None:
        """Make an empty one."""

    def lose(self) -> None:
        """Destroy it."""

    def restore(self, backup: Path) -> None:
        """Bring it back from a backup."""

    def remove(self) -> None:
        """Leave nothing behind."""


class Sqlite:
    """A file in the instance's folder."""

    name = "SQLite"

    def __init__(self, folder: Path) -> None:
        self._file = folder / "data" / "dialgate.db"
        self.url = f"sqlite:///{self._file}"

    def create(self) -> None:
        self._file.parent.mkdir(mode=0o700)

    def lose(self) -> None:
        for end in ("", "-wal", "-shm"):
            Path(f"{self._file}{end}").unlink(missing_ok=True)

    def restore(self, backup: Path) -> None:
        shutil.copyfile(backup, self._file)

    def remove(self) -> None:
        """Leave it to whoever removes the folder."""


class Postgres:
    """A database of its own on a server."""

    name = "PostgreSQL"

    def __init__(self, server: str, name: str) -> None:
        self._server, self._name = server, name
        self.url = urlunsplit(urlsplit(server)._replace(path=f"/{name}"))

    def create(self) -> None:
        self._tell(f"CREATE DATABASE {self._name}")

    def lose(self) -> None:
        self._tell(f"DROP DATABASE IF EXISTS {self._name} WITH (FORCE)")

    def restore(self, backup: Path) -> None:
        self.create()
        words = ["pg_restore", "--no-owner", "--exit-on-error", "--dbname", self.url, str(backup)]
        subprocess.run(words, check=True, capture_output=True)

    def remove(self) -> None:
        self.lose()

    def _tell(self, statement: str) -> None:
        words = ["psql", "--no-psqlrc", "--quiet", "--dbname", self._server, "--command", statement]
        subprocess.run(words, check=True, capture_output=True)


class Instance:
    """A demonstration instance: its commands, its server, and requests with the keys of the roles."""

    def __init__(self, data_dir: Path, url: str) -> None:
        self.data_dir = data_dir
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self._port: int = probe.getsockname()[1]
        kept = {name: value for name, value in os.environ.items() if not name.startswith("DIALGATE_")}  # noqa: TID251
        self._environ = kept | {
            "DIALGATE_DATA_DIR": str(data_dir),
            "DIALGATE_DATABASE_URL": url,
            "DIALGATE_OUTSIDE_SECONDS": "1",
            "PORT": str(self._port),
        }
        self._server: subprocess.Popen[bytes] | None = None

    def set_up(self) -> None:
        """Make secrets, schema, and the demonstration's data and keys."""
        words = [sys.executable, "config.py", "--demo"]
        subprocess.run(words, check=True, cwd=ROOT, env=self._environ, capture_output=True)
        self.flask("db", "upgrade")
        self.flask("demo", "load")

    def try_flask(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run a command and give what became of it."""
        command = [sys.executable, "-m", "flask", "--app", "wsgi", *words]
        return subprocess.run(
            command, cwd=ROOT, env=self._environ, capture_output=True, text=True, timeout=PATIENCE, check=False
        )

    def flask(self, *words: str) -> str:
        """Run a command that must succeed and give what it printed."""
        done = self.try_flask(*words)
        if done.returncode:
            raise SystemExit(f"flask {' '.join(words)}: {done.stderr}")
        return done.stdout

    def start(self) -> None:
        """Serve, and wait until a check could be answered."""
        command = [sys.executable, "-m", "flask", "--app", "wsgi", "serve"]
        with (self.data_dir / "server.log").open("ab") as log:
            self._server = subprocess.Popen(
                command, cwd=ROOT, env=self._environ, stdout=log, stderr=log, start_new_session=True
            )
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until and self._server.poll() is None:
            try:
                if self.ask("GET", "/readyz", role="dialer")[0] == 200:
                    return
            except (OSError, HTTPException):
                time.sleep(0.1)
        raise SystemExit("the throw-away instance did not start")

    def kill(self) -> None:
        """Kill the server and its workers, as a power cut would."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """Ask the server to end."""
        self._end(signal.SIGTERM)

    def _end(self, kind: signal.Signals) -> None:
        if self._server is not None:
            os.killpg(self._server.pid, kind)
            self._server.wait(PATIENCE)
            self._server = None

    def ask(self, method: str, path: str, *, role: str, body: Any = None) -> tuple[int, bytes]:
        """Send one request with the key of a role; gives status and body."""
        keys = json.loads(keys_path(self.data_dir).read_text(encoding="ascii"))
        connection = HTTPConnection("127.0.0.1", self._port, timeout=PATIENCE)
        headers = {"Authorization": f"Bearer {keys[role]}", "Content-Type": "application/json"}
        try:
            connection.request(method, path, body=None if body is None else json.dumps(body), headers=headers)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def check(self, number: str, campaign: str) -> dict[str, Any]:
        """Ask whether a number may be dialled; gives the answer, or the problem."""
        _, data = self.ask("POST", "/v1/checks", role="dialer", body={"number": number, "campaign": campaign})
        answer: dict[str, Any] = json.loads(data)
        return answer

    def consent(self, number: str, controller: str) -> None:
        """Record a lawful consent, given now."""
        event = {
            "controller": controller,
            "number": number,
            "action": "given",
            "purposes": ["marketing"],
            "voice_modes": ["live"],
            "product_categories": ["energy"],
            "origin": "web_form",
            "obtained_at": datetime.now(UTC).isoformat(),  # noqa: TID251  a drill is an interface: it has a clock
            "evidence": ["sha256:" + "ab" * 32],
        }
        self._done("/v1/consents", role="compliance", body=event)

    def erase(self, number: str, controller: str) -> None:
        """Have a person erased, by the two whom it takes."""
        wish = {"number": number, "scope": "controller", "controller": controller}
        id = self._done("/v1/persons/erasure", role="compliance", body=wish)["id"]
        self._done(f"/v1/persons/erasure/{id}/approve", role="admin", body={})

    def _done(self, path: str, *, role: str, body: Any) -> dict[str, Any]:
        status, data = self.ask("POST", path, role=role, body=body)
        if status >= 300:
            raise SystemExit(f"POST {path}: {data.decode()}")
        answer: dict[str, Any] = json.loads(data)
        return answer
