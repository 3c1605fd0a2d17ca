"""Statements of commissions, for both sides: every movement of a month, as the ledger has it.

For creators: opening balance, what settled and undone orders and payouts changed, closing balance, by currency. For
sellers: what their orders brought to creators, and what came back.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
from sqlalchemy import Connection, select

from core.identity import Person
from money.ledger.journals import decimal
from money.payouts.commissions import Movement, movements, opening
from money.reports.months import span
from shop.products.views import Brief
from shop.sellers.sellers import Sellers
from shop.tables import shop_orders

CSV_HEAD = ("month", "at", "what", "order", "payout", "with", "currency", "amount")
ORDERS_AT_ONCE = 500


class StatementLine(msgspec.Struct, frozen=True):
    """`what`: order_settled, shop_refund, shop_claim (a bank took it), shop_claim_won, payout, payout_back. `with`: the
    seller's name, or for a seller the creator's handle."""

    at: int
    what: str
    order: str
    payout: str
    currency: str
    amount_minor: int
    with_: str = msgspec.field(name="with")


class StatementBalance(msgspec.Struct, frozen=True):
    """Below zero: what is owed."""

    currency: str
    opening_minor: int
    closing_minor: int


class CommissionStatement(msgspec.Struct, frozen=True):
    """`balances` are empty for sellers, who pay commission out of each order."""

    month: str
    balances: list[StatementBalance]
    lines: list[StatementLine]


class CommissionStatements:
    def __init__(self, brief: Brief, sellers: Sellers) -> None:
        self._brief = brief
        self._sellers = sellers

    def of_creator(self, connection: Connection, person: str, month: str) -> CommissionStatement:
        """Raises InvalidRequest for a month there is none."""
        days = span(month)
        moved, had = movements(connection, [person], days), opening(connection, person, days.start)
        sums = dict(had)
        for one in moved:
            sums[one.currency] = sums.get(one.currency, 0) + one.amount_minor
        sold_by = self._sold_by(connection, moved)
        sellers = self._sellers.by_ids(connection, set(sold_by.values()))
        lines = [_line(one, sellers[sold_by[one.order]].name if one.order in sold_by else "") for one in moved]
        balances = [StatementBalance(name, had.get(name, 0), total) for name, total in sorted(sums.items())]
        return CommissionStatement(month, balances, lines)

    def of_seller(self, connection: Connection, seller: str, month: str) -> CommissionStatement:
        """Raises InvalidRequest for a month there is none."""
        brought = select(shop_orders.c.affiliate).where(
            shop_orders.c.seller == seller, shop_orders.c.affiliate.is_not(None), shop_orders.c.settled_at.is_not(None)
        )
        creators = [name for name in connection.execute(brought.distinct()).scalars() if name]
        moved = [one for one in movements(connection, creators, span(month)) if one.order]
        sold_by = self._sold_by(connection, moved)
        own = [one for one in moved if sold_by.get(one.order) == seller]
        people = self._brief(connection, {one.person for one in own})
        return CommissionStatement(month, [], [_line(one, _handle(people.get(one.person))) for one in own])

    @staticmethod
    def _sold_by(connection: Connection, moved: list[Movement]) -> dict[str, str]:
        """The seller of each order."""
        orders = sorted({one.order for one in moved if one.order})
        found: dict[str, str] = {}
        for start in range(0, len(orders), ORDERS_AT_ONCE):
            some = shop_orders.c.id.in_(orders[start : start + ORDERS_AT_ONCE])
            sold = connection.execute(select(shop_orders.c.id, shop_orders.c.seller).where(some))
            found |= {str(order): str(seller) for order, seller in sold}
        return found


def statement_rows(statement: CommissionStatement) -> Iterator[tuple[object, ...]]:
    yield CSV_HEAD
    month = statement.month
    for one in statement.balances:
        yield month, "", "opening", "", "", "", one.currency, decimal(one.opening_minor, one.currency)
    for line in statement.lines:
        amount = decimal(line.amount_minor, line.currency)
        yield month, line.at, line.what, line.order, line.payout, line.with_, line.currency, amount
    for one in statement.balances:
        yield month, "", "closing", "", "", "", one.currency, decimal(one.closing_minor, one.currency)


def _line(one: Movement, name: str) -> StatementLine:
    return StatementLine(
        at=one.at, what=one.kind, order=one.order, payout=one.payout, with_=name, currency=one.currency,
        amount_minor=one.amount_minor,
    )  # fmt: skip


def _handle(person: Person | None) -> str:
    return person.handle if person else ""
