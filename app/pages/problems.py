"""Trouble on pages: each is a page that says what to do. The API's answers stay what they are."""

from typing import Any

from flask import Flask, Response, g, make_response, render_template, request
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from werkzeug.exceptions import HTTPException

from app.domain.errors import Trouble
from app.pages.paths import is_page_path
from app.web import correlator, http_answer, last_resort, status_of, trouble_answer
from app.web.own_forms import page_of_form, strict

_SAID: dict[int, tuple[Any, Any]] = {
    400: (
        _l("This form has expired"),
        _l("Nothing was done. Open the form again: what you typed is still there, check it and send it."),
    ),
    403: (
        _l("You may not open this page"),
        _l("Your role does not include it. If you need it for your work, ask an administrator of Dialgate."),
    ),
    404: (
        _l("There is no such page"),
        _l("The address may be mistyped, or what it showed is not yours to see. Go on from the overview."),
    ),
    405: (_l("This page cannot be opened like that"), _l("Go on from the overview.")),
    409: (_l("This cannot be done any more"), _l("Somebody was faster, or it was done before. Look at its state now.")),
    413: (_l("This is too large"), _l("Nothing was stored. Send a smaller file.")),
    422: (_l("This cannot be taken"), _l("Nothing was stored. Go back, and check what you typed.")),
    429: (_l("Too much at once"), _l("Wait a little, then try again.")),
    500: (
        _l("Something went wrong here"),
        _l("It was written down; nothing was decided. Try again; if it stays so, give your operator the code below."),
    ),
    503: (
        _l("Dialgate cannot answer now"),
        _l("The database cannot be reached, or is busy. Nothing may be dialled meanwhile. Try again in a minute."),
    ),
}


def install(app: Flask) -> None:
    """Answer trouble on pages by pages."""
    app.register_error_handler(Trouble, _trouble)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _anything)


def _is_for_a_person() -> bool:
    if not is_page_path(request.path):
        return False
    return request.blueprint in ("pages", "self_service") or "text/html" in request.headers.get("Accept", "")


def _trouble(trouble: Trouble) -> Response:
    answer = trouble_answer(trouble)
    if not _is_for_a_person():
        return answer
    status = 400 if trouble.code == "form_expired" else status_of(trouble)
    return _page(status, answer, retry_after=trouble.retry_after)


def _http(fault: HTTPException) -> Response:
    answer = http_answer(fault)
    return _page(answer.status_code, answer) if _is_for_a_person() else answer


def _anything(fault: Exception) -> Response:
    answer = last_resort(fault)
    return _page(500, answer) if _is_for_a_person() else answer


def _page(status: int, answer: Response, *, retry_after: int | None = None) -> Response:
    """Make the page, without asking the database for anything if that is what failed."""
    g.is_offline = status >= 500
    title, advice = _SAID.get(status, _SAID[500])
    wait = "" if retry_after is None else waiting(retry_after)
    home = "/who" if request.path == "/who" or request.path.startswith("/who/") else "/"
    back = page_of_form() if status == 400 else home
    told = {"title": title, "advice": advice, "wait": wait, "back": back, "home": home, "correlator": correlator()}
    text = render_template("problem.html", status=status, **told)
    page = strict(make_response(text, status))
    for name in ("Retry-After", "Allow"):
        if name in answer.headers:
            page.headers[name] = answer.headers[name]
    return page


def waiting(seconds: int) -> str:
    """Say how long to wait."""
    if seconds < 60:
        return str(ngettext("Try again in %(num)d second.", "Try again in %(num)d seconds.", seconds))
    minutes = -(-seconds // 60)
    return str(ngettext("Try again in %(num)d minute.", "Try again in %(num)d minutes.", minutes))
