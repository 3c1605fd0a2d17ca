"""A batch of orders: everything they need is read once, each is judged in turn, and those that may be are written.

The number of statements does not depend on the number of orders. The stock is locked before it is read, so what is
judged stays true until the commit; the one UPDATE of each variant checks it all the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from msgspec.structs import replace
from sqlalchemy import Connection

from core.database.many import Lookup, Many, Pairs
from core.errors import IdempotencyKeyReused, NotFound, Refusal
from core.ids import new_id
from money.providers import Purchase
from money.purchases.purchases import Purchases
from money.purchases.rows import NewCheckout
from money.vat.rules import Terms
from shop.affiliates import touches
from shop.affiliates.attribution import NOBODYS, Attributions, Seeking, household
from shop.cart.carts import summed
from shop.cart.offers import Quote
from shop.cart.quotes import Quotes
from shop.coupons import uses
from shop.coupons.coupons import Coupons
from shop.coupons.discounts import Coupon
from shop.errors import BadOrder, CouponNotValid, NotOffered, OwnProduct, PriceChanged, TooManyOpenOrders
from shop.flashes import uses as flash_uses
from shop.orders import rows
from shop.orders.addresses import Address
from shop.orders.rows import Checkout
from shop.orders.tax import fee_tax_of
from shop.pins.addresses import SavedAddresses
from shop.pins.showing import Showing
from shop.placing import frozen
from shop.placing.order import NewOrder, content_of
from shop.products import stock
from shop.products.prices import ORDER_MINOR_MAX, ORDER_MINOR_MIN, is_currency

HELD_CHECKOUTS_MAX = 3  # of one person: who holds stock without paying keeps it from others

Placed = tuple[Checkout, Purchase]
"""A checkout, and what pays for it."""

_EARLIER = Pairs(
    'SELECT c.person, c."key", c.content, c.id FROM {pairs} AS k '
    'JOIN shop_checkouts c ON c.person = k.a AND c."key" = k.b'
)
_HELD = Lookup("SELECT person, pin FROM shop_checkouts WHERE person {among} AND state || '' = 'held'")  # by the person
_SELLERS = Lookup("SELECT person, id FROM shop_sellers WHERE person {among}")
_UNCART = Many(
    "DELETE FROM shop_cart WHERE person = ? AND variant = ?",
    "DELETE FROM shop_cart c USING unnest(%s::text[], %s::text[]) AS r (person, variant) "
    "WHERE c.person = r.person AND c.variant = r.variant",
)


class Domains(NamedTuple):
    """`fee_rate`: the platform's, in hundredths of a percent."""

    terms: Terms
    fee_rate: int
    quotes: Quotes
    purchases: Purchases
    showing: Showing
    attributions: Attributions
    addresses: SavedAddresses
    coupons: Coupons


@dataclass(slots=True)
class _Asked:
    """An order that makes sense by itself. `products`, `seeking`: known once the offers are."""

    order: NewOrder
    wanted: Mapping[str, int]
    address: Address
    content: str
    products: Sequence[str] = ()
    seeking: Seeking = NOBODYS

    @property
    def person(self) -> str:
        return self.order.who.id

    @property
    def key(self) -> tuple[str, str]:
        return self.order.who.id, self.order.key


class _Accepted(NamedTuple):
    """`coupons`: those that take something off, by seller."""

    asked: _Asked
    quote: Quote
    checkout: str
    coupons: Mapping[str, Coupon]


@dataclass(slots=True)
class _Rows:
    """What is written of orders."""

    orders: list[frozen.Row] = field(default_factory=list)
    lines: list[frozen.Row] = field(default_factory=list)
    coupons: list[uses.Use] = field(default_factory=list)
    flashes: list[flash_uses.FlashUse] = field(default_factory=list)


_Verdict = _Accepted | Placed | Refusal
"""What becomes of an order: it is to be written, it was before, or it is not."""


class Batch:
    def __init__(self, connection: Connection, orders: Sequence[NewOrder], now: int, domains: Domains) -> None:
        self._connection = connection
        self._orders = orders
        self._now = now
        self._domains = domains
        self._accepted: dict[tuple[str, str], _Accepted] = {}

    def run(self) -> list[Placed | Refusal]:
        """What becomes of each order, in order."""
        found = self._read()
        self._load([one for one in found if isinstance(one, _Asked)])
        verdicts = [self._verdict(one) if isinstance(one, _Asked) else one for one in found]
        placed = self._write()
        return [placed[one.checkout] if isinstance(one, _Accepted) else one for one in verdicts]

    # -- reads -----------------------------------------------------------------------------------

    def _read(self) -> list[_Asked | Refusal]:
        """What is asked for. Refusals: AdultsOnly, BadOrder, NotFound."""
        saved = [(one.who.id, one.how.method) for one in self._orders if one.address is None]
        addresses = self._domains.addresses.of_pairs(self._connection, saved)
        found: list[_Asked | Refusal] = []
        for order in self._orders:
            try:
                order.who.must_be_adult()
                wanted = summed(order.items)
                address = order.address or addresses.get((order.who.id, order.how.method))
                if address is None:
                    raise NotFound("There is no such payment method.")
                found.append(_Asked(order, wanted, address, content_of(order, wanted, address)))
            except Refusal as refusal:
                found.append(refusal)
        return found

    def _load(self, asked: Sequence[_Asked]) -> None:
        connection, domains = self._connection, self._domains
        variants = sorted({variant for one in asked for variant in one.wanted})
        people = sorted({one.person for one in asked})
        codes = {(one.person, one.order.how.coupon) for one in asked if one.order.how.coupon}
        self._entering = domains.coupons.among(connection, codes, variants)  # before the stock, as everywhere
        domains.quotes.lock(connection, variants)
        stock.lock(connection, variants)
        keys = [one.key for one in asked]
        self._earlier = {(person, key): rest for person, key, *rest in _EARLIER.read(connection, keys)}
        self._held: dict[str, list[str | None]] = {person: [] for person in people}
        for person, pin in _HELD.read(connection, people):
            self._held[person].append(pin)
        self._own = {person: seller for person, seller in _SELLERS.read(connection, people)}  # noqa: C416  typed
        methods = [(one.person, one.order.how.method) for one in asked if one.order.how.method]
        self._methods = domains.purchases.methods.owned(connection, methods)
        self._offers = domains.quotes.offers(connection, variants)
        self._shown = domains.showing.shown(connection, [(one.person, one.order.how) for one in asked])
        for one in asked:
            one.products = self._offers.products(one.wanted)
            shown = self._shown.touches(one.person, one.order.how, one.products)
            one.seeking = Seeking(one.person, household(one.address), shown)
        seeking, products = [one.seeking for one in asked], self._offers.products(variants)
        seeking += [
            replace(one.seeking, coupon_of=creator)
            for one in asked for creator in self._entering.affiliates(one.order.how.coupon)
        ]  # fmt: skip
        self._attributing = domains.attributions.among(connection, seeking, self._offers.sellers, products)

    # -- refusals --------------------------------------------------------------------------------

    def _verdict(self, asked: _Asked) -> _Verdict:
        try:
            earlier = self._repeated(asked)
            return earlier if earlier is not None else self._accept(asked, self._judge(asked))
        except Refusal as refusal:
            return refusal

    def _repeated(self, asked: _Asked) -> _Accepted | Placed | None:
        """The same request was there before. Raises IdempotencyKeyReused."""
        here = self._accepted.get(asked.key)
        content, checkout = self._earlier.get(asked.key, (here.asked.content if here else None, ""))
        if content is None:
            return None
        if content != asked.content:
            raise IdempotencyKeyReused
        if here is not None:
            return here
        found = rows.checkout(self._connection, checkout)
        return found, self._domains.purchases.purchase(self._connection, asked.person, found.purchase)

    def _judge(self, asked: _Asked) -> Quote:
        """What it costs. Raises a refusal."""
        order, how, held = asked.order, asked.order.how, self._held[asked.person]
        if not is_currency(order.currency):
            raise BadOrder("The shop does not know this currency.")
        if len(held) >= HELD_CHECKOUTS_MAX:
            raise TooManyOpenOrders
        pricing = self._shown.pricing(asked.person, how, asked.products, asked.wanted)
        entered = self._entering.of(asked.person, how.coupon)
        quote = self._offers.quote(asked.wanted, asked.address.country, order.currency, pricing, entered)
        if sum(len(one.lines) for one in quote.orders) < len(asked.wanted):
            raise NotOffered
        quote.check()
        if quote.coupon_problem:
            raise CouponNotValid(quote.coupon_problem)
        own = self._own.get(asked.person)
        if any(one.seller == own for one in quote.orders):
            raise OwnProduct
        if order.total_minor is not None and order.total_minor != quote.total_minor:
            raise PriceChanged(f"It is {quote.total_minor} now, in minor units.")
        if not ORDER_MINOR_MIN <= quote.total_minor <= ORDER_MINOR_MAX:
            raise BadOrder(f"Between {ORDER_MINOR_MIN} and {ORDER_MINOR_MAX} minor units.")
        if how.method and (asked.person, how.method) not in self._methods:
            raise NotFound("There is no such payment method.")
        if how.pin and how.pin in held:
            raise TooManyOpenOrders("An order of this pin waits for payment.")
        return quote

    def _accept(self, asked: _Asked, quote: Quote) -> _Accepted:
        """From here on it succeeds. Those that follow are judged as if it was written."""
        how = asked.order.how
        self._held[asked.person].append(how.pin or None)
        self._offers.take(quote)
        self._shown.take(asked.person, how, asked.wanted)
        coupons = self._entering.take(
            asked.person, how.coupon, [one.seller for one in quote.orders if one.discount_minor]
        )
        accepted = self._accepted[asked.key] = _Accepted(asked, quote, new_id(), coupons)
        return accepted

    # -- effects ---------------------------------------------------------------------------------

    def _write(self) -> dict[str, Placed]:
        """By checkout."""
        accepted, connection = list(self._accepted.values()), self._connection
        counts: dict[str, int] = {}
        for one in accepted:
            for variant, count in one.asked.wanted.items():
                counts[variant] = counts.get(variant, 0) + count
        stock.reserve_all(connection, counts)
        opened = self._domains.purchases.open_checkouts(connection, [_payment(one) for one in accepted])
        placed = {
            one.checkout: (self._checkout(one, purchase), purchase)
            for one, purchase in zip(accepted, opened, strict=True)
        }
        new = [frozen.checkout_row(placed[one.checkout][0], one.asked.order.key, one.asked.content) for one in accepted]
        frozen.ADD_CHECKOUTS.write(connection, sorted(new, key=lambda row: (row[1], row[-2])))
        touches.note(connection, [(one.asked.person, touch) for one in accepted for touch in one.asked.seeking.shown])
        written = _Rows()
        for one in accepted:
            self._freeze(one, placed[one.checkout][0], written)
        frozen.ADD_ORDERS.write(connection, written.orders)
        frozen.ADD_LINES.write(connection, written.lines)
        uses.hold(connection, written.coupons, self._now)
        flash_uses.hold(connection, written.flashes, self._now)
        _UNCART.write(connection, [(one.asked.person, variant) for one in accepted for variant in one.asked.wanted])
        return placed

    def _checkout(self, one: _Accepted, purchase: Purchase) -> Checkout:
        how = one.asked.order.how
        return Checkout(
            one.checkout, one.asked.person, purchase.id, one.quote.total_minor, one.quote.currency, "held",
            self._now + how.held_ms, self._now, how.pin or None, how.video or None, how.named,
        )  # fmt: skip

    def _freeze(self, one: _Accepted, checkout: Checkout, written: _Rows) -> None:
        asked = one.asked
        self._attributing.place(asked.seeking)
        for quote in one.quote.orders:
            seller = self._offers.sellers[quote.seller]
            fee_tax = fee_tax_of(self._domains.terms, seller.country, bool(seller.vat_number))
            order, coupon = new_id(), one.coupons.get(quote.seller)
            seeking = replace(asked.seeking, coupon_of=coupon.affiliate or "") if coupon else asked.seeking
            won = self._attributing.of(seeking, quote.seller, {line.product for line in quote.lines})
            if coupon is not None:
                written.coupons.append(uses.Use(order, coupon.id, asked.person))
            written.orders.append(frozen.order_row(
                order, checkout, quote, self._domains.fee_rate, fee_tax, asked.address, asked.seeking.home,
                coupon.id if coupon is not None else None, won,
            ))  # fmt: skip
            written.lines += frozen.line_rows(order, quote, won)
            written.flashes += frozen.flash_uses(order, quote)


def _payment(one: _Accepted) -> NewCheckout:
    how, quote = one.asked.order.how, one.quote
    return NewCheckout(
        one.asked.person, one.checkout, quote.total_minor, quote.currency, quote.country, how.method or None, how.save
    )
