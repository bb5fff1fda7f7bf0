"""How far a scrub is, noted where all can read it."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from app.context import Context
from app.db.lists import change_list
from app.services.answers import rfc3339


class Pace:
    """How far a scrub is, and how fast it goes since it was begun or taken up again; noted where all can read it."""

    def __init__(self, context: Context, row: Mapping[str, Any], count: int) -> None:
        self._context, self._row, self.total = context, row, count
        with context.transaction() as tx:
            begun = {"since": rfc3339(tx.now), "rows": count, "progress": row["progress"]}
            self._change(tx.session, {"found": {**row["found"], "pace": begun}})

    def note(self, count: int, *, share: float | None) -> None:
        """Note the rows done, of a file of which this share was read; None is not known."""
        self.total = max(count, int(count / share) if share else 0)
        with self._context.transaction() as tx:
            self._change(tx.session, {"rows_done": count, "progress": count / self.total})

    def note_other_rules(self) -> None:
        """Note that the rules changed meanwhile: a list decided under several is valid no more."""
        with self._context.transaction() as tx:
            self._change(tx.session, {"valid_until": tx.now})

    def _change(self, session: Session, values: Mapping[str, Any]) -> None:
        change_list(session, id=self._row["id"], run=self._row["run"], states=["checking"], values=values)
