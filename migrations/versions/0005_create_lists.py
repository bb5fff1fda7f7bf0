"""Create call lists and jobs."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

instant = sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite")
json = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
uuid = sa.Uuid(as_uuid=False)


def upgrade() -> None:
    op.create_table(
        "lists",
        sa.Column("id", uuid, nullable=False),
        sa.Column("controller_id", sa.Integer(), nullable=False),
        sa.Column("campaign_id", uuid, nullable=False),
        sa.Column("created_by", sa.String(length=80), nullable=False),
        sa.Column("created_at", instant, nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("run", sa.Integer(), nullable=False),
        sa.Column("file_name", sa.String(length=200), nullable=False),
        sa.Column("file_sha256", sa.String(length=64), nullable=False),
        sa.Column("file_bytes", sa.BigInteger(), nullable=False),
        sa.Column("options", json, nullable=False),
        sa.Column("found", json, nullable=False),
        sa.Column("at", instant, nullable=True),
        sa.Column("scrubbed_from", instant, nullable=True),
        sa.Column("checked_at", instant, nullable=True),
        sa.Column("valid_until", instant, nullable=True),
        sa.Column("ruleset", sa.String(length=71), nullable=True),
        sa.Column("rows_done", sa.BigInteger(), nullable=False),
        sa.Column("progress", sa.Float(), nullable=False),
        sa.Column("totals", json, nullable=False),
        sa.Column("reasons", json, nullable=False),
        sa.Column("result_sha256", sa.String(length=64), nullable=True),
        sa.Column("fault", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaigns.id"], name=op.f("fk_lists_campaign_id_campaigns")),
        sa.ForeignKeyConstraint(["controller_id"], ["controllers.id"], name=op.f("fk_lists_controller_id_controllers")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lists")),
    )
    op.create_index("ix_lists_controller_id_created_at", "lists", ["controller_id", "created_at"], unique=False)
    op.create_table(
        "jobs",
        sa.Column("id", uuid, nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("subject_id", uuid, nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("worker", sa.String(length=80), nullable=True),
        sa.Column("lease_until", instant, nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("created_at", instant, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_jobs")),
    )
    op.create_index("ix_jobs_state_created_at", "jobs", ["state", "created_at"], unique=False)


def downgrade() -> None:
    op.drop_table("jobs")
    op.drop_table("lists")
