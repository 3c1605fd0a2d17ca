"""One stream key for each person, and what a room's summary tells: its time on air and what its host earned.

A person's key is that of their newest room. Of rooms from before, what the host earned is not known."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.create_table(
        "stream_keys",
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("stream_key", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("person", name="pk_stream_keys"),
        sa.ForeignKeyConstraint(["person"], ["people.id"], name="fk_stream_keys_person_people"),
    )
    op.create_index("ix_stream_keys_stream_key", "stream_keys", ["stream_key"], unique=True)
    op.execute(
        "INSERT INTO stream_keys (person, stream_key, created_at) SELECT host, stream_key, created_at FROM rooms "
        "WHERE id IN (SELECT max(id) FROM rooms GROUP BY host)"
    )
    op.drop_column("rooms", "stream_key")
    op.add_column("rooms", sa.Column("live_since", sa.BigInteger(), nullable=True))
    op.add_column("rooms", sa.Column("on_air_ms", sa.BigInteger(), nullable=False, server_default="0"))
    op.add_column("rooms", sa.Column("earned", sa.BigInteger(), nullable=True))
    op.execute("UPDATE rooms SET on_air_ms = ended_at - started_at WHERE ended_at > started_at")
    op.execute("UPDATE rooms SET live_since = started_at WHERE live = 1")
    op.execute("UPDATE rooms SET earned = 0 WHERE coins = 0")
