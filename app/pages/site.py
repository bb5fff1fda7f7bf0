"""The pages of staff, put together: importing this module declares every one of them."""

import hashlib
from functools import cache
from pathlib import Path
from typing import Any

from flask import Flask, request, url_for
from flask_wtf.csrf import generate_csrf

from app.pages import (
    account,
    campaigns,
    checkpoints,
    codes,
    decision,
    decisions,
    entries,
    exports,
    languages,
    list_rows,
    list_uploads,
    lists,
    numbers,
    overview,
    pages,
    people,
    problems,
    signing_in,
    users,
)
from app.pages.access import PAGES
from app.pages.sending import new_form_token

__all__ = [
    "account",
    "campaigns",
    "checkpoints",
    "decision",
    "decisions",
    "entries",
    "exports",
    "install",
    "list_rows",
    "list_uploads",
    "lists",
    "overview",
    "signing_in",
    "users",
]


def install(app: Flask, *, pepper: bytes) -> None:
    """Give the app its pages."""
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    people.install(app, pepper=pepper)
    languages.install(app)
    numbers.install(app)
    codes.install(app)
    problems.install(app)
    app.register_blueprint(pages)
    app.add_template_global(generate_csrf, "csrf_token")
    app.add_template_global(new_form_token, "form_token")
    app.add_template_global(asset, "asset")
    app.context_processor(_layout)


def asset(name: str) -> str:
    """Give the address of a static file of the pages; it changes with the file, so that browsers may keep it."""
    return url_for("static", filename=f"pages/{name}", v=_digest(name))


@cache
def _digest(name: str) -> str:
    path = Path(__file__).parents[1] / "static" / "pages" / name
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12]


def _layout() -> dict[str, Any]:
    """Give what the layout of every page needs."""
    visitor = people.somebody()
    signed_in = visitor.user if visitor is not None and visitor.is_authenticated else None
    actor = visitor.actor if visitor is not None and signed_in is not None else None
    shown = [one for one in PAGES if one.nav is not None and actor is not None and one.is_open_to(actor)]
    shown.sort(key=lambda one: one.path != "/")  # the overview first, whatever its module is called
    return {
        "signed_in": signed_in,
        "halfway": visitor is not None and signed_in is None,
        "navigation": [(one.nav, one.path, _is_within(one.path)) for one in shown],
        "language": languages.language(),
        "languages": languages.own_names(),
        "here": request.full_path.rstrip("?") if request.method == "GET" else request.path,
    }


def _is_within(path: str) -> bool:
    return request.path == path or (path != "/" and request.path.startswith(path + "/"))
