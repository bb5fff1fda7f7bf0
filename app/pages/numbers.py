"""The one place where pages write telephone numbers: grouped as people read them, or not at all.

Some sites may not show an agent the number that is dialled. Such a user sees a reference: the same number has always
the same one, and no number can be computed from it.
"""

import base64
import hmac
import re

from flask import Flask

from app.context import current
from app.domain.phone import grouped
from app.pages.people import somebody
from app.services.derived_keys import derived_key

__all__ = ["grouped", "install", "reference", "shown_number", "shown_text"]
_DIGITS = re.compile(r"\+?(?:[0-9][\s().,/_-]{0,2}){6,}")


def install(app: Flask) -> None:
    """Give the templates the filters `number` and `typed`."""
    app.add_template_filter(shown_number, "number")
    app.add_template_filter(shown_text, "typed")


def shown_number(e164: str | None) -> str:
    """Write a number for whoever looks at the page; a dash where there is none. Nobody in particular sees none."""
    if e164 is None:
        return "–"
    return grouped(e164) if is_shown() else reference(e164, pepper=current().api_key_pepper)


def shown_text(text: str | None) -> str:
    """Write what was typed somewhere, a dash for nothing; whoever sees no numbers is not shown what may be one."""
    if not text:
        return "–"
    return text if is_shown() else _DIGITS.sub("…", text)


def is_shown() -> bool:
    """Tell whether whoever looks at the page sees numbers."""
    visitor = somebody()
    return visitor is not None and visitor.is_authenticated and visitor.user.sees_numbers


def reference(e164: str, *, pepper: bytes) -> str:
    """Give what stands for a number: keyed, so that numbers cannot be tried, and of letters, so that it is none."""
    digest = hmac.digest(derived_key(pepper, purpose="number references"), e164.encode(), "sha256")
    letters = base64.b32encode(digest[:10]).decode().translate(str.maketrans("234567", "bcdfgh"))[:10].upper()
    return f"#{letters[:5]}-{letters[5:]}"
