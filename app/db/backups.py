"""Backups of the whole database: one consistent file, made while the gate is serving."""

import os
import shutil
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

from sqlalchemy import Engine

from app.db.engine import DatabaseUnavailable
from app.db.reach import EVERYBODY, SETTING
from app.domain.errors import Conflict

_PAGES = 2000
"""Pages copied at a time; between two such steps the gate may write."""


class BackupFailed(DatabaseUnavailable):
    """No backup was made."""

    code = "backup_failed"


class BackupExists(Conflict):
    """A file stands there already; a backup is never written over another."""

    code = "backup_exists"


def back_up(engine: Engine, file: Path) -> None:
    """Write a backup that only its owner can read; when it returns, the file is complete and on the disk.

    SQLite is copied by its own backup call; PostgreSQL by `pg_dump`, which must be on the PATH and no older than the
    server, in its custom format (`pg_restore` reads it).

    :raises BackupExists: when the file is there.
    :raises BackupFailed: when it could not be made; then no file is left behind.
    """
    part = file.with_name(f"{file.name}.part")
    try:
        os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError:
        raise BackupExists(f"{part.name} is there: is another backup being made?") from None
    try:
        if file.exists():
            raise BackupExists()
        (_copy_sqlite if engine.dialect.name == "sqlite" else _dump_postgres)(engine, part)
        for made in (part, file.parent):
            handle = os.open(made, os.O_RDONLY)
            os.fsync(handle)
            os.close(handle)
        os.link(part, file)
    finally:
        part.unlink()


def _copy_sqlite(engine: Engine, part: Path) -> None:
    address = f"{Path(engine.url.database or '').absolute().as_uri()}?mode=rw"
    try:
        with closing(sqlite3.connect(address, uri=True, timeout=5)) as source, closing(sqlite3.connect(part)) as target:
            source.backup(target, pages=_PAGES)
            target.execute("PRAGMA journal_mode=DELETE").fetchall()
            if target.execute("PRAGMA quick_check").fetchall() != [("ok",)]:
                raise BackupFailed("the copy is damaged")
    except sqlite3.Error as fault:
        raise BackupFailed(str(fault)) from None


def _dump_postgres(engine: Engine, part: Path) -> None:
    program = shutil.which("pg_dump")
    if program is None:
        raise BackupFailed("pg_dump is not on the PATH")
    url = engine.url.set(drivername="postgresql", password=None).render_as_string()
    # row-level security must not leave rows out, nor fail because it would
    environ = dict(os.environ, PGOPTIONS=f"-c {SETTING}={EVERYBODY}")  # noqa: TID251  handed on, not read
    if engine.url.password is not None:
        environ["PGPASSWORD"] = str(engine.url.password)
    words = [program, "--format=custom", "--enable-row-security", "--no-owner", "--file", str(part), "--dbname", url]
    done = subprocess.run(words, env=environ, capture_output=True, text=True, check=False)
    if done.returncode:
        raise BackupFailed(done.stderr.strip().splitlines()[0] if done.stderr.strip() else "pg_dump failed")
