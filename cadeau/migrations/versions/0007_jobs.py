"""Schedules, the time a job finished, and an index to find expired sessions."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.add_column("jobs", sa.Column("finished_at", sa.BigInteger(), nullable=False, server_default="0"))
    op.execute("UPDATE jobs SET finished_at = run_at WHERE state IN ('done', 'failed')")
    op.create_table(
        "schedules",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("kind", name="pk_schedules"),
    )
    op.create_index("ix_sessions_expires_at", "sessions", ["expires_at"])
