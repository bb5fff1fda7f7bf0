"""Signing in: an attempt is counted and committed, then the password is compared, then a session begins.

Three transactions, because comparing a password takes long on purpose, and no lock may be held meanwhile. So the last
one locks the user and lets in only where nothing that was compared has ended since.
"""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from app.context import Context
from app.db.user_sessions import UserSession
from app.db.users import User, accept_totp_step, change_user, user_by_email, user_for_change
from app.domain.errors import Forbidden
from app.domain.user import Stage, plain_email
from app.services.authenticators import new_totp_secret, open_totp_secret, seal_totp_secret, totp_step
from app.services.passwords import hash_password, is_password
from app.services.sign_in_limits import (
    clear_attempts,
    code_subjects,
    password_subjects,
    sign_in_subjects,
    take_attempt,
)
from app.services.user_sessions import begin_user_session, end_user_session, end_user_sessions, may_sign_in
from app.services.users import accept_link, change_password, password_for


class WrongCredentials(Forbidden):
    """The e-mail address or the password is not right."""

    code = "wrong_credentials"


class WrongCode(Forbidden):
    """The code is not right, or was used before."""

    code = "wrong_code"


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """A session that began: its token, and how far it got."""

    token: str
    stage: Stage


def sign_in(context: Context, *, email: str, password: str, network: str) -> SignedIn:
    """Begin a session by e-mail address and password. It is a full one only where no code is asked for.

    Whoever must enrol an authenticator has a new secret for it from here on, and every other session ends: nobody
    enrols a secret that somebody else saw.

    :raises WrongCredentials: when there is no such user, or it has another password, or none, or is disabled; or became
        so while the password was compared.
    :raises TooManyAttempts: when one must wait.
    """
    email = plain_email(email)
    pepper = context.api_key_pepper
    subjects = sign_in_subjects(pepper, account=email, network=network)
    with context.transaction(reach=()) as tx:
        take_attempt(tx.session, subjects=subjects, now=tx.now)
    with context.reading(reach=()) as reading:
        user = user_by_email(reading.session, email=email)
    is_right = is_password(None if user is None else user.password_hash, password)
    if user is None or not is_right or not may_sign_in(user, demo=context.demo):
        raise WrongCredentials()
    with context.transaction(reach=()) as tx:
        user = _unchanged(tx.session, user=user, demo=context.demo)
        stage = _stage(user, require_totp=context.require_totp)
        if stage is Stage.ENROL:
            end_user_sessions(tx.session, user_id=user.id, now=tx.now)
            sealed = seal_totp_secret(new_totp_secret(), user_id=user.id, pepper=pepper)
            change_user(tx.session, id=user.id, values={"totp_secret": sealed, "totp_step": None})
        if stage is Stage.FULL:
            clear_attempts(tx.session, subjects=subjects)
        return SignedIn(token=begin_user_session(tx.session, user=user, stage=stage, now=tx.now), stage=stage)


def confirm_code(context: Context, *, user: User, found: UserSession, code: str, network: str) -> SignedIn:
    """Go on from the stage `code` or `enrol`: the code of the authenticator begins a full session, and ends this one.

    At the stage `enrol` it also says that the authenticator has the secret.

    :raises WrongCode: when it is another code, or one that was accepted before, or the session ended, or another
        secret came, meanwhile.
    :raises TooManyAttempts: when one must wait.
    """
    pepper = context.api_key_pepper
    subjects = code_subjects(pepper, user_id=user.id, token_hash=found.token_hash, network=network)
    with context.transaction(reach=()) as tx:
        take_attempt(tx.session, subjects=subjects, now=tx.now)
    with context.transaction(reach=()) as tx:
        stays = user_for_change(tx.session, id=user.id)
        if stays is None or user.totp_secret is None or stays.totp_secret != user.totp_secret:
            raise WrongCode()
        if not end_user_session(tx.session, found=found, now=tx.now):
            raise WrongCode()
        secret = open_totp_secret(user.totp_secret, user_id=user.id, pepper=pepper)
        step = totp_step(secret, code, now=tx.now)
        if step is None or not accept_totp_step(tx.session, id=user.id, step=step):
            raise WrongCode()
        if stays.totp_enrolled_at is None:
            change_user(tx.session, id=user.id, values={"totp_enrolled_at": tx.now})
        passed = sign_in_subjects(pepper, account=user.email, network=network)
        clear_attempts(tx.session, subjects={**subjects, **passed})
        token = begin_user_session(tx.session, user=user, stage=Stage.FULL, now=tx.now)
        return SignedIn(token=token, stage=Stage.FULL)


def secret_to_enrol(context: Context, *, user: User) -> str | None:
    """Give the secret that an authenticator shall take; None until one was made."""
    if user.totp_secret is None or user.totp_enrolled_at is not None:
        return None
    return open_totp_secret(user.totp_secret, user_id=user.id, pepper=context.api_key_pepper)


def set_password(context: Context, *, user: User, token: str, password: str) -> None:
    """Set the password of the user whose one-time link this is.

    :raises WeakPassword: when it would be guessed first.
    :raises UnknownLink: when the link was used, has run out, or never was.
    """
    hashed = hash_password(password_for(user, password))
    with context.transaction() as tx:
        accept_link(tx.session, token=token, password_hash=hashed, now=tx.now)


def replace_password(context: Context, *, user: User, found: UserSession, old: str, new: str, network: str) -> SignedIn:
    """Set a new password in place of the old one. Every session of the user ends; a new one begins.

    :raises WeakPassword: when the new one would be guessed first.
    :raises WrongCredentials: when the old one is another, or ended while it was compared, as the session may have.
    :raises TooManyAttempts: when one must wait.
    """
    password_for(user, new)
    subjects = password_subjects(context.api_key_pepper, user_id=user.id, network=network)
    with context.transaction(reach=()) as tx:
        take_attempt(tx.session, subjects=subjects, now=tx.now)
    if not is_password(user.password_hash, old):
        raise WrongCredentials()
    hashed = hash_password(new)
    with context.transaction() as tx:
        user = _unchanged(tx.session, user=user, demo=context.demo)
        if not end_user_session(tx.session, found=found, now=tx.now):
            raise WrongCredentials()
        clear_attempts(tx.session, subjects=subjects)
        change_password(tx.session, user=user, password_hash=hashed, now=tx.now)
        return SignedIn(token=begin_user_session(tx.session, user=user, stage=Stage.FULL, now=tx.now), stage=Stage.FULL)


def _unchanged(session: Session, *, user: User, demo: bool) -> User:
    """Give a user whose password was compared as it is now, locked.

    :raises WrongCredentials: when the user has another password by now, or none, or may not be here any more.
    """
    now = user_for_change(session, id=user.id)
    if now is None or now.password_hash != user.password_hash or not may_sign_in(now, demo=demo):
        raise WrongCredentials()
    return now


def _stage(user: User, *, require_totp: bool) -> Stage:
    if user.totp_enrolled_at is not None:
        return Stage.CODE
    return Stage.ENROL if require_totp else Stage.FULL
