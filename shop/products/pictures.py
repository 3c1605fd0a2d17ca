"""Pictures of products: squares in two sizes, made here out of whatever was sent.

A row is there before its files are, and goes after them, so no file is ever forgotten.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

from sqlalchemy import Connection, delete, exists, func, insert, select, update

from core.clock import Clock
from core.database import Database
from core.errors import NotFound
from core.storage import Storage
from people.settings.picture import Picture
from shop.errors import ProductWithheld, TooManyProducts
from shop.products.products import WITHHELD
from shop.tables import shop_pictures, shop_products

PRODUCT_PICTURES_MAX = 8
UNUSED_MS_MAX = 3_600_000
SWEEP_ROWS_MAX = 500
SMALL, LARGE = 128, 512


def picture_key(product: str, digest: str, px: int) -> str:
    return f"products/{product}/{digest}-{px}.webp"


@dataclass(frozen=True, slots=True)
class PictureUrls:
    """`url` makes an address of a key."""

    url: Callable[[str], str] = "/media/{}".format

    def small(self, product: str, digest: str | None) -> str | None:
        return self.url(picture_key(product, digest, SMALL)) if digest else None

    def large(self, product: str, digest: str) -> str:
        return self.url(picture_key(product, digest, LARGE))


class Pictures:
    """All methods block. The caller has checked whose product it is."""

    def __init__(self, database: Database, storage: Storage, clock: Clock) -> None:
        self._database = database
        self._storage = storage
        self._clock = clock

    def add(self, product: str, picture: Picture) -> None:
        """Raises TooManyProducts, ProductWithheld: it may be hidden while a picture of it is sent."""
        self._database.write(lambda c: self._announce(c, product, picture.digest))
        self._storage.put_bytes(picture_key(product, picture.digest, SMALL), picture.small)
        self._storage.put_bytes(picture_key(product, picture.digest, LARGE), picture.large)
        self._database.write(lambda c: self._show(c, product, picture.digest, shown=True))

    def remove(self, product: str, digest: str) -> None:
        """Its files go with a later sweep. Raises NotFound."""
        if not self._database.write(lambda c: self._show(c, product, digest, shown=False)):
            raise NotFound("There is no such picture.")

    def sweep(self) -> None:
        """Delete what has not been shown for UNUSED_MS_MAX. If it is interrupted, the next sweep continues.

        What a moderator has hidden stays as it is, so that all of it can be given back, and what an authority has
        ordered to be removed stays for its time, whatever becomes of the product."""
        now = self._clock()
        hidden = exists().where(shop_products.c.id == shop_pictures.c.product, shop_products.c.state == WITHHELD)
        unused = shop_pictures.c.shown.is_(False) & (shop_pictures.c.at < now - UNUSED_MS_MAX) & ~hidden
        unused &= shop_pictures.c.kept_until <= now
        found = select(shop_pictures.c.product, shop_pictures.c.digest).where(unused).limit(SWEEP_ROWS_MAX)
        for product, digest in self._database.read(lambda c: c.execute(found).all()):
            for px in (SMALL, LARGE):
                self._storage.delete(picture_key(product, digest, px))
            one = (shop_pictures.c.product == product) & (shop_pictures.c.digest == digest)
            self._database.write(lambda c: c.execute(delete(shop_pictures).where(one, unused)))  # noqa: B023

    def _announce(self, connection: Connection, product: str, digest: str) -> None:
        state = select(shop_products.c.state).where(shop_products.c.id == product).with_for_update()
        if connection.execute(state).scalar() == WITHHELD:
            raise ProductWithheld
        one = (shop_pictures.c.product == product) & (shop_pictures.c.digest == digest)
        if connection.execute(update(shop_pictures).where(one).values(at=self._clock())).rowcount:
            return
        of_it = select(func.count(), func.max(shop_pictures.c.position)).where(
            shop_pictures.c.product == product, shop_pictures.c.shown.is_(True)
        )
        many, last = connection.execute(of_it).one()
        if many >= PRODUCT_PICTURES_MAX:
            raise TooManyProducts(f"A product has at most {PRODUCT_PICTURES_MAX} pictures.")
        row = {"product": product, "digest": digest, "position": (last or 0) + 1, "shown": False, "at": self._clock()}
        connection.execute(insert(shop_pictures).values(row))

    def _show(self, connection: Connection, product: str, digest: str, *, shown: bool) -> bool:
        one = (shop_pictures.c.product == product) & (shop_pictures.c.digest == digest)
        changed = update(shop_pictures).where(one).values(shown=shown, at=self._clock())
        return connection.execute(changed).rowcount == 1


def pictures_of(connection: Connection, products: Collection[str]) -> dict[str, list[str]]:
    """The digests of the pictures that are shown, in order."""
    found = (
        select(shop_pictures.c.product, shop_pictures.c.digest)
        .where(shop_pictures.c.product.in_(products), shop_pictures.c.shown.is_(True))
        .order_by(shop_pictures.c.position)
    )
    digests: dict[str, list[str]] = {}
    for product, digest in connection.execute(found) if products else ():
        digests.setdefault(product, []).append(digest)
    return digests


def first_pictures(connection: Connection, products: Collection[str]) -> dict[str, str]:
    return {product: digests[0] for product, digests in pictures_of(connection, products).items()}
