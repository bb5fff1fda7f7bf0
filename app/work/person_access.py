"""Drives a request for access for every interface: gather, put on record that it is given, and only then give it."""

from typing import Any

from app.context import Context
from app.db.controllers import Controller
from app.domain.access import Actor
from app.services.person_access import Asked, access_of, pieces_in, record_access


def given_access(
    context: Context, *, number: int, controller: Controller, ref: str | None, actor: Actor
) -> dict[str, Any]:
    """Give everything that a controller has on a number; that it was given is on record when it is."""
    reach = [controller.id]
    with context.reading(reach=reach) as reading:
        asked = Asked(
            number=number,
            controller=controller,
            ruleset=context.ruleset(reading.session, now=reading.now),
            data_dir=context.data_dir,
            erasure_keys=context.erasure_keys,
        )
        answer = access_of(reading.session, asked=asked, actor=actor, now=reading.now)
    with context.transaction(reach=reach) as tx:
        record_access(tx.session, asked=asked, found=pieces_in(answer), ref=ref, actor=actor, now=tx.now)
    return answer
