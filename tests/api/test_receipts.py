"""Receipts: verified here by code of its own, with nothing but the published key."""

import base64
import hashlib
import hmac
import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from app.services.sequencing import PROMISE
from tests.api.exported import entries
from tests.gate import Gate

NUMBER = "+420601123456"


def unpadded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def verified(receipt: str, jwks: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Verify a JWS as RFC 7515 and RFC 8037 say, and give its header and claims."""
    header, claims, signature = receipt.split(".")
    read: dict[str, Any] = json.loads(unpadded(header))
    (key,) = [one for one in jwks["keys"] if one["kid"] == read["kid"]]
    assert (key["kty"], key["crv"], key["alg"], key["use"]) == ("OKP", "Ed25519", "EdDSA", "sig")
    public = Ed25519PublicKey.from_public_bytes(unpadded(key["x"]))
    public.verify(unpadded(signature), f"{header}.{claims}".encode())
    return read, json.loads(unpadded(claims))


def test_a_receipt_proves_the_decision_and_fits_this_number_only(energo: Gate) -> None:
    energo.consent(NUMBER)
    allow, deny = energo.check(NUMBER, ref="lead-1"), energo.check("+420602123456")
    jwks = energo.get("/.well-known/jwks.json", key=None).json
    by_id = {entry["entry"]: entry for entry in entries(energo)}
    for answer in (allow, deny):
        header, claims = verified(answer["receipt"], jwks)
        assert (header["alg"], header["typ"]) == ("EdDSA", "dialgate-receipt+jws")
        salt = bytes.fromhex(answer["receipt_salt"])
        entry = by_id[answer["decision_id"]]
        assert claims == {
            "decision_id": answer["decision_id"],
            "decision": answer["decision"],
            "campaign": "winter",
            "checked_at": answer["checked_at"],
            "valid_until": answer["valid_until"],
            "log": entry["log"],
            "leaf_hash": entry["leaf_hash"],
            "integrated_by": (energo.now + PROMISE).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "commitment": hmac.new(salt, answer["number"].encode(), hashlib.sha256).hexdigest(),
        }
        assert json.loads(entry["leaf"])["number"] == claims["commitment"]
        for part in answer["receipt"].split(".")[:2]:
            assert b"601123456" not in unpadded(part)
            assert b"602123456" not in unpadded(part)
            assert b"lead-1" not in unpadded(part)
    assert allow["receipt_salt"] != deny["receipt_salt"]


def test_a_changed_receipt_does_not_verify(energo: Gate) -> None:
    receipt = energo.check(NUMBER)["receipt"]
    header, claims, signature = receipt.split(".")
    changed = base64.urlsafe_b64encode(unpadded(claims).replace(b'"deny"', b'"allow"')).rstrip(b"=").decode()
    assert changed != claims
    jwks = energo.get("/.well-known/jwks.json", key=None).json
    with pytest.raises(InvalidSignature):
        verified(f"{header}.{changed}.{signature}", jwks)


def test_openssl_verifies_a_receipt(energo: Gate, tmp_path: Path) -> None:
    header, claims, signature = energo.check(NUMBER)["receipt"].split(".")
    (key,) = energo.get("/.well-known/jwks.json", key=None).json["keys"]
    der = bytes.fromhex("302a300506032b6570032100") + unpadded(key["x"])  # RFC 8410, 4
    names = ("key.der", "signed", "signature")
    for name, data in zip(names, (der, f"{header}.{claims}".encode(), unpadded(signature)), strict=True):
        (tmp_path / name).write_bytes(data)
    words = "openssl pkeyutl -verify -pubin -keyform DER -inkey key.der -rawin -in signed -sigfile signature"
    done = subprocess.run(words.split(), cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.strip()) == (0, "Signature Verified Successfully"), done.stderr
    (tmp_path / "signed").write_bytes(f"{header}.{claims[:-1]}A".encode())
    assert subprocess.run(words.split(), cwd=tmp_path, capture_output=True, check=False).returncode == 1


def test_the_key_is_named_by_its_thumbprint(energo: Gate) -> None:
    (key,) = energo.get("/.well-known/jwks.json", key=None).json["keys"]
    members = json.dumps({name: key[name] for name in ("crv", "kty", "x")}, sort_keys=True, separators=(",", ":"))
    assert unpadded(key["kid"]) == hashlib.sha256(members.encode()).digest()
    assert "d" not in key, "the private half stays here"
