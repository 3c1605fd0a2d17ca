"""Plans of sellers, who promotes what for them, and whose link, tag or pin led somebody to a product."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Table, Text, UniqueConstraint

from core.tables import metadata

shop_plans = Table(
    "shop_plans",
    metadata,
    Column("seller", Text, primary_key=True),
    Column("mode", Text, nullable=False),  # open, invited, closed
    Column("at", BigInteger, nullable=False),
)

shop_rates = Table(  # every rate there ever was; none is changed
    "shop_rates",
    metadata,
    Column("id", Text, primary_key=True),
    Column("seller", Text, nullable=False),
    Column("product", Text, nullable=False),  # empty: the rate of all products without one of their own
    Column("rate", BigInteger),  # hundredths of a percent; null: like the others again
    Column("at", BigInteger, nullable=False),
    Index("ix_shop_rates_seller", "seller", "product", "id"),
)

shop_affiliates = Table(
    "shop_affiliates",
    metadata,
    Column("seller", Text, primary_key=True),
    Column("person", Text, primary_key=True),
    Column("state", Text, nullable=False),  # invited, joined, ended
    Column("at", BigInteger, nullable=False),
    Index("ix_shop_affiliates_person", "person", "state"),
)

shop_promotions = Table(
    "shop_promotions",
    metadata,
    Column("person", Text, primary_key=True),
    Column("product", Text, primary_key=True),
    Column("seller", Text, nullable=False),
    Column("code", Text, nullable=False),  # in the link
    Column("since", BigInteger, nullable=False),
    Column("ends_at", BigInteger),  # null: goes on
    UniqueConstraint("code"),
    Index("ix_shop_promotions_seller", "seller", "person"),
    Index("ix_shop_promotions_product", "product"),
)

shop_touches = Table(  # the last one of each creator; forgotten when it does not count anymore
    "shop_touches",
    metadata,
    Column("buyer", Text, primary_key=True),
    Column("product", Text, primary_key=True),
    Column("creator", Text, primary_key=True),
    Column("source", Text, nullable=False),  # link, tag, pin
    Column("at", BigInteger, nullable=False),
    Index("ix_shop_touches_at", "at"),
)
