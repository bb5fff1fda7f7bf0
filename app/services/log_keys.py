"""The keys of the logs: one Ed25519 key for each shard, made from the installation's one secret."""

import hmac

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from app.domain.note import Signer, Verifier


class LogKeys:
    """Gives every origin its own key (C2SP asks that no two cosigners share one); each is made once."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret
        self._signers: dict[str, Signer] = {}

    def signer(self, origin: str) -> Signer:
        """Give the signer of an origin: Ed25519 from the seed HMAC-SHA256(secret, label and origin)."""
        if origin not in self._signers:
            seed = hmac.digest(self._secret, f"dialgate log key\n{origin}".encode(), "sha256")
            private = Ed25519PrivateKey.from_private_bytes(seed)
            verifier = Verifier(origin, private.public_key().public_bytes_raw())
            self._signers[origin] = Signer(verifier, private.sign)
        return self._signers[origin]

    def verifier(self, origin: str) -> Verifier:
        """Give the public half of an origin's key."""
        return self.signer(origin).verifier


def is_signed(public: bytes, signature: bytes, message: bytes) -> bool:
    """Tell whether an Ed25519 signature fits (RFC 8032)."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True
