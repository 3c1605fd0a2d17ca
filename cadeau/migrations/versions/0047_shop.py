"""The shop: sellers, products, carts, orders, and the purchases that pay for them."""

import sqlalchemy as sa
from alembic import op

revision = "0047"
down_revision = "0046"


def upgrade() -> None:
    op.add_column("purchases", sa.Column("checkout", sa.Text()))
    _sellers()
    _products()
    _orders()
    _money_back()


def _sellers() -> None:
    op.create_table(
        "shop_sellers",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("country", sa.Text(), nullable=False),
        sa.Column("register", sa.Text(), nullable=False),
        sa.Column("vat_number", sa.Text(), nullable=False),
        sa.Column("contact", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("reviewed_by", sa.Text()),
        sa.Column("reviewed_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("id", name="pk_shop_sellers"),
        sa.UniqueConstraint("person", name="uq_shop_sellers_person"),
    )
    op.create_index("ix_shop_sellers_state", "shop_sellers", ["state", "id"])
    op.create_table(
        "shop_zones",
        sa.Column("seller", sa.Text(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("countries", sa.JSON(), nullable=False),
        sa.Column("prices", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("seller", "position", name="pk_shop_zones"),
    )
    op.create_table(
        "shop_payments",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("seller", sa.Text(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_shop_payments"),
        sa.UniqueConstraint("seller", "key", name="uq_shop_payments_seller"),
    )


def _products() -> None:
    op.create_table(
        "shop_products",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("seller", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_shop_products"),
    )
    op.create_index("ix_shop_products_seller", "shop_products", ["seller", "state", "id"])
    op.create_index("ix_shop_products_state", "shop_products", ["state", "id"])
    op.create_table(
        "shop_variants",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("product", sa.Text(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("on_hand", sa.BigInteger(), nullable=False),
        sa.Column("reserved", sa.BigInteger(), nullable=False),
        sa.Column("offered", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_shop_variants"),
        sa.CheckConstraint("reserved >= 0 AND reserved <= on_hand", name=op.f("ck_shop_variants_not_oversold")),
    )
    op.create_index("ix_shop_variants_product", "shop_variants", ["product", "position"])
    op.create_table(
        "shop_prices",
        sa.Column("variant", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("price_minor", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("variant", "currency", name="pk_shop_prices"),
    )
    op.create_table(
        "shop_stock_changes",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("variant", sa.Text(), nullable=False),
        sa.Column("change", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_shop_stock_changes"),
        sa.UniqueConstraint("variant", "key", name="uq_shop_stock_changes_variant"),
    )
    op.create_table(
        "shop_pictures",
        sa.Column("product", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("shown", sa.Boolean(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("product", "digest", name="pk_shop_pictures"),
    )
    op.create_index("ix_shop_pictures_shown", "shop_pictures", ["shown", "at"])
    op.create_table(
        "shop_cart",
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("variant", sa.Text(), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("person", "variant", name="pk_shop_cart"),
    )


def _orders() -> None:
    op.create_table(
        "shop_checkouts",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("purchase", sa.Text(), nullable=False),
        sa.Column("total_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("held_until", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_shop_checkouts"),
        sa.UniqueConstraint("person", "key", name="uq_shop_checkouts_person"),
    )
    op.create_index("ix_shop_checkouts_held", "shop_checkouts", ["state", "held_until"])
    op.create_index("ix_shop_checkouts_purchase", "shop_checkouts", ["purchase"])
    op.create_table(
        "shop_orders",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("checkout", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("seller", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("total_minor", sa.BigInteger(), nullable=False),
        sa.Column("tax_country", sa.Text(), nullable=False),
        sa.Column("tax_rate", sa.BigInteger(), nullable=False),
        sa.Column("platform_owes_tax", sa.Boolean(), nullable=False),
        sa.Column("fee_rate", sa.BigInteger(), nullable=False),
        sa.Column("fee_tax_country", sa.Text(), nullable=False),
        sa.Column("fee_tax_rate", sa.BigInteger(), nullable=False),
        sa.Column("address", sa.JSON(), nullable=False),
        sa.Column("refunded_minor", sa.BigInteger(), nullable=False),
        sa.Column("claimed_minor", sa.BigInteger(), nullable=False),
        sa.Column("seller_minor", sa.BigInteger(), nullable=False),
        sa.Column("fee_minor", sa.BigInteger(), nullable=False),
        sa.Column("fee_tax_minor", sa.BigInteger(), nullable=False),
        sa.Column("tax_minor", sa.BigInteger(), nullable=False),
        sa.Column("reversed_minor", sa.BigInteger(), nullable=False),
        sa.Column("carrier", sa.Text(), nullable=False),
        sa.Column("tracking", sa.Text(), nullable=False),
        sa.Column("placed_at", sa.BigInteger(), nullable=False),
        sa.Column("paid_at", sa.BigInteger()),
        sa.Column("sent_at", sa.BigInteger()),
        sa.Column("delivered_at", sa.BigInteger()),
        sa.Column("settled_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("id", name="pk_shop_orders"),
    )
    op.create_index("ix_shop_orders_checkout", "shop_orders", ["checkout"])
    op.create_index("ix_shop_orders_person", "shop_orders", ["person", "id"])
    op.create_index("ix_shop_orders_seller", "shop_orders", ["seller", "id"])
    op.create_index("ix_shop_orders_state", "shop_orders", ["state", "delivered_at"])
    op.create_table(
        "shop_lines",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("order", sa.Text(), nullable=False),
        sa.Column("variant", sa.Text()),
        sa.Column("product", sa.Text()),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("price_minor", sa.BigInteger(), nullable=False),
        sa.Column("total_minor", sa.BigInteger(), nullable=False),
        sa.Column("tax_minor", sa.BigInteger(), nullable=False),
        sa.Column("stock", sa.Text(), nullable=False),
        sa.Column("returned", sa.BigInteger(), nullable=False),
        sa.Column("refunded_minor", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_shop_lines"),
    )
    op.create_index("ix_shop_lines_order", "shop_lines", ["order"])
    op.create_index("ix_shop_lines_variant", "shop_lines", ["variant", "stock"])


def _money_back() -> None:
    op.create_table(
        "shop_refunds",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("order", sa.Text(), nullable=False),
        sa.Column("purchase", sa.Text(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("bank_minor", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("by", sa.Text()),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("settled_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("id", name="pk_shop_refunds"),
        sa.UniqueConstraint("order", "key", name="uq_shop_refunds_order"),
    )
    op.create_index("ix_shop_refunds_state", "shop_refunds", ["state", "id"])
    op.create_table(
        "shop_refund_lines",
        sa.Column("refund", sa.Text(), nullable=False),
        sa.Column("line", sa.Text(), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("refund", "line", name="pk_shop_refund_lines"),
    )
    op.create_index("ix_shop_refund_lines_line", "shop_refund_lines", ["line"])
    op.create_table(
        "shop_claims",
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("order", sa.Text(), nullable=False),
        sa.Column("purchase", sa.Text(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("settled", sa.Boolean(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("cause", "order", name="pk_shop_claims"),
    )
    op.create_index("ix_shop_claims_order", "shop_claims", ["order"])
    op.create_table(
        "shop_returns",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("order", sa.Text(), nullable=False),
        sa.Column("line", sa.Text(), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("answered_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("id", name="pk_shop_returns"),
    )
    op.create_index("ix_shop_returns_order", "shop_returns", ["order", "state"])
