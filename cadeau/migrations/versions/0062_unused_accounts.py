"""People: the day of the last use, and who was warned that an unused account will be deleted."""

import time

import sqlalchemy as sa
from alembic import op

revision = "0062"
down_revision = "0061"

DAY_MS = 24 * 3_600_000


def upgrade() -> None:
    op.add_column("people", sa.Column("used_at", sa.BigInteger(), nullable=False, server_default="0"))
    # Nobody knows when accounts were last used: time runs from now on.
    today = int(time.time() * 1000) // DAY_MS * DAY_MS
    op.execute(sa.text("UPDATE people SET used_at = :today WHERE erased_at = 0").bindparams(today=today))
    op.create_index("ix_people_used_at", "people", ["used_at"])
    op.create_table(
        "unused_warnings",
        sa.Column("person", sa.Text(), primary_key=True),
        sa.Column("used_at", sa.BigInteger(), nullable=False),
        sa.Column("stage", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
    )
    op.create_index("ix_unused_warnings_at", "unused_warnings", ["at"])
