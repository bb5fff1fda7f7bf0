"""Backups: whole, made beside a writing gate, never over another, and good to be restored."""

import os
import secrets
import shutil
import sqlite3
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import make_url, text

from app.db.backups import BackupExists, BackupFailed, back_up
from app.db.engine import make_engine
from tests.databases import Template, postgres_programs
from tests.db.records import fill
from tests.gate import Gate

COUNTED = ("entries", "openings", "decisions", "suppressions", "checkpoints", "campaigns", "pending")


@pytest.fixture(autouse=True)
def programs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", f"{postgres_programs()}{os.pathsep}{os.environ['PATH']}")


def counts(url: str) -> dict[str, int]:
    engine = make_engine(url)
    try:
        with engine.connect() as connection:
            if engine.dialect.name == "postgresql":
                connection.execute(text("SELECT set_config('dialgate.controllers', '*', true)"))
            return {name: connection.execute(text(f"SELECT count(*) FROM {name}")).scalar_one() for name in COUNTED}  # noqa: S608
    finally:
        engine.dispose()


@pytest.fixture
def restored_url(gate: Gate, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Give where a backup is restored to: an empty database."""
    if gate.context.is_sqlite:
        yield f"sqlite:///{tmp_path / 'restored.db'}"
        return
    template: Template = request.getfixturevalue("postgres_empty")
    name = f"restored_{secrets.token_hex(8)}"
    with template.admin.connect() as admin:
        admin.execute(text(f"CREATE DATABASE {name}"))
    yield template.url.set(database=name).render_as_string(hide_password=False)
    with template.admin.connect() as admin:
        admin.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))


def restore(file: Path, url: str) -> None:
    if url.startswith("sqlite"):
        shutil.copyfile(file, str(make_url(url).database))
        return
    plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    words = ["pg_restore", "--no-owner", "--exit-on-error", "--dbname", plain, str(file)]
    subprocess.run(words, check=True, capture_output=True)


def test_a_backup_holds_everything_and_is_for_the_owner_alone(gate: Gate, restored_url: str, tmp_path: Path) -> None:
    fill(gate)
    live = gate.context.engine.url.render_as_string(hide_password=False)
    file = tmp_path / "dialgate.backup"
    with gate.context.transaction():  # a writer is at work, and does not notice
        back_up(gate.context.engine, file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir() if "backup" in path.name] == ["dialgate.backup"]
    restore(file, restored_url)
    assert counts(restored_url) == counts(live)
    assert counts(live)["openings"] > 0


def test_a_backup_is_never_written_over_another(gate: Gate, tmp_path: Path) -> None:
    file = tmp_path / "dialgate.backup"
    file.write_text("the only good one", encoding="ascii")
    with pytest.raises(BackupExists):
        back_up(gate.context.engine, file)
    assert file.read_text(encoding="ascii") == "the only good one"
    assert not list(tmp_path.glob("*.part"))


def test_a_backup_that_fails_leaves_nothing_behind(gate: Gate, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if gate.context.is_sqlite:
        assert gate.context.engine.url.database is not None
        gate.context.engine.dispose()
        engine = make_engine(f"sqlite:///{tmp_path / 'nothing' / 'here.db'}")
    else:
        engine = gate.context.engine
        monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BackupFailed):
        back_up(engine, tmp_path / "dialgate.backup")
    assert not list(tmp_path.glob("dialgate.backup*"))


def test_the_command_makes_one(gate: Gate, tmp_path: Path) -> None:
    file = tmp_path / "made.backup"
    done = gate.app.test_cli_runner().invoke(args=["db", "backup", str(file)])
    assert (done.exit_code, done.output) == (0, f"{file} ({file.stat().st_size} bytes)\n")
    if gate.context.is_sqlite:
        with sqlite3.connect(file) as opened:
            assert opened.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        opened.close()
    again = gate.app.test_cli_runner().invoke(args=["db", "backup", str(file)])
    assert (again.exit_code, "backup_exists" in again.output) == (1, True)
