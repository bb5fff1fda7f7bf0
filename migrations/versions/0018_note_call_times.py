"""Note the hours in which a person expressly agreed to be called. The guard of consents keeps them, too."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

json = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
TABLE = "consent_events"
KEPT = (
    "id", "controller_id", "action", "purposes", "voice_modes", "product_categories", "origin", "obtained_at",
    "recorded_at", "expires_at", "evidence", "notice", "file", "file_row", "leaf_hash",
)  # fmt: skip
EMPTIED = ("number", "person", "ref")


def _is_let_go(kept: tuple[str, ...], *, sqlite: bool) -> str:
    """Say which update of a row an erasure may make (see 0009)."""
    same = "IS" if sqlite else "IS NOT DISTINCT FROM"
    log = f"e.controller_id {same} OLD.controller_id"
    window = f"EXISTS (SELECT 1 FROM erasures AS e WHERE e.open IS NOT NULL AND e.number = OLD.number AND {log})"  # noqa: S608
    parts = [window, *(f"NEW.{column} {same} OLD.{column}" for column in kept)]
    return " AND ".join([*parts, *(f"NEW.{column} IS NULL" for column in EMPTIED)])


def _guard(kept: tuple[str, ...]) -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute(f"DROP TRIGGER {TABLE}_refuse_update")
        op.execute(
            f"CREATE TRIGGER {TABLE}_refuse_update BEFORE UPDATE ON {TABLE} "
            f"WHEN ({_is_let_go(kept, sqlite=True)}) IS NOT TRUE "
            f"BEGIN SELECT RAISE(ABORT, '{TABLE} is append-only'); END"
        )
        return
    op.execute(
        f"CREATE OR REPLACE FUNCTION refuse_edit_of_{TABLE}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF TG_OP = 'UPDATE' THEN IF ({_is_let_go(kept, sqlite=False)}) THEN RETURN NEW; END IF; END IF; "
        "RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$"
    )


def upgrade() -> None:
    op.add_column(TABLE, sa.Column("call_times", json))
    _guard((*KEPT, "call_times"))


def downgrade() -> None:
    _guard(KEPT)
    op.drop_column(TABLE, "call_times")
