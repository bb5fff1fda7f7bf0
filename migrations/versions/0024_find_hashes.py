"""Find hashes of erased numbers among suppressions that have none: their index held every one of those, and SQLite's
statistics then said that it tells little, so that each check read all suppressions there are.
"""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

TABLES = ("suppressions", "objections_to_all")
HASHED = sa.text("number_hash IS NOT NULL")


def upgrade() -> None:
    for table in TABLES:
        op.drop_index(f"ix_{table}_number_hash_hash_key", table_name=table)
        op.create_index(
            f"ix_{table}_number_hash",
            table,
            ["number_hash", "hash_key"],
            sqlite_where=HASHED,
            postgresql_where=HASHED,
        )


def downgrade() -> None:
    for table in TABLES:
        op.drop_index(f"ix_{table}_number_hash", table_name=table)
        op.create_index(f"ix_{table}_number_hash_hash_key", table, ["number_hash", "hash_key"])
