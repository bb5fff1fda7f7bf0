"""Create the trees over the logs: shards, the order of their entries, subtrees, signed checkpoints."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

instant = sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite")
uuid = sa.Uuid(as_uuid=False)
APPEND_ONLY = ("sequence", "subtrees", "checkpoints")


def upgrade() -> None:
    op.create_table(
        "shards",
        sa.Column("log_id", sa.String(length=32), nullable=False),
        sa.Column("shard", sa.String(length=12), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("edge", sa.LargeBinary(), nullable=False),
        sa.Column("opened_at", instant, nullable=False),
        sa.ForeignKeyConstraint(["log_id"], ["logs.id"], name=op.f("fk_shards_log_id_logs")),
        sa.PrimaryKeyConstraint("log_id", "shard", name=op.f("pk_shards")),
    )
    of_shard = ["shards.log_id", "shards.shard"]
    op.create_table(
        "sequence",
        sa.Column("log_id", sa.String(length=32), nullable=False),
        sa.Column("shard", sa.String(length=12), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("entry_id", uuid, nullable=False),
        sa.Column("leaf_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("recorded_at", instant, nullable=False),
        sa.ForeignKeyConstraint(["log_id", "shard"], of_shard, name=op.f("fk_sequence_log_id_shards")),
        sa.ForeignKeyConstraint(["entry_id"], ["entries.id"], name=op.f("fk_sequence_entry_id_entries")),
        sa.PrimaryKeyConstraint("log_id", "shard", "position", name=op.f("pk_sequence")),
        sa.UniqueConstraint("entry_id", "shard", name=op.f("uq_sequence_entry_id_shard")),
    )
    op.create_table(
        "subtrees",
        sa.Column("log_id", sa.String(length=32), nullable=False),
        sa.Column("shard", sa.String(length=12), nullable=False),
        sa.Column("level", sa.SmallInteger(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("root", sa.LargeBinary(length=32), nullable=False),
        sa.ForeignKeyConstraint(["log_id", "shard"], of_shard, name=op.f("fk_subtrees_log_id_shards")),
        sa.PrimaryKeyConstraint("log_id", "shard", "level", "position", name=op.f("pk_subtrees")),
    )
    op.create_table(
        "checkpoints",
        sa.Column("log_id", sa.String(length=32), nullable=False),
        sa.Column("shard", sa.String(length=12), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("root", sa.LargeBinary(length=32), nullable=False),
        sa.Column("at", instant, nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["log_id", "shard"], of_shard, name=op.f("fk_checkpoints_log_id_shards")),
        sa.PrimaryKeyConstraint("log_id", "shard", "size", name=op.f("pk_checkpoints")),
    )
    op.create_index("ix_checkpoints_log_id_shard_at", "checkpoints", ["log_id", "shard", "at"])
    op.create_index("ix_pending_log_id_queued_at", "pending", ["log_id", "queued_at", "entry_id"])
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
    op.drop_index("ix_pending_log_id_queued_at", "pending")
    for table in ("checkpoints", "subtrees", "sequence", "shards"):
        op.drop_table(table)
