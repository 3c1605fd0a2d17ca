"""The rows of what is ordered, with prices, taxes, fees and commissions as they are at this moment."""

from __future__ import annotations

import msgspec

from core.database.many import Many
from core.ids import new_id
from shop.affiliates.attribution import Attribution
from shop.cart.offers import SellerQuote
from shop.flashes.uses import FlashUse
from shop.orders.addresses import Address
from shop.orders.rows import Checkout
from shop.orders.tax import OrderTax

Row = tuple[object, ...]

ADD_CHECKOUTS = Many.insert(
    "shop_checkouts",
    {"id": "text", "person": "text", "purchase": "text", "total_minor": "bigint", "currency": "text", "state": "text",
     "held_until": "bigint", "at": "bigint", "pin": "text", "video": "text", "named": "boolean", '"key"': "text",
     "content": "text"},
)  # fmt: skip
ADD_ORDERS = Many.insert(
    "shop_orders",
    {"id": "text", "checkout": "text", "person": "text", "seller": "text", "state": "text", "currency": "text",
     "total_minor": "bigint", "tax_country": "text", "tax_rate": "bigint", "platform_owes_tax": "boolean",
     "fee_rate": "bigint", "fee_tax_country": "text", "fee_tax_rate": "bigint", "address": "json", "household": "text",
     "coupon": "text", "affiliate": "text", "affiliate_source": "text", "placed_at": "bigint", "carrier": "text",
     "tracking": "text",
     "refunded_minor": "bigint", "claimed_minor": "bigint", "seller_minor": "bigint", "fee_minor": "bigint",
     "fee_tax_minor": "bigint", "tax_minor": "bigint", "reversed_minor": "bigint"},
)  # fmt: skip
ADD_LINES = Many.insert(
    "shop_lines",
    {"id": "text", '"order"': "text", "variant": "text", "product": "text", "title": "text", "count": "bigint",
     "price_minor": "bigint", "discount_minor": "bigint", "total_minor": "bigint", "tax_minor": "bigint",
     "commission_rate": "bigint", "commission_rule": "text", "flash": "text", "stock": "text", "returned": "bigint",
     "refunded_minor": "bigint"},
)  # fmt: skip
_NOT_SHIPPED_YET = ("", "", 0, 0, 0, 0, 0, 0, 0)  # from the carrier on


def checkout_row(checkout: Checkout, key: str, content: str) -> Row:
    return (*msgspec.structs.astuple(checkout), key, content)


def order_row(
    id: str, checkout: Checkout, quote: SellerQuote, fee_rate: int, fee_tax: OrderTax, address: Address, home: str,
    coupon: str | None, won: Attribution | None,
) -> Row:  # fmt: skip
    return (
        id, checkout.id, checkout.person, quote.seller, "placed", checkout.currency, quote.total_minor,
        quote.tax_country, quote.tax_rate, quote.platform_owes_tax, fee_rate, fee_tax.country, fee_tax.rate,
        msgspec.json.encode(address).decode(), home, coupon, won.creator if won else None, won.source if won else "",
        checkout.at, *_NOT_SHIPPED_YET,
    )  # fmt: skip


def line_rows(order: str, quote: SellerQuote, won: Attribution | None) -> list[Row]:
    """The goods and, as a line of its own, the shipping."""
    rows: list[Row] = []
    for line in quote.lines:
        title = f"{line.title}, {line.name}" if line.name else line.title
        rule = won.rules.get(line.product) if won else None
        earns = (rule.rate, rule.id) if rule else (0, "")
        rows.append((
            new_id(), order, line.variant, line.product, title, line.count, line.price_minor, line.discount_minor,
            line.total_minor, line.tax_minor, *earns, line.flash, "held", 0, 0,
        ))  # fmt: skip
    if quote.shipping_minor:
        costs = quote.shipping_minor, 0, quote.shipping_minor, quote.shipping_tax_minor
        rows.append((new_id(), order, None, None, "", 1, *costs, 0, "", None, "", 0, 0))
    return rows


def flash_uses(order: str, quote: SellerQuote) -> list[FlashUse]:
    """How many pieces at which flash price."""
    pieces: dict[str, int] = {}
    for line in quote.lines:
        if line.flash is not None:
            pieces[line.flash] = pieces.get(line.flash, 0) + line.count
    return [FlashUse(order, flash, count) for flash, count in sorted(pieces.items())]
