"""The room log."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "room_heads",
        sa.Column("room", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("coins", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("room", name="pk_room_heads"),
        sa.ForeignKeyConstraint(["room"], ["rooms.id"], name="fk_room_heads_room_rooms"),
    )
    op.create_table(
        "room_events",
        sa.Column("room", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("person", sa.Text(), nullable=True),
        sa.Column("client_id", sa.Text(), nullable=True),
        sa.Column("digest", sa.LargeBinary(), nullable=True),
        sa.Column("balance", sa.BigInteger(), nullable=True),
        sa.Column("removed", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("room", "seq", name="pk_room_events"),
        sa.UniqueConstraint("person", "client_id", name="uq_room_events_person"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "room_mutes",
        sa.Column("room", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("room", "person", name="pk_room_mutes"),
    )
    op.create_table(
        "room_givers",
        sa.Column("room", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("coins", sa.BigInteger(), nullable=False),
        sa.Column("gift", sa.Text(), nullable=False),
        sa.Column("combo", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("room", "person", name="pk_room_givers"),
    )
    op.create_index("ix_room_givers_top", "room_givers", ["room", "coins"])
