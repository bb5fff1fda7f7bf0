"""HTML for staff: a page opens a transaction, calls one service, commits, and only then shows something or leads on."""

from flask import Blueprint

from app.web.own_forms import POLICY, strict

__all__ = ["POLICY", "pages", "strict"]

pages = Blueprint("pages", __name__)
pages.after_request(strict)
