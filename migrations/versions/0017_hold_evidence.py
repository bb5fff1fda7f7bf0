"""Hold evidence: which artefacts are here, by their SHA-256, and which of them an erasure removed."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

instant = sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite")
uuid = sa.Uuid(as_uuid=False)
TABLES = ("artefacts", "artefact_removals")
REACH = "current_setting('dialgate.controllers', true)"


def upgrade() -> None:
    op.create_table(
        "artefacts",
        sa.Column("id", uuid, nullable=False),
        sa.Column("controller_id", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=71), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("media_type", sa.String(length=40), nullable=False),
        sa.Column("received_at", instant, nullable=False),
        sa.Column("received_by", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(
            ["controller_id"], ["controllers.id"], name=op.f("fk_artefacts_controller_id_controllers")
        ),
        sa.ForeignKeyConstraint(["id"], ["entries.id"], name=op.f("fk_artefacts_id_entries")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_artefacts")),
    )
    op.create_index("ix_artefacts_sha256_controller_id", "artefacts", ["sha256", "controller_id"])
    op.create_table(
        "artefact_removals",
        sa.Column("artefact_id", uuid, nullable=False),
        sa.Column("controller_id", sa.Integer(), nullable=False),
        sa.Column("erasure_id", uuid, nullable=False),
        sa.Column("removed_at", instant, nullable=False),
        sa.ForeignKeyConstraint(
            ["artefact_id"], ["artefacts.id"], name=op.f("fk_artefact_removals_artefact_id_artefacts")
        ),
        sa.ForeignKeyConstraint(
            ["controller_id"], ["controllers.id"], name=op.f("fk_artefact_removals_controller_id_controllers")
        ),
        sa.ForeignKeyConstraint(["erasure_id"], ["entries.id"], name=op.f("fk_artefact_removals_erasure_id_entries")),
        sa.PrimaryKeyConstraint("artefact_id", name=op.f("pk_artefact_removals")),
    )
    op.create_index("ix_artefact_removals_removed_at", "artefact_removals", ["removed_at"])
    for table in TABLES:
        if op.get_bind().dialect.name == "sqlite":
            for act in ("UPDATE", "DELETE"):
                op.execute(
                    f"CREATE TRIGGER {table}_refuse_{act.lower()} BEFORE {act} ON {table} "
                    f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
                )
            continue
        for name, acts, each in (("edit", "UPDATE OR DELETE", "ROW"), ("truncate", "TRUNCATE", "STATEMENT")):
            op.execute(
                f"CREATE TRIGGER {table}_refuse_{name} BEFORE {acts} ON {table} "
                f"FOR EACH {each} EXECUTE FUNCTION refuse_edit()"
            )
        within = f"({REACH} = '*' OR controller_id::text = ANY (string_to_array({REACH}, ',')))"
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY within_reach ON {table} USING ({within}) WITH CHECK ({within})")


def downgrade() -> None:
    for table in TABLES[::-1]:
        op.drop_table(table)
