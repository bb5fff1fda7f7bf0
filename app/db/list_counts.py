"""How many rows of a list came to what: counted when they were written, so that nobody counts rows."""

import sqlite3
from collections import Counter
from collections.abc import Callable, Mapping

from app.db.list_blocks import Outcome, column, counted, known_outcomes, row_numbers, stored_blocks
from app.db.list_overlay import OVERLAID, all_overlaid


def totals(connection: sqlite3.Connection) -> dict[str, int]:
    """Count rows by decision."""
    return _added(connection, lambda outcome: outcome.decision)


def reason_counts(connection: sqlite3.Connection) -> dict[str, int]:
    """Count rows by primary reason."""
    return _added(connection, lambda outcome: outcome.reasons[0] if outcome.reasons else "")


def _added(connection: sqlite3.Connection, name: Callable[[Outcome], str]) -> dict[str, int]:
    found = Counter[str]()
    for outcome, count in outcome_counts(connection).items():
        found[name(outcome)] += count
    return {word: count for word, count in found.items() if word and count}


def outcome_counts(connection: sqlite3.Connection) -> Mapping[Outcome, int]:
    """Count rows by what became of them, with what was overlaid: as many statements for any number of rows."""
    outcomes = known_outcomes(connection)
    found = Counter[Outcome]()
    for id, count in counted(connection).items():
        found[outcomes[id]] += count
    anew = all_overlaid(connection)
    if anew:
        for first, last, rows, _, codes, _ in stored_blocks(connection, condition=f"EXISTS ({OVERLAID})"):
            for row, code in zip(row_numbers(first, last, rows), column(codes), strict=True):
                if row in anew:
                    found[outcomes[code]] -= 1
                    found[anew[row]] += 1
    return +found
