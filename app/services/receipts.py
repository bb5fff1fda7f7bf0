"""Receipts: the signed decision a dialer keeps and can verify offline (JWS, RFC 7515; EdDSA, RFC 8037)."""

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.domain.leaf import canonical

TYPE = "dialgate-receipt+jws"


@dataclass(frozen=True, slots=True)
class ReceiptKey:
    """An Ed25519 key; `kid` is the thumbprint of its public half (RFC 7638), `header` of every receipt it signs."""

    private: Ed25519PrivateKey
    public: str
    kid: str
    header: str

    def jwks(self) -> dict[str, Any]:
        """Give the public half as a JSON Web Key Set (RFC 7517)."""
        key = {
            "kty": "OKP",
            "crv": "Ed25519",
            "x": self.public,
            "kid": self.kid,
            "use": "sig",
            "alg": "EdDSA",
        }
        return {"keys": [key]}


def receipt_key(seed: bytes) -> ReceiptKey:
    """Make the key of a 32-byte seed."""
    private = Ed25519PrivateKey.from_private_bytes(seed)
    public = _base64url(private.public_key().public_bytes_raw())
    members = json.dumps({"crv": "Ed25519", "kty": "OKP", "x": public}, separators=(",", ":"))
    kid = _base64url(hashlib.sha256(members.encode()).digest())
    return ReceiptKey(private, public, kid, _base64url(canonical({"alg": "EdDSA", "kid": kid, "typ": TYPE})))


def signed_receipt(key: ReceiptKey, claims: Mapping[str, Any]) -> str:
    """Sign claims as a compact JWS."""
    signing_input = f"{key.header}.{_base64url(canonical(claims))}"
    return f"{signing_input}.{_base64url(key.private.sign(signing_input.encode()))}"


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
