"""One-time codes of an authenticator app (TOTP, RFC 6238): the secret sealed, and no code accepted twice."""

import os
from datetime import datetime, timedelta

import pyotp
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from app.domain.errors import Unavailable
from app.services.derived_keys import derived_key

ISSUER = "Dialgate"
STEP = 30
_DRIFT = (0, -1, 1)
"""Steps that the authenticator's clock may be off."""


class SecretLost(Unavailable):
    """A sealed secret cannot be opened with this installation's secrets."""

    code = "secret_lost"


def new_totp_secret() -> str:
    """Make a secret, in base32 as authenticators take it."""
    return pyotp.random_base32()


def seal_totp_secret(secret: str, *, user_id: str, pepper: bytes) -> bytes:
    """Encrypt a secret, bound to its user."""
    nonce = os.urandom(12)
    return nonce + _cipher(pepper).encrypt(nonce, secret.encode(), user_id.encode())


def open_totp_secret(sealed: bytes, *, user_id: str, pepper: bytes) -> str:
    """Decrypt a secret.

    :raises SecretLost: when it was sealed with another key, or for another user.
    """
    try:
        return _cipher(pepper).decrypt(sealed[:12], sealed[12:], user_id.encode()).decode()
    except InvalidTag:
        raise SecretLost() from None


def totp_link(secret: str, *, email: str) -> str:
    """Give the `otpauth:` address that authenticators read."""
    return pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name=ISSUER)


def totp_step(secret: str, code: str, *, now: datetime) -> int | None:
    """Give the step whose code this is; None where it is that of no step about `now`."""
    totp, told = pyotp.TOTP(secret), code.replace(" ", "")
    steps = [int(now.timestamp()) // STEP + drift for drift in _DRIFT]
    return next((step for step in steps if pyotp.utils.strings_equal(totp.at(step * STEP), told)), None)


def totp_code(secret: str, *, now: datetime, steps: int = 0) -> str:
    """Give the code of a moment, so many steps later."""
    return pyotp.TOTP(secret).at(now + timedelta(seconds=STEP * steps))


def _cipher(pepper: bytes) -> AESGCM:
    return AESGCM(derived_key(pepper, purpose="totp"))
