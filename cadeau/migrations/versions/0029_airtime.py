"""How long rooms were measured, watched, and dull."""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"


def upgrade() -> None:
    for column in ("measured_ms", "watched_ms", "dull_ms"):
        op.add_column("rooms", sa.Column(column, sa.BigInteger(), nullable=False, server_default="0"))
