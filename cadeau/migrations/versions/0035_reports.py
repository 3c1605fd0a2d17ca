"""Sums of the ledger by month, and tax details."""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"


def upgrade() -> None:
    op.create_table(
        "month_sums",
        sa.Column("account", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("month", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("received", sa.BigInteger(), nullable=False),
        sa.Column("paid", sa.BigInteger(), nullable=False),
        sa.Column("transfers", sa.BigInteger(), nullable=False),
        sa.Column("first_transfer", sa.BigInteger(), nullable=False),
        sa.Column("last_transfer", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account", "month", "kind", name="pk_month_sums"),
    )
    op.create_index("ix_month_sums_month", "month_sums", ["month"])
    op.create_table(
        "summed_accounts",
        sa.Column("account", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("transfer", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account", name="pk_summed_accounts"),
    )
    texts = (
        "person", "kind", "name", "street", "postcode", "city", "country", "tin", "tin_country", "vat_number",
        "register_number", "birthplace",
    )  # fmt: skip
    op.create_table(
        "tax_details",
        sa.Column("id", sa.Text(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in texts),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_tax_details"),
    )
    op.create_index("ix_tax_details_person", "tax_details", ["person", "id"])
