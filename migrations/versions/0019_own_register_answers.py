"""Give answers of registers to the controller whose list was submitted; what has no controller answers everybody.

Snapshots imported before this stay everybody's: which of them answered a submission stands in the log alone.
"""

from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

TABLES = ("register_snapshots", "register_activations")
REACH = "current_setting('dialgate.controllers', true)"
OLD, NEW = "ix_register_activations_register_as_of", "ix_register_activations_register_controller_id_as_of"


def upgrade() -> None:
    for table in TABLES:
        # in one statement: SQLite cannot add a constraint to a table that is there
        name = f"fk_{table}_controller_id_controllers"
        op.execute(
            f"ALTER TABLE {table} ADD COLUMN controller_id INTEGER CONSTRAINT {name} REFERENCES controllers (id)"
        )
    op.drop_index(OLD, TABLES[1])
    op.create_index(NEW, TABLES[1], ["register", "controller_id", "as_of", "id"])
    if op.get_bind().dialect.name == "sqlite":
        return
    within = f"({REACH} = '*' OR controller_id::text = ANY (string_to_array({REACH}, ',')))"
    for table in TABLES:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY within_reach ON {table} USING ({within}) WITH CHECK ({within})")
        # a list that is nobody's in particular binds every client's calls: whoever may read anything reads it
        op.execute(f"CREATE POLICY of_everybody ON {table} FOR SELECT USING (controller_id IS NULL AND {REACH} <> '')")


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        for table in TABLES:
            op.execute(f"DROP POLICY of_everybody ON {table}")
            op.execute(f"DROP POLICY within_reach ON {table}")
            op.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
            op.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
    op.drop_index(NEW, TABLES[1])
    op.create_index(OLD, TABLES[1], ["register", "as_of", "id"])
    for table in TABLES:
        op.drop_column(table, "controller_id")
