"""Rulesets in tests: putting one on record, and in force from an instant on."""

from datetime import datetime

from app.db.rulesets import add_activation, add_ruleset, ruleset_content
from app.domain.ruleset import Ruleset
from tests.builders import basis_table, guarded
from tests.gate import Gate

BAN = guarded(basis_table(id="cz-ban", params={"any_of": []}, reason="category_banned"))
"""A ruleset under which Czech calls are forbidden altogether."""
OPEN = guarded(basis_table())
"""One under which Czech calls need consent, at any hour."""


def scheduled(gate: Gate, ruleset: Ruleset, at: datetime) -> None:
    """Put a ruleset on record, and in force from an instant on, as an approval does."""
    names = {"proposed_by": "one", "approved_by": "another", "recorded_at": gate.now}
    with gate.context.transaction() as tx:
        if ruleset_content(tx.session, digest=ruleset.digest) is None:
            add_ruleset(tx.session, digest=ruleset.digest, content=ruleset.content, now=tx.now)
        add_activation(tx.session, values={"digest": ruleset.digest, "effective_at": at, **names})
