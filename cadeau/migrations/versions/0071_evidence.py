"""Pictures of products are kept for authorities for a while, and titles of rooms can be hidden."""

import sqlalchemy as sa
from alembic import op

revision = "0071"
down_revision = "0070"


def upgrade() -> None:
    op.add_column("shop_pictures", sa.Column("kept_until", sa.BigInteger(), nullable=False, server_default="0"))
    op.add_column("rooms", sa.Column("title_withheld", sa.Text(), nullable=False, server_default=""))
