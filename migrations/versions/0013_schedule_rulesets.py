"""Schedule rulesets: each comes into force at a stated time, by two persons.

Until now the newest row of `rulesets` was in force. Every one of them gets the activation that it had, so that the
same is in force after the migration; nobody is named as having approved it, for nobody was asked.
"""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

from app.db.types import Instant

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

instant = sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite")
uuid = sa.Uuid(as_uuid=False)


def _guard(table: str) -> None:
    if op.get_bind().dialect.name == "sqlite":
        for act in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_refuse_{act.lower()} BEFORE {act} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )
        return
    for name, acts, each in (("edit", "UPDATE OR DELETE", "ROW"), ("truncate", "TRUNCATE", "STATEMENT")):
        op.execute(
            f"CREATE TRIGGER {table}_refuse_{name} BEFORE {acts} ON {table} "
            f"FOR EACH {each} EXECUTE FUNCTION refuse_edit()"
        )


def upgrade() -> None:
    op.execute("ALTER TABLE rulesets RENAME COLUMN activated_at TO recorded_at")
    op.create_table(
        "ruleset_activations",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=71), nullable=False),
        sa.Column("effective_at", instant, nullable=False),
        sa.Column("proposed_by", sa.String(length=40), nullable=False),
        sa.Column("approved_by", sa.String(length=40)),
        sa.Column("recorded_at", instant, nullable=False),
        sa.Column("follows", sa.Integer()),
        sa.ForeignKeyConstraint(["digest"], ["rulesets.digest"], name=op.f("fk_ruleset_activations_digest_rulesets")),
        sa.ForeignKeyConstraint(
            ["follows"], ["ruleset_activations.id"], name=op.f("fk_ruleset_activations_follows_ruleset_activations")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ruleset_activations")),
        sa.UniqueConstraint("follows", name=op.f("uq_ruleset_activations_follows")),
    )
    op.create_index("ix_ruleset_activations_effective_at_id", "ruleset_activations", ["effective_at", "id"])
    op.execute(
        "INSERT INTO ruleset_activations (digest, effective_at, proposed_by, recorded_at) "
        # in their order, whatever the clock said: the newest row was in force
        "SELECT digest, (SELECT max(b.recorded_at) FROM rulesets AS b WHERE b.id <= a.id), 'cli', recorded_at "
        "FROM rulesets AS a ORDER BY a.id"
    )
    op.execute(
        "UPDATE ruleset_activations SET follows = "
        "(SELECT max(b.id) FROM ruleset_activations AS b WHERE b.id < ruleset_activations.id)"
    )
    _guard("ruleset_activations")
    op.create_table(
        "ruleset_proposals",
        sa.Column("id", uuid, nullable=False),
        sa.Column("digest", sa.String(length=71), nullable=False),
        sa.Column("follows", sa.Integer()),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("proposed_by", sa.String(length=40), nullable=False),
        sa.Column("proposed_login", sa.String(length=200)),
        sa.Column("proposed_at", instant, nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("settled_by", sa.String(length=40)),
        sa.Column("settled_at", instant),
        sa.Column("effective_at", instant),
        sa.ForeignKeyConstraint(["digest"], ["rulesets.digest"], name=op.f("fk_ruleset_proposals_digest_rulesets")),
        sa.ForeignKeyConstraint(
            ["follows"], ["ruleset_activations.id"], name=op.f("fk_ruleset_proposals_follows_ruleset_activations")
        ),
        sa.ForeignKeyConstraint(["id"], ["entries.id"], name=op.f("fk_ruleset_proposals_id_entries")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ruleset_proposals")),
    )
    op.create_index("ix_ruleset_proposals_state", "ruleset_proposals", ["state"])


def downgrade() -> None:
    _refuse_to_activate()
    op.drop_table("ruleset_proposals")
    op.drop_table("ruleset_activations")
    op.execute("ALTER TABLE rulesets RENAME COLUMN recorded_at TO activated_at")


def _refuse_to_activate() -> None:
    """Refuse where the newest ruleset on record is not in force: to the older version it would be."""
    connection = op.get_bind()
    newest = connection.execute(sa.text("SELECT digest FROM rulesets ORDER BY id DESC LIMIT 1")).scalar_one_or_none()
    at = sa.bindparam("now", datetime.now(UTC), Instant())
    active = sa.text(
        "SELECT digest FROM ruleset_activations WHERE effective_at <= :now ORDER BY effective_at DESC, id DESC LIMIT 1"
    )
    if newest != connection.execute(active.bindparams(at)).scalar_one_or_none():
        raise RuntimeError("the newest ruleset on record is not in force; an older version would put it in force")
