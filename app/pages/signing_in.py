"""Sign in, prove it is you, sign out; set a password by a one-time link."""

from urllib.parse import urlencode

import segno
from flask import flash, redirect, render_template, request
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response
from wtforms import EmailField, PasswordField, StringField

from app.domain.errors import Trouble
from app.domain.user import SHORTEST_PASSWORD, Stage
from app.pages.access import Door, Visit, page
from app.pages.entry import NEEDED, Entry
from app.pages.paths import own_path
from app.pages.people import begin, forget
from app.pages.problems import waiting
from app.services.authenticators import totp_link
from app.services.sign_in_limits import TooManyAttempts
from app.services.user_sessions import end_user_session, user_of_link
from app.work.signing_in import confirm_code, secret_to_enrol, set_password, sign_in

SEE_OTHER = 303
_AFTER = {Stage.CODE: "/sign-in/code", Stage.ENROL: "/sign-in/enrol"}


class SignInEntry(Entry):
    """E-mail address and password."""

    email = EmailField(_l("E-mail address"), [NEEDED], render_kw={"autocomplete": "username", "data-first": "yes"})
    password = PasswordField(_l("Password"), [NEEDED], render_kw={"autocomplete": "current-password"})


class CodeEntry(Entry):
    """A code of the authenticator."""

    code = StringField(
        _l("Six-digit code"),
        [NEEDED],
        render_kw={"autocomplete": "one-time-code", "inputmode": "numeric", "maxlength": 8, "data-first": "yes"},
    )


class PasswordEntry(Entry):
    """A password that is set anew."""

    password = PasswordField(
        _l("New password"),
        [NEEDED],
        description=_l("At least %(count)d characters. A few words are easy to remember and hard to guess.",
                       count=SHORTEST_PASSWORD),
        render_kw={"autocomplete": "new-password", "minlength": SHORTEST_PASSWORD, "data-first": "yes"},
    )  # fmt: skip


@page("/sign-in", to=Door.ANYBODY, methods=("GET", "POST"))
def sign_in_page(visit: Visit) -> str | Response | tuple[str, int]:
    """Ask for e-mail address and password."""
    if request.method == "GET" and visit.visitor is not None and visit.visitor.is_authenticated:
        return redirect(own_path(request.args.get("next")), SEE_OTHER)
    entry, wait = SignInEntry(), ""
    if entry.is_sent():
        try:
            began = sign_in(
                visit.context,
                email=entry.email.data,
                password=entry.password.data,
                network=request.remote_addr or "",
            )
        except TooManyAttempts as refused:
            wait = waiting(refused.retry_after or 1)
        except Trouble as wrong:
            entry.refuse(wrong, field="password")
        else:
            begin(began)
            after = own_path(request.args.get("next"))
            return redirect(_after(began.stage, after), SEE_OTHER)
    text = render_template("sign_in.html", entry=entry, wait=wait)
    return (text, 429) if wait else (text, 422) if entry.errors else text


@page("/sign-in/code", to=Door.HALFWAY, methods=("GET", "POST"))
def code_page(visit: Visit) -> str | Response | tuple[str, int]:
    """Ask for a code of the authenticator."""
    return _confirmed(visit, "code.html")


@page("/sign-in/enrol", to=Door.HALFWAY, methods=("GET", "POST"))
def enrol_page(visit: Visit) -> str | Response | tuple[str, int]:
    """Show the secret that an authenticator shall take, and ask for its first code."""
    secret = secret_to_enrol(visit.context, user=visit.user)
    if secret is None:
        return redirect("/sign-in/code", SEE_OTHER)
    link = totp_link(secret, email=visit.user.email)
    image = segno.make(link, micro=False).svg_inline(scale=5, light="white", title=gettext("QR code"), omitsize=True)
    spaced = " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))
    return _confirmed(visit, "enrol.html", secret=spaced, link=link, image=image)


@page("/sign-out", to=Door.ANYBODY, methods=("POST",))
def sign_out(visit: Visit) -> Response:
    """End the session, here and on the server."""
    if visit.visitor is not None:
        with visit.context.transaction(reach=()) as tx:
            end_user_session(tx.session, found=visit.session, now=tx.now)
    forget()
    flash(gettext("You are signed out."))
    return redirect("/sign-in", SEE_OTHER)


@page("/welcome/<token>", to=Door.ANYBODY, methods=("GET", "POST"))
def welcome_page(visit: Visit, token: str) -> str | Response | tuple[str, int]:
    """Let whoever holds a one-time link set the password of its user. Looking does not use the link up."""
    with visit.context.reading(reach=()) as reading:
        user, purpose = user_of_link(reading.session, token=token, now=reading.now)
    entry = PasswordEntry()
    if entry.is_sent():
        try:
            set_password(visit.context, user=user, token=token, password=entry.password.data)
        except Trouble as wrong:
            entry.refuse(wrong, field="password")
        else:
            flash(gettext("Your password is set. Sign in with it."))
            return redirect("/sign-in", SEE_OTHER)
    text = render_template("welcome.html", entry=entry, user=user, purpose=purpose.value)
    return (text, 422) if entry.errors else text


def _confirmed(visit: Visit, template: str, **shown: str) -> str | Response | tuple[str, int]:
    entry, wait = CodeEntry(), ""
    if entry.is_sent():
        try:
            began = confirm_code(
                visit.context,
                user=visit.user,
                found=visit.session,
                code=entry.code.data,
                network=request.remote_addr or "",
            )
        except TooManyAttempts as refused:
            wait = waiting(refused.retry_after or 1)
        except Trouble as wrong:
            entry.refuse(wrong, field="code")
        else:
            begin(began)
            return redirect(own_path(request.args.get("next")), SEE_OTHER)
    text = render_template(template, entry=entry, wait=wait, **shown)
    return (text, 429) if wait else (text, 422) if entry.errors else text


def _after(stage: Stage, path: str) -> str:
    """Give where a sign-in leads: to its next step, which leads to the page."""
    step = _AFTER.get(stage)
    if step is None:
        return path
    return step if path == "/" else f"{step}?{urlencode({'next': path})}"
