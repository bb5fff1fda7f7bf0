"""Hands out the rows of a scrubbed list for every interface, in agreement with what the gate would answer now."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from itertools import islice
from sqlite3 import Connection
from typing import Any

from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, country_code_for_region
from sqlalchemy.orm import Session

from app.context import Context
from app.db.attempts import numbers_attempted_since
from app.db.consents import numbers_with_events_since
from app.db.list_index import all_numbers
from app.db.list_overlay import overlay
from app.db.list_rows import decided_rows, expired_numbers, reading_rows
from app.db.registrations import what_is_registered
from app.db.relationships import numbers_with_relationships_since
from app.db.standing_snapshots import what_stands
from app.db.suppressions import hashes_suppressed_since, numbers_suppressed_since
from app.db.types import Row
from app.domain.access import Actor
from app.domain.erasure import hashes_of
from app.domain.ruleset import Ruleset
from app.services.answers import rfc3339
from app.services.list_rows import decide_anew
from app.services.lists import ListStale, list_for, require_usable, rows_path
from app.work.scrub import scrub_of

AT_ONCE = 1000
"""Rows decided anew by one look at the registry."""
SLACK = timedelta(minutes=1)
"""How long before the scrub began a change may have been recorded and yet been missed by it."""


@contextmanager
def usable_rows(context: Context, *, id: str, actor: Actor) -> Iterator[tuple[Row, Connection]]:
    """Open the rows of a ready list, with those decided anew whose consents, relationships, suppressions, attempts or
    country's registers changed since, or whose own `valid_until` has passed.

    Nothing is written: what is handed out agrees with what the gate would answer now.

    :raises ListNotReady: before it is checked.
    :raises ListStale: when its report is too old, other rules are in force, rules ask for a registration and one was
        added or ended, or a register of the campaign's own country, or of one with its calling code, has a newer
        snapshot: then every row may differ.
    """
    with context.reading(reach=actor.controllers) as reading:
        row = list_for(reading.session, id=id, actor=actor)
        require_usable(row, digest=context.ruleset(reading.session, now=reading.now).digest, now=reading.now)
    with reading_rows(rows_path(context.data_dir, row)) as store:
        with context.reading(reach=actor.controllers) as reading:
            scrub = scrub_of(context, reading.session, row, reading.now)
            require_usable(row, digest=scrub.ruleset.digest, now=reading.now)
            _require_same_registrations(reading.session, row, scrub.ruleset)
            newer = _changed_registers(reading.session, row, scrub.ruleset)
            if newer & _registers_at_home(scrub.ruleset, region=scrub.campaign.region):
                raise ListStale()
            passed = expired_numbers(store, now=rfc3339(reading.now) or "")
            erased = _erased_numbers(reading.session, row, store, keys=context.erasure_keys)
            abroad = _numbers_abroad(store, region=scrub.campaign.region) if newer else set()
            changed = _changed_numbers(reading.session, row) | passed | erased | abroad
            stored = decided_rows(store, numbers=changed)
            while some := list(islice(stored, AT_ONCE)):
                anew = decide_anew(reading.session, rows=some, scrub=scrub)
                overlay(store, [(one.row, one.outcome) for one in anew])
        yield row, store


def _require_same_registrations(session: Session, row: Mapping[str, Any], ruleset: Ruleset) -> None:
    """Refuse a list whose every row may be decided otherwise now."""
    whose = {"controller_id": row["controller_id"], "authorities": ruleset.named_authorities}
    if row["found"].get("registrations", []) != what_is_registered(session, **whose):
        raise ListStale()


def _changed_numbers(session: Session, row: Mapping[str, Any]) -> set[int]:
    since = row["scrubbed_from"] - SLACK
    changed = (
        numbers_with_events_since,
        numbers_with_relationships_since,
        numbers_suppressed_since,
        numbers_attempted_since,
    )
    return set().union(*(found(session, controller_id=row["controller_id"], since=since) for found in changed))


def _changed_registers(session: Session, row: Mapping[str, Any], ruleset: Ruleset) -> set[str]:
    """Give the registers of which other snapshots stand than stood when the scrub began."""
    then = row["found"].get("registers", {})
    now = what_stands(session, registers=ruleset.named_registers, controller_id=row["controller_id"])
    return {slug for slug in {*then, *now} if then.get(slug) != now.get(slug)}


def _registers_at_home(ruleset: Ruleset, *, region: str) -> set[str]:
    """Give the registers of the countries that share a country's calling code: of which of them a stored number is,
    its first digits do not tell.
    """
    countries = COUNTRY_CODE_TO_REGION_CODE.get(country_code_for_region(region), (region,))
    return set().union(*(ruleset.registers_of(country) for country in countries))


def _numbers_abroad(store: Connection, *, region: str) -> set[int]:
    """Find the numbers on the list that do not belong to a country's calling code: other registers bind them."""
    code = str(country_code_for_region(region))
    return {number for numbers in all_numbers(store) for number in numbers if not str(number).startswith(code)}


def _erased_numbers(session: Session, row: Mapping[str, Any], store: Connection, *, keys: Sequence[bytes]) -> set[int]:
    """Find the numbers on the list that were erased since; until the list's own file is redacted it shows them."""
    since = row["scrubbed_from"] - SLACK
    hashes = hashes_suppressed_since(session, controller_id=row["controller_id"], since=since)
    found: set[int] = set()
    if hashes:
        for numbers in all_numbers(store):
            found |= {number for digest, number in hashes_of(numbers, keys=keys).items() if digest in hashes}
    return found
