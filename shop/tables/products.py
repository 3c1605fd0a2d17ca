"""Products with their variants, prices, pictures and stock; and what people have in their carts."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, CheckConstraint, Column, Index, Table, Text, UniqueConstraint

from core.tables import metadata

shop_products = Table(
    "shop_products",
    metadata,
    Column("id", Text, primary_key=True),
    Column("seller", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("state", Text, nullable=False),  # draft, offered, withdrawn, withheld
    Column("state_chosen", Text, nullable=False, server_default=""),  # what withheld has replaced
    Column("at", BigInteger, nullable=False),
    Index("ix_shop_products_seller", "seller", "state", "id"),
    Index("ix_shop_products_state", "state", "id"),
)

shop_variants = Table(
    "shop_variants",
    metadata,
    Column("id", Text, primary_key=True),
    Column("product", Text, nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("name", Text, nullable=False),  # such as a size; empty for the only one
    Column("on_hand", BigInteger, nullable=False),  # in the seller's store; those sold leave when they are sent
    Column("reserved", BigInteger, nullable=False),  # of them, held for a checkout or sold
    Column("offered", Boolean, nullable=False),
    Index("ix_shop_variants_product", "product", "position"),
    CheckConstraint("reserved >= 0 AND reserved <= on_hand", name="not_oversold"),
)

shop_prices = Table(
    "shop_prices",
    metadata,
    Column("variant", Text, primary_key=True),
    Column("currency", Text, primary_key=True),
    Column("price_minor", BigInteger, nullable=False),  # with the VAT
)

shop_price_changes = Table(  # none is changed
    "shop_price_changes",
    metadata,
    Column("id", Text, primary_key=True),
    Column("variant", Text, nullable=False),
    Column("currency", Text, nullable=False),
    Column("price_minor", BigInteger),  # null: not for sale from then on
    Column("at", BigInteger, nullable=False),
    Index("ix_shop_price_changes_variant", "variant", "currency", "at"),
)

shop_stock_changes = Table(
    "shop_stock_changes",
    metadata,
    Column("id", Text, primary_key=True),
    Column("variant", Text, nullable=False),
    Column("change", BigInteger, nullable=False),
    Column("reason", Text, nullable=False),  # seller, sent, returned
    Column("key", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    UniqueConstraint("variant", "key"),
)

shop_pictures = Table(
    "shop_pictures",
    metadata,
    Column("product", Text, primary_key=True),
    Column("digest", Text, primary_key=True),
    Column("position", BigInteger, nullable=False),
    Column("shown", Boolean, nullable=False),  # the row is there before its files are
    Column("at", BigInteger, nullable=False),
    Column("kept_until", BigInteger, nullable=False, server_default="0"),  # Unix ms: as evidence, for an authority
    Index("ix_shop_pictures_shown", "shown", "at"),
)

shop_cart = Table(
    "shop_cart",
    metadata,
    Column("person", Text, primary_key=True),
    Column("variant", Text, primary_key=True),
    Column("count", BigInteger, nullable=False),
    Column("at", BigInteger, nullable=False),
)
