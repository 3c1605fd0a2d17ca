"""Products over HTTP: for everybody, and for those who sell them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import msgspec
from msgspec import Meta
from sqlalchemy import Connection

from core.database import Database
from core.errors import NotFound, UnsupportedMediaType
from core.executors import BoundedExecutor
from core.http import Access, Call, Operation, Page, Paging, media_type, read_body
from core.identity import Person, may
from core.limits import Rate
from people.settings.picture import MEDIA_TYPES, PICTURE_BYTES_MAX, reencoded
from shop.products.pictures import Pictures
from shop.products.products import Draft, Products
from shop.products.views import ProductCard, ProductView, ProductViews
from shop.sellers.sellers import Seller, Sellers

PICTURE_RATE = Rate(200, 3_600)
PRODUCT_RATE = Rate(60, 60)
PRODUCT_BYTES_MAX = 128 * 1024

ByHandle = Callable[[Connection, str], Person]


class ProductsQuery(Paging):
    """`seller`: their handle."""

    seller: Annotated[str, Meta(max_length=64)] = ""


class StockRequest(msgspec.Struct, forbid_unknown_fields=True):
    """How many more, or with a minus sign fewer."""

    change: int


class ProductRoutes:
    def __init__(
        self, database: Database, pictures_pool: BoundedExecutor, storage_pool: BoundedExecutor, by_handle: ByHandle,
        sellers: Sellers, products: Products, pictures: Pictures, views: ProductViews,
    ) -> None:  # fmt: skip
        self._database = database
        self._pictures_pool = pictures_pool
        self._storage_pool = storage_pool
        self._by_handle = by_handle
        self._sellers = sellers
        self._products = products
        self._pictures = pictures
        self._views = views

    def operations(self) -> list[Operation]:
        one = "/api/shop/products/{id}"
        return [
            Operation("GET", "/api/products", self.offered, access=Access.ANYONE),
            Operation("GET", "/api/products/{id}", self.product, access=Access.ANYONE),
            Operation("GET", "/api/shop/products", self.own),
            Operation(
                "POST", "/api/shop/products", self.create, status=201, rate=PRODUCT_RATE,
                body_bytes_max=PRODUCT_BYTES_MAX, action="post",
            ),
            Operation("PUT", one, self.change, rate=PRODUCT_RATE, body_bytes_max=PRODUCT_BYTES_MAX),
            Operation("POST", f"{one}/pictures", self.add_picture, status=201, rate=PICTURE_RATE, action="post"),
            Operation("DELETE", f"{one}/pictures/{{digest}}", self.remove_picture),
            Operation("POST", "/api/shop/variants/{id}/stock", self.change_stock, money=True),
        ]  # fmt: skip

    def offered(self, call: Call, query: ProductsQuery) -> Page[ProductCard]:
        """What is for sale, newest first; of one seller, or of all. Without what you have reported."""
        viewer = call.who.id if call.who else ""

        def read(connection: Connection) -> Page[ProductCard]:
            seller = None
            if query.seller:
                person = self._by_handle(connection, query.seller)
                found = self._sellers.of_person(connection, person.id)
                if found is None:
                    return Page([])
                seller = found.id
            return self._views.offered(connection, seller, query.cursor, query.limit, viewer)

        return self._database.read(read)

    def product(self, call: Call, id: str) -> ProductView:
        """A product, with who sells it."""
        who = call.who
        viewer, moderates = (who.id, who.moderates) if who is not None else (None, False)
        return self._database.read(lambda c: self._views.product(c, id, viewer, moderates=moderates))

    def own(self, call: Call, query: Paging) -> Page[ProductCard]:
        """Your products, newest first, also those that are not offered."""
        person = call.identity.id
        return self._database.read(
            lambda c: self._views.own(c, self._sellers.own(c, person).id, query.cursor, query.limit)
        )

    def create(self, call: Call, body: Draft) -> ProductView:
        """Make a product."""
        person = call.identity.id

        def write(connection: Connection) -> ProductView:
            made = self._products.create(connection, self._sellers.own(connection, person), body)
            return self._views.product(connection, made, person)

        return self._database.write(write)

    def change(self, call: Call, id: str, body: Draft) -> ProductView:
        """Change a product of yours. Orders that are placed keep their prices."""
        person = call.identity.id

        def write(connection: Connection) -> ProductView:
            seller = self._sellers.own(connection, person)
            if self._products.says_other(connection, seller, id, body):
                may(call.identity, "post")  # who may not post still has prices, stock and what is offered
            self._products.change(connection, seller, id, body)
            return self._views.product(connection, id, person)

        return self._database.write(write)

    async def add_picture(self, call: Call, id: str) -> ProductView:
        """Add a picture: the body is a JPEG, PNG or WebP file. The middle square of it is shown."""
        person = call.identity.id
        if media_type(call.request.headers.get("content-type", "")) not in MEDIA_TYPES:
            raise UnsupportedMediaType(f"The content type must be one of {', '.join(MEDIA_TYPES)}.")
        await self._database.read_async(lambda c: self._check(c, person, id))
        content = await read_body(call.request, PICTURE_BYTES_MAX)
        picture = await self._pictures_pool.run(reencoded, content)
        await self._storage_pool.run(self._pictures.add, id, picture)
        return await self._database.read_async(lambda c: self._views.product(c, id, person))

    def remove_picture(self, call: Call, id: str, digest: str) -> None:
        """Remove a picture."""
        self._database.read(lambda c: self._check(c, call.identity.id, id))
        self._pictures.remove(id, digest)

    def change_stock(self, call: Call, id: str, body: StockRequest) -> ProductView:
        """Have more or fewer of a variant of yours. What is sold already cannot be taken away."""
        person = call.identity.id

        def write(connection: Connection) -> ProductView:
            seller = self._sellers.own(connection, person)
            self._products.change_stock(connection, seller, id, body.change, call.key)
            return self._views.of_variant(connection, id, person)

        return self._database.write(write)

    def _check(self, connection: Connection, person: str, id: str) -> Seller:
        seller = self._sellers.of_person(connection, person)
        if seller is None:
            raise NotFound("There is no such product.")
        self._products.check_changeable(connection, seller, id)
        return seller
