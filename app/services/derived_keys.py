"""Keys for one purpose each, derived from the one secret that an installation keeps for callers and users."""

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


def derived_key(secret: bytes, *, purpose: str) -> bytes:
    """Derive 32 bytes (HKDF-SHA256, RFC 5869): no key of one purpose tells that of another."""
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=b"dialgate:" + purpose.encode()).derive(secret)
