"""Evidence through the door: what is taken, where it lies, who reads it, and what a check makes of it."""

import io
import stat

import pytest

from app.domain.access import Role
from tests.api.exported import leaves, lookups, without_correlator
from tests.evidence import FILES, PDF, digest, kept, read, sent
from tests.gate import EVIDENCE, Gate
from tests.persons import erased
from tests.relationships import accepting, related

NUMBER, OTHER = "+420601123456", "+420602123456"


def demanding(gate: Gate) -> None:
    """Put a ruleset in force that accepts only consents whose evidence is here."""
    accepting(gate, evidence_held=True)


@pytest.mark.parametrize("kind", FILES)
def test_an_artefact_of_a_known_type_is_kept_and_given_as_it_came(energo: Gate, kind: str) -> None:
    data = FILES[kind]
    answer = sent(energo, data)
    assert answer.status == 201
    assert answer.json == {"sha256": digest(data), "size": len(data), "media_type": kind, "held": True}
    (path,) = kept(energo)
    hexadecimal = digest(data).removeprefix("sha256:")
    assert path == energo.context.data_dir / "evidence" / "1" / hexadecimal[:2] / hexadecimal
    assert (path.read_bytes(), stat.S_IMODE(path.stat().st_mode)) == (data, 0o600)
    given = read(energo, digest(data))
    assert (given.status, given.data) == (200, data)
    assert given.headers["Content-Type"].partition(";")[0] == kind
    assert given.headers["Content-Disposition"].startswith(f'attachment; filename="{hexadecimal}.')
    assert given.headers["X-Content-Type-Options"] == "nosniff"
    (held,) = [leaf for leaf in leaves(energo, "admin") if leaf["act"] == "evidence_held"]
    assert (held["sha256"], held["size"], held["media_type"]) == (digest(data), len(data), kind)
    (lookup,) = lookups(energo, act="evidence_shown")
    assert (lookup["evidence"], lookup["found"]) == (digest(data), 1)


def test_the_same_bytes_again_are_the_same_and_are_put_back_where_they_were_lost(energo: Gate) -> None:
    first = sent(energo)
    (path,) = kept(energo)
    path.unlink()
    lost = read(energo, digest(PDF))
    assert (lost.status, lost.json["code"]) == (503, "lost_evidence")
    again = sent(energo)
    assert (again.status, again.json) == (first.status, first.json)
    assert read(energo, digest(PDF)).data == PDF
    assert len([leaf for leaf in leaves(energo, "admin") if leaf["act"] == "evidence_held"]) == 1
    assert list((energo.context.data_dir / "uploads").iterdir()) == []


def test_a_form_with_one_file_is_taken_and_what_it_calls_itself_counts_for_nothing(energo: Gate) -> None:
    form = {"file": (io.BytesIO(PDF), "../../evil.html", "text/html")}
    answer = energo.call("POST", "/v1/evidence?controller=energo", data=form, key="compliance")
    assert (answer.status, answer.json["media_type"]) == (201, "application/pdf")


@pytest.mark.parametrize(
    "data",
    [
        b"MZ\x90\x00\x03",
        b"PK\x03\x04\x14\x00",
        b"\x1f\x8b\x08\x00",
        b"\xff\xf0\x90\x64",
        b"\xff\xe1\x90\x64",
        b"\xff\xfb\xf0\x64",
        b"\xff\xfb\x9c\x64",
        b"\xff\xfb",
        b"GIF89a\x01\x00",
        b"RIFF\x24\x00\x00\x00AVI ",
        b"text\x00with a zero",
        b"escape \x1b[31m",
        b"\xc4\x8desk\xfd",
        "UTF-16".encode("utf-16"),
        b" \n\t",
    ],
)
def test_anything_else_is_refused_and_nothing_is_kept(energo: Gate, data: bytes) -> None:
    answer = sent(energo, data)
    assert (answer.status, answer.json["code"]) == (422, "unsupported_evidence")
    assert kept(energo) == []
    assert "evidence_held" not in {leaf.get("act") for leaf in leaves(energo, "admin")}


def test_an_empty_file_and_none_at_all_are_refused(energo: Gate) -> None:
    assert sent(energo, b"").json["code"] == "empty_evidence"
    form = {"file": (io.BytesIO(b""), "a.pdf")}
    answer = energo.call("POST", "/v1/evidence?controller=energo", data=form, key="compliance")
    assert (answer.status, answer.json["code"]) == (422, "empty_evidence")


def test_the_limit_of_size_holds_to_the_byte(energo: Gate) -> None:
    energo.context.max_evidence = len(PDF)
    assert sent(energo, PDF).status == 201
    answer = sent(energo, PDF + b"\n")
    assert (answer.status, answer.json["code"]) == (413, "content_too_large")
    assert len(kept(energo)) == 1


def test_a_rule_that_asks_for_held_evidence_accepts_only_what_is_here(energo: Gate) -> None:
    demanding(energo)
    energo.consent(NUMBER, evidence=[digest(PDF), EVIDENCE])
    assert energo.check(NUMBER)["primary_reason"] == "consent_evidence_missing"
    sent(energo)
    assert energo.check(NUMBER)["primary_reason"] == "consent_evidence_missing", "one of two is not all"
    energo.consent(NUMBER, evidence=[digest(PDF)])
    allowed = energo.check(NUMBER)
    assert allowed["decision"] == "allow"
    leaf = leaves(energo, "check")[-1]
    assert [leaf["consents"][place] for place in leaf["held"]] == [
        entry for entry in leaf["consents"] if entry != leaf["consents"][1 - leaf["held"][0]]
    ]
    assert energo.get(f"/v1/decisions/{allowed['decision_id']}/replay", key="auditor").json["equal"] is True
    energo.consent(OTHER, evidence=[])
    assert energo.check(OTHER)["primary_reason"] == "consent_evidence_missing"


def test_what_another_controller_holds_proves_nothing_here(energo: Gate) -> None:
    demanding(energo)
    bank = energo.controller("bank")
    energo.consent(NUMBER, evidence=[digest(PDF)])
    assert sent(energo, controller="bank").status == 201
    assert energo.check(NUMBER)["decision"] == "deny"
    banker = energo.key(Role.COMPLIANCE, controllers=[bank])
    sent(energo)
    theirs, nobodys = read(energo, digest(PDF), key=banker), read(energo, digest(PDF), "nobody", key=banker)
    assert (theirs.status, nobodys.status) == (404, 404)
    assert without_correlator(theirs.json) == without_correlator(nobodys.json)
    assert sent(energo, b"text", key=banker).status == 404
    assert read(energo, digest(PDF), "bank", key=banker).data == PDF
    for role in ("dialer", "manager", "auditor"):
        assert sent(energo, key=role).status == 403
    assert read(energo, digest(PDF), key="dialer").status == 403
    assert read(energo, digest(PDF), key="manager").status == 200


def test_what_is_not_here_is_unknown(energo: Gate) -> None:
    for name in (digest(b"x"), "ab" * 32, "sha256:..", "x"):
        answer = read(energo, name)
        assert (answer.status, answer.json["code"]) == (404, "unknown_evidence"), name
    assert energo.get(f"/v1/evidence/{digest(PDF)}", key="auditor").status == 422


def test_a_repeated_key_with_another_file_is_refused(energo: Gate) -> None:
    headers = {"Idempotency-Key": "k-1", "Content-Type": "application/octet-stream"}
    path = "/v1/evidence?controller=energo"
    answers = [
        energo.call("POST", path, key="compliance", headers=headers, input_stream=io.BytesIO(data))
        for data in (PDF, PDF, b"text")
    ]
    assert [answer.status for answer in answers] == [201, 201, 422]
    assert answers[0].json == answers[1].json


def test_an_erased_persons_evidence_goes_unless_somebody_else_rests_on_it(energo: Gate) -> None:
    demanding(energo)
    shared = b"one sheet, two signatures"
    for data in (PDF, shared, b"of a contract"):
        sent(energo, data)
    energo.consent(NUMBER, evidence=[digest(PDF), digest(shared)])
    related(energo, evidence=[digest(b"of a contract")])
    energo.consent(OTHER, evidence=[digest(shared)])
    done = erased(energo, NUMBER)
    assert done["removed"]["artefacts"] == 2
    for gone in (PDF, b"of a contract"):
        assert read(energo, digest(gone)).json["code"] == "unknown_evidence", "at once, before the file goes"
    energo.work()
    assert [path.read_bytes() for path in kept(energo)] == [shared]
    assert energo.check(OTHER)["decision"] == "allow"
    erased_leaf = [leaf for leaf in leaves(energo, "erasure") if leaf["act"] == "erased"][-1]
    assert erased_leaf["removed"]["artefacts"] == 2
    erased(energo, OTHER)
    energo.work()
    assert kept(energo) == []


def test_evidence_received_again_after_an_erasure_is_held_again(energo: Gate) -> None:
    demanding(energo)
    sent(energo)
    energo.consent(NUMBER, evidence=[digest(PDF)])
    erased(energo, NUMBER)
    energo.consent(OTHER, evidence=[digest(PDF)])
    assert energo.check(OTHER)["primary_reason"] == "consent_evidence_missing", "what was removed is not held"
    assert sent(energo).status == 201
    energo.work()
    assert [path.read_bytes() for path in kept(energo)] == [PDF], "the file of a new receipt stays"
    assert energo.check(OTHER)["decision"] == "allow"


def test_one_controllers_erasure_leaves_anothers_evidence_alone(energo: Gate) -> None:
    energo.controller("bank")
    for controller in ("energo", "bank"):
        sent(energo, controller=controller)
        energo.consent(NUMBER, controller, evidence=[digest(PDF)])
    erased(energo, NUMBER)
    energo.work()
    assert read(energo, digest(PDF)).status == 404
    assert read(energo, digest(PDF), "bank").data == PDF
    assert erased(energo, NUMBER, None)["removed"]["artefacts"] == 1
    energo.work()
    assert kept(energo) == []
