"""Keep registrations: the caller's and the controllers' own entries with authorities."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

instant = sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite")
uuid = sa.Uuid(as_uuid=False)
TABLE = "registrations"
REACH = "current_setting('dialgate.controllers', true)"


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("id", uuid, nullable=False),
        sa.Column("controller_id", sa.Integer()),
        sa.Column("authority", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date()),
        sa.Column("recorded_at", instant, nullable=False),
        sa.Column("replaces", uuid),
        sa.ForeignKeyConstraint(
            ["controller_id"], ["controllers.id"], name=op.f("fk_registrations_controller_id_controllers")
        ),
        sa.ForeignKeyConstraint(["id"], ["entries.id"], name=op.f("fk_registrations_id_entries")),
        sa.ForeignKeyConstraint(
            ["replaces"], ["registrations.id"], name=op.f("fk_registrations_replaces_registrations")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_registrations")),
        sa.UniqueConstraint("replaces", name=op.f("uq_registrations_replaces")),
    )
    op.create_index("ix_registrations_controller_id", TABLE, ["controller_id"])
    if op.get_bind().dialect.name == "sqlite":
        for act in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {TABLE}_refuse_{act.lower()} BEFORE {act} ON {TABLE} "
                f"BEGIN SELECT RAISE(ABORT, '{TABLE} is append-only'); END"
            )
        return
    for name, acts, each in (("edit", "UPDATE OR DELETE", "ROW"), ("truncate", "TRUNCATE", "STATEMENT")):
        op.execute(
            f"CREATE TRIGGER {TABLE}_refuse_{name} BEFORE {acts} ON {TABLE} "
            f"FOR EACH {each} EXECUTE FUNCTION refuse_edit()"
        )
    within = f"({REACH} = '*' OR controller_id::text = ANY (string_to_array({REACH}, ',')))"
    op.execute(f"ALTER TABLE {TABLE} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {TABLE} FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY within_reach ON {TABLE} USING ({within}) WITH CHECK ({within})")
    # the caller's own bind every client's calls, and belong to none: whoever may read anything reads them
    op.execute(f"CREATE POLICY of_the_caller ON {TABLE} FOR SELECT USING (controller_id IS NULL AND {REACH} <> '')")


def downgrade() -> None:
    op.drop_table(TABLE)
