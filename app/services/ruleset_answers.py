"""Rulesets as the contract words them: one, all, and what a proposal would change."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.db.rulesets import activations, recorded_rulesets
from app.domain.access import Actor
from app.domain.ruleset import Ruleset
from app.domain.ruleset_changes import changes_between, words_of
from app.services.answers import rfc3339
from app.services.ruleset_proposals import proposal_answer, proposal_for
from app.services.rulesets import NoRuleset, active_digest, next_activation, ruleset_of


def rulesets_answer(session: Session, *, now: datetime) -> dict[str, Any]:
    """Give what is in force, until when, and every activation, the last to come into force first."""
    return {
        "in_force": active_digest(session, now=now),
        "next_activation": rfc3339(next_activation(session, now=now)),
        "activations": [_activation(row) for row in activations(session)],
    }


def ruleset_answer(session: Session, *, digest: str, now: datetime) -> dict[str, Any]:
    """Give a ruleset on record, whole, and when it came into force.

    :raises UnknownRuleset, UnreadableRuleset: when it is not on record, or cannot be read.
    """
    ruleset = ruleset_of(session, digest=digest)
    (recorded_at,) = (row["recorded_at"] for row in recorded_rulesets(session) if row["digest"] == digest)
    return {
        "digest": digest,
        "recorded_at": rfc3339(recorded_at),
        "in_force": active_digest(session, now=now) == digest,
        "activations": [_activation(row) for row in activations(session) if row["digest"] == digest],
        "content": dict(ruleset.content),
    }


def compared_proposal(session: Session, *, id: str, actor: Actor, now: datetime) -> dict[str, Any]:
    """Give a proposal with what it changes against the rules that were in force when it was made.

    :raises UnknownRulesetProposal, NeedsAllControllers: when the actor reaches none of that id.
    :raises UnreadableRuleset: when one of the two cannot be read by this version.
    """
    row = proposal_for(session, id=id, actor=actor)
    base = active_digest(session, now=row["proposed_at"], known=row["follows"])
    if base is None:
        raise NoRuleset()
    old, new = ruleset_of(session, digest=base), ruleset_of(session, digest=row["digest"])
    return {**proposal_answer(session, row, now=now), "compared_with": base, **changes_answer(old, new)}


def changes_answer(old: Ruleset, new: Ruleset) -> dict[str, Any]:
    """Say what changes, rule by rule and in words."""
    changes = changes_between(old, new)
    return {
        "changes": [
            {
                "jurisdiction": change.jurisdiction,
                "rule": change.rule,
                "change": change.change.value,
                "fields": [{"name": f.name, "before": f.before, "after": f.after} for f in change.fields],
            }
            for change in changes
        ],
        "words": words_of(changes),
    }


def _activation(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "ruleset": row["digest"],
        "effective_at": rfc3339(row["effective_at"]),
        "proposed_by": row["proposed_by"],
        "approved_by": row["approved_by"],
        "recorded_at": rfc3339(row["recorded_at"]),
    }
