"""Finds the returns that nobody answers."""

from alembic import op

revision = "0070"
down_revision = "0069"


def upgrade() -> None:
    op.create_index("ix_shop_returns_state", "shop_returns", ["state", "at"])
