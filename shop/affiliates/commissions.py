"""Commissions as creators and sellers see them: of each order, its state, and sums.

| state | while |
| --- | --- |
| `estimated` | the order is paid and not delivered |
| `pending` | it is delivered; until HELD_DAYS after that |
| `payable` | it is settled, and may be paid out |
| `paid` | it was paid out: what is paid out is the oldest |
| `reversed` | nothing of the sale is left |
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import SimpleNamespace
from typing import Any, Literal

import msgspec
from sqlalchemy import Connection, text

from core.clock import Clock
from core.http import Page
from core.identity import Person
from money.earnings import day_name
from money.payouts.commissions import Purse, purse
from shop.affiliates.commission import base, of_line
from shop.orders import rows
from shop.orders.rows import Line
from shop.products.views import Brief
from shop.sellers.sellers import Sellers

CommissionState = Literal["estimated", "pending", "payable", "paid", "reversed"]
DAY_MS = 86_400_000
HELD_DAYS = 15  # from delivery
HELD_MS = HELD_DAYS * DAY_MS

_BASE = (  # what was kept of a line, without the VAT in it
    "(l.total_minor - l.refunded_minor - l.tax_minor + CASE WHEN l.total_minor = 0 THEN 0 "
    "ELSE l.tax_minor * l.refunded_minor / l.total_minor END)"
)
ORDERS = (  # with what is due of each now, as `commission.due` computes it; PostgreSQL would divide decimals
    "SELECT x.*, CASE WHEN x.kept = 0 THEN 0 ELSE x.earned - x.earned * x.claimed / x.kept END AS due FROM ("
    "SELECT o.id, o.seller, o.affiliate, o.affiliate_source AS source, o.state, o.currency, o.paid_at, "
    "o.delivered_at, o.settled_at, o.claimed_minor AS claimed, "
    "CAST(sum(l.total_minor - l.refunded_minor) AS BIGINT) AS kept, "
    f"CAST(sum(CASE WHEN l.commission_rule = '' THEN 0 ELSE {_BASE} END) AS BIGINT) AS sold, "
    f"CAST(sum({_BASE} * l.commission_rate / 10000) AS BIGINT) AS earned "
    'FROM shop_orders o JOIN shop_lines l ON l."order" = o.id '
    "WHERE o.affiliate IS NOT NULL AND o.paid_at IS NOT NULL AND {which} GROUP BY o.id, o.seller, o.affiliate, "
    "o.affiliate_source, o.state, o.currency, o.paid_at, o.delivered_at, o.settled_at, o.claimed_minor) AS x"
)
_RUNNING = (  # what all that was settled before it, and it, came to
    "SELECT y.*, sum(CASE WHEN y.settled_at IS NULL THEN 0 ELSE y.due END) OVER (PARTITION BY y.currency "
    "ORDER BY coalesce(y.settled_at, 9007199254740991), y.id) AS running FROM ({orders}) AS y"
)


_SUMS = ("kept", "sold", "earned", "due", "running")


class SoldLine(msgspec.Struct, frozen=True):
    """`rate`: in hundredths of a percent, frozen when it was ordered. `base_minor`: of the pieces that were kept,
    without VAT and shipping."""

    product: str | None
    title: str
    count: int
    returned: int
    rate: int
    base_minor: int
    commission_minor: int


class CommissionView(msgspec.Struct, frozen=True):
    """Of one order. `person`: for creators the seller's account, for sellers the creator's; null if it was deleted.
    `payable_at`: null before it is delivered."""

    order: str
    person: Person | None
    seller_name: str
    source: str
    state: CommissionState
    currency: str
    commission_minor: int
    lines: list[SoldLine]
    paid_at: int
    payable_at: int | None


class CommissionSums(msgspec.Struct, frozen=True):
    """Of a creator, in one currency."""

    currency: str
    estimated_minor: int
    pending_minor: int
    payable_minor: int
    paid_minor: int
    debt_minor: int


class CommissionDay(msgspec.Struct, frozen=True):
    """What was ordered and paid on a UTC day, as 2026-01-31. `sold_minor`: without VAT and shipping."""

    day: str
    orders: int
    sold_minor: int
    commission_minor: int


class Commissions:
    def __init__(self, clock: Clock, brief: Brief, sellers: Sellers) -> None:
        self._clock = clock
        self._brief = brief
        self._sellers = sellers

    def not_yet(self, connection: Connection, person: str, currency: str) -> int:
        """What is settled, but not payable by the clock."""
        own = "o.affiliate = :person AND o.currency = :currency"
        held = f"{own} AND o.settled_at IS NOT NULL AND o.delivered_at >= :since"
        values = {"person": person, "currency": currency, "since": self._clock() - HELD_MS}
        return sum(row.due for row in self._orders(connection, held, values))

    def sums(self, connection: Connection, person: str) -> list[CommissionSums]:
        """By currency; those in which nothing was ever earned are left out."""
        parts: dict[str, dict[str, int]] = {}
        for row in self._orders(connection, "o.affiliate = :person", {"person": person}):
            of_it = parts.setdefault(row.currency, dict.fromkeys(("estimated", "pending"), 0))
            state = self._state(row, None)
            if state in of_it:
                of_it[state] += row.due
        found = []
        for currency, of_it in sorted(parts.items()):
            own = purse(connection, person, currency)
            payable = max(0, own.settled_minor - self.not_yet(connection, person, currency))
            found.append(
                CommissionSums(currency, of_it["estimated"], of_it["pending"], payable, own.paid_minor, own.debt_minor)
            )
        return found

    def of_creator(self, connection: Connection, person: str, cursor: str, limit: int) -> Page[CommissionView]:
        """Newest first."""
        sql = _RUNNING.format(orders=ORDERS.format(which="o.affiliate = :who"))
        return self._page(connection, sql, person, cursor, limit, for_seller=False)

    def of_seller(self, connection: Connection, seller: str, cursor: str, limit: int) -> Page[CommissionView]:
        sql = f"SELECT y.*, 0 AS running FROM ({ORDERS.format(which='o.seller = :who')}) AS y"
        return self._page(connection, sql, seller, cursor, limit, for_seller=True)

    def by_day(
        self, connection: Connection, *, person: str = "", seller: str = "", days: int
    ) -> dict[str, list[CommissionDay]]:
        """By currency: all days, today last."""
        which = "o.affiliate = :who" if person else "o.seller = :who"
        today = self._clock() // DAY_MS
        first = today - days + 1
        values = {"who": person or seller, "since": first * DAY_MS}
        sums: dict[str, dict[int, tuple[int, int, int]]] = {}
        for row in self._orders(connection, f"{which} AND o.paid_at >= :since", values):
            of_day = sums.setdefault(row.currency, {})
            orders, sold, due = of_day.get(row.paid_at // DAY_MS, (0, 0, 0))
            of_day[row.paid_at // DAY_MS] = orders + 1, sold + row.sold, due + row.due
        return {
            currency: [CommissionDay(day_name(day), *of_day.get(day, (0, 0, 0))) for day in range(first, today + 1)]
            for currency, of_day in sorted(sums.items())
        }

    def by_creator(self, connection: Connection, seller: str) -> dict[str, dict[str, tuple[int, int, int]]]:
        """Orders, what was sold and commission of each creator of a seller, by currency."""
        found: dict[str, dict[str, tuple[int, int, int]]] = {}
        for row in self._orders(connection, "o.seller = :who", {"who": seller}):
            theirs = found.setdefault(row.affiliate, {})
            orders, sold, due = theirs.get(row.currency, (0, 0, 0))
            theirs[row.currency] = orders + 1, sold + row.sold, due + row.due
        return found

    def _orders(self, connection: Connection, which: str, values: Mapping[str, Any]) -> Sequence[_Row]:
        return [_Row(row) for row in connection.execute(text(ORDERS.format(which=which)), values)]

    def _page(
        self, connection: Connection, sql: str, who: str, cursor: str, limit: int, *, for_seller: bool
    ) -> Page[CommissionView]:
        before = "WHERE z.id < :cursor" if cursor else ""
        page = f"SELECT z.* FROM ({sql}) AS z {before} ORDER BY z.id DESC LIMIT :most"
        values = {"who": who, "most": limit + 1} | ({"cursor": cursor} if cursor else {})
        found = [_Row(row) for row in connection.execute(text(page), values)]
        shown = found[:limit]
        lines: dict[str, list[Line]] = {}
        for line in rows.lines_of(connection, [row.id for row in shown]):
            lines.setdefault(line.order, []).append(line)
        sellers = self._sellers.by_ids(connection, {row.seller for row in shown})
        whose = {row.id: row.affiliate if for_seller else sellers[row.seller].person for row in shown}
        people = self._brief(connection, set(whose.values()))
        purses = {row.currency: purse(connection, who, row.currency) for row in shown} if not for_seller else {}
        items = [
            CommissionView(
                row.id, people.get(whose[row.id]), sellers[row.seller].name, row.source,
                self._state(row, purses.get(row.currency)), row.currency, row.due,
                [_line(line) for line in lines.get(row.id, []) if line.commission_rule], row.paid_at,
                row.delivered_at + HELD_MS if row.delivered_at is not None else None,
            )
            for row in shown
        ]  # fmt: skip
        return Page(items, shown[-1].id if len(found) > limit else None)

    def _state(self, row: Any, own: Purse | None) -> CommissionState:
        if row.due == 0 and row.state in ("cancelled", "returned", "settled"):
            return "reversed"
        if row.delivered_at is None:
            return "estimated"
        if row.settled_at is None or row.delivered_at + HELD_MS >= self._clock():
            return "pending"
        return "paid" if own is not None and row.running <= own.paid_minor else "payable"


class _Row(SimpleNamespace):
    """A row whose sums are integers: PostgreSQL's are decimals."""

    def __init__(self, row: Any) -> None:
        values = row._mapping
        super().__init__(**{name: int(values[name]) if name in _SUMS else values[name] for name in values})


def _line(line: Line) -> SoldLine:
    return SoldLine(
        line.product, line.title, line.count, line.returned, line.commission_rate, base(line), of_line(line)
    )  # fmt: skip
