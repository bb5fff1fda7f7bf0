"""Sealing what must not stand in clear while it waits: encrypted, and bound to the row it stands in."""

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from app.services.derived_keys import derived_key


def seal(text: str, *, to: bytes, purpose: str, pepper: bytes) -> bytes:
    """Encrypt a text (AES-GCM), for one purpose and one row."""
    nonce = os.urandom(12)
    return nonce + AESGCM(derived_key(pepper, purpose=purpose)).encrypt(nonce, text.encode(), to)


def unseal(sealed: bytes, *, to: bytes, purpose: str, pepper: bytes) -> str | None:
    """Decrypt a text; None where it was sealed with another key, or for another row."""
    cipher = AESGCM(derived_key(pepper, purpose=purpose))
    try:
        return cipher.decrypt(sealed[:12], sealed[12:], to).decode()
    except InvalidTag:
        return None
