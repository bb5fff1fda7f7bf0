"""Record relationships: what some laws accept in place of consent. An erasure lets go of number and reference."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

instant = sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite")
json = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
uuid = sa.Uuid(as_uuid=False)

TABLE = "relationships"
KEPT = (
    "id", "controller_id", "kind", "product_categories", "began_at", "ended_at", "recorded_at", "replaces", "evidence",
    "file", "file_row", "leaf_hash",
)  # fmt: skip
REACH = "current_setting('dialgate.controllers', true)"
# what stands in a table of its own is found there; as acts, relationships would swell the index of the few
OLD_ACTS = "kind NOT IN ('check', 'outcome', 'consent', 'suppression')"
ACTS = "kind NOT IN ('check', 'outcome', 'consent', 'suppression', 'relationship')"


def _is_let_go(*, sqlite: bool) -> str:
    """Say which update of a row an erasure may make (see 0009)."""
    same = "IS" if sqlite else "IS NOT DISTINCT FROM"
    log = f"e.controller_id {same} OLD.controller_id"
    window = f"EXISTS (SELECT 1 FROM erasures AS e WHERE e.open IS NOT NULL AND e.number = OLD.number AND {log})"  # noqa: S608
    kept = " AND ".join(f"NEW.{column} {same} OLD.{column}" for column in KEPT)
    return f"{window} AND {kept} AND NEW.number IS NULL AND NEW.ref IS NULL"


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("id", uuid, nullable=False),
        sa.Column("controller_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.BigInteger()),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("product_categories", json, nullable=False),
        sa.Column("began_at", instant, nullable=False),
        sa.Column("ended_at", instant),
        sa.Column("recorded_at", instant, nullable=False),
        sa.Column("replaces", uuid),
        sa.Column("ref", sa.String(length=200)),
        sa.Column("evidence", json, nullable=False),
        sa.Column("file", sa.String(length=64)),
        sa.Column("file_row", sa.Integer()),
        sa.Column("leaf_hash", sa.String(length=43), nullable=False),
        sa.ForeignKeyConstraint(
            ["controller_id"], ["controllers.id"], name=op.f("fk_relationships_controller_id_controllers")
        ),
        sa.ForeignKeyConstraint(["id"], ["entries.id"], name=op.f("fk_relationships_id_entries")),
        sa.ForeignKeyConstraint(
            ["replaces"], ["relationships.id"], name=op.f("fk_relationships_replaces_relationships")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_relationships")),
    )
    op.create_index("ix_relationships_controller_id_recorded_at", TABLE, ["controller_id", "recorded_at"])
    op.create_index("ix_relationships_number_controller_id", TABLE, ["number", "controller_id"])
    _index_acts(ACTS)
    if op.get_bind().dialect.name == "sqlite":
        for act, permitted in (("UPDATE", _is_let_go(sqlite=True)), ("DELETE", "0")):
            op.execute(
                f"CREATE TRIGGER {TABLE}_refuse_{act.lower()} BEFORE {act} ON {TABLE} "
                f"WHEN ({permitted}) IS NOT TRUE BEGIN SELECT RAISE(ABORT, '{TABLE} is append-only'); END"
            )
        return
    op.execute(
        f"CREATE FUNCTION refuse_edit_of_{TABLE}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF TG_OP = 'UPDATE' THEN IF ({_is_let_go(sqlite=False)}) THEN RETURN NEW; END IF; END IF; "
        "RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {TABLE}_refuse_edit BEFORE UPDATE OR DELETE ON {TABLE} "
        f"FOR EACH ROW EXECUTE FUNCTION refuse_edit_of_{TABLE}()"
    )
    op.execute(
        f"CREATE TRIGGER {TABLE}_refuse_truncate BEFORE TRUNCATE ON {TABLE} "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_edit()"
    )
    within = f"({REACH} = '*' OR controller_id::text = ANY (string_to_array({REACH}, ',')))"
    op.execute(f"ALTER TABLE {TABLE} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {TABLE} FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY within_reach ON {TABLE} USING ({within}) WITH CHECK ({within})")


def _index_acts(acts: str) -> None:
    op.drop_index("ix_entries_acts", "entries")
    few = sa.text(acts)
    op.create_index("ix_entries_acts", "entries", ["controller_id", "id"], sqlite_where=few, postgresql_where=few)


def downgrade() -> None:
    op.drop_table(TABLE)
    if op.get_bind().dialect.name != "sqlite":
        op.execute(f"DROP FUNCTION refuse_edit_of_{TABLE}()")
    _index_acts(OLD_ACTS)
