"""Where products are shown: pinned in rooms, tagged in videos; what is bought there, and where it is sent."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Boolean, Column, Index, Table, Text, text
from sqlalchemy.sql import expression

from core.tables import metadata

_OPEN = text("ended_at IS NULL")
_FLASHING = text("flash_until IS NOT NULL")
_UNTOLD = text("told = false")

shop_pins = Table(
    "shop_pins",
    metadata,
    Column("id", Text, primary_key=True),
    Column("room", Text, nullable=False),
    Column("host", Text, nullable=False),
    Column("product", Text, nullable=False),
    Column("prices", JSON, nullable=False),  # minor units by variant and currency, frozen for its life
    Column("flash", JSON, nullable=False),  # minor units by currency, while the flash price lasts; empty: none
    Column("flash_until", BigInteger),  # null: no flash price, or the room was told that it is over
    Column("at", BigInteger, nullable=False),
    Column("ended_at", BigInteger),
    Index("ix_shop_pins_open", "room", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),
    Index("ix_shop_pins_room", "room", "id"),
    Index("ix_shop_pins_flash", "flash_until", sqlite_where=_FLASHING, postgresql_where=_FLASHING),
)

shop_pin_sales = Table(
    "shop_pin_sales",
    metadata,
    Column("order", Text, primary_key=True),
    Column("pin", Text, nullable=False),
    Column("person", Text),  # null: the buyer did not want to be named
    Column("count", BigInteger, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("told", Boolean, nullable=False, server_default=expression.false()),  # the room knows
    Index("ix_shop_pin_sales_untold", "pin", sqlite_where=_UNTOLD, postgresql_where=_UNTOLD),
)

shop_tags = Table(
    "shop_tags",
    metadata,
    Column("video", Text, primary_key=True),
    Column("product", Text, primary_key=True),
    Column("position", BigInteger, nullable=False),
    Column("creator", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Index("ix_shop_tags_product", "product"),
)

shop_saved_addresses = Table(
    "shop_saved_addresses",
    metadata,
    Column("method", Text, primary_key=True),  # the saved payment method that goes with it
    Column("person", Text, nullable=False),
    Column("address", JSON, nullable=False),
    Column("at", BigInteger, nullable=False),
)
