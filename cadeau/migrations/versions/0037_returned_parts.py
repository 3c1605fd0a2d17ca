"""What came back of a payout in part."""

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0035"


def upgrade() -> None:
    for name in ("returned_minor", "returned_coins"):
        op.add_column("payouts", sa.Column(name, sa.BigInteger(), nullable=False, server_default="0"))
