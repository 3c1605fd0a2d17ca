"""Where views come from that belong to no impression."""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"


def upgrade() -> None:
    op.add_column("feed_events", sa.Column("source", sa.Text(), nullable=True))
