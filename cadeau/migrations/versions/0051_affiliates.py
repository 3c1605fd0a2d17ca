"""Affiliates of the shop."""

import sqlalchemy as sa
from alembic import op

revision = "0051"
down_revision = "0050"


def upgrade() -> None:
    op.add_column("payouts", sa.Column("source", sa.Text(), nullable=False, server_default="gifts"))
    _orders()
    _affiliates()


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False)


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=False)


def _orders() -> None:
    op.add_column("shop_orders", sa.Column("household", sa.Text(), nullable=False, server_default=""))
    op.add_column("shop_orders", sa.Column("affiliate", sa.Text()))
    op.add_column("shop_orders", sa.Column("affiliate_source", sa.Text(), nullable=False, server_default=""))
    op.add_column("shop_orders", sa.Column("commission_minor", sa.BigInteger(), nullable=False, server_default="0"))
    op.create_index("ix_shop_orders_affiliate", "shop_orders", ["affiliate", "id"])
    op.create_index("ix_shop_orders_household", "shop_orders", ["person", "household"])
    op.add_column("shop_lines", sa.Column("commission_rate", sa.BigInteger(), nullable=False, server_default="0"))
    op.add_column("shop_lines", sa.Column("commission_rule", sa.Text(), nullable=False, server_default=""))


def _affiliates() -> None:
    op.create_table(
        "shop_plans",
        _text("seller"),
        _text("mode"),
        _number("at"),
        sa.PrimaryKeyConstraint("seller", name="pk_shop_plans"),
    )
    op.create_table(
        "shop_rates",
        *map(_text, ("id", "seller", "product")),
        sa.Column("rate", sa.BigInteger()),
        _number("at"),
        sa.PrimaryKeyConstraint("id", name="pk_shop_rates"),
    )
    op.create_index("ix_shop_rates_seller", "shop_rates", ["seller", "product", "id"])
    op.create_table(
        "shop_affiliates",
        *map(_text, ("seller", "person", "state")),
        _number("at"),
        sa.PrimaryKeyConstraint("seller", "person", name="pk_shop_affiliates"),
    )
    op.create_index("ix_shop_affiliates_person", "shop_affiliates", ["person", "state"])
    op.create_table(
        "shop_promotions",
        *map(_text, ("person", "product", "seller", "code")),
        _number("since"),
        sa.Column("ends_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("person", "product", name="pk_shop_promotions"),
        sa.UniqueConstraint("code", name="uq_shop_promotions_code"),
    )
    op.create_index("ix_shop_promotions_seller", "shop_promotions", ["seller", "person"])
    op.create_index("ix_shop_promotions_product", "shop_promotions", ["product"])
    op.create_table(
        "shop_touches",
        *map(_text, ("buyer", "product", "creator", "source")),
        _number("at"),
        sa.PrimaryKeyConstraint("buyer", "product", "creator", name="pk_shop_touches"),
    )
    op.create_index("ix_shop_touches_at", "shop_touches", ["at"])
