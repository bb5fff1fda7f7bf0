"""Bundles: what the service makes, the verifier of strangers accepts; and what it accepts is the whole truth."""

import base64
import json
import re
import subprocess
import sys
import zipfile
from datetime import timedelta
from pathlib import Path

from app.domain.access import Role
from app.domain.checkpoint import Checkpoint, signed_checkpoint
from app.policies.load import shipped
from tests.called import every_act_of_a_person
from tests.gate import Gate
from tests.rulesets import BAN, change_rules, scheduled
from tests.users import every_act_on_a_user

ROOT = Path(__file__).resolve().parents[2]
VERIFIER = ROOT / "app" / "static" / "log" / "dialgate_verify.py"
NUMBER, OTHER = "+420601123456", "+420602123456"


def filled(gate: Gate) -> None:
    """Leave a little history, an hour of it."""
    gate.consent(NUMBER)
    for _ in range(4):
        gate.check(NUMBER)
        gate.check(OTHER)
        gate.now += timedelta(minutes=10)
    gate.withdraw(NUMBER)
    objection = {"number": OTHER, "scope": "controller", "controller": "energo", "reason": "objection"}
    assert gate.post("/v1/suppressions", objection | {"since": gate.now.isoformat()}).status == 201
    for number in (NUMBER, OTHER, "112"):
        gate.check(number)


def downloaded(gate: Gate, folder: Path, query: str = "controller=energo", *, name: str = "bundle.zip") -> Path:
    gate.integrate()
    answer = gate.get(f"/v1/log/bundle?{query}")
    assert answer.status == 200, answer.text
    path = folder / name
    path.write_bytes(answer.data)
    return path


def vkeys(gate: Gate, path: Path) -> list[str]:
    with zipfile.ZipFile(path) as bundle:
        shards = json.loads(bundle.read("manifest.json"))["shards"]
    return [gate.context.log_keys.verifier(shard["origin"]).vkey for shard in shards]


def verified(gate: Gate, path: Path, *more: str) -> subprocess.CompletedProcess[str]:
    """Run the verifier as a stranger does: without anything of this program."""
    keys = [word for key in vkeys(gate, path) for word in ("--vkey", key)]
    command = [sys.executable, "-I", str(VERIFIER), str(path), *keys, *more]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=path.parent)


def checkpoint(gate: Gate, path: Path) -> str:
    with zipfile.ZipFile(path) as bundle:
        (name,) = [name for name in bundle.namelist() if name.endswith("/checkpoint")]
        return bundle.read(name).decode()


def test_a_bundle_is_verified_without_this_installation(energo: Gate, tmp_path: Path) -> None:
    filled(energo)
    every_act_on_a_user(energo)
    every_act_of_a_person(energo, OTHER)
    for query in ("controller=energo", "controller=energo&openings=yes", ""):
        done = verified(energo, downloaded(energo, tmp_path, query))
        assert done.returncode == 0, done.stdout + done.stderr


def test_a_change_of_the_rules_is_verified_by_both_rulesets(energo: Gate, tmp_path: Path) -> None:
    filled(energo)
    scheduled(energo, BAN, energo.now)
    energo.check(OTHER)
    path = downloaded(energo, tmp_path)
    with zipfile.ZipFile(path) as bundle:
        named = {name for name in bundle.namelist() if name.startswith("rulesets/")}
    assert named == {f"rulesets/{one.digest.removeprefix('sha256:')}.json" for one in (shipped(), BAN)}
    done = verified(energo, path)
    assert done.returncode == 0, done.stdout + done.stderr
    change_rules(energo, login="dana", reason="a test")
    done = verified(energo, downloaded(energo, tmp_path, "", name="operator.zip"))
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_part_of_the_log_stands_for_itself(energo: Gate, tmp_path: Path) -> None:
    filled(energo)
    whole = downloaded(energo, tmp_path)
    since, before = (energo.now - timedelta(minutes=25), energo.now - timedelta(minutes=5))
    period = f"from={since.isoformat()}&to={before.isoformat()}".replace("+00:00", "Z")
    path = downloaded(energo, tmp_path, f"controller=energo&openings=yes&{period}", name="part.zip")
    with zipfile.ZipFile(path) as bundle:
        (shard,) = json.loads(bundle.read("manifest.json"))["shards"]
        events = bundle.read(f"{shard['shard']}/events.jsonl").splitlines()
    assert 0 < shard["start"] < shard["end"] < shard["size"]
    assert len(events) == 3, "the consent that the checks name was given before, and two calls were made"
    done = verified(energo, path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(rf"\b{shard['end'] - shard['start']}\b", done.stdout)
    held = tmp_path / "held"
    held.write_text(checkpoint(energo, whole))
    assert verified(energo, downloaded(energo, tmp_path, name="again.zip"), "--previous", str(held)).returncode == 0


def test_history_rewritten_with_the_true_key_is_found_by_whoever_holds_a_checkpoint(
    energo: Gate, tmp_path: Path
) -> None:
    filled(energo)
    held = tmp_path / "held"
    path = downloaded(energo, tmp_path)
    origin, size, root = checkpoint(energo, path).split("\n")[:3]
    other = Checkpoint(origin=origin, size=int(size), root=bytes(31) + b"\1")
    signer = energo.context.log_keys.signer(origin)
    held.write_text(signed_checkpoint(other, signer=signer, at=energo.now))
    assert base64.b64decode(root) != other.root
    done = verified(energo, path, "--previous", str(held))
    assert done.returncode == 1
    assert "does not verify" not in done.stdout, "it is signed, and yet another history"


def test_a_bundle_says_nothing_personal_unless_it_was_asked_for(energo: Gate, tmp_path: Path) -> None:
    energo.consent(NUMBER, person={"name": "Jana Nováková", "capacity": "subscriber"}, ref="form-881")
    energo.check(NUMBER, ref="lead-55")
    with zipfile.ZipFile(downloaded(energo, tmp_path)) as bundle:
        text = b"".join(bundle.read(name) for name in bundle.namelist())
    assert not [
        word for word in ("601123456", "Nov", "form-881", "lead-55", "energo", "winter") if word.encode() in text
    ]
    with zipfile.ZipFile(downloaded(energo, tmp_path, "controller=energo&openings=yes")) as bundle:
        assert b"+420601123456" in b"".join(bundle.read(name) for name in bundle.namelist())


def test_no_controllers_key_gets_the_bundle_of_another_or_of_the_operator(energo: Gate) -> None:
    other = energo.controller("other")
    key = energo.key(Role.AUDITOR, controllers=[other])
    energo.integrate()
    assert energo.get("/v1/log/bundle?controller=energo", key=key).json["code"] == "unknown_controller"
    assert energo.get("/v1/log/bundle", key=key).json["code"] == "needs_all_controllers"
    assert energo.get("/v1/log/bundle?controller=nobody", key=key).json["code"] == "unknown_controller"


def test_before_anything_is_signed_there_is_no_bundle(energo: Gate) -> None:
    answer = energo.get("/v1/log/bundle?controller=energo")
    assert (answer.status, answer.json["code"]) == (409, "nothing_signed")
