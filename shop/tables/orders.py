"""Checkouts and their orders, and what became of the money of each."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Boolean, Column, Index, Table, Text, UniqueConstraint, text
from sqlalchemy.sql import expression

from core.tables import metadata

_HELD_BY_PIN = text("state = 'held' AND pin IS NOT NULL")

shop_checkouts = Table(
    "shop_checkouts",
    metadata,
    Column("id", Text, primary_key=True),
    Column("person", Text, nullable=False),
    Column("purchase", Text, nullable=False),  # the payment of all its orders
    Column("total_minor", BigInteger, nullable=False),
    Column("currency", Text, nullable=False),
    Column("state", Text, nullable=False),  # held, paid, expired
    Column("held_until", BigInteger, nullable=False),
    Column("key", Text, nullable=False),  # the Idempotency-Key of the request
    Column("content", Text, nullable=False),  # digest of the request
    Column("at", BigInteger, nullable=False),
    Column("pin", Text),  # it was bought through this pin, at its price
    Column("video", Text),  # it was bought through a tag in this video
    Column("named", Boolean, nullable=False, server_default=expression.false()),  # the room may hear who bought it
    UniqueConstraint("person", "key"),
    Index("ix_shop_checkouts_held", "state", "held_until"),
    Index(  # who does not pay holds the pieces of a pin once
        "ix_shop_checkouts_pin",
        "person",
        "pin",
        unique=True,
        sqlite_where=_HELD_BY_PIN,
        postgresql_where=_HELD_BY_PIN,
    ),
    Index("ix_shop_checkouts_purchase", "purchase"),
)

shop_orders = Table(
    "shop_orders",
    metadata,
    Column("id", Text, primary_key=True),
    Column("checkout", Text, nullable=False),
    Column("person", Text, nullable=False),
    Column("seller", Text, nullable=False),
    Column("state", Text, nullable=False),  # see `orders/states.py`
    Column("currency", Text, nullable=False),
    Column("total_minor", BigInteger, nullable=False),  # as the next ones, frozen when it was placed
    Column("tax_country", Text, nullable=False),
    Column("tax_rate", BigInteger, nullable=False),  # in hundredths of a percent
    Column("platform_owes_tax", Boolean, nullable=False),
    Column("fee_rate", BigInteger, nullable=False),
    Column("fee_tax_country", Text, nullable=False),
    Column("fee_tax_rate", BigInteger, nullable=False),
    Column("address", JSON, nullable=False),
    Column("household", Text, nullable=False, server_default=""),  # digest of where it goes, without the name
    Column("coupon", Text),  # that took something off it
    Column("affiliate", Text),  # who brought it, frozen when it was placed, with the way it came
    Column("affiliate_source", Text, nullable=False, server_default=""),  # link, tag, pin, coupon
    Column("refunded_minor", BigInteger, nullable=False),  # by refunds, before and after it was settled
    Column("claimed_minor", BigInteger, nullable=False),  # by banks
    Column("seller_minor", BigInteger, nullable=False),  # as the next ones: by its settlement
    Column("fee_minor", BigInteger, nullable=False),
    Column("fee_tax_minor", BigInteger, nullable=False),
    Column("tax_minor", BigInteger, nullable=False),
    Column("commission_minor", BigInteger, nullable=False, server_default="0"),
    Column("reversed_minor", BigInteger, nullable=False),  # of what was settled, gone back since
    Column("carrier", Text, nullable=False),
    Column("tracking", Text, nullable=False),
    Column("placed_at", BigInteger, nullable=False),
    Column("paid_at", BigInteger),
    Column("sent_at", BigInteger),
    Column("delivered_at", BigInteger),
    Column("settled_at", BigInteger),
    Index("ix_shop_orders_checkout", "checkout"),
    Index("ix_shop_orders_person", "person", "id"),
    Index("ix_shop_orders_seller", "seller", "id"),
    Index("ix_shop_orders_state", "state", "delivered_at"),
    Index("ix_shop_orders_affiliate", "affiliate", "id"),
    Index("ix_shop_orders_household", "person", "household"),
)

shop_lines = Table(
    "shop_lines",
    metadata,
    Column("id", Text, primary_key=True),
    Column("order", Text, nullable=False),
    Column("variant", Text),  # null: the shipping
    Column("product", Text),
    Column("title", Text, nullable=False),
    Column("count", BigInteger, nullable=False),
    Column("price_minor", BigInteger, nullable=False),  # of one
    Column("discount_minor", BigInteger, nullable=False, server_default="0"),  # the coupon's, of all its pieces
    Column("total_minor", BigInteger, nullable=False),  # without it
    Column("tax_minor", BigInteger, nullable=False),  # in it
    Column("commission_rate", BigInteger, nullable=False, server_default="0"),  # hundredths of a percent, frozen
    Column("commission_rule", Text, nullable=False, server_default=""),  # the row of `shop_rates` that it is from
    Column("stock", Text, nullable=False),  # held, taken, shipped, released; empty for the shipping
    Column("flash", Text),  # the flash price that it was bought at
    Column("returned", BigInteger, nullable=False),  # pieces that were refunded
    Column("refunded_minor", BigInteger, nullable=False),
    Index("ix_shop_lines_order", "order"),
    Index("ix_shop_lines_variant", "variant", "stock"),
)

shop_refunds = Table(
    "shop_refunds",
    metadata,
    Column("id", Text, primary_key=True),
    Column("order", Text, nullable=False),
    Column("purchase", Text, nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    Column("bank_minor", BigInteger, nullable=False),  # of it, what the buyer's bank has given back already
    Column("reason", Text, nullable=False),
    Column("by", Text),  # null: the shop did
    Column("state", Text, nullable=False),  # wanted, done, failed, void, by_hand
    Column("reference", Text, nullable=False),  # of the bank transfer, if it was made by hand
    Column("key", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("settled_at", BigInteger),
    UniqueConstraint("order", "key"),
    Index("ix_shop_refunds_state", "state", "id"),
)

shop_refund_lines = Table(
    "shop_refund_lines",
    metadata,
    Column("refund", Text, primary_key=True),
    Column("line", Text, primary_key=True),
    Column("count", BigInteger, nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    Index("ix_shop_refund_lines_line", "line"),
)

shop_claims = Table(
    "shop_claims",
    metadata,
    Column("cause", Text, primary_key=True),  # the refund or dispute that the provider reported
    Column("order", Text, primary_key=True),
    Column("purchase", Text, nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    Column("settled", Boolean, nullable=False),  # taken of what had been settled
    Column("state", Text, nullable=False),  # open, final, restored
    Column("at", BigInteger, nullable=False),
    Index("ix_shop_claims_order", "order"),
)

shop_returns = Table(
    "shop_returns",
    metadata,
    Column("id", Text, primary_key=True),
    Column("order", Text, nullable=False),
    Column("line", Text, nullable=False),
    Column("count", BigInteger, nullable=False),
    Column("reason", Text, nullable=False),
    Column("state", Text, nullable=False),  # asked, refunded, refused
    Column("answer", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("answered_at", BigInteger),
    Index("ix_shop_returns_order", "order", "state"),
    Index("ix_shop_returns_state", "state", "at"),
)
