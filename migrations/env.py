"""Alembic's entry: the app's settings, one transaction a migration, time limits on locks."""

import os

from alembic import context
from sqlalchemy import Connection, text

from app.db import tables
from app.db.engine import WRITES, make_engine
from config import Config


def _run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=tables.metadata,
        transaction_per_migration=True,
        compare_type=True,
    )
    with context.begin_transaction():
        if connection.dialect.name == "postgresql":
            connection.execute(text("SET LOCAL lock_timeout = '5s'"))
            connection.execute(text("SET LOCAL statement_timeout = '10min'"))
        context.run_migrations()


given: Connection | None = context.config.attributes.get("connection")
if given is not None:
    _run(given)
else:
    engine = make_engine(Config.from_environ(os.environ).database_url).execution_options(**{WRITES: True})
    with engine.connect() as connection:
        _run(connection)
    engine.dispose()
