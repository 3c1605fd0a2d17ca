"""Sellers, where they send to, and what they were paid."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Column, Index, Table, Text, UniqueConstraint

from core.tables import metadata

shop_sellers = Table(
    "shop_sellers",
    metadata,
    Column("id", Text, primary_key=True),
    Column("person", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("country", Text, nullable=False),
    Column("register", Text, nullable=False),  # such as a trade register's entry; empty: not registered
    Column("vat_number", Text, nullable=False),  # empty: charges no VAT
    Column("contact", Text, nullable=False),
    Column("state", Text, nullable=False),  # review, approved, refused, stopped, resting
    Column("reason", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("reviewed_by", Text),
    Column("reviewed_at", BigInteger),
    UniqueConstraint("person"),
    Index("ix_shop_sellers_state", "state", "id"),
)

shop_zones = Table(
    "shop_zones",
    metadata,
    Column("seller", Text, primary_key=True),
    Column("position", BigInteger, primary_key=True, autoincrement=False),  # the first that has the country counts
    Column("name", Text, nullable=False),
    Column("countries", JSON, nullable=False),  # ISO 3166-1; empty: every country
    Column("prices", JSON, nullable=False),  # by currency: minor units for the first piece, and for each other
)

shop_payments = Table(
    "shop_payments",
    metadata,
    Column("id", Text, primary_key=True),
    Column("seller", Text, nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    Column("currency", Text, nullable=False),
    Column("reference", Text, nullable=False),  # of the bank transfer that an admin made
    Column("by", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    UniqueConstraint("seller", "key"),
)
