"""Purchases of coins, and what became of them."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Index, Table, Text, UniqueConstraint, text
from sqlalchemy.sql import expression

from core.tables import metadata

purchases = Table(
    "purchases",
    metadata,
    Column("id", Text, primary_key=True),
    Column("person", Text, nullable=False),
    Column("pack", Text, nullable=False),
    Column("coins", BigInteger, nullable=False),
    Column("price_minor", BigInteger, nullable=False),
    Column("currency", Text, nullable=False),
    Column("provider", Text, nullable=False),
    Column("provider_ref", Text),  # the provider's id of it, once it has one
    Column("checkout_url", Text),
    Column("state", Text, nullable=False),  # see `purchases/state.py`
    Column("key", Text, nullable=False),  # the Idempotency-Key of the request
    Column("at", BigInteger, nullable=False),
    Column("settled_at", BigInteger),  # when it was paid or expired
    Column("payment_ref", Text),  # the provider's id of the payment, which refunds and disputes name
    Column("refunded_minor", BigInteger, nullable=False, server_default="0"),  # by the provider, altogether
    Column("returned_minor", BigInteger, nullable=False, server_default="0"),  # of `cash`, by refunds and disputes
    Column("taken_coins", BigInteger, nullable=False, server_default="0"),  # taken back, less what was restored
    Column("gift", Text),  # bought just for this gift, so many times
    Column("count", BigInteger),
    Column("country", Text),  # of the buyer's address, and of their card: two proofs of place
    Column("card_country", Text),
    Column("advertiser", Text),  # bought for its ads: `coins` and `taken_coins` are millionths of the currency
    Column("checkout", Text),  # of the shop: it pays for that one's orders, and `coins` is 0
    Column("method", Text),  # the saved one that it is paid with, or that it was saved as
    Column("saves", Boolean, nullable=False, server_default=expression.false()),  # the buyer wants it to be kept
    UniqueConstraint("person", "key"),
    UniqueConstraint("provider_ref"),
    Index("ix_purchases_person", "person", "id"),
    Index("ix_purchases_advertiser", "advertiser", "id"),
    Index("ix_purchases_state", "state", "id"),
)

saved_methods = Table(
    "saved_methods",
    metadata,
    Column("id", Text, primary_key=True),
    Column("person", Text, nullable=False),
    Column("provider", Text, nullable=False),
    Column("customer", Text, nullable=False),  # the provider's names for the buyer and for the method
    Column("method", Text, nullable=False),
    Column("label", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    UniqueConstraint("person", "provider", "method"),
)

refunds = Table(
    "refunds",
    metadata,
    Column("id", Text, primary_key=True),
    Column("purchase", Text, nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    Column("coins", BigInteger, nullable=False),  # taken back when it was asked for; 0: taken when it is done
    Column("reason", Text, nullable=False),  # withdrawal, fraud_warning, or what a person chose
    Column("note", Text, nullable=False),
    Column("by", Text),  # the person who asked; null: the bank's warning did
    Column("state", Text, nullable=False),  # asked, done, failed
    Column("detail", Text, nullable=False),  # why it failed
    Column("key", Text, nullable=False),
    Column("provider_ref", Text),
    Column("at", BigInteger, nullable=False),
    Column("settled_at", BigInteger),
    UniqueConstraint("purchase", "key"),
    # One at a time: what may be refunded is known only when the one before is done.
    Index(
        "uq_refunds_asked", "purchase", unique=True,
        sqlite_where=text("state = 'asked'"), postgresql_where=text("state = 'asked'"),
    ),
)  # fmt: skip

disputes = Table(
    "disputes",
    metadata,
    Column("ref", Text, primary_key=True),  # the provider's id of it
    Column("purchase", Text, nullable=False),
    Column("state", Text, nullable=False),  # open, won, lost
    Column("amount_minor", BigInteger, nullable=False),  # taken from us
    Column("currency", Text, nullable=False),
    Column("cash_minor", BigInteger, nullable=False),  # of that, out of the payment; the rest is our loss
    Column("reason", Text, nullable=False),
    Column("due_at", BigInteger),  # when the evidence must be there
    Column("at", BigInteger, nullable=False),
    Column("settled_at", BigInteger),
    Index("ix_disputes_purchase", "purchase"),
)

takes = Table(
    "takes",
    metadata,
    Column("cause", Text, primary_key=True),  # the refund or dispute for which coins were taken back
    Column("purchase", Text, nullable=False),
    Column("wallet_coins", BigInteger, nullable=False),
    Column("gift_coins", BigInteger, nullable=False),
    Column("debt_coins", BigInteger, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("restored_at", BigInteger),
    Index("ix_takes_purchase", "purchase"),
)

taken_gifts = Table(
    "taken_gifts",
    metadata,
    Column("cause", Text, primary_key=True),
    Column("gift", BigInteger, primary_key=True, autoincrement=False),  # the gift's transfer
    Column("creator", Text, nullable=False),
    Column("day", Text, nullable=False),  # of `earnings`, as the next
    Column("class", Text),  # null: the creator earned nothing of it
    Column("room", Text, nullable=False),
    Column("giver", Text, nullable=False),
    Column("coins", BigInteger, nullable=False),  # of the gift, taken back
    Column("creator_coins", BigInteger, nullable=False),  # of these, out of the creator's pending
    Column("restored", BigInteger, nullable=False),  # 1: given again
    Column("agency", Text),
    Column("agency_class", Text),  # as `class`
    Column("agency_coins", BigInteger, nullable=False, server_default="0"),  # of these, out of the agency's pending
    Index("ix_taken_gifts_gift", "gift"),
)

movements = Table(
    "movements",
    metadata,
    Column("provider", Text, primary_key=True),
    Column("ref", Text, primary_key=True),  # the provider's id of the balance transaction
    Column("purchase", Text),
    Column("kind", Text, nullable=False),
    Column("amount_minor", BigInteger, nullable=False),  # positive: we receive
    Column("fee_minor", BigInteger, nullable=False),
    Column("currency", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("seen_at", BigInteger),  # found in the provider's list by the last reconciliation
    Index("ix_movements_purchase", "purchase"),
    Index("ix_movements_at", "provider", "at"),
)

differences = Table(
    "differences",
    metadata,
    Column("id", Text, primary_key=True),
    Column("provider", Text, nullable=False),
    Column("kind", Text, nullable=False),  # see `reconciliation/differences.py`
    Column("ref", Text, nullable=False),
    Column("purchase", Text),
    Column("ours_minor", BigInteger),
    Column("theirs_minor", BigInteger),
    Column("currency", Text, nullable=False),
    Column("found_at", BigInteger, nullable=False),
    Column("settled_at", BigInteger),
    Column("settled_by", Text),
    Column("note", Text, nullable=False),
    UniqueConstraint("provider", "kind", "ref"),
)
