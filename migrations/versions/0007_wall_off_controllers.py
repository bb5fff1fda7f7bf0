"""Put row-level security on every table that belongs to a controller (PostgreSQL)."""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

TABLES = (
    "campaigns",
    "consent_events",
    "suppressions",
    "imports",
    "decisions",
    "reservations",
    "outcomes",
    "lists",
    "entries",
    "openings",
)
REACH = "current_setting('dialgate.controllers', true)"


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        return
    # Without the setting nothing is seen and nothing can be written: forgetting it fails closed.
    within = f"({REACH} = '*' OR controller_id::text = ANY (string_to_array({REACH}, ',')))"
    for table in TABLES:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY within_reach ON {table} USING ({within}) WITH CHECK ({within})")


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        return
    for table in TABLES:
        op.execute(f"DROP POLICY within_reach ON {table}")
        op.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
