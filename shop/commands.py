"""`cadeau shop`: what an operator has to know when the pages are down."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from typing import TYPE_CHECKING, get_args

from sqlalchemy import Connection, select

from core.database.proofs import findings
from core.errors import NotFound
from core.part import Argument, Command
from money.ledger.reading import use_one_state
from shop.orders import rows
from shop.orders.proofs import PROOFS
from shop.orders.rows import ORDER, Order
from shop.orders.states import STATES
from shop.sellers.sellers import Seller, Sellers, SellerState
from shop.tables import shop_orders, shop_refunds, shop_returns

if TYPE_CHECKING:
    from core.core import Core

_GROUP = "the shop: orders, sellers"
SHOWN = 50
SHOWN_MAX = 10_000


def orders(core: Core, options: argparse.Namespace) -> int:
    """The newest first, one line each."""

    def read(connection: Connection) -> tuple[list[Order], dict[str, Seller]]:
        found = ORDER.where(shop_orders.c.state == options.state) if options.state else ORDER
        newest = connection.execute(found.order_by(shop_orders.c.id.desc()).limit(options.last))
        listed = [Order(*row) for row in newest]
        return listed, Sellers(core.clock).by_ids(connection, {order.seller for order in listed})

    listed, sellers = core.database.read(read)
    for order in listed:
        print(
            f"{order.id}  {_time(order.placed_at)}  {order.state:<9}  {order.total_minor:>10} {order.currency}  "
            f"{sellers[order.seller].name}"
        )
    return 0


def order(core: Core, options: argparse.Namespace) -> int:
    """All of one: where it goes, what is in it, what became of it."""

    def read(connection: Connection) -> int:
        try:
            found = rows.order(connection, options.id)
        except NotFound:
            print(f"There is no order {options.id}.")
            return 1
        _print_order(core, connection, found)
        return 0

    return core.database.read(read)


def sellers(core: Core, options: argparse.Namespace) -> int:
    """The newest first, one line each."""
    found = core.database.read(lambda c: Sellers(core.clock).page(c, options.state, "", options.last))
    for seller in found:
        print(f"{seller.id}  {_time(seller.at)}  {seller.state:<8}  {seller.country}  {seller.name}  {seller.contact}")
    return 0


def verify(core: Core, _: argparse.Namespace) -> int:
    """One line if orders, stock, coupons and commissions are as the books say; otherwise one line for each fault."""

    def prove(connection: Connection) -> list[str]:
        use_one_state(connection)
        return [str(finding) for finding in findings(connection, PROOFS)]

    found = core.database.read(prove)
    for finding in found:
        print(finding)
    if not found:
        print("Every order, piece and commission adds up.")
    return 1 if found else 0


def _print_order(core: Core, connection: Connection, one: Order) -> None:
    seller = Sellers(core.clock).find(connection, one.seller)
    print(f"{one.id}: {one.state}, {one.total_minor} {one.currency}, of it {one.refunded_minor} refunded")
    print(f"  checkout {one.checkout}, payment {rows.checkout(connection, one.checkout).purchase}")
    print(f"  sold by {seller.name} ({seller.contact}) to {one.person}")
    print(f"  to {', '.join(line for line in one.address.values() if line)}")
    for name in ("placed", "paid", "sent", "delivered", "settled"):
        at = getattr(one, f"{name}_at")
        if at is not None:
            print(f"  {name} {_time(at)}")
    if one.carrier or one.tracking:
        print(f"  by {one.carrier} {one.tracking}")
    for line in rows.lines_of(connection, [one.id]):
        print(
            f"  {line.count} x {line.title or 'shipping'}: {line.total_minor}, {line.returned} refunded, {line.stock}"
        )
    for name, table in (("refund", shop_refunds), ("return", shop_returns)):
        found = select(table.c.id, table.c.state, table.c.at).where(table.c.order == one.id).order_by(table.c.id)
        for row in connection.execute(found):
            print(f"  {name} {row.id}: {row.state}, {_time(row.at)}")
    if rows.is_disputed(connection, one.id):
        print("  the buyer's bank disputes the payment")


def _time(ms: int) -> str:
    """UTC, to the minute."""
    return datetime.fromtimestamp(ms / 1_000, UTC).strftime("%Y-%m-%d %H:%M")


def last(text: str) -> int:
    number = int(text)
    if not 1 <= number <= SHOWN_MAX:
        raise ValueError
    return number


_LAST = Argument("--last", type=last, default=SHOWN, help=f"how many, at most {SHOWN_MAX} (default {SHOWN})")

COMMANDS = (
    Command(
        words=("shop", "orders"), group_help=_GROUP, help="list orders, the newest first", run=orders,
        arguments=(Argument("--state", choices=STATES, help="only those"), _LAST),
    ),
    Command(
        words=("shop", "order"), group_help=_GROUP, help="print one order: address, lines, refunds, returns", run=order,
        arguments=(Argument("id"),),
    ),
    Command(
        words=("shop", "sellers"), group_help=_GROUP, help="list sellers, the newest first", run=sellers,
        arguments=(Argument("--state", choices=get_args(SellerState), help="only those"), _LAST),
    ),
    Command(
        words=("shop", "verify"), group_help=_GROUP,
        help="verify that orders, stock, coupons and commissions are as the books say", run=verify,
    ),
)  # fmt: skip
