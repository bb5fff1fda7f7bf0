"""Copies of checkpoints for tests, and databases that are put back to an older state under a gate."""

import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import make_url, text

from app.domain.access import operator
from app.domain.checkpoint import Checkpoint, origin_of, signed_checkpoint
from app.domain.leaf import LeafKind
from app.domain.outside import Published
from app.jobs.couriers import couriers_for
from app.jobs.outside import OutsideCopies
from app.services.log import record_act
from tests.databases import Template
from tests.gate import Gate

NUMBER = "+420601123456"


def copier(gate: Gate, *places: str, smtp: str = "", sender: str = "") -> OutsideCopies:
    """Give what copies the gate's checkpoints to its own folder and to the places."""
    local = gate.context.data_dir / "outside"
    couriers = couriers_for(places, local=local, smtp=smtp, sender=sender)
    return OutsideCopies(gate.context, couriers=couriers, seconds=60)


def published(gate: Gate, *places: str) -> None:
    """Sequence, sign and copy outside whatever there is."""
    gate.integrate()
    copier(gate, *places).go_round()


def grown(gate: Gate, checks: int = 3) -> None:
    """Decide a few checks, and publish them."""
    for _ in range(checks):
        gate.check(NUMBER)
    published(gate)


def fill_log(gate: Gate, count: int) -> None:
    """Write and sequence entries of the first controller's log, for a tree of some size."""
    with gate.context.transaction() as tx:
        for place in range(count):
            body = {"act": "scrubbed", "list": str(place)}
            record_act(tx.session, kind=LeafKind.LIST, controller_id=1, actor=operator("test"), now=tx.now, body=body)
    gate.integrate()


def signed_copy(gate: Gate, log: str, label: str, size: int) -> Published:
    """Sign a checkpoint of a tree that may not exist, with the gate's own key."""
    origin, root = origin_of(log, label), bytes([size]) * 32
    checkpoint = Checkpoint(origin=origin, size=size, root=root)
    note = signed_checkpoint(checkpoint, signer=gate.context.log_keys.signer(origin), at=gate.now)
    return Published(log_id=log, shard=label, size=size, root=root, note=note)


@contextmanager
def older_copy(gate: Gate, template: Template | None, folder: Path) -> Iterator["Swap"]:
    """Keep a copy of the database as it is now, to be put in its place later."""
    gate.context.engine.dispose()
    url = make_url(gate.context.engine.url)
    if template is None:
        assert url.database is not None
        kept = folder / "older.db"
        with gate.context.engine.connect() as connection:
            connection.exec_driver_sql("ROLLBACK")
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        gate.context.engine.dispose()
        shutil.copyfile(url.database, kept)
        yield Swap(None, url.database, str(kept))
        return
    assert url.database is not None
    kept_name = f"t_{secrets.token_hex(8)}"
    with template.admin.connect() as admin:
        admin.execute(text(f"CREATE DATABASE {kept_name} TEMPLATE {url.database}"))
    try:
        yield Swap(template, url.database, kept_name)
    finally:
        with template.admin.connect() as admin:
            admin.execute(text(f"DROP DATABASE IF EXISTS {kept_name} WITH (FORCE)"))


class Swap:
    """Exchanges the database that is served and the one that was kept; all connections are cut."""

    def __init__(self, template: Template | None, live: str, kept: str) -> None:
        self._template, self._live, self._kept = template, live, kept

    def exchange(self, gate: Gate) -> None:
        """Put the one in the other's place, under a running gate; a second time puts it back."""
        if self._template is None:
            gate.context.engine.dispose()  # SQLite goes on in the file that is open, wherever it was moved
            aside = f"{self._live}.aside"
            for source, target in ((self._live, aside), (self._kept, self._live), (aside, self._kept)):
                for end in ("", "-wal", "-shm"):
                    if Path(source + end).exists():
                        Path(source + end).replace(target + end)
            return
        with self._template.admin.connect() as admin:
            for name in (self._live, self._kept):
                cut = text("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = :name")
                admin.execute(text(f"ALTER DATABASE {name} WITH ALLOW_CONNECTIONS false"))
                admin.execute(cut, {"name": name}).all()
            for source, target in ((self._live, "aside_"), (self._kept, self._live), ("aside_", self._kept)):
                admin.execute(text(f"ALTER DATABASE {source} RENAME TO {target}"))
            for name in (self._live, self._kept):
                admin.execute(text(f"ALTER DATABASE {name} WITH ALLOW_CONNECTIONS true"))
