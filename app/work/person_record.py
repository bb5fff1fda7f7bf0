"""Drives what a called person is told: everything that every client has on the number, client by client."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.context import Context, Transaction
from app.db.controllers import Controller
from app.db.erasures import proposals_on
from app.db.list_rows import listed_numbers, reading_rows
from app.db.lists import lists_before
from app.db.personal import holders_of
from app.db.suppressions import suppressions_of
from app.domain.access import PERSON
from app.domain.erasure import hashes_of
from app.services.controllers import controllers_for
from app.services.lists import rows_path
from app.services.person_acts import Standing, stands_with
from app.services.suppressions import has_objected_to_all
from app.services.two_persons import LIFETIME
from app.work.person_access import given_overview


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """What one client has on the person: what is told first of it, and how things stand with it."""

    controller: Controller
    answer: Mapping[str, Any]
    standing: Standing
    is_erasure_asked: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What a called person is told. `is_erasure_asked` is that every client shall forget the person."""

    number: int
    holdings: tuple[Holding, ...]
    is_objected: bool
    is_erasure_asked: bool


def record_of(context: Context, *, number: int) -> Record:
    """Give a person everything that is held on the number, each client's under a log entry of its own.

    Of a number of which nobody has anything, nothing is written down.
    """
    keys = context.erasure_keys
    with context.reading() as reading:
        session, now = reading.session, reading.now
        found = _holders(context, reading, number)
        asked = {row["controller_id"] for row in proposals_on(session, number=number, since=now - LIFETIME)}
        standing = {
            one.id: stands_with(session, number=number, controller_id=one.id, erasure_keys=keys, now=now)
            for one in found
        }
        is_objected = has_objected_to_all(session, number=number, erasure_keys=keys)
    holdings = tuple(
        Holding(
            controller=one,
            answer=given_overview(context, number=number, controller=one, actor=PERSON),
            standing=standing[one.id],
            is_erasure_asked=one.id in asked,
        )
        for one in found
    )
    return Record(number=number, holdings=holdings, is_objected=is_objected, is_erasure_asked=None in asked)


def holders(context: Context, *, number: int) -> list[Controller]:
    """Give the clients that have anything on a number, by name."""
    with context.reading() as reading:
        return _holders(context, reading, number)


def _holders(context: Context, reading: Transaction, number: int) -> list[Controller]:
    """Look into the record, at the blocks that erasures left, and into the files of lists."""
    session = reading.session
    everybody = controllers_for(session, actor=PERSON)
    ids = {one.id for one in everybody}
    found = holders_of(session, number=number)
    hashes = hashes_of([number], keys=context.erasure_keys)
    blocks = suppressions_of(session, numbers=[number], controller_ids=ids, hashes=hashes)
    found |= {row["controller_id"] for row in blocks}
    for row in lists_before(session, until=reading.now):
        path = rows_path(context.data_dir, row)
        if row["controller_id"] in found or row["state"] != "ready" or not path.exists():
            continue
        with reading_rows(path) as store:
            if listed_numbers(store, [number]):
                found.add(row["controller_id"])
    return sorted((one for one in everybody if one.id in found), key=lambda one: one.name.casefold())
