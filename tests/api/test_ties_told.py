"""What ties a person to a controller is told: to the person on request, and to whoever asks why they were called."""

import json

import pytest

from tests.api.test_packs import pack
from tests.api.test_person_access import accessed
from tests.api.unpacked import Seen, assert_opened
from tests.evidence import PDF, digest, kept, sent
from tests.gate import EVIDENCE, Gate
from tests.persons import erased
from tests.relationships import NUMBER, accepting, related


def tied(gate: Gate) -> tuple[str, str]:
    """Have a replaced contract, a purchase, a consent, evidence here and not; give the purchase and the decision."""
    accepting(gate, "customer")
    sent(gate)
    for since in ("2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z"):
        assert related(gate, kind="contract", ref="<b>c-1</b>", since=since, until=since).status == 201
    bought: str = related(gate, evidence=[digest(PDF)]).json["id"]
    gate.consent(NUMBER, evidence=[EVIDENCE], purposes=[])
    decision = gate.check(NUMBER)
    assert decision["basis"]["consent_id"] == bought
    related(gate, "+420602123456", ref="of-another", evidence=[digest(PDF)])
    gate.now = gate.now.replace(second=30)
    return bought, decision["decision_id"]


def test_a_person_is_told_relationships_and_what_proves_them(energo: Gate) -> None:
    energo.controller("bank")
    related(energo, controller="bank", ref="of-the-bank")
    bought, _ = tied(energo)
    found = accessed(energo)
    told = [(one["kind"], one["counts"]) for one in found["relationships"]]
    assert told == [("contract", False), ("contract", True), ("customer", True)]
    assert found["relationships"][2]["id"] == bought
    assert [(one["sha256"], one["held"], one["media_type"]) for one in found["evidence"]] == [
        (EVIDENCE, False, None),
        (digest(PDF), True, "application/pdf"),
    ]
    assert [entry["kind"] for entry in found["entries"]].count("relationship") == 3
    assert "of-the-bank" not in json.dumps(found)
    assert "of-another" not in json.dumps(found)


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ("Relationships", "contract", "Kept here")),
        ("cs", ("Vztahy", "smlouva", "Uloženo zde")),
        ("sk", ("Vzťahy", "zmluva", "Uložené tu")),
        ("pl", ("Relacje", "umowa", "Przechowywane tu")),
    ],
)
def test_the_page_tells_them_in_the_persons_language(energo: Gate, language: str, words: tuple[str, ...]) -> None:
    tied(energo)
    body = {"controller": "energo", "number": NUMBER, "language": language}
    page = energo.post("/v1/persons/access/page", body, key="compliance").text
    for word in words:
        assert word in page, word
    assert "&lt;b&gt;c-1" in page
    assert "<b>" not in page


def test_a_pack_holds_the_relationship_a_decision_rests_on_and_the_evidence_that_is_here(energo: Gate) -> None:
    bought, decision = tied(energo)
    energo.now = energo.now.replace(second=40)
    files = pack(energo, f"/v1/decisions/{decision}/pack")
    (told,) = json.loads(files["decisions.json"])
    assert told["replay"]["equal"] is True
    event = json.loads(files[f"events/{bought}.json"])
    assert event["leaf_hash"] in told["relationships"]
    name = f"evidence/{digest(PDF).removeprefix('sha256:')}.pdf"
    assert files[name] == PDF
    listed = {one["sha256"]: one["file"] for one in json.loads(files["evidence.json"])}
    assert listed == {EVIDENCE: None, digest(PDF): name}
    page = Seen(files["index.html"].decode())
    assert all(link in files or link.startswith("#") for link in page.links), page.links
    assert name in page.links
    assert "customer" in page.text
    assert assert_opened(files) == 5, "four events and the check"
    (path,) = kept(energo)
    path.unlink()
    without = pack(energo, f"/v1/decisions/{decision}/pack")
    assert name not in without, "a file that is lost keeps nobody from the rest"


def test_after_an_erasure_the_pack_explains_and_names_nobody(energo: Gate) -> None:
    bought, decision = tied(energo)
    erased(energo, "+420602123456")
    erased(energo, NUMBER)
    energo.work()
    energo.now = energo.now.replace(second=40)
    files = pack(energo, f"/v1/decisions/{decision}/pack")
    (told,) = json.loads(files["decisions.json"])
    assert (told["replay"]["equal"], told["basis"]["consent_id"]) == (True, bought)
    assert not [name for name in files if name.startswith("evidence/")]
    assert b"c-1" not in b"".join(files.values())
    assert accessed(energo)["relationships"] == []
