"""Bringing a database to this version's schema, and the role that the service runs as."""

from functools import cache
from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text

from app.db import tables
from app.db.engine import WRITES

FOLDER = Path(__file__).resolve().parents[2] / "migrations"


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    return config


def upgrade(engine: Engine) -> None:
    """Run the migrations that are missing, each in its own transaction."""
    config = _config()
    with engine.execution_options(**{WRITES: True}).connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def newest_revision(engine: Engine) -> str | None:
    """Give the newest migration that was run; None for an empty database."""
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def is_current(engine: Engine) -> bool:
    """Tell whether the schema is this version's."""
    with engine.connect() as connection:
        return set(MigrationContext.configure(connection).get_current_heads()) == _heads()


@cache
def _heads() -> frozenset[str]:
    """Give this version's newest migration; to find it, every one of them is read and compiled."""
    return frozenset(ScriptDirectory.from_config(_config()).get_heads())


def differences(engine: Engine) -> list[object]:
    """List where the migrated schema differs from the tables declared in `app.db`."""
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, tables.metadata))


def grant(connection: Connection, *, role: str) -> None:
    """Let a PostgreSQL role run the service: append to the record, change the state of work, own nothing."""
    quoted = connection.dialect.identifier_preparer.quote(role)
    connection.execute(text(f"GRANT USAGE ON SCHEMA public TO {quoted}"))
    connection.execute(text(f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {quoted}"))
    connection.execute(text(f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {quoted}"))
    for table in tables.APPEND_ONLY:
        connection.execute(text(f"GRANT INSERT ON {table.name} TO {quoted}"))
    for table, columns in tables.ERASABLE.items():
        connection.execute(text(f"GRANT UPDATE ({', '.join(columns)}) ON {table.name} TO {quoted}"))
    connection.execute(text(f"GRANT DELETE ON openings TO {quoted}"))
    for table in tables.CHANGING:
        connection.execute(text(f"GRANT INSERT, UPDATE, DELETE ON {table.name} TO {quoted}"))
