"""`flask policies`: rules are checked, compared, rehearsed, and changed by two logins."""

import json
import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from app.policies.load import FOLDER, shipped
from tests.cli.test_commands import refused, run, told
from tests.cli.test_persons import as_login
from tests.gate import Gate
from tests.persons import second_key
from tests.rulesets import BAN, variant

NUMBER = "+420601123456"
CHANGED = [
    "everywhere: house-hours: changed",
    "everywhere: house-hours: params.weekly.mon: 08:00-20:00 → 09:00-18:00",
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give a copy of the shipped rules with other hours on Mondays."""
    copy = tmp_path / "rules"
    shutil.copytree(FOLDER, copy, ignore=lambda _, names: [name for name in names if not name.endswith(".toml")])
    house = copy / "house.toml"
    house.write_text(house.read_text(encoding="utf-8").replace('mon = ["08:00-20:00"]', 'mon = ["09:00-18:00"]'))
    return copy


def written(folder: Path, content: object) -> Path:
    path = folder / "rules.json"
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def test_rules_are_checked_as_folder_file_and_content(gate: Gate, folder: Path, tmp_path: Path) -> None:
    digest = run(gate, "policies", "check", str(folder)).stdout.split()[-1]
    assert digest.startswith("sha256:")
    assert digest != shipped().digest
    house = sum(rule.jurisdiction == "*" for rule in shipped().rules)
    same = written(tmp_path, dict(shipped().content))
    done = run(gate, "policies", "check", str(same))
    assert done.stdout == f"{len(shipped().rules)} rules, {shipped().digest}\n"
    assert run(gate, "policies", "check", str(folder / "house.toml")).stdout.startswith(f"{house} rules, ")
    for name in ("cz.toml", "sk.toml"):
        (folder / name).write_text("schema = ")
    line = refused(gate, "policies", "check", str(folder))
    assert "cz.toml: " in line
    assert "sk.toml: " in line
    assert refused(gate, "policies", "check", str(written(tmp_path, []))).startswith("bad_rule: ")


def test_rules_are_compared_in_words(gate: Gate, folder: Path) -> None:
    assert run(gate, "policies", "diff").stdout == "no rule changes\n"
    assert run(gate, "policies", "diff", str(folder)).stdout.splitlines() == CHANGED
    both = run(gate, "policies", "diff", str(folder), shipped().digest).stdout.splitlines()
    assert both[1] == "everywhere: house-hours: params.weekly.mon: 09:00-18:00 → 08:00-20:00"
    assert refused(gate, "policies", "diff", "sha256:" + "0" * 64).startswith("unknown_ruleset: ")


def test_two_logins_change_the_rules(energo: Gate, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    as_login(monkeypatch, "dana")
    proposal = told(energo, "policies", "propose", str(folder), "--reason", "ticket 7")
    assert (proposal["state"], proposal["words"]) == ("proposed", CHANGED)
    digest = proposal["ruleset"]
    assert refused(energo, "policies", "activate", digest).startswith("needs_second_person: ")
    as_login(monkeypatch, "eva")
    at = energo.now + timedelta(hours=1)
    done = told(energo, "policies", "activate", digest, "--at", at.isoformat())
    assert (done["state"], done["id"]) == ("approved", proposal["id"])
    listed = told(energo, "policies", "list")
    assert (listed["in_force"], listed["next_activation"]) == (shipped().digest, "2026-11-18T11:00:00.000Z")
    assert [one["state"] for one in listed["proposals"]] == ["approved"]
    energo.now = at
    assert told(energo, "policies", "list")["in_force"] == digest
    assert energo.check(NUMBER)["policy"]["digest"] == digest
    assert refused(energo, "policies", "activate", digest).startswith("unknown_proposal: ")
    back = told(energo, "policies", "propose")
    assert (back["ruleset"], back["reason"]) == (shipped().digest, "the rules of this version of Dialgate")


def test_a_login_and_a_key_are_two_persons(energo: Gate, tmp_path: Path) -> None:
    path = written(tmp_path, dict(BAN.content))
    proposal = told(energo, "policies", "propose", str(path), "--reason", "ticket 7")
    answer = energo.post(f"/v1/rulesets/proposals/{proposal['id']}/approve", {}, key=second_key(energo))
    assert answer.status == 200
    assert energo.check(NUMBER)["policy"]["digest"] == BAN.digest


def test_a_proposal_needs_its_reason_and_is_taken_back(energo: Gate, folder: Path) -> None:
    assert run(energo, "policies", "propose", str(folder)).exit_code == 2
    proposal = told(energo, "policies", "propose", str(folder), "--reason", "ticket 7")
    assert told(energo, "policies", "reject", proposal["ruleset"])["state"] == "rejected"
    assert refused(energo, "policies", "reject", proposal["id"]).startswith("proposal_settled: ")
    assert run(energo, "policies", "reject", "nothing").exit_code == 2


def test_rules_are_rehearsed_before_they_are_proposed(energo: Gate, tmp_path: Path) -> None:
    energo.consent(NUMBER)
    decision = energo.check(NUMBER)["decision_id"]
    energo.now += timedelta(hours=1)
    found = told(energo, "policies", "rehearse", str(written(tmp_path, dict(BAN.content))), "--days", "7")
    assert found["flips"] == [{"from": "allow", "to": "deny", "count": 1, "examples": [decision]}]
    assert told(energo, "policies", "rehearse", shipped().digest, "--as-on", "2027-01-01")["flips"] == []


def test_an_upgrade_warns_of_rules_that_wait_and_a_demonstration_takes_them(
    energo: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = shipped().digest
    monkeypatch.setattr("app.cli.database.shipped", lambda: variant(1))
    done = run(energo, "db", "upgrade")
    assert done.exit_code == 0, done.output
    first, warning = done.stdout.splitlines()
    (proposal,) = told(energo, "policies", "list")["proposals"]
    assert first == f"schema current; ruleset {before}"
    assert warning.startswith(f"WARNING: NOT in force are the rules of this version, {variant(1).digest}: proposal ")
    assert proposal["id"] in warning
    energo.context.demo = True
    done = run(energo, "db", "upgrade")
    assert done.stdout == f"schema current; ruleset {variant(1).digest} activated\n"
    assert told(energo, "policies", "list")["proposals"][0]["state"] == "approved"
