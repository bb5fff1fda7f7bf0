"""The command line as its own process: without secrets, without a database, beside a running server."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.call_lists import csv_of, rows_in
from tests.server import PATIENCE, ROOT, flask_here, running_server

SECRETS = {
    "DIALGATE_API_KEY_PEPPER": "aa" * 32,
    "DIALGATE_RECEIPT_KEY": "bb" * 32,
    "DIALGATE_LOG_KEY": "cc" * 32,
    "DIALGATE_ERASURE_KEY": "dd" * 32,
}


def environ(data_dir: Path, **more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("DIALGATE_", "FLASK_"))}
    return kept | {"DIALGATE_DATA_DIR": str(data_dir)} | more


def python(env: dict[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *words], cwd=ROOT, env=env, capture_output=True, text=True, timeout=PATIENCE, check=False
    )


@pytest.mark.parametrize("words", [("-m", "flask", "keys", "list"), ("-c", "import wsgi")])
def test_without_secrets_nothing_starts_and_the_message_says_what_is_missing(
    tmp_path: Path, words: tuple[str, ...]
) -> None:
    done = python(environ(tmp_path), *words)
    assert done.returncode == 1
    lines = done.stderr.splitlines()
    assert lines[0] == "dialgate cannot start:"
    assert [line.split(":")[0] for line in lines[1:]] == list(SECRETS)
    assert done.stdout == ""


def test_without_a_database_the_message_is_no_traceback(tmp_path: Path) -> None:
    nowhere = "postgresql://nobody@127.0.0.1:1/nothing"
    done = python(environ(tmp_path, **SECRETS, DIALGATE_DATABASE_URL=nowhere), "-m", "flask", "keys", "list")
    assert done.returncode == 1
    assert done.stderr == "dialgate cannot start:\nThe database did not answer in time, or at all.\n"


def test_the_schema_is_brought_up_once_and_asked_for_until_then(tmp_path: Path) -> None:
    env = environ(tmp_path, **SECRETS)
    early = python(env, "-m", "flask", "serve")
    assert (early.returncode, early.stderr) == (1, "Error: the database has another schema: run flask db upgrade\n")
    first = python(env, "-m", "flask", "db", "upgrade")
    again = python(env, "-m", "flask", "db", "upgrade")
    assert (first.returncode, again.returncode) == (0, 0)
    assert first.stdout == again.stdout.rstrip("\n") + " activated\n"
    assert python(env, "-m", "flask", "db", "current").stdout == "current\n"


def test_a_worker_of_its_own_stops_cleanly_when_terminated(tmp_path: Path) -> None:
    env = environ(tmp_path, **SECRETS)
    flask_here(env, "db", "upgrade")
    process = subprocess.Popen(
        [sys.executable, "-m", "flask", "jobs", "work"], cwd=ROOT, env=env, stderr=subprocess.PIPE, text=True
    )
    assert process.stderr is not None
    assert process.stderr.readline() == "working off the queue\n"
    process.send_signal(signal.SIGTERM)
    _, said = process.communicate(timeout=PATIENCE)
    assert (process.returncode, said) == (0, "stopped\n")


def test_a_list_is_scrubbed_beside_a_running_server(tmp_path: Path) -> None:
    with running_server(tmp_path) as server:
        server.prepare("controllers", "add", "energo", "--name", "Energo", "--country", "CZ")
        words = ["campaigns", "add", "winter", "--controller", "energo", "--name", "Winter", "--category", "energy"]
        server.prepare(*words, "--call-class", "marketing", "--voice-mode", "live")
        source, out = tmp_path / "leden.csv", tmp_path / "out"
        source.write_bytes(csv_of([[f"+4206011{n:05}", "x"] for n in range(3000)]))
        report = json.loads(server.flask("lists", "scrub", str(source), "--campaign", "winter", "--out", str(out)))
        assert report["totals"]["deny"] == report["totals"]["rows"] == 3000
        assert len(rows_in((out / "deny.csv").read_bytes())) == 3000
        download = server.call("GET", f"/v1/lists/{report['id']}/file?verdict=all")
        assert download.data == (out / "all.csv").read_bytes()
