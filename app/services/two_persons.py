"""What one person proposes and another approves or rejects, within two weeks."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from app.domain.access import Actor

LIFETIME = timedelta(days=14)
"""How long a proposal waits for its second person."""


def require_second_person(row: Mapping[str, Any], *, actor: Actor) -> None:
    """Refuse the person who made the proposal.

    :raises NeedsSecondPerson: for that person.
    """
    actor.require_second_person(proposed_by=row["proposed_by"], proposed_login=row["proposed_login"])
