"""The main job in one screen, against a throw-away instance. Exit code 0 only if every result was as promised.

Run as `python -m app.demo.tour` (`make demo`). It starts a real server and speaks to it over HTTP only.
"""

import hashlib
import io
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

from app.demo.call_list import consent_file, demo_call_list
from app.demo.keys import keys_path
from app.domain.leaf import canonical

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 60
SCRUB_SECONDS = 120
CAMPAIGN = "energo-winter"
VERIFIER = ROOT / "app" / "static" / "log" / "dialgate_verify.py"

SIX = (
    ("420601000001", "allow", "", "agreed in a web form"),
    ("420601000002", "deny", "no_consent", "never asked"),
    ("420601000003", "deny", "consent_withdrawn", "agreed, then withdrew"),
    ("420601000004", "deny", "consent_expired", "agreed until a date that has passed"),
    ("420601000005", "deny", "objected_controller", "agreed, then objected to this client"),
    ("112", "deny", "line_type_banned", "the emergency line"),
)


@dataclass(slots=True)
class Tour:
    """A running instance, and what was found to be other than promised."""

    port: int
    keys: dict[str, str]
    faults: list[str] = field(default_factory=list)

    def ask(
        self, method: str, path: str, *, role: str, body: Any = None, file: bytes | None = None
    ) -> tuple[int, bytes]:
        """Send one request with the key of a role; gives status and body."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=60)
        kind = "application/json" if file is None else "text/csv"
        headers = {"Authorization": f"Bearer {self.keys[role]}", "Content-Type": kind}
        data = file if file is not None else None if body is None else json.dumps(body).encode()
        connection.request(method, path, body=data, headers=headers)
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        return answer.status, content

    def expect(self, what: str, found: object, promised: object) -> None:
        """Print a result beside what was promised."""
        is_right = found == promised
        print(f"  {'ok ' if is_right else 'NOT'} {what:<54} {found}" + ("" if is_right else f"   promised: {promised}"))
        if not is_right:
            self.faults.append(what)


def main() -> int:
    """Take the tour; gives the exit code."""
    with tempfile.TemporaryDirectory(prefix="dialgate-demo-") as folder, _instance(Path(folder)) as tour:
        _import_consents(tour)
        _check_six(tour)
        _scrub(tour)
        _withdraw(tour)
        _export(tour)
        _verify(tour, Path(folder))
    print("\nEverything as promised." if not tour.faults else f"\nNot as promised: {', '.join(tour.faults)}")
    return 1 if tour.faults else 0


def _import_consents(tour: Tour) -> None:
    print("\n1. Import consents (compliance)")
    file = consent_file(datetime.now(UTC))  # noqa: TID251  a tour is an interface: it has a clock
    path = "/v1/consents/import?controller=energo&filename=consents.csv"
    status, body = tour.ask("POST", path, role="compliance", file=file)
    tour.expect(
        "a file of 2,000 events is taken", (status, json.loads(body).get("totals", {}).get("imported")), (200, 2000)
    )
    _, body = tour.ask("POST", path, role="compliance", file=file)
    tour.expect("the same file again changes nothing", json.loads(body)["totals"]["imported"], 0)


def _check_six(tour: Tour) -> None:
    print("\n2. Check six numbers before dialling (dialer)")
    for number, verdict, reason, story in SIX:
        status, body = tour.ask("POST", "/v1/checks", role="dialer", body={"number": number, "campaign": CAMPAIGN})
        answer = json.loads(body)
        found = f"{status} {answer.get('decision')} {answer.get('primary_reason') or ''}".strip()
        tour.expect(f"{number:<13} {story}", found, f"200 {verdict} {reason}".strip())


def _scrub(tour: Tour) -> None:
    print("\n3. Scrub a call list of 4,000 rows, CP1250, as it came (manager)")
    promised = demo_call_list()
    path = f"/v1/lists?campaign={CAMPAIGN}&filename=zima.csv"
    status, body = tour.ask("POST", path, role="manager", file=promised.data)
    tour.expect("the list is received", status, 202)
    id = json.loads(body)["id"]
    found = _ready_list(tour, id)
    for name, count in promised.totals.items():
        tour.expect(name, found["totals"].get(name), count)
    _, allowed = tour.ask("GET", f"/v1/lists/{id}/file?verdict=allow", role="manager")
    tour.expect("rows in the file of allowed numbers", allowed.count(b"\r\n") - 1, promised.totals["allow"])


def _ready_list(tour: Tour, id: str) -> dict[str, Any]:
    deadline = time.monotonic() + SCRUB_SECONDS
    while time.monotonic() < deadline:
        _, body = tour.ask("GET", f"/v1/lists/{id}", role="manager")
        found: dict[str, Any] = json.loads(body)
        if found["state"] in ("ready", "failed"):
            break
        time.sleep(0.2)
    return found


def _withdraw(tour: Tour) -> None:
    print("\n4. Withdraw one consent, and ask again")
    now = datetime.now(UTC).isoformat()  # noqa: TID251  as above
    event = {"controller": "energo", "number": "420601000001", "action": "withdrawn", "origin": "inbound_call"}
    status, _ = tour.ask("POST", "/v1/consents", role="compliance", body=event | {"obtained_at": now})
    tour.expect("the withdrawal is acknowledged", status, 201)
    question = {"number": "420601000001", "campaign": CAMPAIGN}
    _, body = tour.ask("POST", "/v1/checks", role="dialer", body=question)
    answer = json.loads(body)
    found = f"{answer.get('decision')} {answer.get('primary_reason')}"
    tour.expect("the next check", found, "deny consent_withdrawn")


def _export(tour: Tour) -> None:
    print("\n5. Export the log (auditor)")
    status, body = tour.ask("GET", "/v1/log/export?format=jsonl&controller=energo", role="auditor")
    *entries, last = [json.loads(line) for line in body.splitlines()]
    kinds = [entry["kind"] for entry in entries]
    tour.expect("the log comes", status, 200)
    tour.expect("and is whole", last["manifest"]["rows"] == len(entries), True)
    tour.expect("checks on record", kinds.count("check"), len(SIX) + 1)
    tour.expect("scrubs on record", sum('"act":"scrubbed"' in entry["leaf"] for entry in entries), 1)
    tour.expect("leaves that hold a number", sum("42060100000" in entry["leaf"] for entry in entries), 0)


def _verify(tour: Tour, folder: Path) -> None:
    print("\n6. Verify the log as a stranger does, and once more after an entry was edited (auditor)")
    _, lines = tour.ask("GET", "/v1/log/export?format=jsonl&controller=energo", role="auditor")
    log = json.loads(lines.splitlines()[0])["log"]
    _, vkey = tour.ask("GET", f"/log/{log}/vkey", role="auditor")
    status, data = tour.ask("GET", "/v1/log/bundle?controller=energo&openings=yes", role="auditor")
    tour.expect("the bundle comes", status, 200)
    for place, edited in (("true", False), ("edited", True)):
        path = folder / f"{place}.zip"
        _write_bundle(path, data, edited=edited)
        command = [sys.executable, "-I", str(VERIFIER), str(path), "--vkey", vkey.decode().strip()]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        tour.expect(f"dialgate_verify.py on the {place} bundle", done.returncode, int(edited))


def _write_bundle(path: Path, data: bytes, *, edited: bool) -> None:
    """Write a bundle; edited, one denial in it becomes a permission, and every digest is made to fit again."""
    if not edited:
        path.write_bytes(data)
        return
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(path, "w") as new:
        files = {name: old.read(name) for name in old.namelist()}
        manifest = json.loads(files.pop("manifest.json"))
        for name, content in files.items():
            if name.endswith("leaves.jsonl"):
                files[name] = content.replace(b'"verdict":"deny"', b'"verdict":"allow"', 1)
            digest = hashlib.sha256(files[name]).hexdigest()
            manifest["files"][name] = {"bytes": len(files[name]), "sha256": digest}
            new.writestr(name, files[name])
        new.writestr("manifest.json", canonical(manifest))


@contextmanager
def _instance(folder: Path) -> Iterator[Tour]:
    """Set up and serve a demonstration instance in a folder, for the time of the block."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("DIALGATE_")}  # noqa: TID251
    environ = inherited | {"DIALGATE_DATA_DIR": str(folder), "PORT": str(port)}
    flask = [sys.executable, "-m", "flask", "--app", "wsgi"]
    quiet: dict[str, Any] = {"cwd": ROOT, "env": environ, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    print("Setting up a throw-away instance…", flush=True)
    for command in ([sys.executable, "config.py", "--demo"], [*flask, "db", "upgrade"], [*flask, "demo", "load"]):
        subprocess.run(command, check=True, **quiet)
    server = subprocess.Popen([*flask, "serve"], **quiet)
    try:
        tour = Tour(port=port, keys=json.loads(keys_path(folder).read_text(encoding="ascii")))
        _wait_until_ready(tour, server)
        yield tour
    finally:
        server.terminate()
        server.wait(30)


def _wait_until_ready(tour: Tour, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        try:
            if tour.ask("GET", "/readyz", role="dialer")[0] == 200:
                return
        except OSError:
            time.sleep(0.1)
    raise SystemExit("the throw-away instance did not start")


if __name__ == "__main__":
    raise SystemExit(main())
