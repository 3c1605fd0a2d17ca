"""What sellers offer, read once: any number of quotes can be made of it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any, Literal

import msgspec
from msgspec.structs import replace
from sqlalchemy import Connection, Row, case, select

from money.vat.amounts import vat_of
from money.vat.rules import Terms
from shop.coupons.coupons import Entered
from shop.coupons.discounts import CouponProblem, Goods, Reduction
from shop.errors import NoPrice, NotOffered, NotShipped, OutOfStock
from shop.flashes.flash import Flash
from shop.orders.tax import OrderTax, tax_of
from shop.products.products import WITHHELD
from shop.sellers.sellers import Seller
from shop.sellers.zones import Zone, postage
from shop.tables import shop_prices, shop_products, shop_variants

Pricing = Callable[[str, str], int | None]
"""The minor units of a variant in a currency; None: it has no price."""

Problem = Literal["", "not_offered", "no_price", "out_of_stock", "not_shipped_there"]
_REFUSALS = {
    "not_offered": NotOffered, "no_price": NoPrice, "out_of_stock": OutOfStock, "not_shipped_there": NotShipped,
}  # fmt: skip

NOTHING_OFF = Reduction("", {})
_HIDDEN = shop_products.c.state == WITHHELD
VARIANTS = select(
    shop_variants.c.id, shop_variants.c.product, shop_variants.c.offered, shop_products.c.seller, shop_products.c.state,
    case((_HIDDEN, ""), else_=shop_variants.c.name).label("name"),
    case((_HIDDEN, ""), else_=shop_products.c.title).label("title"),
    case((_HIDDEN, 0), else_=shop_variants.c.on_hand - shop_variants.c.reserved).label("left"),
).join(shop_products, shop_products.c.id == shop_variants.c.product)  # fmt: skip
"""Of what a moderator has hidden, only that it is there."""


class QuoteLine(msgspec.Struct, frozen=True):
    """`left`: how many there are now. `total_minor` has the VAT in it; a coupon's discount is taken off. `flash`: the
    flash price that `price_minor` is; null: none. Of what a moderator has hidden, texts are empty and numbers 0."""

    variant: str
    product: str
    title: str
    name: str
    count: int
    left: int
    price_minor: int
    discount_minor: int
    total_minor: int
    tax_minor: int
    picture: str | None
    problem: Problem
    flash: str | None


class SellerQuote(msgspec.Struct, frozen=True):
    """What one order would be."""

    seller: str
    seller_name: str
    lines: list[QuoteLine]
    shipping_minor: int
    shipping_tax_minor: int
    tax_country: str
    tax_rate: int
    platform_owes_tax: bool
    tax_minor: int
    discount_minor: int
    total_minor: int


class Quote(msgspec.Struct, frozen=True):
    """`total_minor` is what an order must name: when it is another one by then, the order is refused.
    `coupon`: the code that was entered; it counts for at least one order, or there is a `coupon_problem`."""

    orders: list[SellerQuote]
    country: str
    currency: str
    coupon: str
    coupon_problem: CouponProblem
    total_minor: int

    def check(self) -> None:
        """Raises the first problem."""
        for order in self.orders:
            for line in order.lines:
                if line.problem:
                    refusal = _REFUSALS[line.problem]
                    raise refusal(f"{line.title}: {refusal.title}" if line.title else refusal.title)


class Offers:
    """Variants, their prices and stock, their sellers, and where those send to."""

    def __init__(
        self, terms: Terms, variants: Mapping[str, Row[*tuple[Any, ...]]], prices: Mapping[tuple[str, str], int],
        sellers: Mapping[str, Seller], zones: Mapping[str, list[Zone]], pictures: Mapping[str, str | None],
        flashes: Mapping[str, Flash],
    ) -> None:  # fmt: skip
        """`variants` by id, as in VARIANTS; `prices` by variant and currency; `pictures` and `flashes`, those that
        count now, by product."""
        self.sellers = sellers
        self._terms = terms
        self._variants = variants
        self._prices = prices
        self._zones = zones
        self._pictures = pictures
        self._flashes = dict(flashes)
        self._left: dict[str, int] = {one: row.left for one, row in variants.items()}

    def products(self, wanted: Collection[str]) -> list[str]:
        """Those that these variants are of."""
        return sorted({self._variants[variant].product for variant in wanted if variant in self._variants})

    def take(self, quote: Quote) -> None:
        """There are so many fewer from now on, and at flash prices."""
        for line in (line for order in quote.orders for line in order.lines):
            self._left[line.variant] -= line.count
            if line.flash is not None:
                flash = self._flashes[line.product]
                self._flashes[line.product] = replace(flash, taken=flash.taken + line.count)

    def quote(
        self, wanted: Mapping[str, int], country: str, currency: str, pin: Pricing | None = None,
        entered: Entered | None = None,
    ) -> Quote:  # fmt: skip
        """Variants that do not exist are left out. `pin`: the prices of a pin, instead of today's."""
        by_seller: dict[str, list[str]] = {}
        for variant in wanted:
            if variant in self._variants:
                by_seller.setdefault(self._variants[variant].seller, []).append(variant)
        orders, problems = [], []
        for one, variants in by_seller.items():
            seller = self.sellers[one]
            pieces = sum(wanted[variant] for variant in variants)
            shipping = postage(self._zones.get(one, ()), country, currency, pieces)
            tax = tax_of(self._terms, seller.country, bool(seller.vat_number), country)
            prices, flashes = self._priced(variants, wanted, currency, pin)
            off = self._reduction(entered, one, prices, wanted, currency)
            problems.append(off.problem)
            lines = [
                self._line(
                    name, prices[name], off.by_variant.get(name, 0), seller, wanted[name], tax, flashes.get(name),
                    can_ship=shipping is not None,
                )
                for name in variants
            ]  # fmt: skip
            orders.append(_order(seller, lines, shipping or 0, tax))
        total = sum(order.total_minor for order in orders)
        return Quote(orders, country, currency, entered.code if entered else "", _nearest(problems), total)

    def _priced(
        self, variants: Collection[str], wanted: Mapping[str, int], currency: str, pin: Pricing | None
    ) -> tuple[dict[str, int | None], dict[str, str]]:
        """What each costs, and of those at a flash price, at which. Through a pin none counts."""
        if pin is not None:
            return {name: pin(name, currency) for name in variants}, {}
        prices, flashes = {name: self._prices.get((name, currency)) for name in variants}, dict[str, str]()
        for product in {self._variants[name].product for name in variants} & self._flashes.keys():
            flash, all_of = self._flashes[product], [one for one in variants if self._variants[one].product == product]
            lower = [one for one in all_of if flash.lowers(currency, prices[one])]
            if lower and flash.has(sum(wanted[one] for one in lower)):
                prices |= dict.fromkeys(lower, flash.prices[currency])
                flashes |= dict.fromkeys(lower, flash.id)
        return prices, flashes

    def _reduction(
        self, entered: Entered | None, seller: str, prices: Mapping[str, int | None], wanted: Mapping[str, int],
        currency: str,
    ) -> Reduction:  # fmt: skip
        if entered is None:
            return NOTHING_OFF
        goods = [Goods(one, self._variants[one].product, (price or 0) * wanted[one]) for one, price in prices.items()]
        return entered.of(seller, goods, currency)

    def _line(
        self, variant: str, price: int | None, off: int, seller: Seller, count: int, tax: OrderTax, flash: str | None,
        *, can_ship: bool,
    ) -> QuoteLine:  # fmt: skip
        one, left = self._variants[variant], self._left[variant]
        problem: Problem = ""
        if one.state != "offered" or not one.offered or seller.state != "approved":
            problem = "not_offered"
        elif price is None:
            problem = "no_price"
        elif left < count:
            problem = "out_of_stock"
        elif not can_ship:
            problem = "not_shipped_there"
        total = (price or 0) * count - off
        return QuoteLine(
            variant, one.product, one.title, one.name, count, max(0, left), price or 0, off, total,
            vat_of(total, tax.rate), self._pictures.get(one.product), problem, flash,
        )  # fmt: skip


def _nearest(problems: list[CouponProblem]) -> CouponProblem:
    """A code is fine if it counts for one order; and of those for which it does not, the nearest one is told."""
    if "" in problems or not problems:
        return ""
    return next((one for one in problems if one != "unknown"), "unknown")


def prices_of(connection: Connection, variants: Collection[str]) -> dict[tuple[str, str], int]:
    """By variant and currency."""
    found = select(shop_prices.c.variant, shop_prices.c.currency, shop_prices.c.price_minor)
    rows = connection.execute(found.where(shop_prices.c.variant.in_(variants)))
    return {(variant, currency): price for variant, currency, price in rows}


def _order(seller: Seller, lines: list[QuoteLine], shipping: int, tax: OrderTax) -> SellerQuote:
    shipping_tax = vat_of(shipping, tax.rate)
    return SellerQuote(
        seller.id, seller.name, lines, shipping, shipping_tax, tax.country, tax.rate, tax.platform_owes,
        sum(line.tax_minor for line in lines) + shipping_tax, sum(line.discount_minor for line in lines),
        sum(line.total_minor for line in lines) + shipping,
    )  # fmt: skip
