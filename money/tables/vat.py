"""VAT on what is sold, and the receipts for it. Lines and receipts are only ever added."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Column, Index, Integer, Table, Text, UniqueConstraint

from core.tables import metadata

vat_sales = Table(  # one for each purchase that was paid since there is VAT; frozen, but for who has looked at it
    "vat_sales",
    metadata,
    Column("purchase", Text, primary_key=True),
    Column("scheme", Text, nullable=False),  # see `vat/rules.py`
    Column("country", Text, nullable=False),  # where it is taxed; empty: nowhere
    Column("buyer_country", Text, nullable=False),  # where the buyer is; empty: unknown
    Column("rate", BigInteger, nullable=False),  # in hundredths of a percent
    Column("currency", Text, nullable=False),
    Column("gross_minor", BigInteger, nullable=False),
    Column("vat_minor", BigInteger, nullable=False),  # of the gross amount
    Column("rates", Text, nullable=False),  # which table of rates it was taken from: its date, or `settings`
    Column("flag", Text, nullable=False),  # what is wrong with the proofs of place; empty: nothing
    Column("quarter", Text, nullable=False),  # of the payment, UTC, as 2026Q4
    Column("at", BigInteger, nullable=False),
    Column("reviewed_at", BigInteger),
    Column("reviewed_by", Text),
    Column("note", Text, nullable=False),
    Index("ix_vat_sales_flag", "flag", "purchase"),
)

vat_lines = Table(  # what each transfer did to VAT: a sale, or money that went back or returned
    "vat_lines",
    metadata,
    Column("transfer", Text, primary_key=True),  # the key of the ledger's transfer
    Column("purchase", Text, nullable=False),
    Column("kind", Text, nullable=False),  # sale, refund, dispute, dispute_won
    Column("scheme", Text, nullable=False),
    Column("country", Text, nullable=False),
    Column("rate", BigInteger, nullable=False),
    Column("currency", Text, nullable=False),
    Column("net_minor", BigInteger, nullable=False),  # below zero: it went back
    Column("vat_minor", BigInteger, nullable=False),
    Column("quarter", Text, nullable=False),
    Column("sale_quarter", Text, nullable=False),  # another one: a correction of that quarter
    Column("at", BigInteger, nullable=False),
    Index("ix_vat_lines_quarter", "quarter"),
    Index("ix_vat_lines_purchase", "purchase"),
)

sales_years = Table(  # locked by every payment: numbers without gaps, and a turnover that no two payments misread
    "sales_years",
    metadata,
    Column("year", Integer, primary_key=True, autoincrement=False),  # UTC
    Column("receipts", BigInteger, nullable=False),  # the last number given
    Column("credit_notes", BigInteger, nullable=False),
    Column("abroad_eur_cents", BigInteger, nullable=False),  # net, to buyers in other countries of the EU
)

receipts = Table(
    "receipts",
    metadata,
    Column("number", Text, primary_key=True),
    Column("kind", Text, nullable=False),  # receipt, credit_note
    Column("year", Integer, nullable=False),
    Column("sequence", BigInteger, nullable=False),  # from 1 in each year
    Column("purchase", Text, nullable=False),
    Column("person", Text, nullable=False),
    Column("cause", Text, nullable=False),  # the key of the transfer it stands for
    Column("corrects", Text),  # a credit note's receipt
    Column("at", BigInteger, nullable=False),
    Column("content", JSON, nullable=False),  # see `receipts/content.py`; frozen
    UniqueConstraint("kind", "year", "sequence"),
    UniqueConstraint("cause", "kind"),
    Index("ix_receipts_purchase", "purchase"),
)

billing_details = Table(  # what a person wants on their receipts
    "billing_details",
    metadata,
    Column("person", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("vat_number", Text, nullable=False),
    Column("country", Text, nullable=False),  # where they say they live; empty: not said
)
