"""Whom a job is for, and when it was last started."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.add_column("jobs", sa.Column("owner", sa.Text(), nullable=False, server_default=""))
    op.add_column("jobs", sa.Column("started_at", sa.BigInteger(), nullable=False, server_default="0"))
    op.create_index("ix_jobs_owner", "jobs", ["owner", "started_at"])
