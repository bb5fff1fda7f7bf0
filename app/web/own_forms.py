"""What every site of pages demands of its forms, and tells browsers: nothing from elsewhere, and no form from there."""

from flask import Response, request
from flask_wtf.csrf import validate_csrf
from wtforms.validators import ValidationError

from app.domain.errors import Forbidden, InvalidInput

POLICY = "default-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; object-src 'none'"
"""Nothing from elsewhere, nothing inline, and no form that leads away."""
MAX_FORM = 1024 * 1024
"""Bytes of a form that brings no file."""


class FormExpired(InvalidInput):
    """This form has expired; nothing was done."""

    code = "form_expired"


class ForeignForm(Forbidden):
    """This form was sent by another site; nothing was done."""

    code = "foreign_form"


def strict(response: Response) -> Response:
    """Say what the browser may load for a page, and where its forms may lead."""
    response.headers["Content-Security-Policy"] = POLICY
    return response


def refuse_foreign_form() -> None:
    """Refuse what another site has a browser send.

    :raises ForeignForm: when the browser says so.
    """
    if request.method == "POST" and request.headers.get("Sec-Fetch-Site") in ("cross-site", "same-site"):
        raise ForeignForm()


def has_own_token() -> bool:
    """Tell whether the form that was sent is one of ours, and of this browser."""
    try:
        validate_csrf(request.form.get("csrf_token"))
    except ValidationError:
        return False
    return True


def page_of_form() -> str:
    """Give the path of the page that has the form which was posted: the posted path, or the one above it."""
    rule = request.url_rule
    if rule is None or "GET" in (rule.methods or ()):
        return request.path
    return request.path.rpartition("/")[0] or "/"
