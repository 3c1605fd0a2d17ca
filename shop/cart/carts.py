"""What somebody has in their cart. It promises nothing: prices and stock are looked up whenever it is shown."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sqlalchemy import Connection, delete, func, select, update

from core.clock import Clock
from core.errors import NotFound
from shop.errors import BadOrder
from shop.tables import shop_cart, shop_variants
from shop.tables.upsert import upsert

CART_LINES_MAX = 50
PIECES_MAX = 99  # of a variant


class Carts:
    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def put(self, connection: Connection, person: str, variant: str, count: int) -> None:
        """Have so many of a variant in it; 0: none. Raises BadOrder, NotFound."""
        if type(count) is not int or not 0 <= count <= PIECES_MAX:
            raise BadOrder(f"Between 0 and {PIECES_MAX} pieces.")
        one = (shop_cart.c.person == person) & (shop_cart.c.variant == variant)
        if count == 0:
            connection.execute(delete(shop_cart).where(one))
            return
        if connection.execute(update(shop_cart).where(one).values(count=count, at=self._clock())).rowcount:
            return
        known = connection.execute(select(shop_variants.c.id).where(shop_variants.c.id == variant)).first()
        if known is None:
            raise NotFound("There is no such product.")
        many = connection.execute(select(func.count()).where(shop_cart.c.person == person)).scalar() or 0
        if many >= CART_LINES_MAX:
            raise BadOrder(f"At most {CART_LINES_MAX} different products.")
        key = {"person": person, "variant": variant}
        upsert(connection, shop_cart, key, {"count": count, "at": self._clock()})

    def of(self, connection: Connection, person: str) -> dict[str, int]:
        """How many of each variant, in the order in which they came."""
        found = select(shop_cart.c.variant, shop_cart.c.count).where(shop_cart.c.person == person)
        rows = connection.execute(found.order_by(shop_cart.c.at, shop_cart.c.variant))
        return {str(variant): int(count) for variant, count in rows}

    def remove(self, connection: Connection, person: str, variants: Collection[str]) -> None:
        connection.execute(delete(shop_cart).where(shop_cart.c.person == person, shop_cart.c.variant.in_(variants)))


def summed(items: Collection[tuple[str, int]]) -> Mapping[str, int]:
    """Lines of the same variant become one. Raises BadOrder."""
    wanted: dict[str, int] = {}
    for variant, count in items:
        if type(count) is not int or not 1 <= count <= PIECES_MAX:
            raise BadOrder(f"Between 1 and {PIECES_MAX} pieces of each.")
        wanted[variant] = wanted.get(variant, 0) + count
    if not 1 <= len(wanted) <= CART_LINES_MAX or max(wanted.values()) > PIECES_MAX:
        raise BadOrder(f"Between 1 and {CART_LINES_MAX} products, and at most {PIECES_MAX} pieces of each.")
    return wanted
