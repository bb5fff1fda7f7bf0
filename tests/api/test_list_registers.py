"""A list that was scrubbed before a register changed never says yes where the gate says no."""

from datetime import timedelta
from typing import Any

import pytest

from tests.call_lists import csv_of, result, scrubbed
from tests.gate import Gate
from tests.registers import added, imported

SLOVAK = "+421901123456"
STATUTE: dict[str, Any] = {"profile": "statute", "caller_id": "+421888000111", "number_source": "public_web"}


def registered(gate: Gate) -> None:
    body = {"authority": "sk-marketing-subject", "holder": "caller", "name": "7", "valid_from": "2026-01-01"}
    assert gate.post("/v1/registrations", body).status == 201
    added(gate, "sk-list", region="SK", max_change_percent=100)
    imported(gate, b"+421901000000\n", "sk-list", as_of=gate.now - timedelta(minutes=10))
    gate.now += timedelta(minutes=10)


def listed(gate: Gate) -> None:
    gate.now += timedelta(minutes=10)
    imported(gate, f"{SLOVAK}\n".encode(), "sk-list", as_of=gate.now - timedelta(minutes=1))


def test_a_newer_snapshot_of_the_countrys_register_makes_the_whole_list_stale(energo: Gate) -> None:
    registered(energo)
    energo.campaign("slovak", region="SK", **STATUTE)
    id = scrubbed(energo, csv_of([(SLOVAK, "Eva")]), campaign="slovak")
    assert [row["decision"] for row in result(energo, id)] == ["allow"]
    listed(energo)
    stale = energo.get(f"/v1/lists/{id}/file?verdict=allow")
    assert (stale.status, stale.json["code"]) == (409, "list_stale")
    assert energo.post(f"/v1/lists/{id}/scrub", {}).status == 202
    energo.work()
    assert [row["primary_reason"] for row in result(energo, id)] == ["register_listed"]


def test_rows_of_another_country_are_decided_anew_when_its_register_changed(energo: Gate) -> None:
    registered(energo)
    energo.campaign("both", **STATUTE)
    energo.consent("+420601123456")
    id = scrubbed(energo, csv_of([(SLOVAK, "Eva"), ("+420601123456", "Jan")]), campaign="both")
    assert [row["decision"] for row in result(energo, id)] == ["allow", "allow"]
    listed(energo)
    assert [row["decision"] for row in result(energo, id)] == ["deny", "allow"]


@pytest.mark.parametrize(("region", "slug"), [("US", "ca-dncl"), ("CA", "us-dnc"), ("US", "us-dnc")])
def test_a_list_is_stale_when_a_register_changed_of_any_country_with_its_calling_code(
    energo: Gate, region: str, slug: str
) -> None:
    added(energo, slug, format=slug, region=slug[:2].upper(), max_change_percent=100)
    imported(energo, b"4164440000\n2124440000\n", slug, as_of=energo.now - timedelta(minutes=10))
    energo.now += timedelta(minutes=10)
    energo.campaign("america", region=region, profile="statute", caller_id="+12125551234")
    id = scrubbed(energo, csv_of([("+1 416 444 1234", "Eva"), ("+1 212 444 1234", "Jan")]), campaign="america")
    assert [row["decision"] for row in result(energo, id)] == ["deny", "deny"]
    energo.now += timedelta(minutes=10)
    both = b"4164440000\n4164441234\n2124440000\n2124441234\n"
    imported(energo, both, slug, as_of=energo.now - timedelta(minutes=1))
    stale = energo.get(f"/v1/lists/{id}/file?verdict=all")
    assert (stale.status, stale.json["code"]) == (409, "list_stale"), "the code does not tell whose the number is"
