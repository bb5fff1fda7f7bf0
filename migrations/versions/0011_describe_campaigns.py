"""Let a campaign switch off the house's caps, and put on record which judgements it rests on."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

json = sa.JSON().with_variant(sa.dialects.postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    # campaigns are append-only; what is there gets the lawful defaults: the house's caps, and no judgement
    op.add_column("campaigns", sa.Column("house_caps", sa.Boolean(), nullable=False, server_default=sa.true()))
    op.add_column("campaigns", sa.Column("justified", json, nullable=False, server_default="[]"))


def downgrade() -> None:
    op.drop_column("campaigns", "justified")
    op.drop_column("campaigns", "house_caps")
