"""Locks on numbers, so that the log's order agrees with what was answered."""

import hashlib
from collections.abc import Collection, Mapping
from datetime import UTC, datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.db.driver import postgres_array
from app.db.running import run

KEPT_PLANS = {"plan_cache_mode": "force_generic_plan"}
"""A setting for transactions that run the same statements again and again."""
USUAL_PLANS = {"plan_cache_mode": "auto"}
"""What is set where nothing is."""

_LOCK = {
    True: "count(pg_advisory_xact_lock(k)), clock_timestamp() FROM unnest(CAST(%s AS bigint[])) AS k",
    False: "count(pg_advisory_xact_lock_shared(k)), clock_timestamp() FROM unnest(CAST(%s AS bigint[])) AS k",
}


def lock_key(number: int) -> int:
    """Give the lock of a number: the first 8 bytes of SHA-256 of its E.164 form, as a signed integer."""
    return int.from_bytes(hashlib.sha256(f"+{number}".encode()).digest()[:8], signed=True)


def enter(
    session: Session,
    *,
    shared: Collection[int] = (),
    exclusive: Collection[int] = (),
    settings: Mapping[str, str] = {},
) -> datetime | None:
    """Begin the work of a transaction: its settings on PostgreSQL, then its locks on numbers, until it ends.

    Checks share, changes exclude. Locks are taken in one order over both forms, a number wanted in both in the
    exclusive one; so two transactions cannot wait for each other. On SQLite the transaction itself already excludes
    all others, and nothing is done.

    Gives the database's own time once all of them were held; None on SQLite. A sum over the locks is made before
    anything that stands beside it is asked, so one statement tells both, and sets what is to be set.
    """
    if session.get_bind().dialect.name != "postgresql":
        return None
    strongest = {lock_key(number): False for number in shared} | {lock_key(n): True for n in exclusive}
    runs: list[tuple[bool, list[int]]] = []
    for key, is_exclusive in sorted(strongest.items()):
        if not runs or runs[-1][0] is not is_exclusive:
            runs.append((is_exclusive, []))
        runs[-1][1].append(key)
    asking: list[tuple[str, tuple[str, ...]]] = [(_LOCK[form], (postgres_array(keys),)) for form, keys in runs]
    first, *others = asking or [("clock_timestamp()", ())]
    set_first = "set_config(%s, %s, true), " * len(settings)
    held_at = _told(session, set_first + first[0], (*(word for pair in settings.items() for word in pair), *first[1]))
    for asked, given in others:
        held_at = _told(session, asked, given)
    return held_at


def _told(session: Session, asked: str, given: tuple[str, ...]) -> datetime:
    ((*_, now),) = run(session, f"SELECT {asked}", given)
    return now.astimezone(UTC)  # type: ignore[no-any-return]


def try_lock_log(session: Session, *, log_id: str) -> bool:
    """Take the one place to sequence a log until the transaction ends; False when somebody else has it."""
    if session.get_bind().dialect.name != "postgresql":
        return True
    key = int.from_bytes(hashlib.sha256(f"sequencer {log_id}".encode()).digest()[:8], signed=True)
    ((got,),) = run(session, "SELECT pg_try_advisory_xact_lock(%s)", (key,))
    return bool(got)


def lock_artefact(session: Session, *, controller_id: int, sha256: str) -> None:
    """Lock one artefact of a controller until the transaction ends, so that nobody receives what another removes.

    Taken after the numbers, by whoever takes both; several artefacts in the order of their hashes.
    """
    if session.get_bind().dialect.name == "postgresql":
        key = int.from_bytes(hashlib.sha256(f"artefact {controller_id} {sha256}".encode()).digest()[:8], signed=True)
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": key}).all()


def oldest_open_transaction(session: Session) -> datetime | None:
    """Give when the oldest transaction of others in this PostgreSQL database began; None where there is none.

    A role sees the transactions of its own sessions, so the service and its commands run as one role.
    """
    query = text(
        "SELECT min(xact_start) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    began: datetime | None = session.execute(query).scalar_one()
    return began


def lock_register(session: Session, *, slug: str) -> None:
    """Take the one place to change what stands of a register until the transaction ends."""
    if session.get_bind().dialect.name == "postgresql":
        key = int.from_bytes(hashlib.sha256(f"register {slug}".encode()).digest()[:8], signed=True)
        run(session, "SELECT pg_advisory_xact_lock(%s)", (key,))
