"""Receipts that dialers kept: each must say what the log says, and have been integrated in time."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from app.domain.leaf import LeafKind, hash_text
from app.policies.load import shipped
from app.services.answers import rfc3339
from app.services.receipts import ReceiptKey, receipt_key, signed_receipt
from app.static.log.dialgate_verify import Report, verify
from tests.builders import facts
from tests.verify.bundles import Tree, bundle
from tests.verify.entries import BEGIN, LOG, Logged, Pen, check

KEY = receipt_key(bytes(32))
NUMBER = "+420601123456"


@cache
def decided() -> Logged:
    """Log one decision."""
    at = BEGIN + timedelta(microseconds=123_456)
    return check(Pen(4), facts(at=at, consents=()), at=at, rules=shipped(), number=NUMBER)


def claims(**changes: Any) -> dict[str, Any]:
    """Give the claims of its receipt."""
    entry = decided()
    leaf = json.loads(entry.leaf)
    return {
        "decision_id": entry.id,
        "decision": leaf["verdict"],
        "campaign": "winter",
        "checked_at": rfc3339(entry.at),
        "valid_until": None,
        "log": LOG,
        "leaf_hash": hash_text(entry.hash),
        "commitment": leaf["number"],
        "integrated_by": rfc3339(entry.at + timedelta(seconds=60)),
        **changes,
    }


def verified(receipt: str | bytes, folder: Path, *, key: ReceiptKey = KEY, seconds: int = 30) -> Report:
    tree = Tree(entries=[decided()], cuts=[(1, int(BEGIN.timestamp()) + seconds)])
    path, jwks = folder / "receipts", folder / "jwks.json"
    path.write_bytes(receipt.encode() if isinstance(receipt, str) else receipt)
    jwks.write_text(json.dumps(key.jwks()))
    return verify(bundle(tree).packed(), [tree.vkey], receipts=path, jwks=jwks)


def texts(report: Report) -> str:
    return "\n".join(map(str, report.faults))


def test_a_true_receipt_is_found_true(tmp_path: Path) -> None:
    report = verified(signed_receipt(KEY, claims()) + "\n", tmp_path)
    assert (report.exit_status, report.faults, report.counts["receipts"]) == (0, [], 1)
    assert any("campaign's name is not in the bundle" in warning for warning in report.warnings)


@pytest.mark.parametrize(
    "change",
    [
        {"decision": "allow"},
        {"decision_id": "0" * 36},
        {"checked_at": "2026-11-25T10:00:00.124Z"},
        {"checked_at": None},
        {"valid_until": "2026-11-25T10:00:15.000Z"},
        {"log": "0" * 32},
        {"commitment": "0" * 64},
    ],
)
def test_a_receipt_that_says_otherwise_than_the_entry_is_a_fault(change: dict[str, Any], tmp_path: Path) -> None:
    report = verified(signed_receipt(KEY, claims(**change)), tmp_path)
    assert f"says otherwise than the entry: {next(iter(change))}" in texts(report)


def test_a_receipt_of_an_entry_that_is_not_there_is_a_fault(tmp_path: Path) -> None:
    assert "names no entry" in texts(verified(signed_receipt(KEY, claims(leaf_hash="A" * 43)), tmp_path))


def test_a_promise_that_was_broken_is_told_apart(tmp_path: Path) -> None:
    report = verified(signed_receipt(KEY, claims()), tmp_path, seconds=70)
    assert (report.exit_status, report.late_count) == (3, 2)
    assert "malformed time" in texts(verified(signed_receipt(KEY, claims(integrated_by="soon")), tmp_path))
    generous = claims(integrated_by="2027-11-25T10:00:00.000Z")
    assert "later than the log does" in texts(verified(signed_receipt(KEY, generous), tmp_path))


def _tampered(text: str) -> str:
    return text[:-2] + ("A" if text[-2] != "A" else "B") + text[-1]


@pytest.mark.parametrize(
    "spoil",
    [
        _tampered,
        lambda text: text.replace(".", ""),
        lambda text: text + "=",
        lambda text: "." + text,
        lambda text: text.rpartition(".")[0] + ".",
        lambda text: "eyJhbGciOiJub25lIn0." + text.split(".")[1] + ".",
        lambda text: "é" * 40,
        lambda text: "\x00",
        lambda text: signed_receipt(receipt_key(bytes([1]) * 32), claims()),
        lambda text: signed_receipt(replace(receipt_key(bytes([1]) * 32), kid=KEY.kid), claims()),
        lambda text: signed_receipt(KEY, {"decision": "allow"}),
        lambda text: signed_receipt(KEY, claims(leaf_hash=["x"])),
    ],
)
def test_a_receipt_that_is_forged_or_malformed_is_a_fault(spoil: Callable[[str], str], tmp_path: Path) -> None:
    report = verified(spoil(signed_receipt(KEY, claims())), tmp_path)
    assert report.exit_status == 1
    assert "receipt 1" in texts(report)


def test_a_key_of_low_order_signs_no_receipt(tmp_path: Path) -> None:
    key = replace(KEY, public="AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")
    assert "false signature" in texts(verified(signed_receipt(KEY, claims()), tmp_path, key=key))


def test_the_campaign_is_compared_where_its_name_is_opened(tmp_path: Path) -> None:
    leaf = json.loads(decided().leaf)
    pen = Pen(8)
    body = {"actor": "cli", "act": "campaign_added", "campaign": {"id": leaf["campaign"]}}
    added = pen.write(LeafKind.ADMIN, id=pen.id(BEGIN), at=BEGIN, body=body, fields={"slug": "winter"})
    tree = Tree(entries=[added, decided()])
    jwks, path = tmp_path / "jwks", tmp_path / "receipts"
    jwks.write_text(json.dumps(KEY.jwks()))
    for name, is_sound in (("winter", True), ("summer", False)):
        path.write_text(signed_receipt(KEY, claims(campaign=name)))
        report = verify(bundle(tree).packed(), [tree.vkey], receipts=path, jwks=jwks)
        assert (report.exit_status == 0) is is_sound
