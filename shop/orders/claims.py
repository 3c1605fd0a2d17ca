"""Claims: what banks, and refunds that we did not ask for, take of orders; and what comes back."""

from __future__ import annotations

from sqlalchemy import Connection, insert, select, update

from core.clock import Clock
from money.providers import Purchase
from shop.affiliates import commission
from shop.orders import rows
from shop.orders.books import Books
from shop.orders.rows import Order
from shop.orders.shares import Shares, taken
from shop.tables import shop_claims


class Claims:
    def __init__(self, clock: Clock, books: Books) -> None:
        self._clock = clock
        self._books = books

    def take(self, connection: Connection, purchase: Purchase, cause: str, amount: int, *, final: bool) -> int:
        """Take it from the orders of the checkout, one after another. Returns what they do not have."""
        for order in rows.orders_of(connection, purchase.checkout or ""):
            part = min(amount, order.left_minor)
            if part <= 0 or self._known(connection, cause, order.id):
                continue
            amount -= part
            key = f"claim:{cause}:{order.id}"
            if order.settled_at is None:
                self._books.take(connection, order, part, None, key, "shop_claim")
                rows.change(connection, order, claimed_minor=order.claimed_minor + part)
            else:
                before, after = order.reversed_minor, order.reversed_minor + part
                shares = self._shares(connection, order, before, after, order.claimed_minor + part)
                self._books.take(connection, order, part, shares, key, "shop_claim")
                rows.change(connection, order, claimed_minor=order.claimed_minor + part, reversed_minor=after)
            settled = order.settled_at is not None
            self._note(connection, purchase, cause, order.id, part, settled=settled, final=final)
        return amount

    def lose(self, connection: Connection, purchase: Purchase, cause: str, amount: int) -> None:
        """What nobody has anymore is the platform's loss."""
        if amount > 0 and not self._known(connection, cause, ""):
            self._books.lose(connection, purchase.checkout or "", purchase.currency, amount, f"claim:{cause}:")
            self._note(connection, purchase, cause, "", amount, settled=False, final=False)

    def restore(self, connection: Connection, purchase: Purchase, cause: str) -> None:
        """The money is back in the checkout's account: it goes where it was taken."""
        open_ones = select(shop_claims).where(shop_claims.c.cause == cause, shop_claims.c.state == "open")
        for claim in connection.execute(open_ones.order_by(shop_claims.c.order)).all():
            key = f"won:claim:{cause}:{claim.order}"
            if not claim.order:
                amount = claim.amount_minor
                self._books.lose(connection, purchase.checkout or "", purchase.currency, -amount, key)
                continue
            order = rows.order(connection, claim.order)
            claimed = order.claimed_minor - claim.amount_minor
            if not claim.settled:
                self._books.restore(connection, order, claim.amount_minor, None, key)
                rows.change(connection, order, claimed_minor=claimed)
                continue
            before, after = order.reversed_minor, order.reversed_minor - claim.amount_minor
            back = self._shares(connection, order, before, after, claimed)
            shares = Shares(*(-share for share in back))
            self._books.restore(connection, order, claim.amount_minor, shares, key)
            rows.change(connection, order, claimed_minor=claimed, reversed_minor=after)
        self._close(connection, cause, "restored")

    @staticmethod
    def _shares(connection: Connection, order: Order, before: int, after: int, claimed: int) -> Shares:
        """What of each share goes when what went back of all becomes `after`, of it `claimed` by banks."""
        lines = rows.lines_of(connection, [order.id])
        due, due_after = commission.due(lines, order.claimed_minor), commission.due(lines, claimed)
        return taken(order.settled, due, due_after, before, after)

    def finish(self, connection: Connection, cause: str) -> None:
        self._close(connection, cause, "final")

    def _close(self, connection: Connection, cause: str, state: str) -> None:
        opened = update(shop_claims).where(shop_claims.c.cause == cause, shop_claims.c.state == "open")
        connection.execute(opened.values(state=state))

    def _known(self, connection: Connection, cause: str, order: str) -> bool:
        found = select(shop_claims.c.cause).where(shop_claims.c.cause == cause, shop_claims.c.order == order)
        return connection.execute(found).first() is not None

    def _note(
        self, connection: Connection, purchase: Purchase, cause: str, order: str, amount: int, *, settled: bool,
        final: bool,
    ) -> None:  # fmt: skip
        row = {
            "cause": cause, "order": order, "purchase": purchase.id, "amount_minor": amount, "settled": settled,
            "state": "final" if final else "open", "at": self._clock(),
        }  # fmt: skip
        connection.execute(insert(shop_claims).values(row))
