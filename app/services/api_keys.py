"""API keys: made once, shown once, recognised by an HMAC of their secret."""

import binascii
import hashlib
import hmac
import re
import secrets
import string
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from app.db.api_keys import ApiKey, add_api_key, api_keys_by_id, revoke_api_key
from app.domain.access import SCOPES_OF, Actor, Role, Scope
from app.domain.errors import Conflict, Forbidden, NotFound
from app.domain.form import TEXT, require_form
from app.domain.leaf import LeafKind
from app.services.log import record_act

MAX_KNOWN = 4096
"""Keys that a process remembers."""

_BASE62 = string.digits + string.ascii_uppercase + string.ascii_lowercase
_TOKEN = re.compile(
    r"dg_(?P<env>[a-z]{1,8})_(?P<id>[0-9A-Za-z]{12})_(?P<secret>[0-9A-Za-z]{32})(?P<crc>[0-9A-Za-z]{6})"
)


class Unauthenticated(Forbidden):
    """This is not a valid API key."""

    code = "unauthenticated"


class UnknownApiKey(NotFound):
    """There is no such API key."""

    code = "unknown_api_key"


class AlreadyRevoked(Conflict):
    """This API key was revoked before."""

    code = "already_revoked"


@dataclass(frozen=True, slots=True)
class Credential:
    """What a caller showed: the key's id and its secret."""

    env: str
    id: str
    secret: str


def create_api_key(
    session: Session,
    *,
    env: str,
    role: Role,
    controller_ids: Collection[int] | None,
    name: str,
    extra_scopes: Collection[Scope] = (),
    pepper: bytes,
    actor: Actor,
    now: datetime,
) -> str:
    """Make a key and give its only text. `controller_ids` None reaches all controllers, later ones too.

    Only an HMAC of the secret is stored; the text cannot be shown again.

    :raises Malformed: when the name does not have its form.
    """
    require_form(TEXT, name=name)
    id, secret = _base62(12), _base62(32)
    token = f"dg_{env}_{id}_{secret}"
    scopes = sorted(SCOPES_OF[role] | set(extra_scopes))
    add_api_key(
        session,
        values={
            "id": id,
            "env": env,
            "secret_hmac": _secret_hmac(pepper, secret),
            "role": role.value,
            "scopes": scopes,
            "all_controllers": controller_ids is None,
            "controller_ids": sorted(controller_ids or ()),
            "name": name,
            "created_at": now,
        },
    )
    body: dict[str, object] = {"act": "created", "key": id, "role": role.value, "scopes": scopes}
    body |= {"controllers": None if controller_ids is None else sorted(controller_ids)}
    record_act(session, kind=LeafKind.KEY, controller_id=None, actor=actor, now=now, body=body, fields={"name": name})
    return token + _crc(token)


def end_api_key(session: Session, *, id: str, actor: Actor, now: datetime) -> None:
    """Revoke a key; from the commit on, no check with it is answered.

    :raises UnknownApiKey: when there is none.
    :raises AlreadyRevoked: when it was revoked before.
    """
    key = api_keys_by_id(session, ids=[id]).get(id)
    if key is None:
        raise UnknownApiKey()
    if key.revoked_at is not None:
        raise AlreadyRevoked()
    revoke_api_key(session, id=id, now=now)
    body = {"act": "revoked", "key": id}
    record_act(session, kind=LeafKind.KEY, controller_id=None, actor=actor, now=now, body=body)


def read_credential(text: str) -> Credential:
    """Take a key's text apart; a slip of the pen is noticed by its check digits, without the database.

    :raises Unauthenticated: when it is not a key.
    """
    match = _TOKEN.fullmatch(text)
    if match is None or not hmac.compare_digest(_crc(text[:-6]), match["crc"]):
        raise Unauthenticated()
    return Credential(match["env"], match["id"], match["secret"])


def authenticate(session: Session, *, credential: Credential, pepper: bytes, demo: bool) -> Actor:
    """Recognise a key. A demonstration key works in demonstration mode only.

    :raises Unauthenticated: when the key is unknown, wrong or revoked; one answer for all.
    """
    key = api_keys_by_id(session, ids=[credential.id]).get(credential.id)
    shown = _secret_hmac(pepper, credential.secret)
    is_right = hmac.compare_digest(key.secret_hmac if key is not None else bytes(32), shown)
    if key is None or not is_right or key.revoked_at is not None or key.env != credential.env:
        raise Unauthenticated()
    if key.env == "demo" and not demo:
        raise Unauthenticated()
    return actor_of(key)


def require_live_key(session: Session, *, id: str) -> None:
    """See once more, in the transaction of a write, that a key which was recognised before was not revoked meanwhile.

    :raises Unauthenticated: when it was.
    """
    key = api_keys_by_id(session, ids=[id]).get(id)
    if key is None or key.revoked_at is not None:
        raise Unauthenticated()


class KnownKeys:
    """The callers a process has recognised, each by an HMAC of its key: no text of a key is kept.

    Nothing but a revocation ever changes a key, and that is no business of this memory: whoever relies on it must see
    that the key was not revoked, as a group of checks does in its own transaction.
    """

    def __init__(self, pepper: bytes) -> None:
        self._pepper = pepper
        self._actors: dict[bytes, Actor] = {}

    def find(self, text: str) -> Actor | None:
        """Give the caller whose key this is; None where it was not recognised before."""
        return self._actors.get(self._name(text))

    def remember(self, text: str, actor: Actor) -> None:
        """Remember a caller that was recognised by this key."""
        if len(self._actors) >= MAX_KNOWN:
            self._actors.clear()
        self._actors[self._name(text)] = actor

    def forget(self, text: str) -> None:
        """Forget a caller whose key is no more."""
        self._actors.pop(self._name(text), None)

    def _name(self, text: str) -> bytes:
        return hmac.digest(self._pepper, b"known:" + text.encode("latin-1", "replace"), "sha256")


def actor_of(key: ApiKey) -> Actor:
    """Give the actor a key stands for."""
    return Actor(
        id=key.id,
        role=key.role,
        scopes=frozenset(Scope(scope) for scope in key.scopes),
        controllers=None if key.all_controllers else frozenset(key.controller_ids),
    )


def _base62(length: int) -> str:
    return "".join(secrets.choice(_BASE62) for _ in range(length))


def _crc(text: str) -> str:
    value = binascii.crc32(text.encode())
    digits = ""
    for _ in range(6):
        value, digit = divmod(value, 62)
        digits = _BASE62[digit] + digits
    return digits


def _secret_hmac(pepper: bytes, secret: str) -> bytes:
    return hmac.new(pepper, secret.encode(), hashlib.sha256).digest()
