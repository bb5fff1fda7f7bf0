"""Publish logs: which of them anybody may read, and the trees that ended in an epoch."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

instant = sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite")
uuid = sa.Uuid(as_uuid=False)
APPEND_ONLY = ("log_publications", "epochs")


def upgrade() -> None:
    op.create_table(
        "log_publications",
        sa.Column("id", uuid, nullable=False),
        sa.Column("log_id", sa.String(length=32), nullable=False),
        sa.Column("is_published", sa.Boolean(), nullable=False),
        sa.Column("recorded_at", instant, nullable=False),
        sa.ForeignKeyConstraint(["id"], ["entries.id"], name=op.f("fk_log_publications_id_entries")),
        sa.ForeignKeyConstraint(["log_id"], ["logs.id"], name=op.f("fk_log_publications_log_id_logs")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_log_publications")),
    )
    op.create_index("ix_log_publications_log_id_recorded_at", "log_publications", ["log_id", "recorded_at", "id"])
    op.create_table(
        "epochs",
        sa.Column("id", uuid, nullable=False),
        sa.Column("log_id", sa.String(length=32), nullable=False),
        sa.Column("shard", sa.String(length=12), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("root", sa.LargeBinary(length=32), nullable=False),
        sa.Column("declared_at", instant, nullable=False),
        sa.ForeignKeyConstraint(["id"], ["entries.id"], name=op.f("fk_epochs_id_entries")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_epochs")),
    )
    for table in APPEND_ONLY:
        if op.get_bind().dialect.name == "sqlite":
            for act in ("UPDATE", "DELETE"):
                op.execute(
                    f"CREATE TRIGGER {table}_refuse_{act.lower()} BEFORE {act} ON {table} "
                    f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
                )
        else:
            op.execute(
                f"CREATE TRIGGER {table}_refuse_edit BEFORE UPDATE OR DELETE ON {table} "
                "FOR EACH ROW EXECUTE FUNCTION refuse_edit()"
            )
            op.execute(
                f"CREATE TRIGGER {table}_refuse_truncate BEFORE TRUNCATE ON {table} "
                "FOR EACH STATEMENT EXECUTE FUNCTION refuse_edit()"
            )


def downgrade() -> None:
    for table in APPEND_ONLY:
        op.drop_table(table)
