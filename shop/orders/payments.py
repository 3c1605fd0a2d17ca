"""What becomes of a checkout's payment: it hears of it from `money`, in the same transaction, through one door."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sqlalchemy import Connection, select, update

from core.clock import Clock
from money.ledger.accounts import checkout as checkout_account
from money.providers import Purchase
from money.purchases.debts import balance
from shop.coupons import uses
from shop.flashes import uses as flash_uses
from shop.orders import rows
from shop.orders.books import Books
from shop.orders.claims import Claims
from shop.orders.notices import OrderNotices
from shop.orders.refunds import OrderRefunds
from shop.pins.addresses import SavedAddresses
from shop.products import stock
from shop.tables import shop_checkouts, shop_refunds

AskedNow = Callable[[Connection, str], int]
"""The minor units of a purchase that the shop has asked its provider to refund, and that are not refunded yet."""


Sold = Callable[[Connection, rows.Checkout, rows.Order, Sequence[rows.Line]], None]
"""An order is paid, with these lines of goods."""


class Payments:
    """`money.purchases.checkouts.Shop`."""

    def __init__(
        self, clock: Clock, books: Books, claims: Claims, refunds: OrderRefunds, asked: AskedNow, sold: Sold,
        addresses: SavedAddresses, notices: OrderNotices,
    ) -> None:  # fmt: skip
        self._clock = clock
        self._books = books
        self._claims = claims
        self._refunds = refunds
        self._asked = asked
        self._sold = sold
        self._addresses = addresses
        self._notices = notices

    def lock(self, connection: Connection, purchase: Purchase) -> None:
        rows.checkout(connection, purchase.checkout or "", lock=True)

    def paid(self, connection: Connection, purchase: Purchase) -> None:
        """Its orders are paid. If it had expired, their stock was released: an order whose lines are not all there
        anymore, or whose coupon has no use left, stays cancelled, and is refunded at once."""
        found = rows.checkout(connection, purchase.checkout or "", lock=True)
        orders = rows.orders_of(connection, found.id)
        self._books.pay(connection, orders)
        connection.execute(update(shop_checkouts).where(shop_checkouts.c.id == found.id).values(state="paid"))
        lines = rows.lines_of(connection, [order.id for order in orders])
        is_late = found.state == "expired"
        lost = self._held_again(connection, orders) if is_late else {}
        sold = []
        for order in orders:
            goods = [line for line in lines if line.order == order.id and line.variant is not None]
            if is_late and (order.id in lost or not stock.reserve_again(connection, goods)):
                uses.release(connection, [order.id])
                flash_uses.release(connection, [order.id])
                rows.change(connection, order, paid_at=self._clock())
                reason = lost.get(order.id, "out_of_stock")
                self._refunds.refund_all(connection, order.id, reason, f"late:{order.id}")
                continue
            uses.keep(connection, [order.id])
            flash_uses.keep(connection, [order.id])
            rows.set_stock(connection, goods, "taken")
            rows.move(connection, order, "paid", paid_at=self._clock())
            self._sold(connection, found, order, goods)
            sold.append(order)
        self._notices.paid(connection, sold)
        if purchase.saves and purchase.method is not None and orders:
            self._addresses.keep(connection, purchase.method, purchase.person, orders[0].address)

    @staticmethod
    def _held_again(connection: Connection, orders: Sequence[rows.Order]) -> dict[str, str]:
        """What they were promised: coupons and flash prices. Returns the orders that cannot have it, and why."""
        ids = [order.id for order in orders]
        coupons, flashes = uses.hold_again(connection, ids), flash_uses.hold_again(connection, ids)
        return dict.fromkeys(flashes, "flash_sold_out") | dict.fromkeys(coupons, "coupon_used_up")

    def expired(self, connection: Connection, purchase: Purchase) -> None:
        found = rows.checkout(connection, purchase.checkout or "", lock=True)
        if found.state != "held":
            return
        connection.execute(update(shop_checkouts).where(shop_checkouts.c.id == found.id).values(state="expired"))
        orders = rows.orders_of(connection, found.id)
        uses.release(connection, [order.id for order in orders])
        flash_uses.release(connection, [order.id for order in orders])
        goods = [line for line in rows.lines_of(connection, [order.id for order in orders]) if line.stock == "held"]
        stock.release_lines(connection, goods)
        rows.set_stock(connection, goods, "released")
        for order in orders:
            rows.move(connection, order, "cancelled")

    def cover(self, connection: Connection, purchase: Purchase, cause: str, amount_minor: int) -> None:
        """Our own refund takes what the order set aside for it. A bank, or somebody at the provider's dashboard, takes
        what is left of the orders; then what waits for refunds, because the buyer gets that now; the rest is lost."""
        if amount_minor <= 0:
            return
        aside = balance(connection, checkout_account(purchase.checkout or "", purchase.currency))
        is_dispute = cause.startswith("dispute:")
        ours = 0 if is_dispute else min(amount_minor, aside, self._asked(connection, purchase.id))
        lacking = self._claims.take(connection, purchase, cause, amount_minor - ours, final=not is_dispute)
        self._claims.lose(connection, purchase, cause, max(0, lacking - (aside - ours)))
        if not is_dispute:
            self._cancel_empty(connection, purchase)
            if lacking:
                self._void(connection, purchase, lacking_minor=amount_minor)

    def won(self, connection: Connection, purchase: Purchase, cause: str) -> None:
        self._claims.restore(connection, purchase, cause)

    def lost(self, connection: Connection, purchase: Purchase, cause: str) -> None:
        self._claims.finish(connection, cause)
        self._void(connection, purchase)
        self._cancel_empty(connection, purchase)

    def _void(self, connection: Connection, purchase: Purchase, lacking_minor: int = 0) -> None:
        """Refunds that wait, but whose money the buyer has got in another way. `lacking_minor` is about to leave."""
        waiting = (
            select(shop_refunds.c.id, shop_refunds.c.amount_minor, shop_refunds.c.bank_minor)
            .where(shop_refunds.c.purchase == purchase.id, shop_refunds.c.state.in_(("wanted", "failed")))
            .order_by(shop_refunds.c.id)
        )
        found = connection.execute(waiting).all()
        held = balance(connection, checkout_account(purchase.checkout or "", purchase.currency)) - lacking_minor
        short = sum(row.amount_minor - row.bank_minor for row in found) - max(0, held)
        for row in found:
            part = min(short, row.amount_minor - row.bank_minor)
            if part <= 0:
                continue
            short -= part
            values: dict[str, object] = {"bank_minor": row.bank_minor + part}
            if row.bank_minor + part == row.amount_minor:
                values |= {"state": "void", "settled_at": self._clock()}
            connection.execute(update(shop_refunds).where(shop_refunds.c.id == row.id).values(values))

    def _cancel_empty(self, connection: Connection, purchase: Purchase) -> None:
        """Orders of which nothing is left are not sent."""
        for order in rows.orders_of(connection, purchase.checkout or ""):
            if order.state == "paid" and order.left_minor == 0 and not rows.is_disputed(connection, order.id):
                goods = [line for line in rows.lines_of(connection, [order.id]) if line.stock == "taken"]
                stock.release_lines(connection, goods)
                rows.set_stock(connection, goods, "released")
                rows.move(connection, order, "cancelled")
