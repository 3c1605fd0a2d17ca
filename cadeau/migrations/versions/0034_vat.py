"""VAT on what is sold, receipts, and billing details. Purchases that were paid before get neither."""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False)


def _count(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=False)


def upgrade() -> None:
    op.create_table(
        "vat_sales",
        *(_text(name) for name in ("purchase", "scheme", "country", "buyer_country")),
        _count("rate"),
        _text("currency"),
        _count("gross_minor"),
        _count("vat_minor"),
        *(_text(name) for name in ("rates", "flag", "quarter")),
        _count("at"),
        sa.Column("reviewed_at", sa.BigInteger()),
        sa.Column("reviewed_by", sa.Text()),
        _text("note"),
        sa.PrimaryKeyConstraint("purchase", name="pk_vat_sales"),
    )
    op.create_index("ix_vat_sales_flag", "vat_sales", ["flag", "purchase"])
    op.create_table(
        "vat_lines",
        *(_text(name) for name in ("transfer", "purchase", "kind", "scheme", "country")),
        _count("rate"),
        _text("currency"),
        _count("net_minor"),
        _count("vat_minor"),
        _text("quarter"),
        _text("sale_quarter"),
        _count("at"),
        sa.PrimaryKeyConstraint("transfer", name="pk_vat_lines"),
    )
    op.create_index("ix_vat_lines_quarter", "vat_lines", ["quarter"])
    op.create_index("ix_vat_lines_purchase", "vat_lines", ["purchase"])
    _receipts()


def _receipts() -> None:
    op.create_table(
        "sales_years",
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        *(_count(name) for name in ("receipts", "credit_notes", "abroad_eur_cents")),
        sa.PrimaryKeyConstraint("year", name="pk_sales_years"),
    )
    op.create_table(
        "receipts",
        _text("number"),
        _text("kind"),
        sa.Column("year", sa.Integer(), nullable=False),
        _count("sequence"),
        *(_text(name) for name in ("purchase", "person", "cause")),
        sa.Column("corrects", sa.Text()),
        _count("at"),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_receipts"),
        sa.UniqueConstraint("kind", "year", "sequence", name="uq_receipts_kind"),
        sa.UniqueConstraint("cause", "kind", name="uq_receipts_cause"),
    )
    op.create_index("ix_receipts_purchase", "receipts", ["purchase"])
    op.create_table(
        "billing_details",
        *(_text(name) for name in ("person", "name", "address", "vat_number", "country")),
        sa.PrimaryKeyConstraint("person", name="pk_billing_details"),
    )
