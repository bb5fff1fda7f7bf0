"""Lift suppressions by two persons; what was said stays, and so does who lifted it."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

instant = sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite")
uuid = sa.Uuid(as_uuid=False)
APPEND_ONLY = ("suppression_lifts", "lifts_of_all")
WALLED = ("suppression_lifts", "lift_proposals")
REACH = "current_setting('dialgate.controllers', true)"


def upgrade() -> None:
    op.create_table(
        "suppression_lifts",
        *_columns("suppression_lifts", "suppressions"),
        sa.Column("controller_id", sa.Integer(), nullable=False),
        _of_controllers("suppression_lifts"),
    )
    op.create_table("lifts_of_all", *_columns("lifts_of_all", "objections_to_all"))
    op.create_table(
        "lift_proposals",
        sa.Column("id", uuid, nullable=False),
        sa.Column("controller_id", sa.Integer()),
        sa.Column("suppression_id", uuid, nullable=False),
        sa.Column("proposed_by", sa.String(length=40), nullable=False),
        sa.Column("proposed_login", sa.String(length=200)),
        sa.Column("proposed_at", instant, nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("settled_by", sa.String(length=40)),
        sa.Column("settled_at", instant),
        _of_controllers("lift_proposals"),
        sa.ForeignKeyConstraint(["id"], ["entries.id"], name=op.f("fk_lift_proposals_id_entries")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lift_proposals")),
    )
    op.create_index("ix_lift_proposals_state_proposed_at", "lift_proposals", ["state", "proposed_at"])
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    for table in APPEND_ONLY:
        _refuse_edits(table, is_sqlite=is_sqlite)
    # Lifts of objections to all stand beside those objections: every check reads them, and no call lists them.
    within = f"({REACH} = '*' OR controller_id::text = ANY (string_to_array({REACH}, ',')))"
    for table in () if is_sqlite else WALLED:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY within_reach ON {table} USING ({within}) WITH CHECK ({within})")


def _columns(table: str, lifted: str) -> list[sa.schema.SchemaItem]:
    return [
        sa.Column("id", uuid, nullable=False),
        sa.Column("suppression_id", uuid, nullable=False),
        sa.Column("lifted_at", instant, nullable=False),
        sa.Column("leaf_hash", sa.String(length=43), nullable=False),
        sa.ForeignKeyConstraint(["id"], ["entries.id"], name=op.f(f"fk_{table}_id_entries")),
        sa.ForeignKeyConstraint(["suppression_id"], [f"{lifted}.id"], name=op.f(f"fk_{table}_suppression_id_{lifted}")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sa.UniqueConstraint("suppression_id", name=op.f(f"uq_{table}_suppression_id")),
    ]


def _of_controllers(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["controller_id"], ["controllers.id"], name=op.f(f"fk_{table}_controller_id_controllers")
    )


def _refuse_edits(table: str, *, is_sqlite: bool) -> None:
    for act in ("UPDATE", "DELETE") if is_sqlite else ():
        op.execute(
            f"CREATE TRIGGER {table}_refuse_{act.lower()} BEFORE {act} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        )
    if not is_sqlite:
        op.execute(
            f"CREATE TRIGGER {table}_refuse_edit BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_edit()"
        )
        op.execute(
            f"CREATE TRIGGER {table}_refuse_truncate BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_edit()"
        )


def downgrade() -> None:
    for table in ("lift_proposals", "lifts_of_all", "suppression_lifts"):
        op.drop_table(table)
