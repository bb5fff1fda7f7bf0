"""Lists suppressions for every interface: a page at a time; each look is on record."""

from app.context import Context
from app.db.pages import Place
from app.domain.access import Actor
from app.services.lookups import LookupAct, record_lookup
from app.services.suppression_list import FoundSuppressions, SuppressionFilter, find_suppressions


def listed_suppressions(
    context: Context, *, wanted: SuppressionFilter, actor: Actor, after: Place | None, limit: int
) -> FoundSuppressions:
    """Give a page of suppressions, newest first, after putting on record that it was read."""
    with context.reading(reach=actor.controllers) as reading:
        found = find_suppressions(reading.session, wanted=wanted, actor=actor, after=after, limit=limit)
    with context.transaction(reach=actor.controllers) as tx:
        record_lookup(
            tx.session,
            actor=actor,
            act=LookupAct.SUPPRESSIONS_SHOWN,
            shown=found.shown,
            about={"reason": wanted.reason, "from": wanted.since, "to": wanted.before},
            now=tx.now,
        )
    return found
