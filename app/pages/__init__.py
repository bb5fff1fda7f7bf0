"""HTML for staff: a page opens a transaction, calls one service, commits, and only then shows something or leads on."""

from flask import Blueprint

pages = Blueprint("pages", __name__)
