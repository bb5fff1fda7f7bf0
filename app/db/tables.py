"""Every table, so that migrations and tests see the whole."""

from app.db import (
    api_keys,
    campaigns,
    consents,
    controllers,
    decisions,
    idempotency,
    imports,
    jobs,
    lists,
    log,
    rulesets,
    suppressions,
    trees,
)
from app.db.types import metadata

__all__ = ["APPEND_ONLY", "metadata"]

APPEND_ONLY = (
    log.entries,
    log.openings,
    log.logs,
    consents.consent_events,
    suppressions.suppressions,
    suppressions.objections_to_all,
    decisions.decisions,
    decisions.reservations,
    decisions.outcomes,
    rulesets.rulesets,
    imports.imports,
    controllers.controllers,
    campaigns.campaigns,
    api_keys.api_keys,
    api_keys.api_key_revocations,
    trees.sequence,
    trees.subtrees,
    trees.checkpoints,
)
"""Tables whose rows are never changed or removed; triggers refuse it."""

CHANGING = (idempotency.idempotency_keys, jobs.jobs, lists.lists, log.pending, trees.shards)
"""Tables that hold the state of work, not the record."""
