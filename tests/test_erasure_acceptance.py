"""A hundred of a thousand persons are erased: none can be found again, all stay blocked, and nobody else notices."""

import json
import shutil
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from app.domain.access import operator
from app.domain.recorded import facts_of
from app.services.erasure_proposals import NewProposal, propose_erasure
from app.work.erasing import approve
from app.work.erasure_replay import replay_erasures
from tests.api.exported import every_entry
from tests.call_lists import csv_of, decisions, file_of, scrubbed
from tests.gate import EVIDENCE, Gate, make_gate
from tests.persons import forms_of, traces_in_files, traces_in_rows

PEOPLE = 1000
ERASED = 100


def number(place: int) -> str:
    """Give an odd number, so that nothing else holds its digits."""
    return f"+420602{place * 7919 % 1_000_000:06}"


NUMBERS = [number(place) for place in range(PEOPLE)]
GONE, KEPT = NUMBERS[:ERASED], NUMBERS[ERASED:]
HEAD = "number,action,purposes,voice_modes,product_categories,origin,obtained_at,evidence_sha256,person_name,ref\n"


def consents() -> bytes:
    rows = (
        f"{one},given,marketing,live,energy,web_form,2026-11-01T10:00:00Z,{EVIDENCE[7:]},"
        f"Osoba {place:04}x,ref-{place:04}x\n"
        for place, one in enumerate(NUMBERS)
    )
    return (HEAD + "".join(rows)).encode()


def words_of(place: int) -> list[str]:
    return [NUMBERS[place][4:], f"Osoba{place:04}x", f"ref-{place:04}x"]


@pytest.fixture
def full(energo: Gate) -> Gate:
    """Give a gate with a thousand consents, checks of all of them, and a list that holds them all."""
    answer = energo.upload("/v1/consents/import?controller=energo&filename=yes.csv", consents())
    assert answer.json["totals"]["imported"] == PEOPLE, answer.text
    for start in range(0, PEOPLE, 500):
        batch = [{"number": one, "campaign": "winter"} for one in NUMBERS[start : start + 500]]
        assert energo.post("/v1/checks/batch", {"items": batch}, key="dialer").status == 200
    return energo


def erase_all(gate: Gate) -> None:
    """Erase the hundred, each proposed by one login and approved by another."""
    for one in GONE:
        with gate.context.transaction() as tx:
            new = NewProposal(number=int(one[1:]), controller_id=1)
            id = propose_erasure(tx.session, new=new, actor=operator("first"), now=tx.now)["id"]
        approve(gate.context, id=id, actor=operator("second"))
    gate.work()


def verdicts_of_replay(gate: Gate) -> int:
    """Derive every check again from its leaf and the leaves it names; gives how many there are."""
    found = every_entry(gate)
    leaves = {entry["leaf_hash"]: json.loads(entry["leaf"]) for entry in found}
    checks = [leaf for leaf in leaves.values() if leaf["kind"] == "check"]
    for leaf in checks:
        facts = facts_of(leaf, events=leaves)
        assert facts.consents is not None
    return len(checks)


def test_a_hundred_of_a_thousand_are_forgotten_and_stay_blocked(full: Gate, tmp_path: Path) -> None:
    listed = scrubbed(full, csv_of([[one, f"Osoba {place:04}x"] for place, one in enumerate(NUMBERS)]))
    before = {entry["entry"]: entry for entry in every_entry(full)}
    assert set(decisions(full, listed).values()) == {"allow"}
    backup = tmp_path / "backup"
    if full.context.is_sqlite:
        full.context.engine.dispose()
        backup.mkdir()
        shutil.copyfile(tmp_path / "dialgate.db", backup / "dialgate.db")
    erase_all(full)

    after = {entry["entry"]: entry for entry in every_entry(full)}
    for id, entry in before.items():
        assert after[id]["leaf"] == entry["leaf"], "no leaf is touched"
        if entry["number"] not in GONE:
            assert after[id] == entry, "the others' entries are what they were"
        else:
            assert (after[id]["salt"], after[id]["number"], after[id]["fields"]) == (None, None, None)
    assert verdicts_of_replay(full) == PEOPLE

    words = [word for place in range(ERASED) for word in words_of(place)]
    assert traces_in_rows(full, words) == []
    bytes_of = [form for one in GONE for form in forms_of(one)] + [f"Osoba {n:04}x".encode() for n in range(ERASED)]
    found = [name for name in traces_in_files(tmp_path, bytes_of) if not name.startswith("backup/")]
    assert found == []
    rows = file_of(full, listed).decode()
    assert not any(one in rows for one in GONE)
    assert all(one in rows for one in KEPT)

    full.now += timedelta(minutes=1)
    again = full.upload("/v1/consents/import?controller=energo&filename=yes.csv", consents()).json["totals"]
    assert (again["imported"], again["unchanged"]) == (0, PEOPLE), "an old file brings nobody back"
    assert traces_in_rows(full, words) == []
    batch = [{"number": one, "campaign": "winter"} for one in NUMBERS[: ERASED + 100]]
    answers = full.post("/v1/checks/batch", {"items": batch}, key="dialer").json["items"]
    told = {one["number"]: (one["decision"], one["primary_reason"]) for one in answers}
    assert {told[one] for one in GONE} == {("deny", "objected_controller")}
    assert {told[one] for one in NUMBERS[ERASED : ERASED + 100]} == {("allow", None)}
    uploaded = decisions(full, scrubbed(full, csv_of([[one, "x"] for one in NUMBERS])))
    assert {uploaded[one] for one in GONE} == {"deny"}
    assert {uploaded[one] for one in KEPT} == {"allow"}
    if full.context.is_sqlite:
        restored_is_erased_again(full, tmp_path, backup)


def restored_is_erased_again(full: Gate, tmp_path: Path, backup: Path) -> None:
    """Restore the copy of the database from before, and see that the journal outside makes it forget again."""
    full.context.engine.dispose()
    for name in ("dialgate.db-wal", "dialgate.db-shm"):
        (tmp_path / name).unlink(missing_ok=True)
    shutil.copyfile(backup / "dialgate.db", tmp_path / "dialgate.db")
    shutil.rmtree(backup)
    restored = make_gate(f"sqlite:///{tmp_path / 'dialgate.db'}", tmp_path)
    restored.now = full.now
    assert restored.check(GONE[0])["decision"] == "allow", "the backup knows nothing of the erasures"
    report = replay_erasures(restored.context, actor=operator("restorer"))
    assert report == {"journal": ERASED, "unknown": 0, "erased": ERASED, "blocked": ERASED}
    restored.work()
    told: dict[str, Any] = replay_erasures(restored.context, actor=operator("restorer"))
    assert (told["erased"], told["blocked"]) == (0, 0), "a second time there is nothing left to do"
    assert restored.check(GONE[1])["primary_reason"] == "objected_controller"
    assert restored.check(KEPT[0])["decision"] == "allow"
    words = [word for place in range(2, ERASED) for word in words_of(place)]
    assert traces_in_rows(restored, words) == []
    restored.context.engine.dispose()
