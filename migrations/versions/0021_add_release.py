"""Add to lists who released the scrub, and when; nobody released the scrubs of before."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

instant = sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite")


def upgrade() -> None:
    op.add_column("lists", sa.Column("released_at", instant))
    op.add_column("lists", sa.Column("released_by", sa.String(length=80)))


def downgrade() -> None:
    op.drop_column("lists", "released_by")
    op.drop_column("lists", "released_at")
