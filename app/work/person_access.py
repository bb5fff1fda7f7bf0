"""Drives a request for access for every interface: gather, put on record that it is given, and only then give it."""

from typing import Any

from app.context import Context, Transaction
from app.db.controllers import Controller
from app.domain.access import Actor
from app.services.person_access import Asked, access_of, overview_of, pieces_in, record_access


def given_access(
    context: Context, *, number: int, controller: Controller, ref: str | None, actor: Actor
) -> dict[str, Any]:
    """Give everything that a controller has on a number; that it was given is on record when it is."""
    with context.reading(reach=[controller.id]) as reading:
        asked = _asked(context, reading, number, controller)
        answer = access_of(reading.session, asked=asked, actor=actor, now=reading.now)
    _record(context, asked, answer, ref, actor)
    return answer


def given_overview(context: Context, *, number: int, controller: Controller, actor: Actor) -> dict[str, Any]:
    """Give what a person asks first, likewise."""
    with context.reading(reach=[controller.id]) as reading:
        asked = _asked(context, reading, number, controller)
        answer = overview_of(reading.session, asked=asked, now=reading.now)
    _record(context, asked, answer, None, actor)
    return answer


def _asked(context: Context, reading: Transaction, number: int, controller: Controller) -> Asked:
    return Asked(
        number=number,
        controller=controller,
        ruleset=context.ruleset(reading.session, now=reading.now),
        data_dir=context.data_dir,
        erasure_keys=context.erasure_keys,
    )


def _record(context: Context, asked: Asked, answer: dict[str, Any], ref: str | None, actor: Actor) -> None:
    with context.transaction(reach=[asked.controller.id]) as tx:
        record_access(tx.session, asked=asked, found=pieces_in(answer), ref=ref, actor=actor, now=tx.now)
