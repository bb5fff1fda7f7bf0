"""HTML for staff: a page opens a transaction, calls one service, commits, and only then shows something or leads on."""

from flask import Blueprint, Response

POLICY = "default-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; object-src 'none'"
"""Nothing from elsewhere, nothing inline, and no form that leads away."""

pages = Blueprint("pages", __name__)


@pages.after_request
def strict(response: Response) -> Response:
    """Say what the browser may load for a page, and where its forms may lead."""
    response.headers["Content-Security-Policy"] = POLICY
    return response
