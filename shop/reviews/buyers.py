"""Who may review a product: whoever has it, paid for it, and has no share in its sale."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Connection, Select, func, or_, select

from shop.errors import NotABuyer, ReviewOfOwn
from shop.sellers.sellers import Seller
from shop.tables import shop_lines, shop_orders, shop_promotions

KEEPING = ("delivered", "settled")


def keepers(connection: Connection, product: str, people: Collection[str]) -> set[str]:
    """Those to whom pieces of a product were delivered that were not all refunded, nor paid back by their bank."""
    order, line = shop_orders.c, shop_lines.c
    found = (
        select(order.person)
        .join(shop_lines, line.order == order.id)
        .where(
            order.person.in_(people), order.state.in_(KEEPING), line.product == product, line.returned < line.count,
            order.refunded_minor + order.claimed_minor < order.total_minor,
        )
    )  # fmt: skip
    return set(connection.execute(found.distinct()).scalars()) if people else set()


def check(connection: Connection, seller: Seller, product: str, person: str, now: int) -> None:
    """Whether somebody may write about it. Raises NotABuyer, ReviewOfOwn."""
    if not keepers(connection, product, [person]):
        raise NotABuyer
    if person == seller.person or any(
        connection.execute(bait.limit(1)).first() for bait in (_promotes(seller, person, now), _at_home(seller, person))
    ):
        raise ReviewOfOwn


def _promotes(seller: Seller, person: str, now: int) -> Select[tuple[str]]:
    """Whether they earn on what this seller sells. Being invited is not enough: it is nothing that they did."""
    goes_on = or_(shop_promotions.c.ends_at.is_(None), shop_promotions.c.ends_at > now)
    theirs = shop_promotions.c.seller == seller.id, shop_promotions.c.person == person
    return select(shop_promotions.c.person).where(*theirs, goes_on)


def _at_home(seller: Seller, person: str) -> Select[tuple[str]]:
    """Whether the seller had bought something for an address of theirs before they first ordered here. Later does not
    count: a seller knows where things went, and could silence a buyer by sending them something."""
    mine, theirs = shop_orders.alias(), shop_orders.alias()
    first = select(func.min(shop_orders.c.placed_at)).where(
        shop_orders.c.person == person, shop_orders.c.seller == seller.id
    )
    before = theirs.c.paid_at.is_not(None) & (theirs.c.placed_at < first.scalar_subquery())
    same = (theirs.c.person == seller.person) & (theirs.c.household == mine.c.household) & before
    return select(mine.c.id).join(theirs, same).where(mine.c.person == person, mine.c.household != "")
