"""One's own account: language, password, and where one is signed in."""

from flask import flash, make_response, redirect, render_template, request
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response
from wtforms import PasswordField

from app.context import Transaction
from app.domain.access import Role
from app.domain.errors import Trouble
from app.domain.user import SHORTEST_PASSWORD, UserLanguage
from app.pages.access import Door, Visit, page
from app.pages.entry import NEEDED, Entry
from app.pages.languages import COOKIE, ROLE_NAMES
from app.pages.paths import own_path
from app.pages.people import begin
from app.pages.problems import waiting
from app.pages.sending import sent_once
from app.services.sign_in_limits import TooManyAttempts
from app.services.user_sessions import end_user_sessions, own_user_sessions
from app.services.users import choose_language
from app.work.signing_in import replace_password

SEE_OTHER = 303
YEAR = 365 * 24 * 3600


class NewPasswordEntry(Entry):
    """The password in use, and the one to come."""

    password = PasswordField(_l("Password in use"), [NEEDED], render_kw={"autocomplete": "current-password"})
    new_password = PasswordField(
        _l("New password"),
        [NEEDED],
        description=_l("At least %(count)d characters. A few words are easy to remember and hard to guess.",
                       count=SHORTEST_PASSWORD),
        render_kw={"autocomplete": "new-password", "minlength": SHORTEST_PASSWORD},
    )  # fmt: skip


@page("/account", to=Door.STAFF)
def account_page(visit: Visit) -> str:
    """Show one's own account."""
    with visit.context.reading(reach=()) as reading:
        limits = visit.context.session_limits
        sessions = own_user_sessions(reading.session, user_id=visit.user.id, limits=limits, now=reading.now)
    role = ROLE_NAMES[Role(visit.actor.role)]
    return render_template("account.html", user=visit.user, role=role, sessions=sessions, own=visit.session.token_hash)


@page("/account/sessions", to=Door.STAFF, methods=("POST",))
def end_other_sessions(visit: Visit) -> Response:
    """Sign oneself out everywhere but here."""

    def end(tx: Transaction) -> str:
        end_user_sessions(tx.session, user_id=visit.user.id, but=visit.session, now=tx.now)
        return "/account"

    answer = sent_once(visit, end, reach=())
    flash(gettext("You are signed out everywhere but here."))
    return answer


@page("/account/password", to=Door.STAFF, methods=("GET", "POST"))
def password_page(visit: Visit) -> str | Response | tuple[str, int]:
    """Change one's own password."""
    entry, wait = NewPasswordEntry(), ""
    if entry.is_sent():
        try:
            began = replace_password(
                visit.context,
                user=visit.user,
                found=visit.session,
                old=entry.password.data,
                new=entry.new_password.data,
                network=request.remote_addr or "",
            )
        except TooManyAttempts as refused:
            wait = waiting(refused.retry_after or 1)
        except Trouble as wrong:
            entry.refuse(wrong, field="new_password" if wrong.code == "weak_password" else "password")
        else:
            begin(began)
            flash(gettext("Your password is changed. You are signed out everywhere else."))
            return redirect("/account", SEE_OTHER)
    text = render_template("password.html", entry=entry, wait=wait)
    return (text, 429) if wait else (text, 422) if entry.errors else text


@page("/language", to=Door.ANYBODY, methods=("POST",))
def language_choice(visit: Visit) -> Response:
    """Read the pages in another language from now on: whoever is signed in everywhere, anybody else in this browser."""
    answer = make_response(redirect(own_path(request.form.get("back")), SEE_OTHER))
    chosen = request.form.get("language", "")
    if chosen in set(UserLanguage):
        if visit.visitor is not None and visit.visitor.is_authenticated:
            with visit.context.transaction(reach=()) as tx:
                choose_language(tx.session, user=visit.user, language=UserLanguage(chosen))
        secure = request.is_secure
        answer.set_cookie(COOKIE, chosen, max_age=YEAR, httponly=True, samesite="Lax", secure=secure)
    return answer
