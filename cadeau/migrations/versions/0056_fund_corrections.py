"""Corrections of posted months of the creator fund."""

import sqlalchemy as sa
from alembic import op

revision = "0056"
down_revision = "0055"


def upgrade() -> None:
    op.add_column("fund_periods", sa.Column("corrected", sa.BigInteger(), nullable=False, server_default="0"))
    op.create_table(
        "fund_corrections",
        sa.Column("id", sa.Text(), primary_key=True),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("month", "key", "period", "creator")),
        sa.Column("coins", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("posted", sa.Integer(), nullable=False, server_default="0"),
        sa.UniqueConstraint("month", "key"),
    )
    op.create_index("ix_fund_corrections_period", "fund_corrections", ["period", "posted"])
    op.create_index("ix_fund_corrections_creator", "fund_corrections", ["creator", "id"])
