"""How many numbers are suppressed, as a table: by controller and by reason."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

from sqlalchemy.orm import Session

from app.db.controllers import Controller
from app.db.suppression_counts import objection_counts, suppression_counts
from app.domain.access import Actor
from app.services.controllers import controllers_for


def suppression_summary(session: Session, *, actor: Actor) -> Sequence[tuple[Controller | None, Mapping[str, int]]]:
    """Count what stands with each of the actor's controllers, by reason; the last line (None) is what was said to all
    callers, which only an actor of all controllers is told.
    """
    controllers = controllers_for(session, actor=actor)
    counts: dict[int | None, Counter[str]] = defaultdict(Counter)
    for row in suppression_counts(session, controller_ids=[one.id for one in controllers]):
        counts[row["controller_id"]][row["reason"]] += row["count"]
    lines: list[tuple[Controller | None, Mapping[str, int]]] = [(one, counts[one.id]) for one in controllers]
    if actor.controllers is None:
        for row in objection_counts(session):
            counts[None][row["reason"]] += row["count"]
        lines.append((None, counts[None]))
    return lines
