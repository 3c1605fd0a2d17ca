"""Sums of the ledger by account and month, and what creators say for the tax offices."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Table, Text

from core.tables import metadata

month_sums = Table(  # the entries of each account, as far as `summed_accounts` says: see reports/sums.py
    "month_sums",
    metadata,
    Column("account", BigInteger, primary_key=True, autoincrement=False),
    Column("month", Text, primary_key=True),  # UTC, as 2026-11
    Column("kind", Text, primary_key=True),  # of the transfers
    Column("received", BigInteger, nullable=False),
    Column("paid", BigInteger, nullable=False),
    Column("transfers", BigInteger, nullable=False),  # how many
    Column("first_transfer", BigInteger, nullable=False),
    Column("last_transfer", BigInteger, nullable=False),
    Index("ix_month_sums_month", "month"),
)

summed_accounts = Table(
    "summed_accounts",
    metadata,
    Column("account", BigInteger, primary_key=True, autoincrement=False),
    Column("transfer", BigInteger, nullable=False),  # the last one that is summed
)

tax_details = Table(  # the newest of a person counts; none is ever changed
    "tax_details",
    metadata,
    Column("id", Text, primary_key=True),
    Column("person", Text, nullable=False),
    Column("kind", Text, nullable=False),  # individual, business
    Column("name", Text, nullable=False),
    Column("street", Text, nullable=False),
    Column("postcode", Text, nullable=False),
    Column("city", Text, nullable=False),
    Column("country", Text, nullable=False),  # of residence; ISO 3166-1, two letters
    Column("tin", Text, nullable=False),  # empty: they have none, and say where they were born
    Column("tin_country", Text, nullable=False),  # that issued it
    Column("vat_number", Text, nullable=False),
    Column("register_number", Text, nullable=False),  # of a business
    Column("birthplace", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Index("ix_tax_details_person", "person", "id"),
)
