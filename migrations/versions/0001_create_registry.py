"""Create the registry: client brands, campaigns, keys, rulesets."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

instant = sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite")
json = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
uuid = sa.Uuid(as_uuid=False)


def upgrade() -> None:
    op.create_table(
        "controllers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("slug", sa.String(length=63), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("created_at", instant, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_controllers")),
        sa.UniqueConstraint("slug", name=op.f("uq_controllers_slug")),
    )
    op.create_table(
        "campaigns",
        sa.Column("id", uuid, nullable=False),
        sa.Column("controller_id", sa.Integer(), nullable=False),
        sa.Column("slug", sa.String(length=63), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("call_class", sa.String(length=32), nullable=False),
        sa.Column("voice_mode", sa.String(length=16), nullable=False),
        sa.Column("product_category", sa.String(length=40), nullable=False),
        sa.Column("caller_id", sa.String(length=16), nullable=True),
        sa.Column("region", sa.String(length=2), nullable=False),
        sa.Column("profile", sa.String(length=16), nullable=False),
        sa.Column("house_hours", sa.Boolean(), nullable=False),
        sa.Column("party_type", sa.String(length=16), nullable=True),
        sa.Column("number_source", sa.String(length=16), nullable=True),
        sa.Column("created_at", instant, nullable=False),
        sa.ForeignKeyConstraint(
            ["controller_id"], ["controllers.id"], name=op.f("fk_campaigns_controller_id_controllers")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaigns")),
        sa.UniqueConstraint("controller_id", "slug", name=op.f("uq_campaigns_controller_id_slug")),
    )
    op.create_table(
        "api_keys",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("env", sa.String(length=8), nullable=False),
        sa.Column("secret_hmac", sa.LargeBinary(length=32), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("scopes", json, nullable=False),
        sa.Column("all_controllers", sa.Boolean(), nullable=False),
        sa.Column("controller_ids", json, nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("created_at", instant, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_keys")),
    )
    op.create_table(
        "api_key_revocations",
        sa.Column("api_key_id", sa.String(length=16), nullable=False),
        sa.Column("revoked_at", instant, nullable=False),
        sa.ForeignKeyConstraint(
            ["api_key_id"], ["api_keys.id"], name=op.f("fk_api_key_revocations_api_key_id_api_keys")
        ),
        sa.PrimaryKeyConstraint("api_key_id", name=op.f("pk_api_key_revocations")),
    )
    op.create_table(
        "rulesets",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=71), nullable=False),
        sa.Column("content", json, nullable=False),
        sa.Column("activated_at", instant, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rulesets")),
        sa.UniqueConstraint("digest", name=op.f("uq_rulesets_digest")),
    )


def downgrade() -> None:
    op.drop_table("rulesets")
    op.drop_table("api_key_revocations")
    op.drop_table("api_keys")
    op.drop_table("campaigns")
    op.drop_table("controllers")
