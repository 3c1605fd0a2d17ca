"""Refunds of orders, piece by piece, by the shares that were frozen when the order was placed.

First the money leaves `order:ID` for the checkout's account, in the transaction that decides it. Then a job asks the
provider, and asks again until there is an answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
import structlog
from sqlalchemy import Connection, insert, select, update

from core.clock import Clock
from core.errors import Conflict, IdempotencyKeyReused, NotAllowed, NotFound, Unavailable
from core.ids import new_id
from core.jobs import Job, Jobs
from money.errors import NotRefundable
from money.ledger.accounts import checkout as checkout_account
from money.purchases.purchases import Purchases
from money.purchases.rows import Turns
from shop.affiliates import commission
from shop.errors import BadReturn, OrderDisputed, OrderNotOpen
from shop.orders import rows
from shop.orders.books import Books
from shop.orders.notices import OrderNotices
from shop.orders.rows import Line, Order
from shop.orders.shares import pieces, taken
from shop.orders.states import REFUNDABLE, RefundState
from shop.products import stock
from shop.tables import shop_lines, shop_refund_lines, shop_refunds, shop_returns

REFUND = "shop.refund"
RETRY_EVERY_S = 60.0
OF_A_RETURN = "return:"  # keys of refunds that answer one
ROUND_MAX = 200

log = structlog.get_logger("shop")


class OrderRefund(msgspec.Struct, frozen=True):
    id: str
    order: str
    purchase: str
    amount_minor: int
    bank_minor: int
    reason: str
    by: str | None
    state: RefundState
    reference: str
    at: int
    settled_at: int | None


_REFUND = select(*(shop_refunds.c[name] for name in OrderRefund.__struct_fields__))


class OrderRefunds:
    def __init__(
        self, clock: Clock, books: Books, purchases: Purchases, jobs: Jobs, notices: OrderNotices
    ) -> None:  # fmt: skip
        self._clock = clock
        self._books = books
        self._purchases = purchases
        self._jobs = jobs
        self._notices = notices
        self._turns = Turns(shop_refunds.c.id, ROUND_MAX)

    # -- deciding --------------------------------------------------------------------------------

    def refund(
        self, connection: Connection, id: str, units: Mapping[str, int], *, reason: str, by: str | None, key: str
    ) -> OrderRefund:
        """Refund so many pieces of each line, by the lines' ids; with the last piece of all goods the shipping, too.
        The same key again returns the same refund.

        Raises NotFound, OrderNotOpen, OrderDisputed, BadReturn, NotRefundable, IdempotencyKeyReused.
        """
        order = rows.locked(connection, id)
        lines = rows.lines_of(connection, [id])
        earlier = self.by_key(connection, id, key)
        if earlier is not None:
            asked = {line: count for line, count in units.items() if count}
            if self._units(connection, earlier.id, lines) != asked:
                raise IdempotencyKeyReused
            return earlier
        if order.state not in REFUNDABLE:
            raise OrderNotOpen
        return self._refund(connection, order, lines, _chosen(lines, units), reason, by, key)

    def refund_all(
        self, connection: Connection, id: str, reason: str, key: str, by: str | None = None
    ) -> OrderRefund | None:
        """Refund whatever is left of it, also of one that was paid too late. None if nothing is."""
        order = rows.locked(connection, id)
        lines = rows.lines_of(connection, [id])
        if order.paid_at is None or order.state not in (*REFUNDABLE, "cancelled"):
            raise OrderNotOpen
        chosen = {line.id: line.left for line in lines if line.left}
        earlier = self.by_key(connection, id, key)
        if earlier is not None or not chosen:
            return earlier
        return self._refund(connection, order, lines, chosen, reason, by, key)

    def _refund(
        self, connection: Connection, order: Order, lines: list[Line], chosen: Mapping[str, int], reason: str,
        by: str | None, key: str,
    ) -> OrderRefund:  # fmt: skip
        if rows.is_disputed(connection, order.id):
            raise OrderDisputed
        by_id = {line.id: line for line in lines}
        amounts = {
            one: pieces(by_id[one].total_minor, by_id[one].count, by_id[one].returned, count)
            for one, count in chosen.items()
        }
        total = sum(amounts.values())
        if not 1 <= total <= order.left_minor:
            raise NotRefundable
        # Every refusal is above this line.
        made = new_id()
        for one, count in chosen.items():
            line = by_id[one]
            gone_now = {"returned": line.returned + count, "refunded_minor": line.refunded_minor + amounts[one]}
            connection.execute(update(shop_lines).where(shop_lines.c.id == one).values(gone_now))
            row = {"refund": made, "line": one, "count": count, "amount_minor": amounts[one]}
            connection.execute(insert(shop_refund_lines).values(row))
        if order.state == "paid":  # still in the store
            held = [line for line in lines if line.stock == "taken" and line.id in chosen]
            stock.release(connection, {line.variant: chosen[line.id] for line in held if line.variant is not None})
        connection.execute(
            insert(shop_refunds).values(
                id=made, order=order.id, purchase=rows.checkout(connection, order.checkout).purchase,
                amount_minor=total, bank_minor=0, reason=reason, by=by, state="wanted", reference="", key=key,
                at=self._clock(),
            )
        )  # fmt: skip
        if not key.startswith(OF_A_RETURN):
            _answer_returns(connection, order.id, chosen, self._clock())
        self._take(connection, order, lines, total, made)
        self._move(connection, order, lines, chosen)
        self._jobs.add(connection, REFUND, made, {})
        self._notices.refunded(connection, order, made, returned=key.startswith(OF_A_RETURN))
        return self.find(connection, made)

    def _take(self, connection: Connection, order: Order, lines: list[Line], total: int, refund: str) -> None:
        """Set the money aside: out of the order's account, or out of what was settled: of the commission what these
        lines earned, of the other shares in proportion. `lines` are those before."""
        if order.settled_at is None:
            shares, reversed_minor = None, order.reversed_minor
        else:
            reversed_minor = order.reversed_minor + total
            due = commission.due(lines, order.claimed_minor)
            due_after = commission.due(rows.lines_of(connection, [order.id]), order.claimed_minor)
            shares = taken(order.settled, due, due_after, order.reversed_minor, reversed_minor)
        rows.change(connection, order, refunded_minor=order.refunded_minor + total, reversed_minor=reversed_minor)
        self._books.take(connection, order, total, shares, f"shop_refund:{refund}", "shop_refund")

    def _move(self, connection: Connection, order: Order, lines: list[Line], chosen: Mapping[str, int]) -> None:
        if any(line.left > chosen.get(line.id, 0) for line in lines if line.variant is not None):
            return
        if order.state == "paid":
            rows.set_stock(connection, [line for line in lines if line.variant is not None], "released")
            rows.move(connection, order, "cancelled")
        elif order.state in ("sent", "delivered"):
            rows.move(connection, order, "returned")

    # -- carrying out ----------------------------------------------------------------------------

    def carry_out(self, job: Job) -> None:
        """A job: ask the provider for one refund."""
        self._carry_out(job.subject)

    def carry_out_all(self, _: Job) -> None:
        """A job: ask again for those that had no answer."""
        for row in self._turns.next(self._purchases.database, _REFUND.where(shop_refunds.c.state == "wanted")):
            self._carry_out(row.id)

    def _carry_out(self, id: str) -> None:
        database = self._purchases.database
        refund = database.read(lambda c: self.find(c, id))
        if refund.state != "wanted":
            return
        amount = refund.amount_minor - refund.bank_minor
        try:
            answer = self._purchases.refund_for_shop(refund.purchase, f"shop:{id}:{amount}", amount, refund.by)
            state = answer.state
        except (Conflict, Unavailable):  # another refund of this payment is under way, or nobody answers: later
            return
        except NotRefundable:
            state = "failed"
        if state == "asked":
            return
        if state == "failed":
            if self._purchases.is_disputed(refund.purchase):  # when the bank has decided, this goes on
                return
            log.error("refund of an order failed", order=refund.order, refund=id)
        database.write(lambda c: self._settle(c, id, "done" if state == "done" else "failed"))

    def by_hand(self, connection: Connection, id: str, reference: str, admin: str) -> OrderRefund:
        """An admin has sent the money of a refund that the provider refuses. Raises NotFound, NotAllowed."""
        found = self.find(connection, id)
        order = rows.locked(connection, found.order)
        refund = self.find(connection, id)
        if refund.state == "by_hand" and refund.reference == reference:
            return refund
        if refund.state != "failed" or order.person == admin:
            raise NotAllowed("Only refunds that failed are paid by hand, and nobody pays themselves.")
        account = checkout_account(order.checkout, order.currency)
        amount = refund.amount_minor - refund.bank_minor
        self._books.pay_by_hand(connection, account, amount, f"by_hand:{id}", "shop_by_hand")
        self._settle(connection, id, "by_hand", reference=reference)
        return self.find(connection, id)

    def _settle(self, connection: Connection, id: str, state: RefundState, **values: Any) -> None:
        before = ("wanted", "failed") if state == "by_hand" else ("wanted",)
        moved = update(shop_refunds).where(shop_refunds.c.id == id, shop_refunds.c.state.in_(before))
        connection.execute(moved.values(state=state, settled_at=self._clock(), **values))

    # -- reading ---------------------------------------------------------------------------------

    def find(self, connection: Connection, id: str) -> OrderRefund:
        """Raises NotFound."""
        row = connection.execute(_REFUND.where(shop_refunds.c.id == id)).first()
        if row is None:
            raise NotFound("There is no such refund.")
        return OrderRefund(*row)

    def by_key(self, connection: Connection, order: str, key: str) -> OrderRefund | None:
        row = connection.execute(_REFUND.where(shop_refunds.c.order == order, shop_refunds.c.key == key)).first()
        return OrderRefund(*row) if row else None

    def of(self, connection: Connection, orders: list[str]) -> list[OrderRefund]:
        found = _REFUND.where(shop_refunds.c.order.in_(orders)).order_by(shop_refunds.c.id)
        return [OrderRefund(*row) for row in connection.execute(found)]

    def failed(self, connection: Connection, limit: int) -> list[OrderRefund]:
        """For admins, oldest first."""
        found = _REFUND.where(shop_refunds.c.state == "failed").order_by(shop_refunds.c.id).limit(limit)
        return [OrderRefund(*row) for row in connection.execute(found)]

    def _units(self, connection: Connection, refund: str, lines: list[Line]) -> dict[str, int]:
        found = select(shop_refund_lines.c.line, shop_refund_lines.c.count).where(shop_refund_lines.c.refund == refund)
        goods = {line.id for line in lines if line.variant is not None}
        return {line: count for line, count in connection.execute(found) if line in goods}


def _answer_returns(connection: Connection, order: str, chosen: Mapping[str, int], now: int) -> None:
    """Pieces that are refunded by other ways answer the returns that were asked for, the oldest first: nobody would be
    able to accept those any more."""
    left = dict(chosen)
    columns = shop_returns.c.id, shop_returns.c.line, shop_returns.c["count"]
    asked = select(*columns).where(shop_returns.c.order == order, shop_returns.c.state == "asked")
    for one, line, wanted in connection.execute(asked.order_by(shop_returns.c.id)).all():
        count = min(wanted, left.get(line, 0))
        if count:
            left[line] -= count
            rest = {"count": wanted - count} if count < wanted else {"state": "refunded", "answered_at": now}
            connection.execute(update(shop_returns).where(shop_returns.c.id == one).values(rest))


def _chosen(lines: list[Line], units: Mapping[str, int]) -> dict[str, int]:
    """Raises BadReturn."""
    goods = {line.id: line for line in lines if line.variant is not None}
    for one, count in units.items():
        if one not in goods or type(count) is not int or not 0 <= count <= goods[one].left:
            raise BadReturn
    chosen = {one: count for one, count in units.items() if count}
    if not chosen:
        raise BadReturn
    if all(line.left == chosen.get(line.id, 0) for line in goods.values()):
        chosen |= {line.id: line.left for line in lines if line.variant is None and line.left}
    return chosen
