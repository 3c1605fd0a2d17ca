"""Coupons of the shop, and what its prices were."""

import time

import sqlalchemy as sa
from alembic import op

revision = "0055"
down_revision = "0054"


def _text(name: str, default: str | None = None) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False, server_default=default)


def _number(name: str, default: str | None = None) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=False, server_default=default)


def upgrade() -> None:
    _coupons()
    _prices()


def _prices() -> None:
    """Those of today are known from today on."""
    op.create_table(
        "shop_price_changes",
        *map(_text, ("id", "variant", "currency")),
        sa.Column("price_minor", sa.BigInteger()),
        _number("at"),
        sa.PrimaryKeyConstraint("id", name="pk_shop_price_changes"),
    )
    op.create_index("ix_shop_price_changes_variant", "shop_price_changes", ["variant", "currency", "at"])
    known = sa.text(
        "INSERT INTO shop_price_changes (id, variant, currency, price_minor, at) "
        "SELECT p.variant || p.currency, p.variant, p.currency, p.price_minor, :now FROM shop_prices p "
        "JOIN shop_variants v ON v.id = p.variant JOIN shop_products o ON o.id = v.product "
        "WHERE v.offered AND o.state = 'offered'"
    )
    op.execute(known.bindparams(now=int(time.time() * 1_000)))


def _coupons() -> None:
    op.add_column("shop_orders", sa.Column("coupon", sa.Text()))
    op.add_column("shop_lines", _number("discount_minor", "0"))
    op.create_table(
        "shop_coupons",
        *map(_text, ("id", "seller", "code")),
        *map(_number, ("rate", "amount_minor")),
        _text("currency"),
        _number("min_minor"),
        sa.Column("products", sa.JSON(), nullable=False),
        _number("starts_at"),
        *(sa.Column(name, sa.BigInteger()) for name in ("ends_at", "uses_max", "uses_each")),
        _number("used"),
        sa.Column("affiliate", sa.Text()),
        _text("state"),
        _number("at"),
        sa.PrimaryKeyConstraint("id", name="pk_shop_coupons"),
        sa.UniqueConstraint("seller", "code", name="uq_shop_coupons_seller"),
        sa.CheckConstraint(
            "used >= 0 AND (uses_max IS NULL OR used <= uses_max)", name=op.f("ck_shop_coupons_not_overused")
        ),
    )
    op.create_table(
        "shop_coupon_uses",
        *map(_text, ("order", "coupon", "person", "state")),
        _number("at"),
        sa.PrimaryKeyConstraint("order", name="pk_shop_coupon_uses"),
    )
    op.create_index("ix_shop_coupon_uses_coupon", "shop_coupon_uses", ["coupon", "person", "state"])
