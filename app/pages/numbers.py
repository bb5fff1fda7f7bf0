"""The one place where pages write telephone numbers: grouped as people read them, or not at all.

Some sites may not show an agent the number that is dialled. Such a user sees a reference: the same number has always
the same one, and no number can be computed from it.
"""

import base64
import hmac

from flask import Flask

from app.context import current
from app.domain.phone import grouped
from app.pages.people import somebody
from app.services.derived_keys import derived_key

__all__ = ["grouped", "install", "reference", "shown_number"]


def install(app: Flask) -> None:
    """Give the templates the filter `number`."""
    app.add_template_filter(shown_number, "number")


def shown_number(e164: str | None) -> str:
    """Write a number for whoever looks at the page; a dash where there is none. Nobody in particular sees none."""
    visitor = somebody()
    if e164 is None:
        return "–"
    if visitor is None or not visitor.is_authenticated or not visitor.user.sees_numbers:
        return reference(e164, pepper=current().api_key_pepper)
    return grouped(e164)


def reference(e164: str, *, pepper: bytes) -> str:
    """Give what stands for a number: keyed, so that numbers cannot be tried, and of letters, so that it is none."""
    digest = hmac.digest(derived_key(pepper, purpose="number references"), e164.encode(), "sha256")
    letters = base64.b32encode(digest[:10]).decode().translate(str.maketrans("234567", "bcdfgh"))[:10].upper()
    return f"#{letters[:5]}-{letters[5:]}"
