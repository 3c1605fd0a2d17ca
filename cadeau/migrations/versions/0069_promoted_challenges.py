"""Campaigns that promote a challenge."""

import sqlalchemy as sa
from alembic import op

revision = "0069"
down_revision = "0068"


def upgrade() -> None:
    op.add_column("campaigns", sa.Column("challenge", sa.Text()))
