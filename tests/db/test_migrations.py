"""Migrations: they make exactly the declared tables, and can be taken back."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from secrets import token_hex

import pytest
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, bindparam, inspect, text
from sqlalchemy.orm import Session

from app.db.engine import WRITES, make_engine
from app.db.migrations import FOLDER, differences, is_current, upgrade
from app.db.rulesets import activations
from app.db.tables import metadata
from app.db.types import Instant
from app.services.rulesets import active_digest
from tests.databases import Template


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """Give a database without any table, to its owner."""
    if request.param == "sqlite":
        engine = make_engine(f"sqlite:///{tmp_path / 'empty.db'}")
        yield engine
        engine.dispose()
        return
    template: Template = request.getfixturevalue("postgres_empty")
    name = f"empty_{token_hex(8)}"
    with template.admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    engine = make_engine(template.url.set(database=name).render_as_string(hide_password=False))
    yield engine
    engine.dispose()
    with template.admin.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))


def config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    return config


def migrate(engine: Engine, target: str) -> None:
    settings = config()
    with engine.execution_options(**{WRITES: True}).connect() as connection:
        settings.attributes["connection"] = connection
        (command.downgrade if target == "base" else command.upgrade)(settings, target)


def test_the_migrations_make_exactly_the_declared_tables(empty: Engine) -> None:
    assert not is_current(empty)
    upgrade(empty)
    assert is_current(empty)
    assert differences(empty) == []
    assert set(inspect(empty).get_table_names()) == {*metadata.tables, "alembic_version"}
    upgrade(empty)
    assert differences(empty) == []


def test_the_migrations_can_be_taken_back_and_run_again(empty: Engine) -> None:
    upgrade(empty)
    migrate(empty, "base")
    assert inspect(empty).get_table_names() == ["alembic_version"]
    assert not is_current(empty)
    upgrade(empty)
    assert is_current(empty)
    assert differences(empty) == []


def test_each_migration_can_be_the_last_one(empty: Engine) -> None:
    revisions = [one.revision for one in ScriptDirectory.from_config(config()).walk_revisions()][::-1]
    assert len(revisions) > 10
    for revision in revisions:
        migrate(empty, revision)
        assert is_current(empty) is (revision == revisions[-1])


def test_a_table_that_is_missing_is_noticed(empty: Engine) -> None:
    upgrade(empty)
    with empty.execution_options(**{WRITES: True}).begin() as connection:
        connection.execute(text("DROP TABLE jobs"))
    assert differences(empty) != []


def test_the_migrations_stand_in_one_line() -> None:
    revisions = list(ScriptDirectory.from_config(config()).walk_revisions())
    assert [one.revision for one in revisions] == [f"{place:04}" for place in range(len(revisions), 0, -1)]
    assert [one.down_revision for one in revisions] == [f"{place:04}" for place in range(len(revisions) - 1, 0, -1)] + [
        None
    ]


def test_what_was_in_force_before_rulesets_were_scheduled_stays_in_force(empty: Engine) -> None:
    migrate(empty, "0010")
    add = text("INSERT INTO rulesets (digest, content, activated_at) VALUES (:digest, '{}', :at)")
    with empty.execution_options(**{WRITES: True}).begin() as connection:
        for digest, day in (("old", 2), ("older clock", 1), ("newest", 1)):
            at = bindparam("at", datetime(2026, 11, day, tzinfo=UTC), Instant())
            connection.execute(add.bindparams(at), {"digest": digest})
    upgrade(empty)
    with Session(empty) as session:
        assert active_digest(session, now=datetime(2026, 11, 26, tzinfo=UTC)) == "newest"
        assert [row["approved_by"] for row in activations(session)] == [None] * 3
    with empty.execution_options(**{WRITES: True}).begin() as connection:
        late = text("INSERT INTO rulesets (digest, content, recorded_at) VALUES ('proposed', '{}', :at)")
        connection.execute(late.bindparams(bindparam("at", datetime(2026, 11, 3, tzinfo=UTC), Instant())))
    with pytest.raises(RuntimeError, match="would put it in force"):
        migrate(empty, "base")
