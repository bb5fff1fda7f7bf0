"""Reading at the command line is an entry too, under the name of whoever sat there."""

import json
import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

from alembic.script import ScriptDirectory
from sqlalchemy.engine import make_url

from app.db.migrations import FOLDER
from tests.api.exported import every_entry, leaves, lookups
from tests.call_lists import csv_of
from tests.databases import SERVICE_ROLE, Template
from tests.gate import Gate, make_gate
from tests.server import ROOT

A = "+420601123456"


def test_every_command_that_shows_what_is_held_leaves_an_entry(energo: Gate, tmp_path: Path) -> None:
    energo.consent(A)
    decision = energo.check(A)["decision_id"]
    source = tmp_path / "leden.csv"
    source.write_bytes(csv_of([[A, "x"]]))
    runner = energo.app.test_cli_runner()
    for words, told in (
        (["consents", "show", A, "--controller", "energo"], {"act": "consents_shown", "found": 1}),
        (["suppressions", "show", A, "--controller", "energo"], {"act": "suppressions_shown", "found": 0}),
        (["checks", "replay", decision], {"act": "decision_replayed", "decision": decision}),
        (["lists", "scrub", str(source), "--campaign", "winter", "--out", str(tmp_path)], {"act": "list_downloaded"}),
        (["log", "export", "--format", "csv", "--controller", "energo", "--kind", "check"], {"act": "log_exported"}),
        (["log", "pack", "--decision", decision, "--out", str(tmp_path / "pack.zip")], {"act": "pack_made"}),
    ):
        done = runner.invoke(args=words)
        assert done.exit_code == 0, (words, done.output)
        energo.now += timedelta(seconds=2)
        (leaf,) = lookups(energo, actor="cli", **told)
        opened = {entry["entry"]: entry["fields"] for entry in every_entry(energo)}
        assert opened[leaf["id"]]["operator"]
        assert "operator" not in leaf
    campaign = energo.app.test_cli_runner().invoke(args=["log", "export", "--campaign", "winter", "--verdict", "allow"])
    lines = [json.loads(line) for line in campaign.stdout.splitlines()]
    assert [line.get("entry") for line in lines] == [decision, None]


def test_an_upgrade_and_a_grant_are_on_record(tmp_path: Path, postgres_empty: Template) -> None:
    with postgres_empty.copy() as url:
        as_owner = make_url(url).set(username=postgres_empty.url.username)
        owner = make_gate(as_owner.render_as_string(hide_password=False), tmp_path)
        runner = owner.app.test_cli_runner()
        assert runner.invoke(args=["db", "upgrade"]).exit_code == 0
        done = runner.invoke(args=["db", "grant", SERVICE_ROLE])
        assert done.exit_code == 0, done.output
        (leaf,) = [leaf for leaf in leaves(owner, "admin") if leaf["act"] == "role_granted"]
        (entry,) = [entry for entry in every_entry(owner) if entry["entry"] == leaf["id"]]
        assert entry["fields"]["role"] == SERVICE_ROLE
        assert [leaf for leaf in leaves(owner, "admin") if leaf["act"] == "schema_upgraded"] == []
        refused = runner.invoke(args=["db", "grant", "nobody_of_that_name"])
        assert refused.exit_code == 1
        assert len([leaf for leaf in leaves(owner, "admin") if leaf["act"] == "role_granted"]) == 1
        owner.context.engine.dispose()


def test_the_first_upgrade_says_from_nothing_to_what(tmp_path: Path) -> None:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("DIALGATE_")}
    environ = inherited | {"DIALGATE_DATA_DIR": str(tmp_path)}

    def flask(*words: str) -> str:
        command = [sys.executable, *words]
        done = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    flask("config.py")
    for _ in range(2):
        flask("-m", "flask", "db", "upgrade")
    *lines, _ = flask("-m", "flask", "log", "export", "--kind", "admin").splitlines()
    told = [json.loads(json.loads(line)["leaf"]) for line in lines]
    newest = ScriptDirectory(str(FOLDER)).get_current_head()
    assert [(one["act"], one["before"], one["revision"]) for one in told] == [("schema_upgraded", None, newest)]
