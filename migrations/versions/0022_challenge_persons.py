"""Challenge called persons: the codes they prove a number by, their sessions, how many were asked for, what is sent."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

instant = sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite")
uuid = sa.Uuid(as_uuid=False)


def upgrade() -> None:
    op.create_table(
        "challenges",
        sa.Column("token_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("number", sa.LargeBinary(length=64), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("created_at", instant, nullable=False),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_challenges")),
    )
    op.create_index("ix_challenges_created_at", "challenges", ["created_at"])
    op.create_table(
        "person_sessions",
        sa.Column("token_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("number", sa.LargeBinary(length=64), nullable=False),
        sa.Column("created_at", instant, nullable=False),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_person_sessions")),
    )
    op.create_index("ix_person_sessions_created_at", "person_sessions", ["created_at"])
    op.create_table(
        "code_counts",
        sa.Column("subject", sa.LargeBinary(length=32), nullable=False),
        sa.Column("began_at", instant, nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("subject", name=op.f("pk_code_counts")),
    )
    op.create_index("ix_code_counts_began_at", "code_counts", ["began_at"])
    op.create_table(
        "messages",
        sa.Column("id", uuid, nullable=False),
        sa.Column("sealed", sa.LargeBinary(length=2000), nullable=False),
        sa.Column("is_withheld", sa.Boolean(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("lease_until", instant),
        sa.Column("created_at", instant, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_messages")),
    )
    op.create_index("ix_messages_created_at", "messages", ["created_at"])


def downgrade() -> None:
    for table in ("messages", "code_counts", "person_sessions", "challenges"):
        op.drop_table(table)
