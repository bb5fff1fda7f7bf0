"""Real faults of a database: it is away, it is locked, it refuses to commit."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine, create_engine, event, text

from tests.databases import Template

_REFUSE = "CREATE FUNCTION refuse_commit() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no'; END $$"
_ON_COMMIT = (
    "CREATE CONSTRAINT TRIGGER refuse_commit AFTER INSERT ON pending DEFERRABLE INITIALLY DEFERRED "
    "FOR EACH ROW EXECUTE FUNCTION refuse_commit()"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Database:
    """One test's database. `owner` is None on SQLite, where the file itself is handled."""

    name: str
    server: Engine | None
    owner: Engine | None

    @staticmethod
    @contextmanager
    def opened(url: str, template: Template | None) -> Iterator["Database"]:
        """Open it beside the service, with an owner's rights."""
        if template is None:
            yield Database(name=url.removeprefix("sqlite:///"), server=None, owner=None)
            return
        name = url.rpartition("/")[2].partition("?")[0]
        owner = create_engine(template.url.set(database=name))
        yield Database(name=name, server=template.admin, owner=owner)
        owner.dispose()

    @contextmanager
    def unreachable(self, service: Engine) -> Iterator[None]:
        """Take it away for a while."""
        service.dispose()
        if self.server is None:
            path = Path(self.name)
            away = path.rename(path.with_suffix(".away"))
            path.mkdir()
            yield
            path.rmdir()
            away.rename(path)
            return
        with self.server.connect() as connection:
            connection.execute(text(f"ALTER DATABASE {self.name} ALLOW_CONNECTIONS false"))
            terminate = text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name")
            connection.execute(terminate, {"name": self.name})
            yield
            connection.execute(text(f"ALTER DATABASE {self.name} ALLOW_CONNECTIONS true"))

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the lock that every write needs."""
        if self.owner is None:
            other = sqlite3.connect(self.name, isolation_level=None)
            other.execute("BEGIN EXCLUSIVE")
            yield
            other.rollback()
            other.close()
            return
        with self.owner.connect() as connection:
            connection.execute(text("LOCK TABLE entries IN ACCESS EXCLUSIVE MODE"))
            yield
            connection.rollback()

    @contextmanager
    def failing_commits(self, service: Engine) -> Iterator[None]:
        """Let it take every statement and refuse the COMMIT."""
        if self.owner is None:
            event.listen(service, "checkout", _deny_commit)
            yield
            event.remove(service, "checkout", _deny_commit)
            service.dispose()
            return
        with self.owner.begin() as connection:
            connection.execute(text(_REFUSE))
            connection.execute(text(_ON_COMMIT))
        yield
        with self.owner.begin() as connection:
            connection.execute(text("DROP TRIGGER refuse_commit ON pending"))


def _deny_commit(connection: sqlite3.Connection, *_: object) -> None:
    def judge(act: int, what: str | None, *_: object) -> int:
        is_commit = act == sqlite3.SQLITE_TRANSACTION and what == "COMMIT"
        return sqlite3.SQLITE_DENY if is_commit else sqlite3.SQLITE_OK

    connection.set_authorizer(judge)
