"""Create consent events, suppressions, and their imports."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

instant = sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite")
json = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
uuid = sa.Uuid(as_uuid=False)


def upgrade() -> None:
    op.create_table(
        "consent_events",
        sa.Column("id", uuid, nullable=False),
        sa.Column("controller_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=True),
        sa.Column("action", sa.String(length=16), nullable=False),
        sa.Column("purposes", json, nullable=False),
        sa.Column("voice_modes", json, nullable=False),
        sa.Column("product_categories", json, nullable=False),
        sa.Column("origin", sa.String(length=16), nullable=False),
        sa.Column("obtained_at", instant, nullable=False),
        sa.Column("recorded_at", instant, nullable=False),
        sa.Column("expires_at", instant, nullable=True),
        sa.Column("evidence", json, nullable=False),
        sa.Column("notice", json, nullable=True),
        sa.Column("person", json, nullable=True),
        sa.Column("ref", sa.String(length=200), nullable=True),
        sa.Column("file", sa.String(length=64), nullable=True),
        sa.Column("file_row", sa.Integer(), nullable=True),
        sa.Column("leaf_hash", sa.String(length=43), nullable=False),
        sa.ForeignKeyConstraint(
            ["controller_id"], ["controllers.id"], name=op.f("fk_consent_events_controller_id_controllers")
        ),
        sa.ForeignKeyConstraint(["id"], ["entries.id"], name=op.f("fk_consent_events_id_entries")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent_events")),
    )
    op.create_index(
        "ix_consent_events_controller_id_recorded_at",
        "consent_events",
        ["controller_id", "recorded_at"],
        unique=False,
    )
    op.create_index(
        "ix_consent_events_number_controller_id", "consent_events", ["number", "controller_id"], unique=False
    )
    op.create_table(
        "suppressions",
        sa.Column("id", uuid, nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.String(length=16), nullable=False),
        sa.Column("since", instant, nullable=False),
        sa.Column("recorded_at", instant, nullable=False),
        sa.Column("ref", sa.String(length=200), nullable=True),
        sa.Column("file", sa.String(length=64), nullable=True),
        sa.Column("file_row", sa.Integer(), nullable=True),
        sa.Column("leaf_hash", sa.String(length=43), nullable=False),
        sa.Column("controller_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["controller_id"], ["controllers.id"], name=op.f("fk_suppressions_controller_id_controllers")
        ),
        sa.ForeignKeyConstraint(["id"], ["entries.id"], name=op.f("fk_suppressions_id_entries")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_suppressions")),
    )
    op.create_index(
        "ix_suppressions_controller_id_recorded_at",
        "suppressions",
        ["controller_id", "recorded_at"],
        unique=False,
    )
    op.create_index("ix_suppressions_number_controller_id", "suppressions", ["number", "controller_id"], unique=False)
    op.create_table(
        "objections_to_all",
        sa.Column("id", uuid, nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.String(length=16), nullable=False),
        sa.Column("since", instant, nullable=False),
        sa.Column("recorded_at", instant, nullable=False),
        sa.Column("ref", sa.String(length=200), nullable=True),
        sa.Column("file", sa.String(length=64), nullable=True),
        sa.Column("file_row", sa.Integer(), nullable=True),
        sa.Column("leaf_hash", sa.String(length=43), nullable=False),
        sa.ForeignKeyConstraint(["id"], ["entries.id"], name=op.f("fk_objections_to_all_id_entries")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_objections_to_all")),
    )
    op.create_index("ix_objections_to_all_number", "objections_to_all", ["number"], unique=False)
    op.create_index("ix_objections_to_all_recorded_at", "objections_to_all", ["recorded_at"], unique=False)
    op.create_table(
        "imports",
        sa.Column("id", uuid, nullable=False),
        sa.Column("controller_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("file_name", sa.String(length=200), nullable=False),
        sa.Column("file_sha256", sa.String(length=64), nullable=False),
        sa.Column("totals", json, nullable=False),
        sa.Column("errors", json, nullable=False),
        sa.Column("imported_by", sa.String(length=80), nullable=False),
        sa.Column("started_at", instant, nullable=False),
        sa.Column("finished_at", instant, nullable=False),
        sa.ForeignKeyConstraint(
            ["controller_id"], ["controllers.id"], name=op.f("fk_imports_controller_id_controllers")
        ),
        sa.ForeignKeyConstraint(["id"], ["entries.id"], name=op.f("fk_imports_id_entries")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_imports")),
    )
    op.create_index("ix_imports_controller_id_file_sha256", "imports", ["controller_id", "file_sha256"], unique=False)


def downgrade() -> None:
    op.drop_table("imports")
    op.drop_table("objections_to_all")
    op.drop_table("suppressions")
    op.drop_table("consent_events")
