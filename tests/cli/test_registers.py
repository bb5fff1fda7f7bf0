"""`flask registers`: files in, submissions out, two logins for what changed too much, and digests looked at again."""

from pathlib import Path

import pytest

from app.db.register_files import numbers_path
from app.services.register_folders import registers_folder
from tests.call_lists import csv_of, scrubbed
from tests.cli.test_commands import refused, run, told
from tests.cli.test_persons import as_login
from tests.gate import Gate
from tests.registers import status_of

AS_OF = ("--as-of", "2026-11-18T09:00:00Z", "--source", "the portal")
ROMA, MILANO = "+390612345678", "+393401234567"


def file(folder: Path, data: bytes, name: str = "file.txt") -> str:
    (folder / name).write_bytes(data)
    return str(folder / name)


def test_a_register_is_added_filled_and_shown_by_commands(gate: Gate, tmp_path: Path) -> None:
    register = told(gate, "registers", "add", "tps", "--name", "TPS", "--format", "tps")
    assert (register["region"], register["standing"]) == ("GB", [])
    done = told(gate, "registers", "import", "tps", file(tmp_path, b"01635 506160\r\n07860338653 \r\n"), *AS_OF)
    assert (done["count"], done["state"], done["file"]) == (2, "standing", "file.txt")
    assert status_of(gate, 441635506160, "tps") == "listed"
    assert told(gate, "registers", "list")[0]["standing"][0]["id"] == done["id"]
    assert [one["id"] for one in told(gate, "registers", "list", "tps")] == [done["id"]]
    line = refused(gate, "registers", "import", "tps", file(tmp_path, b"01635 506160\r\nx\r\n"), *AS_OF)
    assert line.startswith("wrong_lines: ")
    assert "line 2: bad_record" in line
    words = ("registers", "import", "tps", file(tmp_path, b"01635 506160\r\n07860338653 \r\nx\r\n"), *AS_OF)
    assert told(gate, *words, "--skip-invalid", code=2)["skipped"] == 1
    assert refused(gate, "registers", "import", "none", file(tmp_path, b"x"), *AS_OF).startswith("unknown_register: ")
    assert refused(gate, "registers", "add", "tps", "--name", "TPS", "--format", "tps").startswith("register_exists: ")
    assert refused(gate, "registers", "add", "T", "--name", "T", "--format", "tps").startswith("malformed_field: ")


def test_two_logins_bring_a_snapshot_in_that_changed_too_much(
    gate: Gate, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    as_login(monkeypatch, "dana")
    told(gate, "registers", "add", "dnc", "--name", "DNC", "--format", "plain", "--region", "cz")
    told(gate, "registers", "import", "dnc", file(tmp_path, b"601123456\n"), *AS_OF)
    ids = [
        told(gate, "registers", "import", "dnc", file(tmp_path, b"602123456\n603123456\n"), *AS_OF, code=3)["id"]
        for _ in range(2)
    ]
    assert refused(gate, "registers", "approve", "dnc", ids[0]).startswith("needs_second_person: ")
    assert told(gate, "registers", "reject", "dnc", ids[1])["state"] == "rejected"
    as_login(monkeypatch, "eva")
    assert told(gate, "registers", "approve", "dnc", ids[0])["state"] == "standing"
    assert refused(gate, "registers", "approve", "dnc", ids[1]).startswith("snapshot_settled: ")
    assert status_of(gate, 420602123456) == "listed"


def test_a_change_list_is_said_to_be_one(gate: Gate, tmp_path: Path) -> None:
    told(gate, "registers", "add", "us", "--name", "US", "--format", "us-dnc", "--max-change-percent", "100")
    told(gate, "registers", "import", "us", file(tmp_path, b"2025550101\n"), *AS_OF)
    changes = file(tmp_path, b"202,5550102,2026-11-01,A\n")
    assert refused(gate, "registers", "import", "us", changes, *AS_OF).startswith("wrong_lines: ")
    assert told(gate, "registers", "import", "us", changes, *AS_OF, "--changes")["count"] == 2


def test_a_list_is_sent_and_returned(energo: Gate, tmp_path: Path) -> None:
    words = ("--name", "RPO", "--format", "it-rpo", "--coverage", "asked", "--max-age-days", "15")
    told(energo, "registers", "add", "rpo", *words)
    ready = scrubbed(energo, csv_of([[ROMA, "x"], [MILANO, "y"]]))
    out = tmp_path / "sent.txt"
    made = told(energo, "registers", "submission", "rpo", "--list", ready, "--out", str(out))
    assert (made["count"], out.read_text()) == (2, f"{ROMA}\n{MILANO}\n")
    assert run(energo, "registers", "submission", "rpo", "--list", ready, "--out", "-").stdout == out.read_text()
    answer = file(tmp_path, f"{MILANO}\n".encode())
    assert refused(energo, "registers", "import", "rpo", answer, *AS_OF).startswith("no_submission: ")
    told(energo, "registers", "import", "rpo", answer, *AS_OF, "--submission", made["id"])
    assert [status_of(energo, int(one[1:]), "rpo", controller=1) for one in (ROMA, MILANO)] == ["listed", "unlisted"]
    told(
        energo, "registers", "import", "rpo", file(tmp_path, b"\n+390612345678\n"[1:]), *AS_OF, "--submitted", str(out)
    )
    assert [status_of(energo, int(one[1:]), "rpo") for one in (ROMA, MILANO)] == ["unlisted", "listed"]
    bad = file(tmp_path, b"what was sent\n", "bad.txt")
    assert refused(energo, "registers", "import", "rpo", answer, *AS_OF, "--submitted", bad).startswith("wrong_lines: ")


def test_numbers_that_are_not_as_they_were_written_are_found(gate: Gate, tmp_path: Path) -> None:
    told(gate, "registers", "add", "dnc", "--name", "DNC", "--format", "plain", "--region", "CZ")
    old, new = (
        told(gate, "registers", "import", "dnc", file(tmp_path, data), *AS_OF)["id"]
        for data in (b"601123456\n", b"602123456\n")
    )
    whole = told(gate, "registers", "verify")
    assert [(one["id"], one["state"], one["file"]) for one in whole] == [
        (old, "superseded", "whole"),
        (new, "standing", "whole"),
    ]
    folder = registers_folder(gate.context.data_dir)
    numbers_path(folder, register="dnc", snapshot=old).unlink()
    assert [one["file"] for one in told(gate, "registers", "verify", "dnc")] == ["missing", "whole"]
    path = numbers_path(folder, register="dnc", snapshot=new)
    data = bytearray(path.read_bytes())
    data[64] ^= 1
    path.write_bytes(data)
    assert [one["file"] for one in told(gate, "registers", "verify", code=1)] == ["missing", "damaged"]
    assert refused(gate, "registers", "verify", "none").startswith("unknown_register: ")
