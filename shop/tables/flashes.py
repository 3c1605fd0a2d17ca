"""Flash prices of products outside rooms, and which orders have pieces at one."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, CheckConstraint, Column, Index, Table, Text

from core.tables import metadata

shop_flashes = Table(  # its prices are never changed: orders were promised them
    "shop_flashes",
    metadata,
    Column("id", Text, primary_key=True),
    Column("product", Text, nullable=False),
    Column("prices", JSON, nullable=False),  # minor units by currency, of each piece of every variant
    Column("starts_at", BigInteger, nullable=False),
    Column("ends_at", BigInteger, nullable=False),  # sooner, if its seller ends it
    Column("pieces_max", BigInteger),  # null: no limit
    Column("taken", BigInteger, nullable=False),  # pieces of orders that are paid, or held while they are
    Column("at", BigInteger, nullable=False),
    Index("ix_shop_flashes_product", "product", "ends_at"),
    CheckConstraint("taken >= 0 AND (pieces_max IS NULL OR taken <= pieces_max)", name="not_overtaken"),
)

shop_flash_uses = Table(
    "shop_flash_uses",
    metadata,
    Column("order", Text, primary_key=True),
    Column("flash", Text, primary_key=True),
    Column("count", BigInteger, nullable=False),  # pieces
    Column("state", Text, nullable=False),  # held, used, released
    Column("at", BigInteger, nullable=False),
    Index("ix_shop_flash_uses_flash", "flash", "state"),
)
