"""What somebody looked up: kept in the cookie, sealed, for half an hour. Addresses hold a reference to it alone.

A page that shows something personal can so be opened, opened again and gone back to, each tab its own, and no number
stands in an address, a history or a log of a proxy. That it was looked up is on record before there is a reference.
"""

import base64
import hmac
import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from flask import session
from werkzeug.wrappers import Response

from app.domain.errors import NotFound
from app.pages.access import Visit
from app.pages.kept_entries import opened, sealed
from app.services.derived_keys import derived_key

LASTS = timedelta(minutes=30)
MOST = {"number": 3, "evidence": 1}
"""Kept of each kind at once: browsers refuse cookies over 4,096 characters."""
_PURPOSE = "looked up"


class LookupExpired(NotFound):
    """This was looked up too long ago, or by somebody else."""

    code = "lookup_expired"


def reference_of(visit: Visit, *, about: Mapping[str, Any], at: datetime) -> str:
    """Give the reference of a look-up that is put on record at an instant; nothing of it can be computed from that."""
    key = derived_key(visit.context.api_key_pepper, purpose=_PURPOSE)
    second = int(at.timestamp())
    text = f"{visit.session.token_hash!r} {second} {json.dumps(about, sort_keys=True)}"
    letters = base64.b32encode(hmac.digest(key, text.encode(), "sha256")[:10]).decode().lower()
    return f"{letters}-{second:x}"


def remember_lookup(answer: Response, visit: Visit, *, about: Mapping[str, Any]) -> Response:
    """Keep what was looked up by the write that leads to its reference, the last part of the answer's path.

    It lasts from when that was put on record: a form that is sent again leads to the same, and makes it no longer.
    """
    kind, ref = about["kind"], answer.location.rpartition("/")[2] if answer.location else ""
    until = int(ref.rpartition("-")[2], 16) + int(LASTS.total_seconds())
    text = sealed({"owner": visit.user.id, "until": until, "about": dict(about)}, purpose=_PURPOSE)
    kept = session.get("looked", {})
    own = [one for one in kept.get(kind, []) if one[0] != ref]
    session["looked"] = kept | {kind: [*own, [ref, text]][-MOST[kind] :]}
    return answer


def looked_up(visit: Visit, *, ref: str, kind: str, now: datetime) -> dict[str, Any]:
    """Give what was looked up under a reference.

    :raises LookupExpired: when nothing of this kind was, by this user, within the last half hour.
    """
    text = next((one[1] for one in session.get("looked", {}).get(kind, []) if one[0] == ref), None)
    entry = None if text is None else opened(text, purpose=_PURPOSE)
    if entry is None or entry["owner"] != visit.user.id or entry["until"] <= now.timestamp():
        raise LookupExpired()
    about: dict[str, Any] = entry["about"]
    return about
