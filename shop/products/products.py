"""Products as their sellers write them. A variant that was ever sold is withdrawn, never deleted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated, Literal

import msgspec
from msgspec import Meta
from sqlalchemy import Connection, delete, func, insert, select, update

from core.clock import Clock
from core.errors import NotFound
from core.ids import new_id
from core.text.clean import clean_line, clean_lines
from shop.errors import BadProduct, ProductWithheld, SellerBlocked, TooManyProducts
from shop.products import stock
from shop.products.prices import PRICE_MINOR_MAX, PRICE_MINOR_MIN, is_currency
from shop.products.struck import note_prices
from shop.sellers.sellers import Seller
from shop.tables import shop_prices, shop_products, shop_sellers, shop_variants

TITLE_CHARS_MAX = 120
DESCRIPTION_CHARS_MAX = 5_000
VARIANT_NAME_CHARS_MAX = 60
VARIANTS_MAX = 30
PRODUCTS_MAX = 10_000  # of one seller

ProductState = Literal["draft", "offered", "withdrawn"]
WITHHELD = "withheld"
"""The state of a product that a moderator has hidden."""


class VariantDraft(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`id`: of one that is there already. `on_hand`: how many a new one begins with. `prices`: by currency, in minor
    units, with the VAT."""

    prices: dict[str, int]
    id: str | None = None
    name: Annotated[str, Meta(max_length=4 * VARIANT_NAME_CHARS_MAX)] = ""
    on_hand: int = 0


class Draft(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Variants that are left out are withdrawn."""

    title: Annotated[str, Meta(max_length=4 * TITLE_CHARS_MAX)]
    variants: Annotated[list[VariantDraft], Meta(max_length=VARIANTS_MAX)]
    description: Annotated[str, Meta(max_length=4 * DESCRIPTION_CHARS_MAX)] = ""
    state: ProductState = "draft"


Changed = Callable[[Connection, Sequence[str]], None]
"""Called with products, in the transaction that changes them."""


class Products:
    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._recorders: list[Changed] = []

    def record(self, recorder: Changed) -> None:
        """Call `recorder` in the transaction of every change of a product."""
        self._recorders.append(recorder)

    def changed(self, connection: Connection, product: str) -> None:
        """A product is not as it was."""
        for recorder in self._recorders:
            recorder(connection, [product])

    def person_of(self, connection: Connection, product: str, *, moderates: bool = False) -> str:
        """Who sells a product that is offered; for moderators, whatever its state. Raises NotFound."""
        whose = select(shop_sellers.c.person).join(shop_products, shop_products.c.seller == shop_sellers.c.id)
        one = whose.where(shop_products.c.id == product)
        person = connection.execute(one if moderates else one.where(shop_products.c.state == "offered")).scalar()
        if person is None:
            raise NotFound("There is no such product.")
        return str(person)

    def written(self, connection: Connection, products: Sequence[str]) -> list[tuple[str, str, str]]:
        """Product, seller's person and text of those that are offered."""
        columns = shop_products.c.id, shop_sellers.c.person, shop_products.c.title, shop_products.c.description
        mine = select(*columns).join(shop_sellers, shop_products.c.seller == shop_sellers.c.id)
        offered = mine.where(shop_products.c.id.in_(products), shop_products.c.state == "offered")
        return [(row.id, row.person, f"{row.title}\n{row.description}") for row in connection.execute(offered)]

    def create(self, connection: Connection, seller: Seller, draft: Draft) -> str:
        """Returns its id. Raises BadProduct, SellerBlocked, TooManyProducts."""
        draft = _checked(seller, draft)
        many = connection.execute(select(func.count()).where(shop_products.c.seller == seller.id)).scalar() or 0
        if many >= PRODUCTS_MAX:
            raise TooManyProducts(f"At most {PRODUCTS_MAX} products.")
        product = new_id()
        connection.execute(
            insert(shop_products).values(
                id=product, seller=seller.id, title=draft.title, description=draft.description, state=draft.state,
                at=self._clock(),
            )
        )  # fmt: skip
        self._write_variants(connection, product, draft)
        return product

    def change(self, connection: Connection, seller: Seller, id: str, draft: Draft) -> None:
        """Prices count for orders that are placed from now on. Raises NotFound, BadProduct, SellerBlocked,
        ProductWithheld."""
        draft = _checked(seller, draft)
        self.check_changeable(connection, seller, id, lock=True)
        values = {"title": draft.title, "description": draft.description, "state": draft.state}
        connection.execute(update(shop_products).where(shop_products.c.id == id).values(values))
        self._write_variants(connection, id, draft)

    def says_other(self, connection: Connection, seller: Seller, id: str, draft: Draft) -> bool:
        """Whether this would change what others read. Raises NotFound."""
        self.check(connection, seller, id)
        texts = select(shop_products.c.title, shop_products.c.description).where(shop_products.c.id == id)
        names = select(shop_variants.c.name).where(shop_variants.c.product == id)
        known = set(connection.execute(names).scalars())
        if not {variant.name for variant in draft.variants} <= known:
            return True
        return tuple(connection.execute(texts).one()) != (draft.title, draft.description)

    def check(self, connection: Connection, seller: Seller, id: str, *, lock: bool = False) -> str:
        """Returns its state. Raises NotFound, also for another seller's."""
        found = select(shop_products.c.state).where(shop_products.c.id == id, shop_products.c.seller == seller.id)
        state = connection.execute(found.with_for_update() if lock else found).scalar()
        if state is None:
            raise NotFound("There is no such product.")
        return str(state)

    def check_changeable(self, connection: Connection, seller: Seller, id: str, *, lock: bool = False) -> None:
        """Raises NotFound, ProductWithheld."""
        if self.check(connection, seller, id, lock=lock) == WITHHELD:
            raise ProductWithheld

    def change_stock(self, connection: Connection, seller: Seller, variant: str, by: int, key: str) -> None:
        """Raises NotFound, BadStock, IdempotencyKeyReused."""
        product = connection.execute(select(shop_variants.c.product).where(shop_variants.c.id == variant)).scalar()
        self.check(connection, seller, product or "")
        stock.change(connection, variant, by, key, self._clock())

    def _write_variants(self, connection: Connection, product: str, draft: Draft) -> None:
        self.changed(connection, product)
        known = set(connection.execute(select(shop_variants.c.id).where(shop_variants.c.product == product)).scalars())
        kept: list[str] = []
        for position, variant in enumerate(draft.variants):
            values = {"position": position, "name": variant.name, "offered": True}
            if variant.id is None:
                own = new_id()
                row = values | {"id": own, "product": product, "on_hand": 0, "reserved": 0}
                connection.execute(insert(shop_variants).values(row))
                if variant.on_hand:
                    stock.change(connection, own, variant.on_hand, "first", self._clock())
            elif variant.id in known and variant.id not in kept:
                own = variant.id
                connection.execute(update(shop_variants).where(shop_variants.c.id == own).values(values))
            else:
                raise BadProduct("There is no such variant.")
            kept.append(own)
            connection.execute(delete(shop_prices).where(shop_prices.c.variant == own))
            prices = [
                {"variant": own, "currency": currency, "price_minor": price}
                for currency, price in variant.prices.items()
            ]
            connection.execute(insert(shop_prices), prices)
        if len(known) + sum(variant.id is None for variant in draft.variants) > 3 * VARIANTS_MAX:
            raise TooManyProducts("This product has had too many variants: make another one.")
        gone = update(shop_variants).where(shop_variants.c.product == product, shop_variants.c.id.not_in(kept))
        connection.execute(gone.values(offered=False))
        note_prices(connection, product, self._clock())


def _checked(seller: Seller, draft: Draft) -> Draft:
    """Raises BadProduct, SellerBlocked."""
    title = clean_line(draft.title, TITLE_CHARS_MAX)
    description = clean_lines(draft.description, DESCRIPTION_CHARS_MAX)
    if not title or description is None or not draft.variants:
        raise BadProduct(
            f"A product has a title of at most {TITLE_CHARS_MAX} characters, a description of at most "
            f"{DESCRIPTION_CHARS_MAX}, and a variant."
        )
    if draft.state == "offered" and seller.state != "approved":
        raise SellerBlocked
    variants = [_checked_variant(variant) for variant in draft.variants]
    names = [variant.name for variant in variants]
    if len(set(names)) < len(names):
        raise BadProduct("Two variants have the same name.")
    return Draft(title, variants, description, draft.state)


def _checked_variant(variant: VariantDraft) -> VariantDraft:
    name = clean_line(variant.name, VARIANT_NAME_CHARS_MAX)
    fits = all(type(price) is int and PRICE_MINOR_MIN <= price <= PRICE_MINOR_MAX for price in variant.prices.values())
    if name is None or not variant.prices or not all(map(is_currency, variant.prices)) or not fits:
        raise BadProduct(f"A variant has prices between {PRICE_MINOR_MIN} and {PRICE_MINOR_MAX} minor units.")
    if type(variant.on_hand) is not int or not 0 <= variant.on_hand <= stock.ON_HAND_MAX:
        raise BadProduct(f"At most {stock.ON_HAND_MAX} pieces.")
    return VariantDraft(variant.prices, variant.id, name, variant.on_hand)
