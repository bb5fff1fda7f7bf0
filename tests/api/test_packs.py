"""Defence packs: one ZIP that explains a decision to a stranger, who can check every piece of it."""

import hashlib
import io
import json
import subprocess
import sys
import zipfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from app.domain.access import Role
from tests.api.exported import lookups, without_correlator
from tests.api.unpacked import Seen, assert_opened, assert_proved, unpacked
from tests.gate import EVIDENCE, Gate

NUMBER, OTHER = "+420601123456", "+420602123456"
NOBODY = "01a1ee19-5500-7000-8934-5dc7859c5344"
PERSON: dict[str, Any] = {"name": "<script>alert('x')</script>", "capacity": "subscriber\" onload='x'", "address": None}
NOTICE = {"version": "2026-03", "language": "cs", "sha256": "sha256:" + "1" * 64}


def pack(gate: Gate, path: str, *, key: str = "auditor", **body: Any) -> dict[str, bytes]:
    answer = gate.post(path, body, key=key)
    assert answer.status == 200, answer.text
    assert answer.headers["Content-Type"] == "application/zip"
    return unpacked(answer.data)


def story(gate: Gate) -> tuple[str, str]:
    """Consent, an allowed call, an opt-out, a denied one; gives both decisions. All is in the tree."""
    gate.consent(NUMBER, person=PERSON, notice=NOTICE, ref="form-881")
    gate.consent(OTHER)
    gate.now += timedelta(seconds=1)
    allowed: str = gate.check(NUMBER)["decision_id"]
    gate.now += timedelta(seconds=1)
    report = {"attempted_at": gate.now.isoformat(), "result": "answered", "opt_out": True}
    assert gate.post(f"/v1/decisions/{allowed}/outcome", report).status == 200
    gate.now += timedelta(seconds=1)
    denied: str = gate.check(NUMBER)["decision_id"]
    gate.now += timedelta(seconds=1)
    gate.post("/v1/consents/search", {"controller": "energo", "number": NUMBER})
    gate.now += timedelta(seconds=1)
    return allowed, denied


def test_a_decision_is_explained_and_every_piece_can_be_checked(energo: Gate) -> None:
    allowed, _ = story(energo)
    files = pack(energo, f"/v1/decisions/{allowed}/pack")
    (told,) = json.loads(files["decisions.json"])
    assert (told["decision_id"], told["decision"], told["number"]) == (allowed, "allow", NUMBER)
    assert told["replay"]["equal"] is True
    (event,) = [json.loads(data) for name, data in files.items() if name.startswith("events/")]
    assert told["basis"]["consent_id"] == event["entry"], "what came later is not part of why it was allowed"
    assert event["leaf"]["notice"] == NOTICE
    assert event["leaf"]["evidence"] == [EVIDENCE]
    assert event["opening"]["fields"]["person"] == PERSON
    digest = told["policy"]["digest"].removeprefix("sha256:")
    assert hashlib.sha256(files[f"rules/{digest}.json"]).hexdigest() == digest
    asked = json.loads(files["rules/asked.json"])[allowed]
    assert {rule["id"] for rule in asked} >= {"cz-marketing-basis", "house-objection-to-all"}
    assert all(rule["citation"] for rule in asked)
    assert json.loads(files["registers.json"])[allowed] == told["coverage"]
    assert [one["result"] for one in json.loads(files["outcomes.json"])] == ["answered"]
    assert [one["leaf"]["act"] for one in json.loads(files["lookups.json"])] == ["consents_shown"]
    entries = [name.removeprefix("leaves/").removesuffix(".json") for name in files if name.startswith("leaves/")]
    assert len(entries) == 4
    for id in entries:
        assert_proved(files, id)
    assert assert_opened(files) == 3
    assert json.loads(files["keys/receipts.jwks.json"]) == energo.get("/.well-known/jwks.json", key=None).json


def test_all_on_a_number_is_in_its_pack_and_nothing_of_others(energo: Gate) -> None:
    energo.controller("vitkovice")
    energo.campaign("spring", "vitkovice")
    allowed, denied = story(energo)
    energo.consent(NUMBER, "vitkovice")
    energo.check(NUMBER, "spring")
    energo.now += timedelta(seconds=1)
    files = pack(energo, "/v1/persons/pack", controller="energo", number="601 123 456")
    assert [one["decision_id"] for one in json.loads(files["decisions.json"])] == [allowed, denied]
    leaves = [json.loads(data) for name, data in files.items() if name.startswith("leaves/")]
    assert len({leaf["log"] for leaf in leaves}) == 1
    events = [json.loads(data)["leaf"]["kind"] for name, data in sorted(files.items()) if name.startswith("events/")]
    assert events == ["consent", "suppression"]
    assert all(OTHER.encode() not in data for data in files.values())
    assert b"vitkovice" not in b"".join(files.values())
    nothing = pack(energo, "/v1/persons/pack", controller="energo", number="+420777000000")
    assert json.loads(nothing["decisions.json"]) == []
    assert "Nothing is on record." in nothing["index.html"].decode()


@pytest.mark.parametrize(
    ("language", "word"),
    [("en", "Defence pack"), ("cs", "Dokumentace"), ("sk", "Dokumentácia"), ("pl", "Dokumentacja")],
)
def test_the_page_is_readable_and_what_people_typed_runs_nowhere(energo: Gate, language: str, word: str) -> None:
    allowed, _ = story(energo)
    files = pack(energo, f"/v1/decisions/{allowed}/pack", language=language)
    page = files["index.html"].decode()
    seen = Seen(page)
    assert word in seen.text
    assert f'<html lang="{language}">' in page
    assert PERSON["name"] in seen.text, "shown as text"
    assert PERSON["capacity"] in seen.text
    assert not seen.tags & {"script", "iframe", "img", "object", "embed", "form"}
    assert seen.handlers == set()
    assert all(link in files or link.startswith("#") for link in seen.links), seen.links
    for shown in (NUMBER, "consent", "2026-03", EVIDENCE, "cz-marketing-basis", "127/2005", "winter"):
        assert shown in seen.text, shown


def test_what_is_not_in_the_tree_yet_is_said_to_be_missing(energo: Gate) -> None:
    energo.consent(NUMBER)
    id = energo.check(NUMBER)["decision_id"]
    files = pack(energo, f"/v1/decisions/{id}/pack")
    assert not [name for name in files if name.startswith("proofs/")]
    assert "not integrated in the log's tree yet" in Seen(files["index.html"].decode()).text


def test_the_steps_in_the_pack_work_as_written(energo: Gate, tmp_path: Path) -> None:
    allowed, _ = story(energo)
    answer = energo.post(f"/v1/decisions/{allowed}/pack", {}, key="auditor")
    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
        archive.extractall(tmp_path / "pack")
    folder = tmp_path / "pack"

    def run(*words: str, stdin: bytes = b"") -> str:
        done = subprocess.run(words, cwd=folder, input=stdin, capture_output=True, check=False, timeout=60)
        return f"{done.returncode} {(done.stdout + done.stderr).decode()}"

    text = (folder / "verify.txt").read_text(encoding="utf-8")
    first = text[text.index('     python3 -c "') : text.index("2. One entry.")].strip().removeprefix("python3")
    assert "BAD" not in run("sh", "-c", f"'{sys.executable}'{first}")
    assert run(sys.executable, "inclusion.py", allowed).startswith(f"0 ok: {allowed}")
    openssl = ["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", "keys/2026.pem", "-rawin", "-in", "text"]
    assert run(*openssl, "-sigfile", "sig").startswith("0 ")
    opening = json.loads((folder / "openings.json").read_text(encoding="utf-8"))[allowed]
    key = f"hexkey:{opening['salt_hex']}"
    told = run("openssl", "dgst", "-sha256", "-mac", "HMAC", "-macopt", key, stdin=NUMBER.encode())
    assert json.loads((folder / "leaves" / f"{allowed}.json").read_bytes())["number"] in told
    path = folder / "leaves" / f"{allowed}.json"
    path.write_bytes(path.read_bytes().replace(b'"allow"', b'"deny!"'))
    assert run(sys.executable, "inclusion.py", allowed).startswith("1 BAD")
    assert f"BAD leaves/{allowed}.json" in run("sh", "-c", f"'{sys.executable}'{first}")


def test_a_key_of_one_controller_gets_no_pack_of_another(energo: Gate) -> None:
    bank = energo.controller("bank")
    allowed, _ = story(energo)
    key = energo.key(Role.AUDITOR, controllers=[bank])
    theirs, nothing = (energo.post(f"/v1/decisions/{id}/pack", {}, key=key) for id in (allowed, NOBODY))
    assert theirs.status == nothing.status == 404
    assert without_correlator(theirs.json) == without_correlator(nothing.json)
    for slug in ("energo", "nothing"):
        answer = energo.post("/v1/persons/pack", {"controller": slug, "number": NUMBER}, key=key)
        assert (answer.status, answer.json["code"]) == (404, "unknown_controller")
    assert energo.post(f"/v1/decisions/{allowed}/pack", {}, key="manager").status == 403
    assert lookups(energo, act="pack_made") == []
    for body in ({"language": "de"}, {"languag": "cs"}, {"language": "../en"}):
        assert energo.post(f"/v1/decisions/{allowed}/pack", body, key="auditor").status == 422


def test_the_command_line_writes_the_same_pack(energo: Gate, tmp_path: Path) -> None:
    allowed, _ = story(energo)
    runner, out = energo.app.test_cli_runner(), tmp_path / "pack.zip"
    done = runner.invoke(args=["log", "pack", "--decision", allowed, "--out", str(out), "--language", "sk"])
    assert done.exit_code == 0, done.output
    assert json.loads(unpacked(out.read_bytes())["decisions.json"])[0]["decision_id"] == allowed
    assert runner.invoke(args=["log", "pack", "--decision", allowed, "--out", str(out)]).exit_code == 1, "it is there"
    words = ["log", "pack", "--controller", "energo", "--out", str(tmp_path / "person.zip"), "--number", "-"]
    assert runner.invoke(args=words, input="601 123 456\n").exit_code == 0
    assert len(json.loads(unpacked((tmp_path / "person.zip").read_bytes())["decisions.json"])) == 2
    nowhere = tmp_path / "none.zip"
    assert runner.invoke(args=["log", "pack", "--decision", NOBODY, "--out", str(nowhere)]).exit_code == 1
    assert not nowhere.exists()
    assert runner.invoke(args=["log", "pack", "--out", str(nowhere)]).exit_code == 2
