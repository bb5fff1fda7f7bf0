"""Everything that ties a number to a controller beside its consents, done once, in every way that leaves an entry."""

from tests.evidence import digest
from tests.gate import Gate
from tests.relationships import related

ARTEFACT = b"said on 601123456 by Nov\xc3\xa1kov\xc3\xa1"


def tie(gate: Gate, *, number: str, other: str) -> None:
    """Register, hold evidence, record and replace a contract, import a purchase."""
    entry = {"authority": "acs", "name": "secret-list", "valid_from": "2026-01-01", "valid_to": "2027-01-01"}
    for whose in ({"holder": "caller"}, {"holder": "controller", "controller": "energo"}):
        made = gate.post("/v1/registrations", entry | whose).json["id"]
        assert gate.post(f"/v1/registrations/{made}/end", {"on": "2026-12-01"}).status == 200
    assert gate.upload("/v1/evidence?controller=energo", ARTEFACT).json["sha256"] == digest(ARTEFACT)
    assert gate.get(f"/v1/evidence/{digest(ARTEFACT)}?controller=energo").status == 200
    for since in ("2026-11-01T10:00:00Z", "2026-11-02T10:00:00Z"):
        assert related(gate, number, kind="contract", since=since, ref="form-881").status == 201
    bought = f"number,kind,product_categories,since\n{other},customer,energy,2026-11-01T10:00:00Z\n"
    assert gate.upload("/v1/relationships/import?controller=energo&filename=yes.csv", bought.encode()).status == 200
    about = {"controller": "energo", "number": number}
    assert gate.post("/v1/relationships/search", about).status == 200
    consent = gate.consent(other, evidence=[digest(ARTEFACT)], call_times={"sun": ["10:00-12:00"]})["id"]
    more = {"evidence": ["sha256:" + "0" * 64]}
    assert gate.post(f"/v1/consents/{consent}/evidence", more).status == 201
