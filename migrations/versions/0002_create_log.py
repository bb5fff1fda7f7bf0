"""Create the log: entries, openings, and what waits for the tree."""

import os
from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.db.types import Instant

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

instant = sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite")
json = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
uuid = sa.Uuid(as_uuid=False)


def upgrade() -> None:
    op.create_table(
        "logs",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("controller_id", sa.Integer(), nullable=True),
        sa.Column("created_at", instant, nullable=False),
        sa.ForeignKeyConstraint(["controller_id"], ["controllers.id"], name=op.f("fk_logs_controller_id_controllers")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_logs")),
        sa.UniqueConstraint("controller_id", name=op.f("uq_logs_controller_id")),
    )
    op.create_table(
        "entries",
        sa.Column("id", uuid, nullable=False),
        sa.Column("log_id", sa.String(length=32), nullable=False),
        sa.Column("controller_id", sa.Integer(), nullable=True),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("at", instant, nullable=False),
        sa.Column("leaf", sa.LargeBinary(), nullable=False),
        sa.Column("leaf_hash", sa.LargeBinary(length=32), nullable=False),
        sa.ForeignKeyConstraint(["log_id"], ["logs.id"], name=op.f("fk_entries_log_id_logs")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_entries")),
        sa.UniqueConstraint("leaf_hash", name=op.f("uq_entries_leaf_hash")),
    )
    op.create_index("ix_entries_log_id_at_id", "entries", ["log_id", "at", "id"], unique=False)
    op.create_table(
        "openings",
        sa.Column("entry_id", uuid, nullable=False),
        sa.Column("controller_id", sa.Integer(), nullable=True),
        sa.Column("salt", sa.LargeBinary(length=32), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=True),
        sa.Column("fields", json, nullable=False),
        sa.ForeignKeyConstraint(["entry_id"], ["entries.id"], name=op.f("fk_openings_entry_id_entries")),
        sa.PrimaryKeyConstraint("entry_id", name=op.f("pk_openings")),
    )
    op.create_table(
        "pending",
        sa.Column("entry_id", uuid, nullable=False),
        sa.Column("log_id", sa.String(length=32), nullable=False),
        sa.Column("queued_at", instant, nullable=False),
        sa.ForeignKeyConstraint(["entry_id"], ["entries.id"], name=op.f("fk_pending_entry_id_entries")),
        sa.PrimaryKeyConstraint("entry_id", name=op.f("pk_pending")),
    )

    # The operator's own log belongs to no controller and begins with the installation.
    logs = sa.table("logs", sa.column("id"), sa.column("controller_id"), sa.column("created_at", Instant()))
    op.bulk_insert(logs, [{"id": os.urandom(16).hex(), "controller_id": None, "created_at": datetime.now(UTC)}])


def downgrade() -> None:
    op.drop_table("pending")
    op.drop_table("openings")
    op.drop_table("entries")
    op.drop_table("logs")
