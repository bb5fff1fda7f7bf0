"""Let erasures, and nothing else, through the guard of the record.

A row of the record is still never edited, but for one thing: in the transaction that writes an erasure's entry, the
personal columns of one number in that entry's log become NULL, its suppressions get their keyed hash, and its openings
go. The triggers see this by a row of `erasures`:

- It can only be inserted for an entry of kind `erasure` of the same log that is new (it still waits for the tree), and
  only once an entry, since its key is the entry's id and no row is ever removed.
- It is born open, for one number. An open row cannot be committed: `open` points at a log of the id `open`, which does
  not exist, by a foreign key that is deferred to the commit. So no other transaction ever sees an open row, and one
  that forgets to close it is refused as a whole. Both databases have this, and neither needs to be asked which
  transaction a row came from.
- It can only be closed, never opened again.

So nobody lets go of a row by accident: the entry says that it was done, the window names the number and the log.
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

instant = sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite")
uuid = sa.Uuid(as_uuid=False)

ACTS = "kind NOT IN ('check', 'outcome', 'consent', 'suppression')"
HASHED = ("suppressions", "objections_to_all")
EMPTIED = {
    "consent_events": ("number", "person", "ref"),
    "suppressions": ("number", "ref"),
    "objections_to_all": ("number", "ref"),
    "decisions": ("number", "ref"),
    "reservations": ("number",),
}
KEPT = {
    "consent_events": (
        "id", "controller_id", "action", "purposes", "voice_modes", "product_categories", "origin", "obtained_at",
        "recorded_at", "expires_at", "evidence", "notice", "file", "file_row", "leaf_hash",
    ),
    "suppressions": ("id", "reason", "since", "recorded_at", "file", "file_row", "leaf_hash", "controller_id"),
    "objections_to_all": ("id", "reason", "since", "recorded_at", "file", "file_row", "leaf_hash"),
    "decisions": (
        "id", "controller_id", "campaign_id", "api_key_id", "kind", "verdict", "primary_reason", "binding",
        "checked_at", "valid_until", "not_before", "answer", "repeat_of", "reservation_id", "leaf_hash",
    ),
    "reservations": ("id", "controller_id", "decision_id", "reserved_at"),
    "imports": (
        "id", "controller_id", "kind", "file_sha256", "totals", "errors", "imported_by", "started_at", "finished_at",
    ),
    "erasures": ("entry_id", "controller_id", "at"),
}  # fmt: skip
OPENED = ("consent_events", "suppressions", "objections_to_all", "decisions", "reservations", "imports", "openings")
WALLED = ("erasures", "erasure_proposals", "file_erasures", "retention_settings")
REACH = "current_setting('dialgate.controllers', true)"


def _same(table: str, *, sqlite: bool) -> str:
    equals = "IS" if sqlite else "IS NOT DISTINCT FROM"
    return " AND ".join(f"NEW.{column} {equals} OLD.{column}" for column in KEPT[table])


def _window(table: str, number: str, *, sqlite: bool) -> str:
    """Say that an erasure is open in the log of the row, for the number that `number` compares."""
    owner = "NULL" if table == "objections_to_all" else "OLD.controller_id"
    same_log = f"e.controller_id {'IS' if sqlite else 'IS NOT DISTINCT FROM'} {owner}"
    return f"EXISTS (SELECT 1 FROM erasures AS e WHERE e.open IS NOT NULL AND {number} AND {same_log})"  # noqa: S608


def _is_let_go(table: str, *, sqlite: bool) -> str:
    """Say which update of a row an erasure may make."""
    if table == "imports":
        renamed = "NEW.file_name = 'erased'"
        return (
            f"{_window(table, 'e.number IS NOT NULL', sqlite=sqlite)} AND {renamed} AND {_same(table, sqlite=sqlite)}"
        )
    parts = [_window(table, "e.number = OLD.number", sqlite=sqlite), _same(table, sqlite=sqlite)]
    parts += [f"NEW.{column} IS NULL" for column in EMPTIED[table]]
    if table in HASHED:
        parts += ["OLD.number_hash IS NULL", "OLD.hash_key IS NULL"]
        parts += ["NEW.number_hash IS NOT NULL", "NEW.hash_key IS NOT NULL"]
    return " AND ".join(parts)


def _guard_sqlite(table: str, act: str, permitted: str) -> None:
    op.execute(f"DROP TRIGGER IF EXISTS {table}_refuse_{act.lower()}")
    op.execute(
        f"CREATE TRIGGER {table}_refuse_{act.lower()} BEFORE {act} ON {table} WHEN ({permitted}) IS NOT TRUE "
        f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
    )


def _guard_postgresql(table: str, act: str, permitted: str) -> None:
    row = "OLD" if act == "DELETE" else "NEW"
    op.execute(
        f"CREATE FUNCTION refuse_edit_of_{table}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF TG_OP = '{act}' THEN IF ({permitted}) THEN RETURN {row}; END IF; END IF; "
        "RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$"
    )
    op.execute(f"DROP TRIGGER IF EXISTS {table}_refuse_edit ON {table}")
    op.execute(
        f"CREATE TRIGGER {table}_refuse_edit BEFORE UPDATE OR DELETE ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION refuse_edit_of_{table}()"
    )


def _begins(*, sqlite: bool) -> str:
    """Say which row may begin an erasure."""
    equals = "IS" if sqlite else "IS NOT DISTINCT FROM"
    entry = f"n.id = NEW.entry_id AND n.kind = 'erasure' AND n.controller_id {equals} NEW.controller_id"
    new = f"EXISTS (SELECT 1 FROM entries AS n JOIN pending AS p ON p.entry_id = n.id WHERE {entry})"  # noqa: S608
    return f"NEW.open = 'open' AND NEW.number IS NOT NULL AND {new}"


def _guard_erasures(*, sqlite: bool) -> None:
    closes = f"OLD.open = 'open' AND NEW.open IS NULL AND NEW.number IS NULL AND {_same('erasures', sqlite=sqlite)}"
    if sqlite:
        _guard_sqlite("erasures", "INSERT", _begins(sqlite=True))
        _guard_sqlite("erasures", "UPDATE", closes)
        _guard_sqlite("erasures", "DELETE", "0")
        return
    _guard_postgresql("erasures", "UPDATE", closes)
    op.execute(
        "CREATE FUNCTION refuse_beginning() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF ({_begins(sqlite=False)}) THEN RETURN NEW; END IF; "
        "RAISE EXCEPTION 'erasures is append-only: it begins with a new entry'; END $$"
    )
    op.execute(
        "CREATE TRIGGER erasures_refuse_beginning BEFORE INSERT ON erasures "
        "FOR EACH ROW EXECUTE FUNCTION refuse_beginning()"
    )
    op.execute(
        "CREATE TRIGGER erasures_refuse_truncate BEFORE TRUNCATE ON erasures "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_edit()"
    )


def upgrade() -> None:
    sqlite = op.get_bind().dialect.name == "sqlite"
    for table in HASHED:
        op.add_column(table, sa.Column("number_hash", sa.LargeBinary(length=32)))
        op.add_column(table, sa.Column("hash_key", sa.String(length=16)))
        op.create_index(f"ix_{table}_number_hash_hash_key", table, ["number_hash", "hash_key"])
    op.add_column("lists", sa.Column("source_erased_at", instant, nullable=True))
    few = sa.text(ACTS)
    op.create_index("ix_entries_acts", "entries", ["controller_id", "id"], sqlite_where=few, postgresql_where=few)
    _create_tables()
    _guard_erasures(sqlite=sqlite)
    guard = _guard_sqlite if sqlite else _guard_postgresql
    for table in OPENED:
        if table == "openings":
            own = "(e.number = OLD.number OR OLD.number IS NULL)"
            guard(table, "DELETE", _window(table, own, sqlite=sqlite))
        else:
            guard(table, "UPDATE", _is_let_go(table, sqlite=sqlite))
    if not sqlite:
        within = f"({REACH} = '*' OR controller_id::text = ANY (string_to_array({REACH}, ',')))"
        for table in WALLED:
            op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
            op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
            op.execute(f"CREATE POLICY within_reach ON {table} USING ({within}) WITH CHECK ({within})")


def _of_controllers(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["controller_id"], ["controllers.id"], name=op.f(f"fk_{table}_controller_id_controllers")
    )


def _create_tables() -> None:
    op.create_table(
        "erasures",
        sa.Column("entry_id", uuid, nullable=False),
        sa.Column("controller_id", sa.Integer()),
        sa.Column("at", instant, nullable=False),
        sa.Column("number", sa.BigInteger()),
        sa.Column("open", sa.String(length=32)),
        sa.CheckConstraint("open = 'open'", name=op.f("ck_erasures_open")),
        sa.ForeignKeyConstraint(["entry_id"], ["entries.id"], name=op.f("fk_erasures_entry_id_entries")),
        sa.ForeignKeyConstraint(
            ["open"], ["logs.id"], name=op.f("fk_erasures_open_logs"), deferrable=True, initially="DEFERRED"
        ),
        sa.PrimaryKeyConstraint("entry_id", name=op.f("pk_erasures")),
    )
    op.create_table(
        "erasure_proposals",
        sa.Column("id", uuid, nullable=False),
        sa.Column("controller_id", sa.Integer()),
        sa.Column("number", sa.BigInteger()),
        sa.Column("ref", sa.String(length=200)),
        sa.Column("proposed_by", sa.String(length=40), nullable=False),
        sa.Column("proposed_login", sa.String(length=200)),
        sa.Column("proposed_at", instant, nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("settled_by", sa.String(length=40)),
        sa.Column("settled_at", instant),
        sa.Column("erasure_id", uuid),
        _of_controllers("erasure_proposals"),
        sa.ForeignKeyConstraint(["id"], ["entries.id"], name=op.f("fk_erasure_proposals_id_entries")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erasure_proposals")),
    )
    op.create_index("ix_erasure_proposals_state_proposed_at", "erasure_proposals", ["state", "proposed_at"])
    op.create_table(
        "file_erasures",
        sa.Column("id", uuid, nullable=False),
        sa.Column("controller_id", sa.Integer()),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("until", instant, nullable=False),
        _of_controllers("file_erasures"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_file_erasures")),
    )
    op.create_table(
        "retention_settings",
        sa.Column("controller_id", sa.Integer(), nullable=False),
        sa.Column("is_on", sa.Boolean(), nullable=False),
        sa.Column("changed_at", instant, nullable=False),
        _of_controllers("retention_settings"),
        sa.PrimaryKeyConstraint("controller_id", name=op.f("pk_retention_settings")),
    )


def downgrade() -> None:
    sqlite = op.get_bind().dialect.name == "sqlite"
    for table in OPENED:
        for act in ("update", "delete") if sqlite else ():
            op.execute(f"DROP TRIGGER IF EXISTS {table}_refuse_{act}")
            op.execute(
                f"CREATE TRIGGER {table}_refuse_{act} BEFORE {act.upper()} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )
        if not sqlite:
            op.execute(f"DROP TRIGGER {table}_refuse_edit ON {table}")
            op.execute(f"DROP FUNCTION refuse_edit_of_{table}()")
            op.execute(
                f"CREATE TRIGGER {table}_refuse_edit BEFORE UPDATE OR DELETE ON {table} "
                "FOR EACH ROW EXECUTE FUNCTION refuse_edit()"
            )
    for table in ("retention_settings", "file_erasures", "erasure_proposals", "erasures"):
        op.drop_table(table)
    for name in () if sqlite else ("refuse_edit_of_erasures", "refuse_beginning"):
        op.execute(f"DROP FUNCTION {name}()")
    op.drop_index("ix_entries_acts", "entries")
    op.drop_column("lists", "source_erased_at")
    for table in HASHED:
        op.drop_index(f"ix_{table}_number_hash_hash_key", table)
        op.drop_column(table, "number_hash")
        op.drop_column(table, "hash_key")
