"""Rooms."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "rooms",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("live", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("stream_key", sa.Text(), nullable=False),
        sa.Column("node", sa.Text(), nullable=False, server_default=""),
        sa.Column("viewers", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("viewers_peak", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("likes", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("coins", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=True),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_rooms"),
        sa.ForeignKeyConstraint(["host"], ["people.id"], name="fk_rooms_host_people"),
    )
    op.create_index("ix_rooms_order", "rooms", ["live", "viewers", "id"])
    op.create_index("ix_rooms_host", "rooms", ["host", "id"])
