"""Which paths are pages: whatever is not a call of the API, the published log, or a file."""

import re

_OTHERS = re.compile(r"/(?:v1|log|static|\.well-known)(?:/|$)|/(?:healthz|readyz|metrics)$")


def is_page_path(path: str) -> bool:
    """Tell whether a path belongs to the pages."""
    return _OTHERS.match(path) is None


def own_path(text: str | None) -> str:
    """Give a path on this site, as it stands in a query; the overview where it is none."""
    if text is None or not re.fullmatch(r"/(?![/\\])[A-Za-z0-9/_.~?&=%:+-]{0,500}", text):
        return "/"
    return text
