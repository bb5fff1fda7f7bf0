"""Sessions of users and their one-time links: a random token each, of which the database has the hash alone."""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from app.db.user_sessions import (
    UserSession,
    close_user_session,
    close_user_sessions,
    forget_user_sessions,
    link_by_hash,
    note_seen,
    open_user_sessions,
    store_link,
    store_user_session,
    use_link,
    user_session_by_hash,
)
from app.db.users import User, user_by_id, user_for_reliance
from app.domain.errors import NotFound
from app.domain.user import LINK_LIFETIME, LinkPurpose, SessionLimits, Stage
from app.services.user_access import actor_of_user

SEEN_EVERY = timedelta(minutes=1)
"""How exactly it is known when a session was last used: its row is written once in that time."""


KEPT_FOR = timedelta(days=2)


class UnknownLink(NotFound):
    """This link was used, has run out, or never was."""

    code = "unknown_link"


class UnknownUserSession(NotFound):
    """There is no such session."""

    code = "unknown_user_session"


def begin_user_session(session: Session, *, user: User, stage: Stage, now: datetime) -> str:
    """Begin a session and give its token, which is nowhere else."""
    token = secrets.token_urlsafe(32)
    store_user_session(session, token_hash=_hash(token), user_id=user.id, stage=stage.value, now=now)
    return token


def live_user_session(
    session: Session, *, token: str, limits: SessionLimits, demo: bool, now: datetime
) -> tuple[User, UserSession] | None:
    """Give the user and the session of a token; None where it is unknown, was ended, or has run out.

    So does a session of a user who was disabled, and of a demonstration's user outside of a demonstration.
    """
    found = user_session_by_hash(session, token_hash=_hash(token))
    if found is None or found.ended_at is not None:
        return None
    if not limits.allows(created_at=found.created_at, last_seen_at=found.last_seen_at, now=now):
        return None
    user = user_by_id(session, id=found.user_id)
    if user is None or not may_sign_in(user, demo=demo):
        return None
    return user, found


def may_still_act(session: Session, *, user: User, found: UserSession) -> bool:
    """Tell whether a session is still open and its user still who it was: enabled, with the same role and reach.

    It waits for whoever is about to change the user, and whoever would waits until the transaction ends.
    """
    now = user_for_reliance(session, id=user.id)
    if now is None or now.disabled_at is not None or actor_of_user(now) != actor_of_user(user):
        return False
    own = user_session_by_hash(session, token_hash=found.token_hash)
    return own is not None and own.ended_at is None


def user_of_token(session: Session, *, token: str) -> str | None:
    """Give the id of the user whose session a token was, though it may have ended; None where it is unknown."""
    found = user_session_by_hash(session, token_hash=_hash(token))
    return None if found is None else found.user_id


def may_sign_in(user: User, *, demo: bool) -> bool:
    """Tell whether a user may be here at all."""
    return user.disabled_at is None and (demo or not user.is_demo)


def is_due_to_be_seen(found: UserSession, *, now: datetime) -> bool:
    """Tell whether the session's use is worth to be written down."""
    return now >= found.last_seen_at + SEEN_EVERY


def see_user_session(session: Session, *, found: UserSession, now: datetime) -> None:
    """Write down that a session was used."""
    note_seen(session, token_hash=found.token_hash, now=now)


def end_user_session(session: Session, *, found: UserSession, now: datetime) -> bool:
    """End a session; False where somebody ended it before."""
    return close_user_session(session, token_hash=found.token_hash, now=now)


def end_user_sessions(session: Session, *, user_id: str, but: UserSession | None = None, now: datetime) -> None:
    """End every session of a user, or all the others."""
    close_user_sessions(session, user_id=user_id, but=None if but is None else but.token_hash, now=now)


def own_user_sessions(session: Session, *, user_id: str, limits: SessionLimits, now: datetime) -> Sequence[UserSession]:
    """List where a user is signed in, the newest first."""
    return [
        one
        for one in open_user_sessions(session, user_id=user_id)
        if limits.allows(created_at=one.created_at, last_seen_at=one.last_seen_at, now=now)
    ]


def forget_old_user_sessions(session: Session, *, limits: SessionLimits, now: datetime) -> None:
    """Drop the sessions that ended days ago: until then it is known whose entry a form was that came too late."""
    forget_user_sessions(session, before=now - limits.absolute - KEPT_FOR)


def make_link(session: Session, *, user_id: str, purpose: LinkPurpose, now: datetime) -> str:
    """Make a one-time link and give its token; earlier links of the user end."""
    token = secrets.token_urlsafe(32)
    until = now + LINK_LIFETIME[purpose]
    store_link(session, token_hash=_hash(token), user_id=user_id, purpose=purpose.value, now=now, expires_at=until)
    return token


def user_of_link(session: Session, *, token: str, now: datetime) -> tuple[User, LinkPurpose]:
    """Give whose link it is, and for what; it is not used up.

    :raises UnknownLink: when it was used, has run out, or never was: the answers are equal.
    """
    row = link_by_hash(session, token_hash=_hash(token))
    if row is None or row["used_at"] is not None or now >= row["expires_at"]:
        raise UnknownLink()
    user = user_by_id(session, id=row["user_id"])
    if user is None or user.disabled_at is not None:
        raise UnknownLink()
    return user, LinkPurpose(row["purpose"])


def use_up_link(session: Session, *, token: str, now: datetime) -> tuple[User, LinkPurpose]:
    """Use a link up, and give whose it was.

    :raises UnknownLink: as `user_of_link`; of two who use it at once, for one.
    """
    user, purpose = user_of_link(session, token=token, now=now)
    if not use_link(session, token_hash=_hash(token), now=now):
        raise UnknownLink()
    return user, purpose


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
