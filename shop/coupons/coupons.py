"""Coupons as their sellers make them, and as buyers enter them. What one takes off is never changed: make another."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import msgspec
from sqlalchemy import Connection, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from core.clock import Clock
from core.errors import NotFound
from core.ids import new_id
from shop.affiliates.promotions import Promotions
from shop.coupons import uses
from shop.coupons.discounts import COUPON_RATE_MAX, Coupon, Goods, Reduction, reduction
from shop.errors import BadCoupon, SellerBlocked, TooManyProducts
from shop.products.prices import PRICE_MINOR_MAX, is_currency
from shop.sellers.sellers import Seller
from shop.tables import shop_coupons, shop_products, shop_variants

CODE_CHARS_MIN = 3
CODE_CHARS_MAX = 30
COUPONS_MAX = 1_000  # of one seller
COUPON_PRODUCTS_MAX = 100
USES_MAX = 1_000_000
MS_MAX = 1 << 53

_COUPON = select(*(shop_coupons.c[name] for name in Coupon.__struct_fields__))


class CouponDraft(msgspec.Struct, frozen=True):
    """See `Coupon`. `affiliate`: a person's id; empty: nobody's."""

    code: str
    rate: int = 0
    amount_minor: int = 0
    currency: str = ""
    min_minor: int = 0
    products: Sequence[str] = ()
    starts_at: int | None = None
    ends_at: int | None = None
    uses_max: int | None = None
    uses_each: int | None = None
    affiliate: str = ""


class Entered(msgspec.Struct, frozen=True):
    """A code that a buyer entered, and the coupons that it is, by seller. `mine`: how often they used each."""

    code: str
    by_seller: Mapping[str, Coupon]
    mine: Mapping[str, int]
    now: int

    def of(self, seller: str, goods: Sequence[Goods], currency: str) -> Reduction:
        """What it takes off the order of a seller."""
        coupon = self.by_seller.get(seller)
        if coupon is None:
            return Reduction("unknown", {})
        return reduction(coupon, goods, currency, self.mine.get(coupon.id, 0), self.now)


class Entering:
    """The codes of a batch of orders. Those that follow are judged as if the ones before were written."""

    def __init__(self, by_code: dict[str, dict[str, Coupon]], mine: dict[tuple[str, str], int], now: int) -> None:
        """`by_code`: by seller then. `mine`: how often people use each, by coupon and person."""
        self._by_code = by_code
        self._mine = mine
        self._now = now

    def of(self, person: str, code: str) -> Entered | None:
        """None: no code was entered."""
        code = tidy(code)
        if not code:
            return None
        by_seller = self._by_code.get(code, {})
        mine = {one.id: self._mine.get((one.id, person), 0) for one in by_seller.values()}
        return Entered(code, by_seller, mine, self._now)

    def affiliates(self, code: str) -> set[str]:
        return {one.affiliate for one in self._by_code.get(tidy(code), {}).values() if one.affiliate}

    def take(self, person: str, code: str, sellers: Collection[str]) -> dict[str, Coupon]:
        """It is used at these sellers. Returns the coupons."""
        by_seller, taken = self._by_code.get(tidy(code), {}), dict[str, Coupon]()
        for seller in sellers:
            one = taken[seller] = by_seller[seller]
            by_seller[seller] = msgspec.structs.replace(one, used=one.used + 1)
            self._mine[one.id, person] = self._mine.get((one.id, person), 0) + 1
        return taken


class Coupons:
    def __init__(self, clock: Clock, promotions: Promotions) -> None:
        self._clock = clock
        self._promotions = promotions

    def make(self, connection: Connection, seller: Seller, draft: CouponDraft) -> Coupon:
        """Raises BadCoupon, SellerBlocked, TooManyProducts."""
        code = tidy(draft.code)
        _check(draft, code)
        if seller.state != "approved":
            raise SellerBlocked
        mine = select(func.count()).where(shop_products.c.seller == seller.id)
        products = sorted(set(draft.products))
        if products and connection.execute(mine.where(shop_products.c.id.in_(products))).scalar() != len(products):
            raise BadCoupon("There is no such product.")
        if draft.affiliate and not self._promotions.promotes(connection, seller.id, draft.affiliate):
            raise BadCoupon("Only a creator who promotes your products can have a coupon.")
        many = connection.execute(select(func.count()).where(shop_coupons.c.seller == seller.id)).scalar() or 0
        if many >= COUPONS_MAX:
            raise TooManyProducts(f"At most {COUPONS_MAX} coupons.")
        made, now = new_id(), self._clock()
        row = {
            "id": made, "seller": seller.id, "code": code, "rate": draft.rate, "amount_minor": draft.amount_minor,
            "currency": draft.currency, "min_minor": draft.min_minor, "products": products,
            "starts_at": now if draft.starts_at is None else draft.starts_at, "ends_at": draft.ends_at,
            "uses_max": draft.uses_max, "uses_each": draft.uses_each, "used": 0, "affiliate": draft.affiliate or None,
            "state": "open", "at": now,
        }  # fmt: skip
        try:
            with connection.begin_nested():
                connection.execute(insert(shop_coupons).values(row))
        except IntegrityError:
            raise BadCoupon("You have had a coupon with this code.") from None
        return self.find(connection, seller, made)

    def end(self, connection: Connection, seller: Seller, id: str) -> Coupon:
        """Nobody orders with it any more; who is paying keeps it. Again changes nothing. Raises NotFound."""
        coupon = self.find(connection, seller, id)
        connection.execute(update(shop_coupons).where(shop_coupons.c.id == coupon.id).values(state="ended"))
        return self.find(connection, seller, id)

    def find(self, connection: Connection, seller: Seller, id: str) -> Coupon:
        """Raises NotFound, also for another seller's."""
        row = connection.execute(_COUPON.where(shop_coupons.c.id == id, shop_coupons.c.seller == seller.id)).first()
        if row is None:
            raise NotFound("There is no such coupon.")
        return Coupon(*row)

    def page(self, connection: Connection, seller: Seller, cursor: str, limit: int) -> list[Coupon]:
        """Newest first."""
        found = _COUPON.where(shop_coupons.c.seller == seller.id)
        if cursor:
            found = found.where(shop_coupons.c.id < cursor)
        return [Coupon(*row) for row in connection.execute(found.order_by(shop_coupons.c.id.desc()).limit(limit))]

    def entered(self, connection: Connection, person: str, code: str, variants: Collection[str]) -> Entered | None:
        """What a code is at the sellers of these variants. None if none was entered."""
        codes = {(person, code)} if tidy(code) else set()
        return self.among(connection, codes, variants, lock=False).of(person, code)

    def among(
        self, connection: Connection, codes: Collection[tuple[str, str]], variants: Collection[str], *,
        lock: bool = True,
    ) -> Entering:  # fmt: skip
        """What these people's codes are at the sellers of these variants. `lock`: the coupons, in one order, until the
        transaction ends."""
        tidied = {tidy(code) for _, code in codes}
        if not tidied:
            return Entering({}, {}, self._clock())
        sellers = (
            select(shop_products.c.seller)
            .join(shop_variants, shop_variants.c.product == shop_products.c.id)
            .where(shop_variants.c.id.in_(variants))
        )
        found = _COUPON.where(shop_coupons.c.code.in_(tidied), shop_coupons.c.seller.in_(sellers))
        if lock and connection.dialect.name != "sqlite":  # which has one writer
            found = found.order_by(shop_coupons.c.id).with_for_update()
        by_code: dict[str, dict[str, Coupon]] = {}
        for row in connection.execute(found):
            by_code.setdefault(row.code, {})[row.seller] = self._owned(connection, Coupon(*row))
        ids = [coupon.id for coupons in by_code.values() for coupon in coupons.values()]
        return Entering(by_code, uses.counts(connection, ids, {person for person, _ in codes}), self._clock())

    def _owned(self, connection: Connection, coupon: Coupon) -> Coupon:
        """Nobody's, if its creator does not promote for the seller any more."""
        creator = coupon.affiliate
        if creator is None or self._promotions.promotes(connection, coupon.seller, creator):
            return coupon
        return msgspec.structs.replace(coupon, affiliate=None)


def tidy(code: str) -> str:
    """As it is kept, however it is typed."""
    return "".join(code.split()).upper()


def _check(draft: CouponDraft, code: str) -> None:
    """Raises BadCoupon."""
    if not CODE_CHARS_MIN <= len(code) <= CODE_CHARS_MAX or not code.isascii() or not code.replace("-", "").isalnum():
        raise BadCoupon(f"A code has {CODE_CHARS_MIN} to {CODE_CHARS_MAX} letters, digits and hyphens.")
    if not 0 <= draft.rate <= COUPON_RATE_MAX or not 0 <= draft.amount_minor <= PRICE_MINOR_MAX:
        raise BadCoupon(f"At most {COUPON_RATE_MAX} hundredths of a percent, or {PRICE_MINOR_MAX} minor units.")
    if (draft.rate > 0) == (draft.amount_minor > 0):
        raise BadCoupon("Either a rate or an amount.")
    in_money = bool(draft.amount_minor or draft.min_minor)
    if not 0 <= draft.min_minor <= PRICE_MINOR_MAX or in_money != is_currency(draft.currency):
        raise BadCoupon("An amount and a minimum have a currency of the shop; without them there is none.")
    start, end = draft.starts_at or 0, MS_MAX if draft.ends_at is None else draft.ends_at
    if not 0 <= start < end <= MS_MAX:
        raise BadCoupon("It ends after it starts.")
    if not all(limit is None or 1 <= limit <= USES_MAX for limit in (draft.uses_max, draft.uses_each)):
        raise BadCoupon(f"Between 1 and {USES_MAX} uses.")
    if len(draft.products) > COUPON_PRODUCTS_MAX:
        raise BadCoupon(f"At most {COUPON_PRODUCTS_MAX} products.")
