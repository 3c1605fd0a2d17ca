"""Flash prices as their sellers set them, and as carts and pages read them. One of a product counts at a time."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import msgspec
from sqlalchemy import Connection, delete, func, insert, select, update

from core.clock import Clock
from core.errors import NotFound
from core.ids import new_id
from shop.errors import BadFlash, SellerBlocked, TooManyProducts
from shop.flashes.flash import Flash
from shop.products.prices import PRICE_MINOR_MIN, is_currency
from shop.sellers.sellers import Seller
from shop.tables import shop_flashes, shop_prices, shop_products, shop_variants

DAY_MS = 86_400_000
FLASH_MS_MIN = 30_000  # as in rooms
FLASH_DAYS_MAX = 30
AHEAD_DAYS_MAX = 90
FLASHES_MAX = 50  # of one product, in the days that prices are compared with
FLASH_DAYS_KNOWN = 60
PIECES_MAX = 1_000_000

_FLASH = select(*(shop_flashes.c[name] for name in Flash.__struct_fields__))


class FlashDraft(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`prices`: minor units by currency. Times are Unix ms; `starts_at` null: now. `pieces`: how many are sold at it;
    null: as many as there are."""

    prices: dict[str, int]
    ends_at: int
    starts_at: int | None = None
    pieces: int | None = None


class Flashes:
    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    # -- for sellers -----------------------------------------------------------------------------

    def make(self, connection: Connection, seller: Seller, product: str, draft: FlashDraft) -> Flash:
        """Raises NotFound, BadFlash, SellerBlocked, TooManyProducts."""
        _own(connection, seller, product)
        if seller.state != "approved":
            raise SellerBlocked
        now = self._clock()
        start = now if draft.starts_at is None else draft.starts_at
        _check(draft, start, now, _lowest(connection, product))
        known = shop_flashes.c.product == product, shop_flashes.c.ends_at > now - FLASH_DAYS_KNOWN * DAY_MS
        if (connection.execute(select(func.count()).where(*known)).scalar() or 0) >= FLASHES_MAX:
            raise TooManyProducts(f"At most {FLASHES_MAX} flash prices in {FLASH_DAYS_KNOWN} days.")
        meets = select(shop_flashes.c.id).where(
            shop_flashes.c.product == product, shop_flashes.c.starts_at < draft.ends_at, shop_flashes.c.ends_at > start
        )
        if connection.execute(meets.limit(1)).first() is not None:
            raise BadFlash("The product has another flash price in this time.")
        made = Flash(new_id(), product, draft.prices, start, draft.ends_at, draft.pieces, 0)
        connection.execute(insert(shop_flashes).values(**msgspec.structs.asdict(made), at=now))
        return made

    def end(self, connection: Connection, seller: Seller, id: str) -> None:
        """At once; who is paying keeps it. One that has not started was never there. Raises NotFound."""
        product = connection.execute(select(shop_flashes.c.product).where(shop_flashes.c.id == id)).scalar()
        _own(connection, seller, product or "")
        now, one = self._clock(), shop_flashes.c.id == id
        connection.execute(delete(shop_flashes).where(one, shop_flashes.c.starts_at > now))
        connection.execute(update(shop_flashes).where(one, shop_flashes.c.ends_at > now).values(ends_at=now))

    def of(self, connection: Connection, seller: Seller, product: str) -> Sequence[Flash]:
        """Those that count or will, and those of the last days, the newest first. Raises NotFound."""
        _own(connection, seller, product, lock=False)
        known = shop_flashes.c.product == product, shop_flashes.c.ends_at > self._clock() - FLASH_DAYS_KNOWN * DAY_MS
        found = _FLASH.where(*known).order_by(shop_flashes.c.starts_at.desc(), shop_flashes.c.id).limit(FLASHES_MAX)
        return [Flash(*row) for row in connection.execute(found)]

    # -- for buyers ------------------------------------------------------------------------------

    def on(self, connection: Connection, products: Collection[str]) -> Mapping[str, Flash]:
        """Those that count now, by product."""
        now, one = self._clock(), shop_flashes.c
        found = _FLASH.where(one.product.in_(products), one.starts_at <= now, one.ends_at > now)
        flashes = [Flash(*row) for row in connection.execute(found)] if products else []
        return {flash.product: flash for flash in flashes if flash.is_on(now)}

    def lock(self, connection: Connection, variants: Collection[str]) -> None:
        """Nobody else takes pieces at the flash prices of these until the transaction ends. In one order, after the
        coupons and before the stock, as everywhere."""
        if connection.dialect.name == "sqlite":  # which has one writer
            return
        products = select(shop_variants.c.product).where(shop_variants.c.id.in_(variants))
        found = select(shop_flashes.c.id).where(
            shop_flashes.c.product.in_(products), shop_flashes.c.ends_at > self._clock()
        )
        connection.execute(found.order_by(shop_flashes.c.id).with_for_update())


def _own(connection: Connection, seller: Seller, product: str, *, lock: bool = True) -> None:
    """`lock`: the product, so that two flash prices are not made at once. Raises NotFound."""
    mine = select(shop_products.c.id).where(shop_products.c.id == product, shop_products.c.seller == seller.id)
    if connection.execute(mine.with_for_update(key_share=True) if lock else mine).first() is None:
        raise NotFound("There is no such product.")


def _lowest(connection: Connection, product: str) -> Mapping[str, int]:
    """Of its variants, by currency."""
    found = (
        select(shop_prices.c.currency, func.min(shop_prices.c.price_minor))
        .join(shop_variants, shop_variants.c.id == shop_prices.c.variant)
        .where(shop_variants.c.product == product, shop_variants.c.offered.is_(True))
        .group_by(shop_prices.c.currency)
    )
    return {currency: price for currency, price in connection.execute(found)}  # noqa: C416  typed


def _check(draft: FlashDraft, start: int, now: int, lowest: Mapping[str, int]) -> None:
    """Raises BadFlash."""
    if not now <= start <= now + AHEAD_DAYS_MAX * DAY_MS:
        raise BadFlash(f"It starts now, or within {AHEAD_DAYS_MAX} days.")
    if not FLASH_MS_MIN <= draft.ends_at - start <= FLASH_DAYS_MAX * DAY_MS:
        raise BadFlash(f"It lasts at least {FLASH_MS_MIN // 1_000} seconds, and at most {FLASH_DAYS_MAX} days.")
    if draft.pieces is not None and not 1 <= draft.pieces <= PIECES_MAX:
        raise BadFlash(f"Between 1 and {PIECES_MAX} pieces.")
    if not draft.prices:
        raise BadFlash("It has a price in at least one currency.")
    for currency, price in draft.prices.items():
        if not is_currency(currency) or currency not in lowest:
            raise BadFlash("The product has no price in this currency.")
        if not PRICE_MINOR_MIN <= price < lowest[currency]:
            raise BadFlash(f"It is lower than every price of the product, and at least {PRICE_MINOR_MIN} minor units.")
