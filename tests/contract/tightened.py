"""The document as the tests read it: an answer holds what is documented, and nothing besides."""

import copy
from typing import Any


def tightened(document: dict[str, Any]) -> dict[str, Any]:
    """Forbid what is not documented. Clients are told to ignore it, so the document itself does not forbid it."""
    tight = copy.deepcopy(document)
    for schema in tight["components"]["schemas"].values():
        if schema.get("type") == "object":
            schema["additionalProperties"] = False
    return tight
