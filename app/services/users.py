"""Users of the pages: invited by a one-time link, with a role and controllers as keys have; each act is on record."""

import secrets
import string
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session

from app.db.user_sessions import drop_links
from app.db.users import User, change_user, store_user, user_by_email, user_by_id, user_for_change
from app.domain.access import USER, Actor, Scope
from app.domain.errors import Conflict, NotFound
from app.domain.form import TEXT, require_form
from app.domain.leaf import LeafKind
from app.domain.user import EMAIL, LinkPurpose, UserLanguage, plain_email, require_password
from app.services.log import record_act
from app.services.user_access import Access, actor_of_user, extra_scopes_of
from app.services.user_sessions import end_user_sessions, make_link, use_up_link

_LETTERS = string.digits + string.ascii_letters


class UnknownUser(NotFound):
    """There is no such user."""

    code = "unknown_user"


class UserExists(Conflict):
    """A user of this e-mail address is here already."""

    code = "user_exists"


class UserDisabled(Conflict):
    """This user was disabled."""

    code = "user_disabled"


class OwnAccess(Conflict):
    """Nobody changes their own access; another administrator does."""

    code = "own_access"


def invite_user(
    session: Session,
    *,
    email: str,
    name: str,
    language: UserLanguage,
    access: Access,
    is_demo: bool = False,
    actor: Actor,
    now: datetime,
) -> tuple[User, str]:
    """Add a user, and give it with the token of the one-time link by which it sets its password.

    :raises NeedsAllControllers: for an actor of named controllers.
    :raises UserExists: when the address is taken.
    :raises Malformed: when address or name does not have its form.
    :raises NotARoleOfPeople: for a dialer.
    """
    _require_administrator(actor)
    email = plain_email(email)
    require_form(EMAIL, email=email)
    require_form(TEXT, name=name)
    access.require_staff()
    if user_by_email(session, email=email) is not None:
        raise UserExists(pointer="/email")
    id = "".join(secrets.choice(_LETTERS) for _ in range(12))
    own = {"id": id, "email": email, "name": name, "language": language.value, "is_demo": is_demo, "created_at": now}
    store_user(session, values=own | access.columns)
    body = {"act": "user_invited", "user": id, **access.told}
    _record(session, body=body, actor=actor, now=now, fields={"email": email, "name": name})
    return _found(session, id=id), make_link(session, user_id=id, purpose=LinkPurpose.INVITE, now=now)


def reset_user(session: Session, *, id: str, actor: Actor, now: datetime) -> tuple[User, str]:
    """Take a user's password, authenticator and sessions away, and give the link to set new ones.

    :raises UnknownUser: when there is none.
    :raises UserDisabled: when it was disabled.
    """
    _require_administrator(actor)
    user = _enabled(session, id=id)
    gone = ("password_hash", "totp_secret", "totp_enrolled_at", "totp_step")
    change_user(session, id=id, values=dict.fromkeys(gone))
    end_user_sessions(session, user_id=id, now=now)
    _record(session, body={"act": "user_reset", "user": id}, actor=actor, now=now)
    return user, make_link(session, user_id=id, purpose=LinkPurpose.RESET, now=now)


def accept_link(session: Session, *, token: str, password_hash: str, now: datetime) -> User:
    """Set a user's password by a one-time link, which is used up; whoever was signed in as the user is no more.

    :raises UnknownLink: when the link was used, has run out, or never was.
    """
    user, _ = use_up_link(session, token=token, now=now)
    _set_password(session, user=user, password_hash=password_hash, now=now)
    return user


def change_password(session: Session, *, user: User, password_hash: str, now: datetime) -> None:
    """Set a user's own password: every session of the user ends, and a new one must begin."""
    _set_password(session, user=user, password_hash=password_hash, now=now)


def change_access(session: Session, *, id: str, access: Access, actor: Actor, now: datetime) -> User:
    """Give a user another role, other controllers, or other sight of numbers; it holds from the next request on.

    Scopes that were given by name stay as long as the role does. Another role has its own, and those given with it.

    :raises UnknownUser: when there is none.
    :raises UserDisabled: when it was disabled.
    :raises OwnAccess: for one's own.
    """
    _require_other(actor, id)
    access.require_staff()
    user = _enabled(session, id=id)
    if access.role == user.role:
        access = replace(access, extra_scopes=extra_scopes_of(user) | set(access.extra_scopes))
    change_user(session, id=id, values=access.columns)
    _record(session, body={"act": "user_changed", "user": id, **access.told}, actor=actor, now=now)
    return _found(session, id=id)


def disable_user(session: Session, *, id: str, actor: Actor, now: datetime) -> User:
    """Disable a user for ever: sessions and links end with the commit.

    :raises UnknownUser: when there is none.
    :raises UserDisabled: when it was disabled before.
    :raises OwnAccess: for oneself.
    """
    _require_other(actor, id)
    user = _enabled(session, id=id)
    change_user(session, id=id, values={"disabled_at": now})
    end_user_sessions(session, user_id=id, now=now)
    drop_links(session, user_id=id)
    _record(session, body={"act": "user_disabled", "user": id}, actor=actor, now=now)
    return user


def choose_language(session: Session, *, user: User, language: UserLanguage) -> None:
    """Set the language a user reads the pages in."""
    change_user(session, id=user.id, values={"language": language.value})


def user_for(session: Session, *, email: str) -> User:
    """Find a user by the address.

    :raises UnknownUser: when there is none.
    """
    user = user_by_email(session, email=plain_email(email))
    if user is None:
        raise UnknownUser()
    return user


def password_for(user: User, password: str) -> str:
    """Give a password that may be the user's.

    :raises WeakPassword: when it would be guessed first.
    """
    require_password(password, email=user.email)
    return password


def _set_password(session: Session, *, user: User, password_hash: str, now: datetime) -> None:
    change_user(session, id=user.id, values={"password_hash": password_hash})
    end_user_sessions(session, user_id=user.id, now=now)
    body = {"act": "user_password_set", "user": user.id}
    _record(session, body=body, actor=actor_of_user(user), now=now)


def _record(
    session: Session,
    *,
    body: Mapping[str, object],
    actor: Actor,
    now: datetime,
    fields: Mapping[str, str] | None = None,
) -> None:
    record_act(session, kind=LeafKind.ADMIN, controller_id=None, actor=actor, now=now, body=body, fields=fields)


def _require_administrator(actor: Actor) -> None:
    """Refuse whoever could give others what they do not have: users are managed by whoever reaches all controllers."""
    actor.require(Scope.ADMIN)
    actor.require_all_controllers()


def _require_other(actor: Actor, id: str) -> None:
    _require_administrator(actor)
    if actor.id == USER + id:
        raise OwnAccess()


def _enabled(session: Session, *, id: str) -> User:
    user = user_for_change(session, id=id)
    if user is None:
        raise UnknownUser()
    if user.disabled_at is not None:
        raise UserDisabled()
    return user


def _found(session: Session, *, id: str) -> User:
    user = user_by_id(session, id=id)
    if user is None:
        raise UnknownUser()
    return user
