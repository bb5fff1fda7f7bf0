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
    consent_entries,
    consent_words,
    controllers,
    decision,
    decisions,
    entries,
    erasure_proposals,
    evidence,
    exports,
    keys,
    languages,
    list_rows,
    list_uploads,
    lists,
    number_acts,
    number_stories,
    numbers,
    overview,
    pages,
    people,
    problems,
    register_imports,
    registers,
    registrations,
    ruleset_entry,
    rulesets,
    signing_in,
    suppressions,
    users,
    waiting,
)
from app.pages.access import PAGES, Page
from app.pages.sending import new_form_token

__all__ = [
    "account",
    "campaigns",
    "checkpoints",
    "consent_entries",
    "controllers",
    "decision",
    "decisions",
    "entries",
    "erasure_proposals",
    "evidence",
    "exports",
    "install",
    "keys",
    "list_rows",
    "list_uploads",
    "lists",
    "number_acts",
    "number_stories",
    "overview",
    "register_imports",
    "registers",
    "registrations",
    "ruleset_entry",
    "rulesets",
    "signing_in",
    "suppressions",
    "users",
    "waiting",
]

_ORDER = (
    "/",
    "/campaigns",
    "/numbers",
    "/waiting",
    "/decisions",
    "/entries",
    "/evidence",
    "/registers",
    "/registrations",
    "/rulesets",
    "/controllers",
    "/keys",
    "/users",
)
"""The navigation: what is done all day first."""
_FOLDER = Path(__file__).parents[1] / "static" / "pages"
_YEAR = 365 * 24 * 60 * 60


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
    app.add_template_global(consent_words.labels, "labels")
    app.context_processor(_layout)
    app.get_send_file_max_age = _kept_for  # type: ignore[method-assign, assignment]


def asset(name: str) -> str:
    """Give the address of a static file of the pages; it changes with the file, so that browsers may keep it."""
    return url_for("static", filename=f"pages/{name}", v=_digest(name))


def _kept_for(file: str | None) -> int | None:
    """Say for how many seconds a browser keeps a static file without asking again: only what `asset` gave it."""
    version = request.args.get("v")
    folder, _, name = (file or "").partition("/")
    is_ours = folder == "pages" and name in _files()
    return _YEAR if is_ours and version == _digest(name) else None


@cache
def _files() -> frozenset[str]:
    return frozenset(one.name for one in _FOLDER.iterdir() if one.is_file())


@cache
def _digest(name: str) -> str:
    return hashlib.sha256((_FOLDER / name).read_bytes()).hexdigest()[:12]


def _layout() -> dict[str, Any]:
    """Give what the layout of every page needs."""
    visitor = people.somebody()
    signed_in = visitor.user if visitor is not None and visitor.is_authenticated else None
    actor = visitor.actor if visitor is not None and signed_in is not None else None
    named = sorted((one for one in PAGES if one.nav is not None), key=_place)
    shown = [one for one in named if actor is not None and one.is_open_to(actor)]
    return {
        "signed_in": signed_in,
        "halfway": visitor is not None and signed_in is None,
        "navigation": [(one.nav, one.path, _is_within(one.path)) for one in shown],
        "language": languages.language(),
        "languages": languages.own_names(),
        "here": request.full_path.rstrip("?") if request.method == "GET" else request.path,
    }


def _place(one: Page) -> int:
    """Say where a page stands in the navigation: what is not named comes last."""
    return _ORDER.index(one.path) if one.path in _ORDER else len(_ORDER)


def _is_within(path: str) -> bool:
    return request.path == path or (path != "/" and request.path.startswith(path + "/"))
