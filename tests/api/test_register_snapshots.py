"""Snapshots that changed too much wait for a second person; change lists are laid over what stands."""

import io
import zipfile
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from app.domain.access import Role
from tests.api.exported import leaves
from tests.gate import Gate, Reply
from tests.registers import added, imported, sent, status_of

ALICE, BOB = 420601000000, 420602123456


def numbers(count: int, start: int = 601_000_000) -> bytes:
    return b"".join(b"%d\n" % number for number in range(start, start + count))


def settled(gate: Gate, id: str, act: str, key: str = "compliance", slug: str = "dnc") -> Reply:
    return gate.post(f"/v1/registers/{slug}/snapshots/{id}/{act}", {}, key=key)


@pytest.mark.parametrize(("count", "state"), [(80, "standing"), (79, "waiting"), (120, "standing"), (121, "waiting")])
def test_a_snapshot_that_shrank_or_grew_by_more_than_its_share_waits(gate: Gate, count: int, state: str) -> None:
    added(gate)
    imported(gate, numbers(100))
    assert imported(gate, numbers(count, 602_000_000))["state"] == state
    assert status_of(gate, ALICE) == ("listed" if state == "waiting" else "unlisted")


def test_who_imported_cannot_approve_and_another_can_once(gate: Gate) -> None:
    added(gate)
    imported(gate, numbers(100))
    waiting = imported(gate, b"602123456\n")
    alone = settled(gate, waiting["id"], "approve", key="admin")
    assert (alone.status, alone.json["code"]) == (403, "needs_second_person")
    assert status_of(gate, BOB) == "unlisted"
    done = settled(gate, waiting["id"], "approve")
    assert (done.status, done.json["state"]) == (200, "standing")
    assert status_of(gate, BOB) == "listed"
    for act in ("approve", "reject"):
        again = settled(gate, waiting["id"], act)
        assert (again.status, again.json["code"]) == (409, "snapshot_settled")
    gate.integrate()
    acts = [leaf["act"] for leaf in leaves(gate, "register")]
    assert sorted(acts) == ["activated", "activated", "imported", "imported", "registered"]
    (told,) = [leaf for leaf in leaves(gate, "register") if leaf.get("snapshot") == waiting["id"]][:1]
    assert (told["digest"], told["count"], told["needs_approval"]) == (waiting["digest"], 1, True)
    assert "602123456" not in str(leaves(gate, "register"))


def test_a_rejected_snapshot_never_stands(gate: Gate) -> None:
    added(gate)
    imported(gate, numbers(100))
    waiting = imported(gate, b"602123456\n")
    assert settled(gate, waiting["id"], "reject", key="admin").json["state"] == "rejected"
    assert settled(gate, waiting["id"], "approve").json["code"] == "snapshot_settled"
    assert (status_of(gate, ALICE), status_of(gate, BOB)) == ("listed", "unlisted")


def test_a_snapshot_that_waited_too_long_does_not_bring_the_past_back(gate: Gate) -> None:
    added(gate)
    imported(gate, numbers(100), as_of=gate.now - timedelta(days=2))
    waiting = imported(gate, b"602123456\n", as_of=gate.now - timedelta(days=1))
    imported(gate, numbers(101))
    late = settled(gate, waiting["id"], "approve")
    assert (late.status, late.json["code"]) == (409, "snapshot_too_old")
    assert status_of(gate, ALICE) == "listed"


def test_approving_needs_all_controllers_and_the_register_of_the_snapshot(gate: Gate) -> None:
    named = gate.key(Role.COMPLIANCE, controllers=[gate.controller("bank")])
    added(gate)
    added(gate, "other")
    imported(gate, numbers(100))
    waiting = imported(gate, b"602123456\n")
    for act in ("approve", "reject"):
        assert settled(gate, waiting["id"], act, key=named).json["code"] == "needs_all_controllers"
        assert settled(gate, waiting["id"], act, slug="other").json["code"] == "unknown_snapshot"
        assert settled(gate, waiting["id"], act, slug="none").json["code"] == "unknown_register"
        assert settled(gate, "01a1ee19-5500-7000-8934-5dc7859c5344", act).json["code"] == "unknown_snapshot"


def us(gate: Gate, **changes: Any) -> None:
    added(gate, "us", format="us-dnc", region=None, **changes)


def test_a_change_list_is_laid_over_the_snapshot_that_stands(gate: Gate) -> None:
    us(gate, max_change_percent=50)
    first = imported(gate, b"2025550101\n202,5550102\n2025550103\n", "us")
    changes = b"202,5550102,2026-11-01,D\n202,5550109,2026-11-02,A\n202,5550102,2026-11-01,D\n"
    second = imported(gate, changes, "us", content="changes")
    assert (second["count"], second["base"], second["state"]) == (3, first["id"], "standing")
    said = [status_of(gate, 12025550100 + last, "us") for last in (1, 2, 3, 9)]
    assert said == ["listed", "unlisted", "listed", "listed"]
    third = imported(gate, b"202,5550109,2026-11-03,D\n202,5550109,2026-11-02,A\n", "us", content="changes")
    assert (third["base"], status_of(gate, 12025550109, "us")) == (second["id"], "unlisted")


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (b"202,5550102,2026-11-01", "bad_record"),
        (b"202,5550102,2026-11-01,X", "bad_record"),
        (b"202,5550102,2026-02-30,A", "bad_date"),
        (b"202,5550102,2026-11-19,A", "bad_date"),
        (b"2025550102", "bad_record"),
    ],
)
def test_a_wrong_line_of_a_change_list_refuses_it(gate: Gate, line: bytes, code: str) -> None:
    us(gate)
    imported(gate, b"2025550101\n", "us")
    answer = sent(gate, b"202,5550101,2026-11-01,A\n" + line + b"\n", "us", content="changes")
    assert answer.json["errors"] == [{"pointer": "/lines/2", "code": code}]


def test_a_change_list_needs_what_it_changes_and_leaves_something(gate: Gate) -> None:
    us(gate)
    nothing = sent(gate, b"202,5550102,2026-11-01,A\n", "us", content="changes")
    assert (nothing.status, nothing.json["code"]) == (409, "nothing_to_change")
    imported(gate, b"2025550101\n", "us")
    assert sent(gate, b"", "us", content="changes").json["code"] == "empty_file"
    empty = sent(gate, b"202,5550101,2026-11-01,D\n", "us", content="changes")
    assert empty.json["code"] == "empty_register"
    assert status_of(gate, 12025550101, "us") == "listed"


def test_a_change_list_that_waited_is_not_laid_over_what_came_meanwhile(gate: Gate) -> None:
    us(gate)
    imported(gate, b"2025550101\n2025550102\n", "us", as_of=gate.now - timedelta(days=2))
    waiting = imported(gate, b"202,5550103,2026-11-01,A\n", "us", content="changes")
    assert waiting["state"] == "waiting"
    imported(gate, b"2025550101\n2025550104\n", "us")
    late = settled(gate, waiting["id"], "approve", slug="us")
    assert (late.status, late.json["code"]) == (409, "nothing_to_change")
    assert status_of(gate, 12025550104, "us") == "listed"


def zipped(data: bytes) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("list.txt", data)
    return target.getvalue()


def test_an_archive_is_read_apart_and_what_is_wrong_with_it_comes_back(gate: Gate) -> None:
    added(gate)
    assert imported(gate, zipped(numbers(100)))["count"] == 100
    wrong = sent(gate, zipped(b"601000000\nabc\n"))
    assert wrong.json["errors"] == [{"pointer": "/lines/2", "code": "not_a_number"}]
    cut = sent(gate, zipped(numbers(100))[:-30])
    assert (cut.status, cut.json["code"]) == (422, "unreadable_file")
    added(gate, "cat", format="csv")
    assert sent(gate, zipped(b"telefon\n"), "cat").json["code"] == "bad_columns"
    assert not list((gate.context.data_dir / "registers" / ".building").iterdir())


def test_of_an_approval_and_a_rejection_at_once_one_wins(gate: Gate) -> None:
    added(gate)
    imported(gate, numbers(100))
    for _ in range(3):
        waiting = imported(gate, numbers(50), as_of=gate.now)
        with ThreadPoolExecutor(4) as threads:
            acts = ["approve", "reject"] * 2
            replies = list(threads.map(partial(settled, gate, waiting["id"]), acts))
        assert sorted(reply.status for reply in replies)[:2] == [200, 409]
        if replies[0].status == 200 or replies[2].status == 200:
            break
