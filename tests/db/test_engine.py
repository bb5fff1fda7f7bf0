"""The connection: the settings that the promises rest on."""

from pathlib import Path

import pytest
from sqlalchemy import create_engine, event, text
from sqlalchemy.exc import IntegrityError, OperationalError

from app.db.engine import (
    DatabaseUnavailable,
    SimultaneousChange,
    UnsafeSettings,
    assert_settings,
    make_engine,
    trouble_of,
)
from app.domain.errors import Conflict, Unavailable
from tests.databases import Template


def test_both_databases_open_with_safe_settings(database_url: str) -> None:
    engine = make_engine(database_url)
    assert_settings(engine)
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            wanted = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 5000}
            found = {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar_one() for name in wanted}
        else:
            wanted = {
                "client_min_messages": "warning",
                "synchronous_commit": "on",
                "lock_timeout": "5s",
                "statement_timeout": "10s",
                "TimeZone": "UTC",
            }
            found = {name: connection.execute(text(f"SHOW {name}")).scalar_one() for name in wanted}
    assert found == wanted
    engine.dispose()


@pytest.mark.parametrize(
    "pragma", ["synchronous=NORMAL", "synchronous=OFF", "foreign_keys=OFF", "busy_timeout=10", "secure_delete=OFF"]
)
def test_an_unsafe_sqlite_is_refused(sqlite_empty: Path, pragma: str) -> None:
    engine = make_engine(f"sqlite:///{sqlite_empty}")
    event.listen(engine, "connect", lambda connection, _: connection.execute(f"PRAGMA {pragma}"))
    with pytest.raises(UnsafeSettings, match=pragma.partition("=")[0]):
        assert_settings(engine)
    engine.dispose()


def test_a_postgresql_that_may_lose_an_answered_decision_is_refused(postgres_empty: Template) -> None:
    with postgres_empty.copy() as url:
        for value in ("off", "local", "remote_write"):
            options = {"options": f"-c synchronous_commit={value}"}
            engine = create_engine(url, connect_args=options)
            with pytest.raises(UnsafeSettings, match="synchronous_commit"):
                assert_settings(engine)
            engine.dispose()


def test_a_lax_default_of_the_database_does_not_reach_the_service(postgres_empty: Template) -> None:
    with postgres_empty.copy() as url:
        name = url.rpartition("/")[2].partition("?")[0]
        with postgres_empty.admin.connect() as connection:
            connection.execute(text(f"ALTER DATABASE {name} SET synchronous_commit = off"))
            connection.execute(text(f"ALTER DATABASE {name} SET lock_timeout = 0"))
        engine = make_engine(url)
        assert_settings(engine)
        with engine.connect() as connection:
            assert connection.execute(text("SHOW lock_timeout")).scalar_one() == "5s"
        engine.dispose()


def test_a_failing_statement_does_not_show_its_parameters(database_url: str) -> None:
    engine = make_engine(database_url)
    with pytest.raises(Exception, match="nowhere") as caught, engine.connect() as connection:
        connection.execute(text("SELECT * FROM nowhere WHERE number = :number"), {"number": 420601123456})
    assert "420601123456" not in str(caught.value)
    engine.dispose()


def test_failures_are_named_in_the_domains_terms() -> None:
    doubled = trouble_of(IntegrityError("x", {}, Exception()))
    assert isinstance(doubled, SimultaneousChange)
    assert isinstance(doubled, Conflict)
    lost = trouble_of(OperationalError("x", {}, Exception()))
    assert isinstance(lost, DatabaseUnavailable)
    assert isinstance(lost, Unavailable)


@pytest.mark.parametrize("trusted", [60.0, 0.0], ids=["used a moment ago", "idle"])
def test_a_connection_that_the_server_ended_is_replaced_before_it_is_used(
    postgres_empty: Template, trusted: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.db.engine._TRUSTED_SECONDS", trusted)
    with postgres_empty.copy() as url:
        engine = make_engine(url)
        with engine.connect() as connection:
            pid = connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
        with postgres_empty.admin.connect() as other:
            assert other.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": pid}).scalar_one()
        with engine.connect() as connection:
            assert connection.execute(text("SELECT pg_backend_pid()")).scalar_one() != pid
        engine.dispose()


def test_a_connection_used_a_moment_ago_is_not_asked_whether_it_lives(
    postgres_empty: Template, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.db.engine._TRUSTED_SECONDS", 60.0)
    asked: list[object] = []
    with postgres_empty.copy() as url:
        engine = make_engine(url)
        engine.connect().close()
        monkeypatch.setattr(engine.dialect, "do_ping", asked.append)
        engine.connect().close()
        assert asked == []
        with engine.connect() as connection:
            driver = connection.connection.driver_connection
            assert driver is not None
            driver.close()
        with engine.connect() as connection:  # what this side closed is replaced too
            assert connection.execute(text("SELECT 1")).scalar_one() == 1
        engine.dispose()
