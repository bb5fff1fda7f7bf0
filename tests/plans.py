"""Plans in tests: what a piece of work asks of its database, and how the database would find it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, event, text


@contextmanager
def statements_to(engine: Engine) -> Iterator[list[tuple[str, Any]]]:
    """Give what is asked in the block, each statement with its parameters."""
    asked: list[tuple[str, Any]] = []

    def listen(connection: Any, cursor: Any, statement: str, parameters: Any, *rest: Any) -> None:
        asked.append((statement, parameters))

    event.listen(engine, "before_cursor_execute", listen)
    try:
        yield asked
    finally:
        event.remove(engine, "before_cursor_execute", listen)


def plan_of(engine: Engine, statement: str, parameters: Any, *, off: tuple[str, ...] = ("enable_seqscan",)) -> str:
    """Explain a statement; PostgreSQL avoids what is `off`, or it would read tables of two rows whole."""
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all()
        else:
            for setting in off:
                connection.execute(text(f"SET LOCAL {setting} = off"))
            plan = connection.exec_driver_sql(f"EXPLAIN {statement}", parameters).all()
    return "\n".join(str(row) for row in plan)
