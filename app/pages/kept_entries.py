"""What was typed into a form that could not be taken: kept in the cookie, sealed, for the same person's next look."""

import json
import os
import zlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from flask import request, session
from flask_babel import gettext
from werkzeug.datastructures import MultiDict

from app.context import current
from app.services.derived_keys import derived_key
from app.services.user_sessions import user_of_token

MOST = 2400
"""Characters of a cookie that a kept entry may take; browsers refuse cookies over 4,096."""
_PURPOSE = "kept entries"
_NEVER = frozenset({"csrf_token", "form_token", "password", "new_password", "code"})


def keep_entry(path: str, *, fields: "MultiDict[str, str]") -> bool:
    """Keep what was typed on a page, for whoever's session it was; False where it is too long, or nobody's.

    Passwords and codes are never kept, nor are files.
    """
    owner = _owner()
    entry = [[name, value] for name, value in fields.items(multi=True) if name not in _NEVER]
    if owner is None or not entry:
        return False
    text = sealed({"path": path, "owner": owner, "entry": entry}, purpose=_PURPOSE)
    if len(text) > MOST:
        return False
    session["kept"] = text
    return True


def take_kept_entry() -> "MultiDict[str, str] | None":
    """Give what the person typed on this page before, once; None where nothing was kept."""
    if request.method != "GET" or "kept" not in session:
        return None
    kept = opened(session["kept"], purpose=_PURPOSE)
    if kept is None or kept["path"] != request.path:
        return None
    session.pop("kept")
    if kept["owner"] != _owner():
        return None
    return MultiDict([(name, value) for name, value in kept["entry"]])


def kept_notice() -> str:
    """Say that an entry was kept."""
    return str(gettext("Your entry is still here. Nothing was sent: check it, and send it again."))


def _owner() -> str | None:
    token = session.get("_user_id")
    if not isinstance(token, str):
        return None
    with current().reading(reach=()) as reading:
        return user_of_token(reading.session, token=token)


def sealed(entry: Mapping[str, object], *, purpose: str) -> str:
    """Write something so that the browser may keep it, and nobody but us can read or change it."""
    nonce = os.urandom(12)
    data = zlib.compress(json.dumps(entry, ensure_ascii=False).encode())
    return urlsafe_b64encode(nonce + _cipher(purpose).encrypt(nonce, data, b"kept")).decode()


def opened(text: str, *, purpose: str) -> dict[str, Any] | None:
    """Read what was sealed for this purpose; None where it is not ours."""
    data = urlsafe_b64decode(text)
    try:
        read: dict[str, Any] = json.loads(zlib.decompress(_cipher(purpose).decrypt(data[:12], data[12:], b"kept")))
    except InvalidTag:
        return None
    return read


def _cipher(purpose: str) -> AESGCM:
    return AESGCM(derived_key(current().api_key_pepper, purpose=purpose))
