"""Find withdrawals among a controller's consent events, which may be millions of grants."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

TAKEN_BACK = "action = 'withdrawn'"


def upgrade() -> None:
    op.create_index(
        "ix_consent_events_taken_back",
        "consent_events",
        ["controller_id", "recorded_at"],
        sqlite_where=sa.text(TAKEN_BACK),
        postgresql_where=sa.text(TAKEN_BACK),
    )


def downgrade() -> None:
    op.drop_index("ix_consent_events_taken_back", table_name="consent_events")
