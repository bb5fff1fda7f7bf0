"""Import registers: external lists, their snapshots, and which of these stand. The numbers are in files."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

instant = sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite")
json = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
uuid = sa.Uuid(as_uuid=False)
APPEND_ONLY = (
    "registers",
    "register_snapshots",
    "register_activations",
    "register_rejections",
    "register_submissions",
)


def _of_register(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["register"], ["registers.slug"], name=op.f(f"fk_{table}_register_registers"))


def _of_snapshot(table: str) -> tuple[sa.ForeignKeyConstraint, sa.ForeignKeyConstraint, sa.UniqueConstraint]:
    return (
        sa.ForeignKeyConstraint(["id"], ["entries.id"], name=op.f(f"fk_{table}_id_entries")),
        sa.ForeignKeyConstraint(
            ["snapshot_id"], ["register_snapshots.id"], name=op.f(f"fk_{table}_snapshot_id_register_snapshots")
        ),
        sa.UniqueConstraint("snapshot_id", name=op.f(f"uq_{table}_snapshot_id")),
    )


def _create_registers() -> None:
    op.create_table(
        "registers",
        sa.Column("slug", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("coverage", sa.String(length=16), nullable=False),
        sa.Column("format", sa.String(length=16), nullable=False),
        sa.Column("region", sa.String(length=2)),
        sa.Column("categories", json, nullable=False),
        sa.Column("max_change_percent", sa.Integer(), nullable=False),
        sa.Column("max_age_days", sa.Integer()),
        sa.Column("created_by", sa.String(length=40), nullable=False),
        sa.Column("created_at", instant, nullable=False),
        sa.PrimaryKeyConstraint("slug", name=op.f("pk_registers")),
    )
    op.create_table(
        "register_snapshots",
        sa.Column("id", uuid, nullable=False),
        sa.Column("register", sa.String(length=32), nullable=False),
        sa.Column("base_id", uuid),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.Column("file_name", sa.String(length=200), nullable=False),
        sa.Column("as_of", instant, nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("skipped", sa.BigInteger(), nullable=False),
        sa.Column("duplicates", sa.BigInteger(), nullable=False),
        sa.Column("needs_approval", sa.Boolean(), nullable=False),
        sa.Column("imported_by", sa.String(length=40), nullable=False),
        sa.Column("imported_login", sa.String(length=200)),
        sa.Column("imported_at", instant, nullable=False),
        sa.Column("leaf_hash", sa.String(length=43), nullable=False),
        _of_register("register_snapshots"),
        sa.ForeignKeyConstraint(
            ["base_id"], ["register_snapshots.id"], name=op.f("fk_register_snapshots_base_id_register_snapshots")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_register_snapshots")),
    )
    op.create_index("ix_register_snapshots_register_id", "register_snapshots", ["register", "id"])


def upgrade() -> None:
    _create_registers()
    op.create_table(
        "register_activations",
        sa.Column("id", uuid, nullable=False),
        sa.Column("snapshot_id", uuid, nullable=False),
        sa.Column("register", sa.String(length=32), nullable=False),
        sa.Column("as_of", instant, nullable=False),
        sa.Column("since", instant, nullable=False),
        sa.Column("activated_by", sa.String(length=40), nullable=False),
        sa.Column("activated_at", instant, nullable=False),
        *_of_snapshot("register_activations"),
        _of_register("register_activations"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_register_activations")),
    )
    op.create_index("ix_register_activations_register_as_of", "register_activations", ["register", "as_of", "id"])
    op.create_table(
        "register_rejections",
        sa.Column("id", uuid, nullable=False),
        sa.Column("snapshot_id", uuid, nullable=False),
        sa.Column("rejected_by", sa.String(length=40), nullable=False),
        sa.Column("rejected_at", instant, nullable=False),
        *_of_snapshot("register_rejections"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_register_rejections")),
    )
    op.create_table(
        "register_submissions",
        sa.Column("id", uuid, nullable=False),
        sa.Column("register", sa.String(length=32), nullable=False),
        sa.Column("list_id", uuid, nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("submitted_by", sa.String(length=40), nullable=False),
        sa.Column("submitted_at", instant, nullable=False),
        sa.Column("leaf_hash", sa.String(length=43), nullable=False),
        _of_register("register_submissions"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_register_submissions")),
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
    for table in reversed(APPEND_ONLY):
        op.drop_table(table)
