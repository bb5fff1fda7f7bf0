"""Create decisions, reservations, outcomes, idempotency keys."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

instant = sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite")
json = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
uuid = sa.Uuid(as_uuid=False)


def upgrade() -> None:
    op.create_table(
        "decisions",
        sa.Column("id", uuid, nullable=False),
        sa.Column("controller_id", sa.Integer(), nullable=False),
        sa.Column("campaign_id", uuid, nullable=False),
        sa.Column("api_key_id", sa.String(length=40), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=True),
        sa.Column("ref", sa.String(length=200), nullable=True),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("verdict", sa.String(length=8), nullable=False),
        sa.Column("primary_reason", sa.String(length=40), nullable=True),
        sa.Column("binding", sa.Boolean(), nullable=False),
        sa.Column("checked_at", instant, nullable=False),
        sa.Column("valid_until", instant, nullable=True),
        sa.Column("not_before", instant, nullable=True),
        sa.Column("answer", json, nullable=False),
        sa.Column("repeat_of", uuid, nullable=True),
        sa.Column("reservation_id", uuid, nullable=True),
        sa.Column("leaf_hash", sa.String(length=43), nullable=False),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaigns.id"], name=op.f("fk_decisions_campaign_id_campaigns")),
        sa.ForeignKeyConstraint(
            ["controller_id"], ["controllers.id"], name=op.f("fk_decisions_controller_id_controllers")
        ),
        sa.ForeignKeyConstraint(["id"], ["entries.id"], name=op.f("fk_decisions_id_entries")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decisions")),
    )
    op.create_index("ix_decisions_controller_id_checked_at", "decisions", ["controller_id", "checked_at"], unique=False)
    op.create_index("ix_decisions_number_controller_id", "decisions", ["number", "controller_id"], unique=False)
    op.create_table(
        "reservations",
        sa.Column("id", uuid, nullable=False),
        sa.Column("controller_id", sa.Integer(), nullable=False),
        sa.Column("decision_id", uuid, nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=True),
        sa.Column("reserved_at", instant, nullable=False),
        sa.ForeignKeyConstraint(
            ["controller_id"], ["controllers.id"], name=op.f("fk_reservations_controller_id_controllers")
        ),
        sa.ForeignKeyConstraint(["decision_id"], ["decisions.id"], name=op.f("fk_reservations_decision_id_decisions")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reservations")),
    )
    op.create_index("ix_reservations_number_controller_id", "reservations", ["number", "controller_id"], unique=False)
    op.create_table(
        "outcomes",
        sa.Column("id", uuid, nullable=False),
        sa.Column("controller_id", sa.Integer(), nullable=False),
        sa.Column("decision_id", uuid, nullable=False),
        sa.Column("attempted_at", instant, nullable=False),
        sa.Column("result", sa.String(length=16), nullable=False),
        sa.Column("opt_out", sa.Boolean(), nullable=False),
        sa.Column("recorded_at", instant, nullable=False),
        sa.ForeignKeyConstraint(
            ["controller_id"], ["controllers.id"], name=op.f("fk_outcomes_controller_id_controllers")
        ),
        sa.ForeignKeyConstraint(["decision_id"], ["decisions.id"], name=op.f("fk_outcomes_decision_id_decisions")),
        sa.ForeignKeyConstraint(["id"], ["entries.id"], name=op.f("fk_outcomes_id_entries")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outcomes")),
        sa.UniqueConstraint("decision_id", name=op.f("uq_outcomes_decision_id")),
    )
    op.create_table(
        "idempotency_keys",
        sa.Column("api_key_id", sa.String(length=40), nullable=False),
        sa.Column("key", sa.String(length=255), nullable=False),
        sa.Column("route", sa.String(length=80), nullable=False),
        sa.Column("body_sha256", sa.LargeBinary(length=32), nullable=False),
        sa.Column("created_at", instant, nullable=False),
        sa.Column("decision_id", uuid, nullable=True),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("api_key_id", "key", name=op.f("pk_idempotency_keys")),
    )


def downgrade() -> None:
    op.drop_table("idempotency_keys")
    op.drop_table("outcomes")
    op.drop_table("reservations")
    op.drop_table("decisions")
