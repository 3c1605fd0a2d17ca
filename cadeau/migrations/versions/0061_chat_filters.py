"""Chat: words and links that hosts and admins filter, and lines that wait for a moderator."""

import sqlalchemy as sa
from alembic import op

revision = "0061"
down_revision = "0060"


def upgrade() -> None:
    op.create_table(
        "chat_filters",
        sa.Column("owner", sa.Text(), primary_key=True),
        sa.Column("words", sa.JSON(), nullable=False),
        sa.Column("links", sa.Text(), nullable=False),
        sa.Column("domains", sa.JSON(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
    )
    op.create_index("ix_chat_filters_changed_at", "chat_filters", ["changed_at"])
    op.create_table(
        "held_lines",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("room", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("decided_by", sa.Text(), nullable=False, server_default=""),
        sa.UniqueConstraint("person", "client_id", name="uq_held_lines_person"),
    )
    op.create_index("ix_held_lines_room", "held_lines", ["room", "at"])
    op.create_index("ix_held_lines_at", "held_lines", ["at"])
