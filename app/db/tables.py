"""Every table, so that migrations and tests see the whole."""

from app.db import (
    api_keys,
    artefacts,
    campaigns,
    checkpoints,
    consents,
    controllers,
    decisions,
    erasures,
    idempotency,
    imports,
    jobs,
    lifts,
    lists,
    log,
    publications,
    registers,
    registrations,
    relationships,
    retention,
    ruleset_proposals,
    rulesets,
    suppressions,
    trees,
)
from app.db.types import metadata

__all__ = ["APPEND_ONLY", "CHANGING", "ERASABLE", "metadata"]

APPEND_ONLY = (
    log.entries,
    log.openings,
    log.logs,
    consents.consent_events,
    registrations.registrations,
    relationships.relationships,
    artefacts.artefacts,
    artefacts.artefact_removals,
    suppressions.suppressions,
    suppressions.objections_to_all,
    lifts.suppression_lifts,
    lifts.lifts_of_all,
    decisions.decisions,
    decisions.reservations,
    decisions.outcomes,
    rulesets.rulesets,
    rulesets.ruleset_activations,
    imports.imports,
    controllers.controllers,
    campaigns.campaigns,
    api_keys.api_keys,
    api_keys.api_key_revocations,
    trees.sequence,
    trees.subtrees,
    checkpoints.checkpoints,
    erasures.erasures,
    publications.log_publications,
    publications.epochs,
    registers.registers,
    registers.register_snapshots,
    registers.register_activations,
    registers.register_rejections,
    registers.register_submissions,
)
"""Tables whose rows are never changed or removed; triggers refuse it."""

ERASABLE = {
    consents.consent_events: ("number", "person", "ref"),
    relationships.relationships: ("number", "ref"),
    suppressions.suppressions: ("number", "ref", "number_hash", "hash_key"),
    suppressions.objections_to_all: ("number", "ref", "number_hash", "hash_key"),
    decisions.decisions: ("number", "ref"),
    decisions.reservations: ("number",),
    imports.imports: ("file_name",),
    erasures.erasures: ("open", "number"),
}
"""The columns that an erasure empties; triggers allow it in the transaction of the erasure's entry, and only that."""

CHANGING = (
    idempotency.idempotency_keys,
    jobs.jobs,
    lifts.lift_proposals,
    lists.lists,
    log.pending,
    trees.shards,
    erasures.erasure_proposals,
    erasures.file_erasures,
    ruleset_proposals.ruleset_proposals,
    retention.retention_settings,
)
"""Tables that hold the state of work, not the record."""
