"""What people gave by day, and the limits they set."""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"


def upgrade() -> None:
    op.create_table(
        "spending",
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.Column("coins", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("person", "day", name="pk_spending"),
    )
    op.create_index("ix_spending_day", "spending", ["day"])
    op.create_table(
        "spending_limits",
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("span", sa.Text(), nullable=False),
        sa.Column("from", sa.BigInteger(), nullable=False),
        sa.Column("coins", sa.BigInteger()),
        sa.PrimaryKeyConstraint("person", "span", "from", name="pk_spending_limits"),
    )
    op.create_table(
        "spending_notices",
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("coins", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("person", name="pk_spending_notices"),
    )
