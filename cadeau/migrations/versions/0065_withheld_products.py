"""Products that a moderator hides."""

import sqlalchemy as sa
from alembic import op

revision = "0065"
down_revision = "0064"


def upgrade() -> None:
    op.add_column("shop_products", sa.Column("state_chosen", sa.Text(), nullable=False, server_default=""))
