"""Which paths are pages: whatever is not a call of the API, the published log, or a file."""

import re
from uuid import UUID

from app.domain.errors import NotFound

_OTHERS = re.compile(r"/(?:v1|log|static|\.well-known)(?:/|$)|/(?:healthz|readyz|metrics)$")


class NoSuchId(NotFound):
    """There is nothing of this id here."""

    code = "no_such_id"


def is_page_path(path: str) -> bool:
    """Tell whether a path belongs to the pages."""
    return _OTHERS.match(path) is None


def own_path(text: str | None) -> str:
    """Give a path on this site, as it stands in a query; the overview where it is none."""
    if text is None or not re.fullmatch(r"/(?![/\\])[A-Za-z0-9/_.~?&=%:+-]{0,500}", text):
        return "/"
    return text


def known_id(text: str) -> str:
    """Give an id as it is stored. What is none is nobody's: a database that is asked for it refuses the question.

    :raises NoSuchId: when it is none.
    """
    try:
        return str(UUID(text))
    except ValueError:
        raise NoSuchId() from None
