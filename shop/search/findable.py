"""Products as search finds them: those that are for sale."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import Connection, select

from live.goods.products import FindableProduct, ProductBrief
from shop.products.products import Changed, Products
from shop.products.views import ProductViews
from shop.sellers.sellers import Sellers
from shop.tables import shop_products, shop_sellers, shop_variants

MARKED_AT_ONCE_MAX = 1_000

_ON_SALE = (shop_products.c.state == "offered") & (shop_sellers.c.state == "approved")


class Findable:
    """`live.goods.products.FindsProducts`."""

    def __init__(self, views: ProductViews, products: Products, sellers: Sellers) -> None:
        self._views = views
        self._products = products
        self._sellers = sellers

    def record(self, changed: Changed) -> None:
        """Call `changed` for products that change, and for all of a seller who may sell from now on, or no longer."""

        def of_seller(connection: Connection, seller: str) -> None:
            found = select(shop_products.c.id).where(
                shop_products.c.seller == seller, shop_products.c.state == "offered"
            )
            ids = list(connection.execute(found).scalars())
            for first in range(0, len(ids), MARKED_AT_ONCE_MAX):
                changed(connection, ids[first : first + MARKED_AT_ONCE_MAX])

        self._products.record(changed)
        self._sellers.record(of_seller)

    def findable(self, connection: Connection, ids: Sequence[str]) -> Sequence[FindableProduct]:
        found = (
            select(shop_products.c.id, shop_products.c.title, shop_products.c.at, shop_sellers.c.name)
            .join(shop_sellers, shop_sellers.c.id == shop_products.c.seller)
            .where(_ON_SALE, shop_products.c.id.in_(ids))
        )
        rows = connection.execute(found).all() if ids else []
        names: dict[str, list[str]] = {row.id: [] for row in rows}
        variants = select(shop_variants.c.product, shop_variants.c.name).where(
            shop_variants.c.product.in_(names), shop_variants.c.offered.is_(True)
        )
        for product, name in connection.execute(variants.order_by(shop_variants.c.position)) if rows else ():
            names[product].append(name)
        return [FindableProduct(row.id, row.title, " ".join(names[row.id]), row.name, row.at) for row in rows]

    def ids(self, connection: Connection, after: str, limit: int) -> list[str]:
        found = (
            select(shop_products.c.id)
            .join(shop_sellers, shop_sellers.c.id == shop_products.c.seller)
            .where(_ON_SALE, shop_products.c.id > after)
        )
        return list(connection.execute(found.order_by(shop_products.c.id).limit(limit)).scalars())

    def briefs(self, connection: Connection, ids: Collection[str]) -> Mapping[str, ProductBrief]:
        cards = self._views.cards(connection, ids)
        sold_by = select(shop_products.c.id, shop_sellers.c.name).join(
            shop_sellers, shop_sellers.c.id == shop_products.c.seller
        )
        rows = connection.execute(sold_by.where(shop_products.c.id.in_(cards))) if cards else ()
        sellers = {row.id: row.name for row in rows}
        return {
            one: ProductBrief(one, card.title, sellers[one], card.picture, card.now, card.left)
            for one, card in cards.items()
        }
