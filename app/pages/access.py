"""One decorator for every page: who may open it, and what is seen to before it is opened; navigation reads it too."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import wraps
from typing import Any

from flask import g, redirect, request
from werkzeug.wrappers import Response

from app.context import Context, current
from app.db.user_sessions import UserSession
from app.db.users import User
from app.domain.access import Actor, Scope
from app.domain.errors import Forbidden
from app.domain.user import Stage
from app.pages import pages
from app.pages.kept_entries import keep_entry
from app.pages.people import SignedInUser, sign_in_path, somebody
from app.web.own_forms import MAX_FORM, FormExpired, has_own_token, page_of_form, refuse_foreign_form


class Door(StrEnum):
    """Who may open a page for which no scope is needed: anybody, whoever is halfway signed in, whoever is signed in."""

    ANYBODY = "anybody"
    HALFWAY = "halfway"
    STAFF = "staff"


class AccessEnded(Forbidden):
    """Who sent this was signed out meanwhile, or may do something else by now; nothing was done."""

    code = "access_ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page. `path` is Flask's rule; `nav` its name in the navigation, None where it has no place there."""

    path: str
    methods: tuple[str, ...]
    to: Scope | Door
    or_to: Scope | None
    endpoint: str
    nav: Any

    def is_open_to(self, actor: Actor) -> bool:
        """Tell whether somebody who is signed in may open it."""
        return isinstance(self.to, Door) or self.to in actor.scopes or self.or_to in actor.scopes


PAGES: list[Page] = []
"""Every page, in the order of the modules; navigation and the structure test read it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One request to a page, understood."""

    context: Context
    visitor: SignedInUser | None

    @property
    def user(self) -> User:
        """Give who is signed in, or halfway."""
        assert self.visitor is not None, "the page is open to anybody"
        return self.visitor.user

    @property
    def session(self) -> UserSession:
        """Give the visitor's session."""
        assert self.visitor is not None, "the page is open to anybody"
        return self.visitor.session

    @property
    def actor(self) -> Actor:
        """Give the actor who asks: it has a scope only in a full session."""
        assert self.visitor is not None, "the page is open to anybody"
        return self.visitor.actor


def page(
    path: str,
    *,
    to: Scope | Door,
    or_to: Scope | None = None,
    methods: tuple[str, ...] = ("GET",),
    nav: Any = None,
    takes_file: bool = False,
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Declare a page. The function gets a `Visit` and the path's parts, and gives its text or a redirect.

    A path that is only posted to lies below the page that has its form: `/users/<id>/reset`.
    """

    def declare(function: Callable[..., Any]) -> Callable[..., Any]:
        endpoint = function.__name__
        one = Page(path=path, methods=methods, to=to, or_to=or_to, endpoint=f"pages.{endpoint}", nav=nav)
        PAGES.append(one)

        @wraps(function)
        def serve(**parts: Any) -> Any:
            request.max_content_length = MAX_FORM + (current().max_upload if takes_file else 0)
            refuse_foreign_form()
            visitor = somebody()
            elsewhere = _elsewhere(to, visitor)
            if elsewhere is not None:
                return elsewhere
            if visitor is not None and isinstance(to, Scope) and or_to not in visitor.actor.scopes:
                visitor.actor.require(to)
            if request.method == "POST":
                _require_own_form()
            g.visit = Visit(context=current(), visitor=visitor)
            try:
                return function(g.visit, **parts)
            except AccessEnded:
                return _to_sign_in()

        pages.add_url_rule(path, endpoint=endpoint, view_func=serve, methods=list(methods))
        return serve

    return declare


def _elsewhere(to: Scope | Door, visitor: SignedInUser | None) -> Response | None:
    """Give where a visitor must go first; None where the page may be opened."""
    stage = None if visitor is None else visitor.stage
    if to is Door.ANYBODY or (to is Door.HALFWAY and stage in (Stage.CODE, Stage.ENROL)):
        return None
    if stage is Stage.FULL:
        return redirect("/", 303) if to is Door.HALFWAY else None
    match stage:
        case Stage.CODE:
            return _to_sign_in("/sign-in/code")
        case Stage.ENROL:
            return _to_sign_in("/sign-in/enrol")
        case _:
            return _to_sign_in()


def _to_sign_in(step: str = "") -> Response:
    """Lead to the sign-in, or to its next step; what was typed is kept. Whoever is signed in is led on from there."""
    if request.method == "POST":
        keep_entry(page_of_form(), fields=request.form)
    return redirect(step or sign_in_path(page_of_form()), 303)


def _require_own_form() -> None:
    if not has_own_token():
        keep_entry(page_of_form(), fields=request.form)
        raise FormExpired()
