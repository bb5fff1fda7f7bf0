"""All calls of the API: importing this module declares every one of them."""

from app.api import (
    api,
    campaigns,
    checks,
    consents,
    controllers,
    decisions,
    health,
    imports,
    list_rows,
    lists,
    log,
    openapi,
    suppressions,
)

__all__ = [
    "api",
    "campaigns",
    "checks",
    "consents",
    "controllers",
    "decisions",
    "health",
    "imports",
    "list_rows",
    "lists",
    "log",
    "openapi",
    "suppressions",
]
