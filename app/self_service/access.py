"""One decorator for every page of called persons, and the cookie that binds a code, and then a record, to a browser."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import wraps
from time import monotonic
from typing import Any

from flask import current_app, flash, g, redirect, request
from flask_babel import gettext
from werkzeug.wrappers import Response

from app.context import Context, current
from app.domain.challenge import PERSON_SESSION
from app.domain.errors import NotFound
from app.domain.phone import e164_of, grouped
from app.self_service import self_service
from app.services.challenges import number_proved
from app.services.limits import RateLimit, RateLimited
from app.services.sign_in_limits import network_of
from app.web.own_forms import has_own_token, refuse_foreign_form

COOKIE = "dialgate_person"
START, RECORD = "/who", "/who/record"
SEE_OTHER = 303
MAX_FORM = 16 * 1024
"""Bytes of a form."""


class NotServed(NotFound):
    """Called persons are not served here."""

    code = "not_served"


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonPage:
    """One page. `path` is Flask's rule; `is_proved` that only who proved to hold a number may open it."""

    path: str
    methods: tuple[str, ...]
    is_proved: bool


PERSON_PAGES: list[PersonPage] = []
"""Every page of called persons; the structure test reads it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Somebody who opens a page: the browser's token, and the number that was proved to be held, if any."""

    context: Context
    token: str
    proved: int | None

    @property
    def number(self) -> int:
        """Give the number."""
        assert self.proved is not None, "the page is open to anybody"
        return self.proved

    @property
    def known(self) -> dict[str, Any]:
        """Give what every service asks for that takes a token."""
        return {"token": self.token, "pepper": self.context.api_key_pepper}


def person_page(
    path: str, *, methods: tuple[str, ...] = ("GET",), is_proved: bool = False
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Declare a page. The function gets a `Caller` and the path's parts, and gives its text or a redirect."""

    def declare(function: Callable[..., Any]) -> Callable[..., Any]:
        PERSON_PAGES.append(PersonPage(path=path, methods=methods, is_proved=is_proved))

        @wraps(function)
        def serve(**parts: Any) -> Any:
            context = current()
            if not context.serves_persons:
                raise NotServed()
            request.max_content_length = MAX_FORM
            refuse_foreign_form()
            if request.method == "POST" or is_proved:
                _refuse_flood(context)
            g.is_stale = request.method == "POST" and not has_own_token()
            caller = Caller(context=context, token=request.cookies.get(COOKIE, ""), proved=None)
            if not is_proved:
                return function(caller, **parts)
            g.proved = proved = _proved(caller)
            if proved is None:
                if request.method == "POST":
                    flash(gettext("Nothing was done, because the page was open for too long. Press the button again."))
                flash(gettext("Enter your number first. A record is open for 20 minutes."))
                return redirect(START, SEE_OTHER)
            if g.is_stale:
                flash(gettext("Nothing was done, because the page was open for too long. Press the button again."))
                return redirect(RECORD, SEE_OTHER)
            return function(Caller(context=context, token=caller.token, proved=proved), **parts)

        self_service.add_url_rule(path, endpoint=function.__name__, view_func=serve, methods=list(methods))
        return serve

    return declare


def keep_token(answer: Response, token: str, *, lasts: timedelta = PERSON_SESSION) -> Response:
    """Have the browser keep a token, for these pages alone."""
    is_secure = current_app.session_interface.get_cookie_secure(current_app)
    age = int(lasts.total_seconds())
    answer.set_cookie(COOKIE, token, max_age=age, path=START, httponly=True, samesite="Lax", secure=is_secure)
    return answer


def drop_token(answer: Response) -> Response:
    """Have the browser forget its token."""
    answer.delete_cookie(COOKIE, path=START)
    return answer


def unbroken(number: int) -> str:
    """Write a number as people read it, on one line."""
    return grouped(e164_of(number)).replace(" ", "\u00a0")


def _refuse_flood(context: Context) -> None:
    """Refuse what comes faster than people press buttons: every form, and every look at a record, is a commit, and
    checks wait for those.

    A network is counted first, so that one alone cannot keep the others out; then all who come together. Neither says
    anything of a number. Codes are counted in the database besides.

    :raises RateLimited: saying when to come again.
    """
    for limit, whose in ((RateLimit.NETWORK, network_of(request.remote_addr or "")), (RateLimit.PERSONS, "all")):
        allowance = context.buckets[limit].take(whose, at=monotonic())
        if allowance.refused_for:
            raise RateLimited(allowance.refused_for)


def _proved(caller: Caller) -> int | None:
    if not caller.token:
        return None
    with caller.context.reading(reach=()) as reading:
        return number_proved(reading.session, **caller.known, now=reading.now)
