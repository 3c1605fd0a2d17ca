"""Products as moderators see and hide them. `trust` decides; nothing is deleted, so all can be undone."""

from __future__ import annotations

from collections.abc import Callable, Collection

from sqlalchemy import Connection, select, update

from shop.products.pictures import LARGE, SMALL, picture_key
from shop.products.products import WITHHELD, Products
from shop.tables import shop_pictures, shop_products

Withdraw = Callable[[Connection, Collection[str], bool], None]
"""(connection, keys of stored files, whether they are withdrawn): from now on they are served no more, or again."""


class ProductModeration:
    """Each method runs in the caller's transaction; unknown ids change nothing."""

    def __init__(self, products: Products) -> None:
        self._products = products
        self._withdraw: Withdraw = lambda *_: None

    def withdraw_by(self, withdraw: Withdraw) -> None:
        """Pictures of what is hidden are not served any more."""
        self._withdraw = withdraw

    def text(self, connection: Connection, product: str) -> str | None:
        found = select(shop_products.c.title, shop_products.c.description).where(shop_products.c.id == product)
        row = connection.execute(found).first()
        return None if row is None else f"{row.title}\n{row.description}".strip()

    def keep(self, connection: Connection, product: str, until: int) -> None:
        """Its pictures stay until then (Unix ms), whatever becomes of it; a later time replaces a sooner."""
        sooner = shop_pictures.c.product == product, shop_pictures.c.kept_until < until
        connection.execute(update(shop_pictures).where(*sooner).values(kept_until=until))

    def hide(self, connection: Connection, product: str) -> None:
        """From now on only its seller and moderators see it, and nobody can buy it. Orders that are placed go on."""
        one = update(shop_products).where(shop_products.c.id == product, shop_products.c.state != WITHHELD)
        hidden = one.values(state=WITHHELD, state_chosen=shop_products.c.state)
        if connection.execute(hidden).rowcount:
            self._changed(connection, product, withdrawn=True)

    def restore(self, connection: Connection, product: str) -> None:
        """As its seller had it."""
        one = update(shop_products).where(shop_products.c.id == product, shop_products.c.state == WITHHELD)
        if connection.execute(one.values(state=shop_products.c.state_chosen, state_chosen="")).rowcount:
            self._changed(connection, product, withdrawn=False)

    def _changed(self, connection: Connection, product: str, *, withdrawn: bool) -> None:
        self._products.changed(connection, product)
        kept = select(shop_pictures.c.digest).where(shop_pictures.c.product == product)  # also what is shown no more
        digests = connection.execute(kept.order_by(shop_pictures.c.digest)).scalars().all()
        self._withdraw(
            connection, [picture_key(product, one, px) for one in digests for px in (SMALL, LARGE)], withdrawn
        )
