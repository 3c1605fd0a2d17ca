"""How often coupons are used. A use is held with the stock, while the buyer pays, and counts once that is done.

Every change of a counter is one conditional UPDATE, which locks its coupon until the transaction ends: so uses of one
coupon take their turn. Coupons come before the stock, and in one order, so that nobody waits for each other.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from typing import NamedTuple

from sqlalchemy import Connection, func, insert, or_, select, update

from shop.errors import CouponNotValid
from shop.tables import shop_coupon_uses, shop_coupons

COUNTED = ("held", "used")


class Use(NamedTuple):
    order: str
    coupon: str
    person: str


def hold(connection: Connection, used: Collection[Use], now: int) -> None:
    """One use for each order, by who holds the coupons' locks. Raises CouponNotValid: then all is to be undone."""
    for coupon, times in sorted(Counter(one.coupon for one in used).items()):
        if not _count(connection, coupon, times):
            raise CouponNotValid("used_up")
    if used:
        connection.execute(insert(shop_coupon_uses), [one._asdict() | {"state": "held", "at": now} for one in used])


def release(connection: Connection, orders: Collection[str]) -> None:
    """Those that are held: their orders are not paid."""
    for order, coupon, _ in _uses(connection, orders, "held"):
        back = update(shop_coupons).where(shop_coupons.c.id == coupon)
        connection.execute(back.values(used=shop_coupons.c.used - 1))
        _set(connection, [order], "released")


def hold_again(connection: Connection, orders: Collection[str]) -> set[str]:
    """What had been released, because they are paid after all: what the buyer was promised counts, whatever became of
    the coupon, but no more often than it may. Returns the orders for which no use is left."""
    lost = set()
    for order, coupon, person in _uses(connection, orders, "released"):
        if not _count(connection, coupon):
            lost.add(order)
        elif not _may_use(connection, coupon, person):
            connection.execute(
                update(shop_coupons).where(shop_coupons.c.id == coupon).values(used=shop_coupons.c.used - 1)
            )
            lost.add(order)
        else:
            _set(connection, [order], "held")
    return lost


def keep(connection: Connection, orders: Collection[str]) -> None:
    """They are paid."""
    held = shop_coupon_uses.c.order.in_(orders), shop_coupon_uses.c.state == "held"
    connection.execute(update(shop_coupon_uses).where(*held).values(state="used"))


def counts(connection: Connection, coupons: Collection[str], people: Collection[str]) -> dict[tuple[str, str], int]:
    """How often people use each: by coupon and person."""
    use = shop_coupon_uses.c
    of_them = use.coupon.in_(coupons), use.person.in_(people), use.state.in_(COUNTED)
    found = select(use.coupon, use.person, func.count()).where(*of_them).group_by(use.coupon, use.person)
    return {(row[0], row[1]): row[2] for row in connection.execute(found)} if coupons else {}


def _count(connection: Connection, coupon: str, times: int = 1) -> bool:
    one = shop_coupons.c
    is_left = or_(one.uses_max.is_(None), one.used + times <= one.uses_max)
    counted = update(shop_coupons).where(one.id == coupon, is_left).values(used=one.used + times)
    return connection.execute(counted).rowcount == 1


def _may_use(connection: Connection, coupon: str, person: str) -> bool:
    """Asked while its row is locked."""
    each = connection.execute(select(shop_coupons.c.uses_each).where(shop_coupons.c.id == coupon)).scalar()
    return each is None or counts(connection, [coupon], [person]).get((coupon, person), 0) < each


def _uses(connection: Connection, orders: Collection[str], state: str) -> list[tuple[str, str, str]]:
    """Order, coupon and person, by coupon."""
    use = shop_coupon_uses.c
    found = select(use.order, use.coupon, use.person).where(use.order.in_(orders), use.state == state)
    return [(row[0], row[1], row[2]) for row in connection.execute(found.order_by(use.coupon, use.order))]


def _set(connection: Connection, orders: Collection[str], state: str) -> None:
    connection.execute(update(shop_coupon_uses).where(shop_coupon_uses.c.order.in_(orders)).values(state=state))
