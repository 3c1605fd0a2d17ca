"""The tables of the shop."""

from shop.tables import privacy as _privacy  # noqa: F401  each says what it holds about people
from shop.tables.affiliates import shop_affiliates, shop_plans, shop_promotions, shop_rates, shop_touches
from shop.tables.coupons import shop_coupon_uses, shop_coupons
from shop.tables.flashes import shop_flash_uses, shop_flashes
from shop.tables.orders import (
    shop_checkouts,
    shop_claims,
    shop_lines,
    shop_orders,
    shop_refund_lines,
    shop_refunds,
    shop_returns,
)
from shop.tables.products import (
    shop_cart,
    shop_pictures,
    shop_price_changes,
    shop_prices,
    shop_products,
    shop_stock_changes,
    shop_variants,
)
from shop.tables.reviews import shop_ratings, shop_review_answers, shop_reviews
from shop.tables.sellers import shop_payments, shop_sellers, shop_zones
from shop.tables.showing import shop_pin_sales, shop_pins, shop_saved_addresses, shop_tags

__all__ = [
    "shop_affiliates",
    "shop_cart",
    "shop_checkouts",
    "shop_claims",
    "shop_coupon_uses",
    "shop_coupons",
    "shop_flash_uses",
    "shop_flashes",
    "shop_lines",
    "shop_orders",
    "shop_payments",
    "shop_pictures",
    "shop_pin_sales",
    "shop_pins",
    "shop_plans",
    "shop_price_changes",
    "shop_prices",
    "shop_products",
    "shop_promotions",
    "shop_rates",
    "shop_ratings",
    "shop_refund_lines",
    "shop_refunds",
    "shop_returns",
    "shop_review_answers",
    "shop_reviews",
    "shop_saved_addresses",
    "shop_sellers",
    "shop_stock_changes",
    "shop_tags",
    "shop_touches",
    "shop_variants",
    "shop_zones",
]
