"""The services that are compared, each with its data and its processes."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine, text
from sqlalchemy.engine import make_url

from app.domain.access import Role
from benchmarks.checks import Contender
from benchmarks.contenders import redis_set
from benchmarks.filling import owner_engine
from benchmarks.processes import granian, parent_of, redis
from benchmarks.registry import FIRST, count_waiting, fill, fill_naive, prepared
from tests.databases import Template
from tests.server import Server, running_server

WORKERS = 2


@contextmanager
def gate(folder: Path, *, numbers: int, template: Template | None = None) -> Iterator[tuple[Contender, Server, Engine]]:
    """Serve Dialgate over a filled registry: two processes on PostgreSQL, one on SQLite (no template)."""
    if template is None:
        with (
            running_server(folder) as server,
            owner_engine(make_url(f"sqlite:///{server.folder / 'dialgate.db'}")) as engine,
        ):
            yield _filled(server, engine, numbers), server, engine
    else:
        with (
            template.copy() as url,
            running_server(folder, database_url=url, workers=WORKERS) as server,
            owner_engine(template.url.set(database=make_url(url).database)) as engine,
        ):
            yield _filled(server, engine, numbers), server, engine


def _filled(server: Server, engine: Engine, numbers: int) -> Contender:
    templates = prepared(server)
    server.kill()  # indexes are dropped and made anew, which a sequencer at work would wait for
    fill(engine, templates, numbers=numbers)
    server.start()
    assert server.process is not None
    is_sqlite = engine.dialect.name == "sqlite"
    return Contender(
        name="Dialgate, SQLite" if is_sqlite else "Dialgate",
        pid=server.process.pid,
        port=server.port,
        numbers=numbers,
        key=server.key(Role.DIALER),
        store=None if is_sqlite else postgres_pid(engine),
        waiting=lambda: count_waiting(engine),
    )


@contextmanager
def hello() -> Iterator[Contender]:
    """Serve Flask's hello."""
    with granian("benchmarks.contenders.hello:app", workers=WORKERS) as (pid, port):
        yield Contender(name="Flask hello", pid=pid, port=port, numbers=1)


@contextmanager
def naive(folder: Path, *, numbers: int, template: Template | None = None) -> Iterator[Contender]:
    """Serve the naive service: two processes on PostgreSQL, one on SQLite (no template)."""
    if template is None:
        url = make_url(f"sqlite:///{folder / 'naive.db'}")
    else:
        url = template.url.set(database="naive")
        with template.admin.connect() as connection:
            connection.execute(text("CREATE DATABASE naive"))
    workers = 1 if template is None else WORKERS
    with owner_engine(url) as engine:
        fill_naive(engine, numbers=numbers)
        store = None if template is None else postgres_pid(engine)
    environ = {"NAIVE_DATABASE_URL": url.render_as_string(hide_password=False)}
    with granian("benchmarks.contenders.naive:app", workers=workers, environ=environ) as own:
        yield Contender(
            name="naive, SQLite" if template is None else "naive service",
            pid=own[0],
            port=own[1],
            numbers=numbers,
            store=store,
        )


@contextmanager
def redis_endpoint(*, numbers: int) -> Iterator[Contender]:
    """Serve the Redis endpoint, the numbers of the registry in its set."""
    with redis() as (store, path):
        wire = redis_set.connected(str(path))
        for start in range(0, numbers, 1000):
            members = (b"+%d" % (FIRST + place) for place in range(start, min(start + 1000, numbers)))
            wire.sendall(redis_set.command(b"SADD", redis_set.SET, *members))
            wire.recv(64)
        wire.close()
        environ = {"REDIS_SOCKET": str(path)}
        with granian("benchmarks.contenders.redis_set:app", workers=WORKERS, environ=environ) as (pid, port):
            yield Contender(name="Redis, no log", pid=pid, port=port, numbers=numbers, store=store)


def postgres_pid(engine: Engine) -> int:
    """Give the process whose children serve this database; it must run on this machine."""
    with engine.connect() as connection:
        return parent_of(int(connection.execute(text("SELECT pg_backend_pid()")).scalar_one()))


def postgres_version(template: Template) -> str:
    """Tell the version of the database's server."""
    with template.admin.connect() as connection:
        return str(connection.execute(text("SHOW server_version")).scalar_one())
