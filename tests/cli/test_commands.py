"""The command line inside the app: what it does, how it exits, and that trouble is one line."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click import Group
from click.testing import Result

from app.cli.commands import ALL
from tests.call_lists import csv_of
from tests.gate import Gate

A, B = "+420601123456", "+420601123457"
DATA = Path(__file__).parents[1] / "data"


def run(gate: Gate, *words: str, stdin: str | None = None) -> Result:
    """Run `flask …` inside the app."""
    return gate.app.test_cli_runner().invoke(args=list(words), input=stdin)


def told(gate: Gate, *words: str, code: int = 0, stdin: str | None = None) -> Any:
    """Run a command that prints JSON."""
    done = run(gate, *words, stdin=stdin)
    assert done.exit_code == code, done.output
    return json.loads(done.stdout)


def refused(gate: Gate, *words: str, stdin: str | None = None) -> str:
    """Run a command that must fail with one line on standard error; give that line."""
    done = run(gate, *words, stdin=stdin)
    assert done.exit_code == 1, done.output
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert line.startswith("Error: ")
    return line.removeprefix("Error: ")


def commands() -> list[tuple[str, ...]]:
    found: list[tuple[str, ...]] = []
    for one in ALL:
        name = one.name or ""
        found += [(name, verb) for verb in one.commands] if isinstance(one, Group) else [(name,)]
    return found


def test_every_command_explains_itself(gate: Gate) -> None:
    assert len(commands()) > 20
    for words in commands():
        done = run(gate, *words, "--help")
        assert done.exit_code == 0
        assert done.stdout.startswith("Usage:")
        assert len(done.stdout.splitlines()) > 4


def test_an_installation_is_set_up_and_asked_by_commands_alone(gate: Gate) -> None:
    added = told(gate, "controllers", "add", "energo", "--name", "Energo a.s.", "--country", "cz")
    assert added == told(gate, "controllers", "show", "energo")
    assert (added["slug"], added["country"]) == ("energo", "CZ")
    words = ["--controller", "energo", "--name", "Zima", "--call-class", "marketing", "--voice-mode", "live"]
    campaign = told(gate, "campaigns", "add", "winter", *words, "--category", "energy", "--caller-id", "225 000 111")
    assert campaign["caller_id"] == "+420225000111"
    assert told(gate, "campaigns", "show") == [campaign]
    words = ["--controller", "energo", "--purpose", "marketing", "--voice-mode", "live", "--category", "energy"]
    words += ["--origin", "web_form", "--obtained-at", "2026-11-01T10:00:00Z", "--evidence", "sha256:" + "ab" * 32]
    assert told(gate, "consents", "add", "601 123 456", *words)["action"] == "given"
    assert told(gate, "checks", "run", A, "--campaign", "winter")["decision"] == "allow"
    assert told(gate, "checks", "run", "-", "--campaign", "winter", stdin=f"{B}\n", code=3)["decision"] == "deny"
    shown = told(gate, "consents", "show", A, "--controller", "energo")
    assert [line["state"] for line in shown["standing"]] == ["given"]
    told(gate, "consents", "withdraw", "-", "--controller", "energo", stdin="601123456")
    assert told(gate, "checks", "run", A, "--campaign", "winter", code=3)["primary_reason"] == "consent_withdrawn"
    told(gate, "suppressions", "add", B, "--controller", "energo", "--ref", "dopis")
    assert told(gate, "suppressions", "add", B)["scope"] == "all"
    found = told(gate, "suppressions", "show", B, "--controller", "energo")
    assert ([one["ref"] for one in found["suppressions"]], found["objected_all"]) == (["dopis"], True)


def test_a_key_is_printed_alone_and_works_until_it_is_revoked(energo: Gate) -> None:
    done = run(energo, "keys", "create", "--role", "dialer", "--controller", "energo", "--name", "PBX")
    key = done.stdout.strip()
    assert done.stdout == f"{key}\n"
    assert energo.check(A, key=key)["decision"] == "deny"
    assert energo.get("/v1/lists", key=key).status == 403
    id = key.split("_")[2]
    assert id in {one["id"] for one in told(energo, "keys", "list")}
    assert key not in run(energo, "keys", "list").stdout
    assert run(energo, "keys", "revoke", id).exit_code == 0
    assert energo.post("/v1/checks", {"number": A, "campaign": "winter"}, key=key).status == 401
    assert refused(energo, "keys", "revoke", id).startswith("already_revoked: ")
    assert refused(energo, "keys", "revoke", "x" * 12).startswith("unknown_api_key: ")


BEL, LONE = "a\x07b", "a\udcffb"
CAMPAIGN = ("--name", "x", "--controller", "energo", "--call-class", "marketing", "--voice-mode", "live")
CONSENT = ("--controller", "energo", "--origin", "web_form")


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (("controllers", "add", "Energo", "--name", "x", "--country", "CZ"), "malformed_field: … (slug)"),
        (("controllers", "add", "x" * 64, "--name", "x", "--country", "CZ"), "malformed_field: … (slug)"),
        (("controllers", "add", "x", "--name", BEL, "--country", "CZ"), "malformed_field: … (name)"),
        (("controllers", "add", "x", "--name", "", "--country", "CZ"), "malformed_field: … (name)"),
        (("controllers", "add", "x", "--name", LONE, "--country", "CZ"), "malformed_field: … (name)"),
        (("controllers", "add", "x", "--name", "x", "--country", "Czechia"), "malformed_field: … (country)"),
        (("controllers", "add", "energo", "--name", "x", "--country", "CZ"), "controller_exists: A controller of"),
        (("campaigns", "add", "a b", "--category", "energy", *CAMPAIGN), "malformed_field: … (slug)"),
        (("campaigns", "add", "x", "--category", "Energy!", *CAMPAIGN), "malformed_field: … (product_category)"),
        (("campaigns", "add", "x", "--category", "e", "--region", "CZE", *CAMPAIGN), "malformed_field: … (region)"),
        (("campaigns", "add", "x", "--category", "e", "--caller-id", "x", *CAMPAIGN), "bad_caller_id: "),
        (("campaigns", "show", "summer"), "unknown_campaign: "),
        (("consents", "add", A, "--category", "Energy!", *CONSENT), "malformed_field: … (product_categories)"),
        (("consents", "add", A, "--evidence", "md5:1", *CONSENT), "malformed_field: … (evidence)"),
        (("consents", "add", A, "--ref", BEL, *CONSENT), "malformed_field: … (ref)"),
        (("consents", "add", A, "--obtained-at", "1989-12-31T00:00:00Z", *CONSENT), "absurd_time: "),
        (("consents", "add", A, "--obtained-at", "2026-11-20T00:00:00Z", *CONSENT), "absurd_time: "),
        (("consents", "add", A, "--expires-at", "2201-01-01T00:00:00Z", *CONSENT), "absurd_time: "),
        (("consents", "add", "nic", *CONSENT), "bad_number: "),
        (("consents", "add", "-", *CONSENT), "invalid_input: "),
        (("consents", "show", A, "--controller", "banka"), "unknown_controller: "),
        (("suppressions", "add", A, "--since", "2026-11-20T00:00:00Z"), "absurd_time: "),
        (("suppressions", "add", A, "--ref", "x" * 201), "malformed_field: … (ref)"),
        (("suppressions", "add", "601123456"), "bad_number: "),
        (("keys", "create", "--role", "dialer", "--controller", "all", "--name", BEL), "malformed_field: … (name)"),
        (("checks", "run", A, "--campaign", "summer"), "unknown_campaign: "),
        (("checks", "run", A, "--campaign", "winter", "--at", "2020-01-01T00:00:00Z"), "bad_instant: "),
        (("log", "export", "--controller", "banka"), "unknown_controller: "),
    ],
)
def test_what_the_api_refuses_the_command_line_refuses_in_one_line(
    energo: Gate, words: tuple[str, ...], line: str
) -> None:
    wanted = line.replace("…", "A field does not have the form it must have.")
    assert refused(energo, *words, stdin="").startswith(wanted)
    assert [one["slug"] for one in told(energo, "controllers", "show")] == ["energo"]
    assert told(energo, "consents", "show", A, "--controller", "energo")["events"] == []


@pytest.mark.parametrize(
    "words",
    [
        ("checks", "run", A),
        ("checks", "run", A, "--campaign", "winter", "--at", "tomorrow"),
        ("checks", "run", A, "--campaign", "winter", "--at", "2026-11-20T00:00:00"),
        ("keys", "create", "--role", "king", "--controller", "all", "--name", "x"),
        ("lists", "scrub", "/nowhere.csv", "--campaign", "winter", "--out", "x"),
        ("consents", "shout"),
    ],
)
def test_a_command_that_is_put_wrongly_shows_its_usage(energo: Gate, words: tuple[str, ...]) -> None:
    done = run(energo, *words)
    assert done.exit_code == 2
    assert "Usage: " in done.stderr
    assert "Traceback" not in done.stderr


def test_files_are_imported_and_the_exit_code_says_whether_rows_were_refused(energo: Gate, tmp_path: Path) -> None:
    for noun in ("consents", "suppressions"):
        report = told(energo, noun, "import", str(DATA / f"{noun}.csv"), "--controller", "energo")
        assert report["totals"]["imported"] == report["totals"]["rows"] > 0
        again = told(energo, noun, "import", str(DATA / f"{noun}.csv"), "--controller", "energo")
        assert again["totals"]["unchanged"] == report["totals"]["rows"]
    bad = tmp_path / "bad.csv"
    bad.write_text("number,scope,reason,since\nnic,all,objection,2026-11-01T00:00:00Z\n", encoding="utf-8")
    report = told(energo, "suppressions", "import", str(bad), "--controller", "energo", code=2)
    assert report["errors"] == [{"row": 2, "column": "number", "code": "not_a_number"}]
    bad.write_bytes(b"")
    assert refused(energo, "suppressions", "import", str(bad), "--controller", "energo").startswith("empty_file: ")


def test_a_list_is_scrubbed_into_a_file_a_verdict(energo: Gate, tmp_path: Path) -> None:
    energo.consent(A)
    source, out = tmp_path / "leden.csv", tmp_path / "out"
    source.write_bytes(csv_of([[A, "x"], [B, "y"], ["nic", "z"], [A, "w"]]))
    report = told(energo, "lists", "scrub", str(source), "--campaign", "winter", "--out", str(out))
    assert report["totals"] == {"rows": 4, "allow": 1, "deny": 1, "defer": 0, "invalid": 1, "duplicate": 1}
    for verdict in ("allow", "deny", "defer", "invalid", "duplicate", "all"):
        assert (out / f"{verdict}.csv").read_bytes() == energo.get(
            f"/v1/lists/{report['id']}/file?verdict={verdict}"
        ).data
    words = ["lists", "scrub", str(source), "--campaign", "winter", "--out", str(out)]
    assert refused_at_the_end(energo, *words, "--column", "Fax").startswith("Error: unknown_column: ")
    (tmp_path / "shut").write_bytes(b"")
    assert "Traceback" not in run(energo, *words[:-1], str(tmp_path / "shut" / "out")).stderr
    assert run(energo, *words[:-1], str(tmp_path / "shut" / "out")).exit_code == 1


def refused_at_the_end(gate: Gate, *words: str) -> str:
    """Give the last line on standard error of a command that failed behind its progress bar."""
    done = run(gate, *words)
    assert done.exit_code == 1
    return done.stderr.splitlines()[-1]


@pytest.mark.parametrize("kind", ["jsonl", "csv"])
def test_the_log_is_exported_as_the_api_exports_it(energo: Gate, tmp_path: Path, kind: str) -> None:
    energo.check(A)
    energo.consent(A)
    energo.now += timedelta(seconds=1)
    out = tmp_path / "log"
    assert run(energo, "log", "export", "--format", kind, "--out", str(out)).exit_code == 0
    assert out.read_bytes() == energo.get(f"/v1/log/export?format={kind}").data
    assert len(out.read_bytes().splitlines()) > 5


def test_rules_are_shown_and_bad_rule_files_are_named(gate: Gate, tmp_path: Path) -> None:
    shown = told(gate, "policies", "show", "cz")
    assert {rule["id"] for rule in shown["rules"]} >= {"cz-marketing-basis", "house-objection-to-all"}
    done = run(gate, "policies", "check")
    assert done.stdout.split()[-1] == shown["digest"]
    assert all(f"| `{rule['id']}` |" in run(gate, "policies", "table").stdout for rule in shown["rules"])
    assert refused(gate, "policies", "check", str(tmp_path)).startswith("bad_rule: ")
    (tmp_path / "cz.toml").write_text("schema = 1\njurisdiction = 'CZ'\n[[rule]]\nid = 'x'\nkid = 'basis'\n")
    done = run(gate, "policies", "check", str(tmp_path))
    assert done.exit_code == 1
    assert done.stdout == ""
    told_faults = done.stderr.removeprefix("Error: bad_rule: ").splitlines()
    assert len(told_faults) > 3
    assert all("cz.toml: x: " in line for line in told_faults)
    (tmp_path / "cz.toml").write_text("schema = \n")
    assert "cz.toml" in refused(gate, "policies", "check", str(tmp_path))
