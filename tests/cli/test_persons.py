"""`flask persons`: two logins erase a person, a restored backup forgets again, and what served its time goes."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from app.work.retaining import retain
from tests.api.exported import leaves
from tests.api.test_persons import JANA, PETR, WORDS, known
from tests.call_lists import csv_of, scrubbed
from tests.cli.test_commands import refused, told
from tests.gate import Gate, make_gate
from tests.persons import erased, traces_in_rows

ABOUT = ("--controller", "energo")


def as_login(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Be another login at the command line."""
    monkeypatch.setattr("app.cli.door.system_login", lambda: name)


def test_two_logins_erase_a_person(energo: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
    known(energo)
    as_login(monkeypatch, "dana")
    proposal = told(energo, "persons", "erase", "-", *ABOUT, stdin="601123456\n")
    assert (proposal["state"], proposal["controller"], "number" in proposal) == ("proposed", "energo", False)
    assert told(energo, "persons", "waiting") == [proposal]
    assert refused(energo, "persons", "approve", proposal["id"]).startswith("needs_second_person: ")
    as_login(monkeypatch, "eva")
    done = told(energo, "persons", "approve", proposal["id"])
    assert done["removed"]["consent_events"] == 1
    assert refused(energo, "persons", "approve", proposal["id"]).startswith("erasure_settled: ")
    assert refused(energo, "persons", "reject", proposal["id"]).startswith("erasure_settled: ")
    assert told(energo, "persons", "waiting") == []
    energo.work()
    assert traces_in_rows(energo, WORDS) == []


def test_one_login_takes_its_own_proposal_back(energo: Gate) -> None:
    proposal = told(energo, "persons", "erase", JANA)
    assert proposal["scope"] == "all"
    assert told(energo, "persons", "reject", proposal["id"])["state"] == "rejected"
    assert refused(energo, "persons", "approve", "01a1ee19-5500-7000-8934-5dc7859c5344").startswith("unknown_erasure: ")


def test_a_person_gets_everything_from_the_command_line(energo: Gate) -> None:
    known(energo)
    found = told(energo, "persons", "access", JANA, *ABOUT)
    assert found["events"][0]["person"]["name"] == "Jana Nováková"
    page = energo.app.test_cli_runner().invoke(
        args=["persons", "access", JANA, *ABOUT, "--format", "html", "--language", "cs"]
    )
    assert page.stdout.startswith("<!doctype html>")
    assert "Jana Nováková" in page.stdout


def journal(gate: Gate) -> Path:
    return gate.context.data_dir / "outside" / "erasures.jsonl"


def test_the_journal_outside_names_no_number_and_is_replayed_once(energo: Gate) -> None:
    known(energo)
    scrubbed(energo, csv_of([[PETR, "Petr"]]))
    erased(energo, JANA)
    erased(energo, PETR, None)
    energo.work()
    lines = [json.loads(line) for line in journal(energo).read_text().splitlines()]
    assert [line["act"] for line in lines] == ["erased", "erased"]
    assert "601123456" not in journal(energo).read_text()
    nothing = {"journal": 2, "unknown": 0, "erased": 0, "blocked": 0}
    assert told(energo, "persons", "replay-erasures") == nothing
    energo.now += timedelta(hours=2)
    energo.consent(JANA)
    assert told(energo, "persons", "replay-erasures") == nothing, "what came later is left alone"
    assert energo.check(JANA)["decision"] == "allow"
    with journal(energo).open("a") as file:
        file.write('{"id": "cut off')
    assert told(energo, "persons", "replay-erasures") == nothing
    with journal(energo).open("a") as file:
        file.write("\nnonsense\n")
    assert refused(energo, "persons", "replay-erasures").startswith("bad_erasure_journal: ")


def test_a_list_of_a_restored_backup_is_redacted_again(energo: Gate) -> None:
    listed = scrubbed(energo, csv_of([[JANA, "Jana Nováková"]]))
    folder = energo.context.data_dir / "lists" / listed
    kept = {path.name: path.read_bytes() for path in folder.iterdir()}
    erased(energo, JANA)
    energo.work()
    for name, data in kept.items():
        (folder / name).write_bytes(data)
    assert told(energo, "persons", "replay-erasures")["erased"] == 1
    energo.work()
    assert not any(b"601123456" in path.read_bytes() for path in folder.iterdir())


def test_without_the_key_of_its_hashes_nothing_starts(energo: Gate, database_url: str, tmp_path: Path) -> None:
    erased(energo, JANA)
    with pytest.raises(Exception, match="DIALGATE_OLD_ERASURE_KEYS"):
        make_gate(database_url, tmp_path, erasure_keys=(b"n" * 32,))
    energo.context.erasure_keys = (b"n" * 32,)
    answer = energo.get("/readyz")
    assert (answer.status, answer.json["code"]) == (503, "missing_erasure_key")
    assert refused(energo, "persons", "replay-erasures").startswith("missing_erasure_key: ")
    energo.context.erasure_keys = (b"n" * 32, b"e" * 32)
    assert energo.get("/readyz").status == 200
    assert energo.check(JANA)["primary_reason"] == "objected_controller", "an older key still recognises its hashes"
    assert erased(energo, PETR)["state"] == "erased"


def test_what_served_its_time_is_erased_where_that_is_switched_on(energo: Gate) -> None:
    known(energo)
    energo.consent(PETR, expires_at="2026-12-31T00:00:00Z")
    energo.check(PETR)
    energo.consent("+421905123456", expires_at="2026-12-31T00:00:00Z")
    assert told(energo, "persons", "retention", *ABOUT)["retention"] == "off"
    energo.now = energo.now.replace(year=2032)
    assert retain(energo.context) == 0
    assert told(energo, "persons", "retention", *ABOUT, "--on")["retention"] == "on"
    assert retain(energo.context) == 1
    energo.work()
    assert traces_in_rows(energo, ["602123456"]) == []
    assert "consent_events" in traces_in_rows(energo, ["601123456"]), "Jana's consent stands"
    assert "consent_events" in traces_in_rows(energo, ["905123456"]), "a clock that has not begun"
    acts: list[Any] = [(leaf["act"], leaf.get("suppression")) for leaf in leaves(energo, "erasure")]
    assert ("retained_out", None) in acts, "to be old is no objection"
    assert retain(energo.context) == 0
    assert told(energo, "persons", "retention", *ABOUT, "--off")["retention"] == "off"


@pytest.mark.parametrize(("days", "is_there"), [(89, True), (91, False)])
def test_the_files_of_old_lists_are_deleted_with_it(energo: Gate, days: int, is_there: bool) -> None:
    listed = scrubbed(energo, csv_of([[JANA, "Jana"]]))
    told(energo, "persons", "retention", *ABOUT, "--on")
    energo.now += timedelta(days=days)
    retain(energo.context)
    assert (energo.context.data_dir / "lists" / listed).exists() is is_there
    again = energo.post(f"/v1/lists/{listed}/scrub", {})
    assert (again.status, again.json.get("code")) == ((202, None) if is_there else (409, "source_erased"))
