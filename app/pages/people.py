"""Who is signed in: Flask-Login, by the random token of a session that the database can end."""

from datetime import datetime
from urllib.parse import urlencode

from flask import Flask, Request, g, request, session
from flask.sessions import SecureCookieSessionInterface, SessionMixin
from flask_login import LoginManager, UserMixin, current_user, login_user, logout_user

from app.context import current
from app.db.user_sessions import UserSession
from app.db.users import User
from app.domain.access import Actor
from app.domain.user import Stage
from app.pages.paths import is_page_path
from app.services.derived_keys import derived_key
from app.services.user_access import actor_of_user
from app.services.user_sessions import is_due_to_be_seen, live_user_session, see_user_session
from app.work.signing_in import SignedIn

_LOOPBACK = ("localhost", "127.0.0.1", "[::1]")


class SignedInUser(UserMixin):  # type: ignore[misc]
    """Who sent the session's token. Until the session is full, nobody is authenticated."""

    def __init__(self, token: str, user: User, found: UserSession, now: datetime) -> None:
        self.token = token
        self.user = user
        self.session = found
        self.stage = Stage(found.stage)
        self.now = now

    @property
    def is_authenticated(self) -> bool:
        """Tell whether every step of the sign-in was done."""
        return self.stage is Stage.FULL

    @property
    def actor(self) -> Actor:
        """Give the actor the user is."""
        return actor_of_user(self.user)

    def get_id(self) -> str:
        """Give what the cookie holds: the session's token, and not who the user is."""
        return self.token


class _Cookies(SecureCookieSessionInterface):
    """The pages' cookie: nothing but pages has one, and it is secure unless the pages are served on loopback."""

    def open_session(self, app: Flask, request: Request) -> SessionMixin | None:  # type: ignore[override]
        return super().open_session(app, request) if is_page_path(request.path) else None

    def get_cookie_secure(self, app: Flask) -> bool:
        host = request.host.rpartition(":")[0] if not request.host.endswith("]") else request.host
        return request.is_secure or (host or request.host) not in _LOOPBACK


def install(app: Flask, *, pepper: bytes) -> None:
    """Give the app its sessions."""
    app.secret_key = derived_key(pepper, purpose="cookies")
    app.config.update(
        SESSION_COOKIE_NAME="dialgate", SESSION_COOKIE_SAMESITE="Lax", SESSION_COOKIE_HTTPONLY=True,
        WTF_CSRF_TIME_LIMIT=None,
    )  # fmt: skip
    app.session_interface = _Cookies()
    manager = LoginManager()
    manager.session_protection = None  # the token is the proof; a telephone changes its network
    manager.init_app(app, add_context_processor=False)
    manager.user_loader(_loaded)


def _loaded(token: str) -> SignedInUser | None:
    context = current()
    with context.reading(reach=()) as reading:
        found = live_user_session(
            reading.session, token=token, limits=context.session_limits, demo=context.demo, now=reading.now
        )
        now = reading.now
    if found is None:
        return None
    user, own = found
    if is_due_to_be_seen(own, now=now):
        with context.transaction(reach=()) as tx:
            see_user_session(tx.session, found=own, now=tx.now)
    return SignedInUser(token, user, own, now)


def somebody() -> SignedInUser | None:
    """Give who is signed in, or halfway; None is nobody, and whoever comes while the database cannot be asked."""
    if g.get("is_offline") and "_login_user" not in g:
        return None
    return current_user._get_current_object() if isinstance(current_user, SignedInUser) else None


def begin(began: SignedIn) -> None:
    """Put a new session's token into the cookie; of what was there before, only a kept entry stays."""
    kept = session.get("kept")
    session.clear()
    g.pop("csrf_token", None)
    if kept is not None:
        session["kept"] = kept
    visitor = _loaded(began.token)
    if visitor is not None:
        login_user(visitor, force=True)


def forget() -> None:
    """Take the token out of the cookie, and whatever else is there."""
    logout_user()
    session.clear()
    g.pop("csrf_token", None)


def token_in_cookie() -> str | None:
    """Give the token that was sent, whether its session lives or not."""
    token = session.get("_user_id")
    return token if isinstance(token, str) else None


def sign_in_path(after: str) -> str:
    """Give the address of the sign-in that leads to a page afterwards."""
    return "/sign-in" if after == "/" else f"/sign-in?{urlencode({'next': after})}"
