"""The drill (`make drill`) goes as promised on both databases: real servers, a real loss, a real restoration."""

import os
import subprocess
import sys

import pytest

from tests.databases import postgres_programs
from tests.server import ROOT

STEPS = ("filled", "backed up", "went on", "the server was killed", "refused", "declared", "serves again", "a stranger")


@pytest.mark.parametrize("database", ["sqlite", pytest.param("postgresql", marks=pytest.mark.soak)])
def test_what_was_lost_is_refused_declared_and_told_to_a_stranger(
    database: str, request: pytest.FixtureRequest
) -> None:
    environ = {name: value for name, value in os.environ.items() if not name.startswith("DIALGATE_")}
    words = [sys.executable, "-m", "app.demo.drill"]
    if database == "postgresql":
        environ["PATH"] = f"{postgres_programs()}{os.pathsep}{environ['PATH']}"
        server = request.getfixturevalue("postgres_empty").url.set(drivername="postgresql")
        words += ["--only-postgres", "--postgres", server.render_as_string(hide_password=False)]
    done = subprocess.run(words, cwd=ROOT, env=environ, capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    shown = [line.strip() for line in done.stdout.splitlines()]
    told = [next((line for line in shown if line.startswith(f"ok  {step}")), None) for step in STEPS]
    assert None not in told, done.stdout
    assert "log_rolled_back" in done.stdout
    assert shown[-1] == "Everything as promised."
