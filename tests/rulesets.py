"""Rulesets in tests: proposing one, and putting one in force from an instant on."""

from datetime import datetime
from typing import Any

from app.db.rulesets import add_activation, add_ruleset, newest_activation, ruleset_content
from app.domain.access import operator
from app.domain.ruleset import Ruleset, reread_ruleset
from app.policies.load import shipped
from app.services.ruleset_proposals import approve_ruleset, propose_ruleset, reject_ruleset
from tests.builders import basis_table, guarded
from tests.gate import Gate

BAN = guarded(basis_table(id="cz-ban", params={"any_of": []}, reason="category_banned"))
"""A ruleset under which Czech calls are forbidden altogether."""
OPEN = guarded(basis_table())
"""One under which Czech calls need consent, at any hour."""


def variant(place: int) -> Ruleset:
    """Give one of many rulesets that decide like the shipped one."""
    content: Any = shipped().content
    rules = [
        {**rule, "citation": f"{rule['citation']} ({place})"} if rule["id"] == "eu-ai-disclosure" else rule
        for rule in content["rules"]
    ]
    return reread_ruleset({**content, "rules": rules})


def proposed_ruleset(gate: Gate, ruleset: Ruleset, *, login: str = "dana", reason: str = "a test") -> str:
    """Propose a ruleset from the command line; give the proposal's id."""
    actor = operator(login)
    with gate.context.transaction() as tx:
        row = propose_ruleset(tx.session, ruleset=ruleset, reason=reason, actor=actor, now=tx.now)
    id: str = row["id"]
    return id


def approved_ruleset(gate: Gate, id: str, *, login: str = "eva", at: datetime | None = None) -> None:
    """Approve a proposal from another login."""
    with gate.context.transaction() as tx:
        approve_ruleset(tx.session, id=id, effective_at=at, actor=operator(login), now=tx.now)


def change_rules(gate: Gate, *, login: str, reason: str) -> None:
    """Do everything with proposals that leaves an entry: propose, approve, reject."""
    approved_ruleset(gate, proposed_ruleset(gate, variant(1), login=login, reason=reason))
    rejected = proposed_ruleset(gate, variant(2), login=login, reason=reason)
    with gate.context.transaction() as tx:
        reject_ruleset(tx.session, id=rejected, actor=operator(login), now=tx.now)


def scheduled(gate: Gate, ruleset: Ruleset, at: datetime) -> None:
    """Put a ruleset on record, and in force from an instant on, as an approval does."""
    names = {"proposed_by": "one", "approved_by": "another", "recorded_at": gate.now}
    with gate.context.transaction() as tx:
        if ruleset_content(tx.session, digest=ruleset.digest) is None:
            add_ruleset(tx.session, digest=ruleset.digest, content=ruleset.content, now=tx.now)
        follows = newest_activation(tx.session)
        values = {"digest": ruleset.digest, "effective_at": at, "follows": follows, **names}
        add_activation(tx.session, values=values)
