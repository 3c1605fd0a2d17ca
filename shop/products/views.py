"""Products as buyers and sellers see them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, Select, select

from core.clock import Clock
from core.errors import NotFound
from core.http import Page
from core.identity import Person
from shop.flashes.flash import Flash, FlashView, view
from shop.flashes.flashes import Flashes
from shop.hiding import NOTHING_HIDDEN, Hides
from shop.products.pictures import PictureUrls, first_pictures, pictures_of
from shop.products.products import WITHHELD, ProductState
from shop.products.struck import struck_prices
from shop.reviews.ratings import NO_RATING, Rating, ratings_of
from shop.sellers.sellers import Seller, Sellers
from shop.sellers.zones import Zone, zones_of
from shop.tables import shop_prices, shop_products, shop_sellers, shop_variants

Brief = Callable[[Connection, Collection[str]], Mapping[str, Person]]


class SellerView(msgspec.Struct, frozen=True):
    """Who sells: buyers are told before they order. `handle` is empty for a deleted account."""

    id: str
    handle: str
    name: str
    address: str
    country: str
    register: str
    vat_number: str
    contact: str


class VariantView(msgspec.Struct, frozen=True):
    """`left`: how many can be bought now. `struck`: by currency, the lowest price of the 30 days before the price was
    lowered, or before the flash price that counts now; to be shown struck beside it. `on_hand` and `reserved` are for
    the seller alone, else null."""

    id: str
    name: str
    prices: dict[str, int]
    struck: dict[str, int]
    left: int
    on_hand: int | None = None
    reserved: int | None = None


class PictureView(msgspec.Struct, frozen=True):
    digest: str
    small: str | None
    large: str


class ProductView(msgspec.Struct, frozen=True):
    """`withheld`: hidden by a moderator, so that only its seller and moderators see it; `state` is what its seller has
    chosen."""

    id: str
    title: str
    description: str
    state: ProductState
    withheld: bool
    seller: SellerView
    pictures: list[PictureView]
    variants: list[VariantView]
    zones: list[Zone]
    rating: Rating
    flash: FlashView | None


class ProductCard(msgspec.Struct, frozen=True):
    """A product in a list. `prices`: the lowest of its variants, by currency; `left` of all of them. `withheld`:
    hidden by a moderator."""

    id: str
    title: str
    state: ProductState
    withheld: bool
    picture: str | None
    prices: dict[str, int]
    left: int
    rating: Rating
    flash: FlashView | None

    @property
    def now(self) -> dict[str, int]:
        """The prices, or the flash price where it is lower."""
        lower = self.flash.prices if self.flash is not None else {}
        return {currency: min(price, lower.get(currency, price)) for currency, price in self.prices.items()}


_CARD = select(shop_products.c.id, shop_products.c.title, shop_products.c.state, shop_products.c.state_chosen)


class ProductViews:
    def __init__(
        self, clock: Clock, brief: Brief, sellers: Sellers, urls: PictureUrls, flashes: Flashes,
        sealed: PictureUrls | None = None, hides: Hides = NOTHING_HIDDEN,
    ) -> None:  # fmt: skip
        """`sealed`: where pictures of withheld products are, for whoever may see them. `hides`: the products that
        somebody has reported."""
        self._clock = clock
        self._brief = brief
        self._sellers = sellers
        self._urls = urls
        self._flashes = flashes
        self._sealed = sealed or urls
        self._hides = hides

    def product(
        self, connection: Connection, id: str, viewer: str | None, *, moderates: bool = False
    ) -> ProductView:  # fmt: skip
        """Raises NotFound, also for what is not offered, unless the viewer sells it or moderates."""
        row, seller = self._seen(connection, id, viewer, moderates=moderates)
        is_own = seller.person == viewer
        urls = self._urls_of(row)
        person = self._brief(connection, [seller.person]).get(seller.person)
        pictures = [
            PictureView(digest, urls.small(id, digest), urls.large(id, digest))
            for digest in pictures_of(connection, [id]).get(id, ())
        ]
        flash = self._flashes.on(connection, [id]).get(id)
        return ProductView(
            id, row.title, row.description, _chosen(row), row.state == WITHHELD,
            seller_view(seller, person.handle if person else ""), pictures,
            self._variants(connection, id, flash, own=is_own), zones_of(connection, [seller.id]).get(seller.id, []),
            ratings_of(connection, [id]).get(id, NO_RATING), view(flash, self._clock()),
        )  # fmt: skip

    def seller_of(self, connection: Connection, id: str, viewer: str | None, *, moderates: bool = False) -> str:
        """Who sells it. Raises NotFound where the viewer sees no such product."""
        return self._seen(connection, id, viewer, moderates=moderates)[1].person

    def _seen(
        self, connection: Connection, id: str, viewer: str | None, *, moderates: bool = False
    ) -> tuple[Row[Any], Seller]:  # fmt: skip
        row = connection.execute(select(shop_products).where(shop_products.c.id == id)).first()
        if row is None:
            raise NotFound("There is no such product.")
        seller = self._sellers.find(connection, row.seller)
        is_sold = row.state == "offered" and seller.state == "approved"
        if not (is_sold or seller.person == viewer or (moderates and row.state == WITHHELD)):
            raise NotFound("There is no such product.")
        return row, seller

    def _urls_of(self, row: Row[Any]) -> PictureUrls:
        return self._sealed if row.state == WITHHELD else self._urls

    def of_variant(self, connection: Connection, variant: str, viewer: str) -> ProductView:
        """The product that a variant is of. Raises NotFound."""
        found = connection.execute(select(shop_variants.c.product).where(shop_variants.c.id == variant)).scalar()
        return self.product(connection, found or "", viewer)

    def offered(
        self, connection: Connection, seller: str | None, cursor: str, limit: int, viewer: str = ""
    ) -> Page[ProductCard]:  # fmt: skip
        """What is for sale, newest first; of one seller, or of all. Without what the viewer has reported."""
        found = _CARD.join(shop_sellers, shop_sellers.c.id == shop_products.c.seller).where(
            shop_products.c.state == "offered", shop_sellers.c.state == "approved"
        )
        if seller is not None:
            found = found.where(shop_products.c.seller == seller)
        if cursor:
            found = found.where(shop_products.c.id < cursor)
        page = self._page(connection, found, limit)
        return Page(self._unreported(connection, page.items, viewer), page.next)

    def cards(self, connection: Connection, ids: Collection[str]) -> dict[str, ProductCard]:
        """Of those that are for sale, by id."""
        found = _CARD.join(shop_sellers, shop_sellers.c.id == shop_products.c.seller).where(
            shop_products.c.state == "offered", shop_sellers.c.state == "approved", shop_products.c.id.in_(ids)
        )
        return {card.id: card for card in self._page(connection, found, len(ids)).items} if ids else {}

    def own(self, connection: Connection, seller: str, cursor: str, limit: int) -> Page[ProductCard]:
        found = _CARD.where(shop_products.c.seller == seller)
        if cursor:
            found = found.where(shop_products.c.id < cursor)
        return self._page(connection, found, limit)

    def all_cards(self, connection: Connection, ids: Collection[str]) -> list[ProductCard]:
        """Of these products, whatever their sellers have chosen, but none that is hidden."""
        if not ids:
            return []
        found = _CARD.where(shop_products.c.id.in_(ids), shop_products.c.state != WITHHELD)
        return self._page(connection, found, len(ids)).items

    def _unreported(self, connection: Connection, cards: list[ProductCard], viewer: str) -> list[ProductCard]:
        hidden = self._hides.hidden(connection, viewer, "product", {card.id for card in cards}) if viewer else ()
        return [card for card in cards if card.id not in hidden]

    def _page(self, connection: Connection, found: Select[Any], limit: int) -> Page[ProductCard]:
        rows = connection.execute(found.order_by(shop_products.c.id.desc()).limit(limit + 1)).all()
        ids = [row.id for row in rows[:limit]]
        pictures, sums, stars = first_pictures(connection, ids), _sums(connection, ids), ratings_of(connection, ids)
        flashes, now, cards = self._flashes.on(connection, ids), self._clock(), []
        for row in rows[:limit]:
            prices, left = sums.get(row.id, ({}, 0))
            picture = self._urls_of(row).small(row.id, pictures.get(row.id))
            rating = stars.get(row.id, NO_RATING)
            flash = view(flashes.get(row.id), now)
            state, withheld = _chosen(row), row.state == WITHHELD
            cards.append(ProductCard(row.id, row.title, state, withheld, picture, prices, left, rating, flash))
        return Page(cards, ids[-1] if len(rows) > limit else None)

    def _variants(
        self, connection: Connection, product: str, flash: Flash | None, *, own: bool
    ) -> list[VariantView]:  # fmt: skip
        found = (
            select(shop_variants)
            .where(shop_variants.c.product == product, shop_variants.c.offered.is_(True))
            .order_by(shop_variants.c.position)
        )
        rows = connection.execute(found).all()
        prices: dict[str, dict[str, int]] = {}
        listed = select(shop_prices).where(shop_prices.c.variant.in_([row.id for row in rows]))
        for price in connection.execute(listed.order_by(shop_prices.c.currency)):
            prices.setdefault(price.variant, {})[price.currency] = price.price_minor
        struck = struck_prices(connection, product, [row.id for row in rows], self._clock(), flash)
        return [
            VariantView(
                row.id, row.name, prices.get(row.id, {}), struck.get(row.id, {}), row.on_hand - row.reserved,
                row.on_hand if own else None, row.reserved if own else None,
            )
            for row in rows
        ]  # fmt: skip


def _chosen(row: Row[Any]) -> ProductState:
    state: ProductState = row.state_chosen if row.state == WITHHELD else row.state
    return state


def seller_view(seller: Seller, handle: str) -> SellerView:
    return SellerView(
        seller.id, handle, seller.name, seller.address, seller.country, seller.register, seller.vat_number,
        seller.contact,
    )  # fmt: skip


def _sums(connection: Connection, products: Collection[str]) -> dict[str, tuple[dict[str, int], int]]:
    """The lowest price by currency, and how many are left, of each product."""
    found = select(
        shop_variants.c.product, shop_variants.c.id, (shop_variants.c.on_hand - shop_variants.c.reserved).label("left")
    ).where(shop_variants.c.product.in_(products), shop_variants.c.offered.is_(True))
    rows = connection.execute(found).all() if products else []
    of_variant = {row.id: row.product for row in rows}
    sums: dict[str, tuple[dict[str, int], int]] = {}
    for row in rows:
        prices, left = sums.get(row.product, ({}, 0))
        sums[row.product] = prices, left + row.left
    listed = select(shop_prices).where(shop_prices.c.variant.in_(of_variant))
    for price in connection.execute(listed) if of_variant else ():
        lowest = sums[of_variant[price.variant]][0]
        lowest[price.currency] = min(price.price_minor, lowest.get(price.currency, price.price_minor))
    return sums
