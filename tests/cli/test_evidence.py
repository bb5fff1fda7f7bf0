"""`flask evidence`: artefacts are kept, and their files are hashed again."""

from pathlib import Path

from tests.cli.test_commands import refused, run, told
from tests.evidence import PDF, digest, kept, sent
from tests.gate import Gate
from tests.persons import erased

ABOUT, NUMBER = ("--controller", "energo"), "+420601123456"


def test_files_that_are_gone_changed_or_of_no_record_are_named(energo: Gate, tmp_path: Path) -> None:
    named = []
    for count in range(3):
        file = tmp_path / f"{count}.pdf"
        file.write_bytes(PDF + b"%" * count)
        named.append(told(energo, "evidence", "add", str(file), *ABOUT)["sha256"])
        assert file.exists(), "a copy is kept, the file stays"
    assert named[0] == digest(PDF)
    found = told(energo, "evidence", "verify")
    assert found == {"held": 3, "sound": 3, "missing": [], "damaged": [], "unknown": []}
    paths = {digest(path.read_bytes()): path for path in kept(energo)}
    paths[named[0]].unlink()
    paths[named[1]].write_bytes(b"%PDF-forged")
    stranger = energo.context.data_dir / "evidence" / "1" / "stranger"
    stranger.write_bytes(b"x")
    found = told(energo, "evidence", "verify", code=2)
    assert (found["held"], found["sound"]) == (3, 1)
    assert (found["missing"], found["damaged"]) == ([f"1/{named[0]}"], [f"1/{named[1]}"])
    assert found["unknown"] == ["1/stranger"]


def test_a_removed_file_that_a_restored_folder_has_again_goes_with_the_replay(energo: Gate) -> None:
    sent(energo)
    energo.consent(NUMBER, evidence=[digest(PDF)])
    (path,) = kept(energo)
    erased(energo, NUMBER)
    energo.work()
    assert not path.exists()
    path.write_bytes(PDF)
    told(energo, "persons", "replay-erasures")
    assert kept(energo) == []


def test_what_is_no_evidence_is_refused_in_one_line(energo: Gate, tmp_path: Path) -> None:
    file = tmp_path / "a.zip"
    file.write_bytes(b"PK\x03\x04")
    assert refused(energo, "evidence", "add", str(file), *ABOUT).startswith("unsupported_evidence: ")
    assert list((energo.context.data_dir / "uploads").iterdir()) == []


def test_evidence_is_attached_and_hours_are_told_by_commands(energo: Gate) -> None:
    words = ("consents", "add", NUMBER, *ABOUT, "--purpose", "marketing", "--voice-mode", "live", "--origin", "paper")
    first = told(energo, *words, "--call-times", "sat 10:00-12:00|sun 10:00-12:00")["id"]
    later = told(energo, "consents", "attach", first, "--evidence", digest(PDF))["id"]
    one, two = told(energo, "consents", "show", NUMBER, *ABOUT)["events"]
    assert (one["id"], two["id"], two["evidence"]) == (first, later, [digest(PDF)])
    assert one["call_times"] == two["call_times"] == {"sat": ["10:00-12:00"], "sun": ["10:00-12:00"]}
    assert refused(energo, "consents", "attach", first, "--evidence", digest(PDF) + "0").startswith("malformed_field: ")
    assert run(energo, *words, "--call-times", "sat").exit_code == 2
