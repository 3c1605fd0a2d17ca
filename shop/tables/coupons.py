"""Coupons of sellers, and which orders use them."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, CheckConstraint, Column, Index, Table, Text, UniqueConstraint

from core.tables import metadata

shop_coupons = Table(  # what one takes off is never changed: orders were promised it
    "shop_coupons",
    metadata,
    Column("id", Text, primary_key=True),
    Column("seller", Text, nullable=False),
    Column("code", Text, nullable=False),
    Column("rate", BigInteger, nullable=False),  # hundredths of a percent; 0: it is an amount
    Column("amount_minor", BigInteger, nullable=False),
    Column("currency", Text, nullable=False),  # of the amount and the minimum; empty: any
    Column("min_minor", BigInteger, nullable=False),  # of the goods of an order, before it
    Column("products", JSON, nullable=False),  # empty: all
    Column("starts_at", BigInteger, nullable=False),
    Column("ends_at", BigInteger),  # null: goes on
    Column("uses_max", BigInteger),  # as the next one; null: no limit
    Column("uses_each", BigInteger),  # of one person
    Column("used", BigInteger, nullable=False),  # by orders that are paid, or held while they are
    Column("affiliate", Text),  # whose sale it is
    Column("state", Text, nullable=False),  # open, ended
    Column("at", BigInteger, nullable=False),
    UniqueConstraint("seller", "code"),
    CheckConstraint("used >= 0 AND (uses_max IS NULL OR used <= uses_max)", name="not_overused"),
)

shop_coupon_uses = Table(
    "shop_coupon_uses",
    metadata,
    Column("order", Text, primary_key=True),
    Column("coupon", Text, nullable=False),
    Column("person", Text, nullable=False),
    Column("state", Text, nullable=False),  # held, used, released
    Column("at", BigInteger, nullable=False),
    Index("ix_shop_coupon_uses_coupon", "coupon", "person", "state"),
)
