"""Commissions as `money` has them: what somebody has, owes and was paid, and each movement."""

from __future__ import annotations

from collections.abc import Collection

import msgspec
from sqlalchemy import Connection, bindparam, func, select, text

from money.ledger.accounts import affiliate, affiliate_debt
from money.payouts.states import BACK
from money.purchases.debts import balance
from money.reports.months import Span
from money.tables import payouts

MOVEMENTS_MAX = 10_000
_MOVED = (
    "SELECT t.id, t.at, t.kind, a.owner, a.unit, coalesce(t.detail ->> 'order', ''), "
    "coalesce(t.detail ->> 'payout', ''), sum(e.amount) FROM accounts a CROSS JOIN entries e CROSS JOIN transfers t "
    "WHERE a.owner IN :owners AND a.kind IN ('affiliate', 'debt') AND a.unit <> 'coins' "
    "AND e.account = a.id AND t.id = e.transfer AND t.at >= :start AND t.at < :end "
    "GROUP BY t.id, t.at, t.kind, a.owner, a.unit, 6, 7 ORDER BY t.at, t.id LIMIT :most"
)


_BEFORE = text(
    "SELECT a.unit, sum(e.amount) FROM accounts a CROSS JOIN entries e CROSS JOIN transfers t WHERE a.owner = :owner "
    "AND a.kind IN ('affiliate', 'debt') AND a.unit <> 'coins' AND e.account = a.id AND t.id = e.transfer "
    "AND t.at < :start GROUP BY a.unit"
)


class Purse(msgspec.Struct, frozen=True):
    """In minor units. `settled_minor`: on the account; `paid_minor`: in payouts that did not come back."""

    settled_minor: int
    debt_minor: int
    paid_minor: int


class Movement(msgspec.Struct, frozen=True):
    """`amount_minor`: with a minus sign what went back, or was paid out. One of `order` and `payout` is empty."""

    transfer: int
    at: int
    kind: str
    person: str
    currency: str
    order: str
    payout: str
    amount_minor: int


def purse(connection: Connection, person: str, currency: str) -> Purse:
    out = select(func.coalesce(func.sum(payouts.c.amount_minor - payouts.c.returned_minor), 0)).where(
        payouts.c.person == person, payouts.c.currency == currency, payouts.c.source == "commissions",
        payouts.c.state.not_in(BACK),
    )  # fmt: skip
    settled = balance(connection, affiliate(person, currency), lock=False)
    owed = -balance(connection, affiliate_debt(person, currency), lock=False)
    return Purse(settled, owed, int(connection.execute(out).scalar_one()))


def movements(connection: Connection, people: Collection[str], span: Span) -> list[Movement]:
    """Of these people, oldest first, at most MOVEMENTS_MAX."""
    if not people:
        return []
    found = text(_MOVED).bindparams(bindparam("owners", expanding=True))
    values = {"owners": sorted(people), "start": span.start, "end": span.end, "most": MOVEMENTS_MAX}
    return [
        Movement(row[0], row[1], row[2], row[3], row[4], row[5], row[6], int(row[7]))
        for row in connection.execute(found, values)
    ]


def opening(connection: Connection, person: str, at: int) -> dict[str, int]:
    """What a person had in each currency just before, less what they owed."""
    rows = connection.execute(_BEFORE, {"owner": person, "start": at})
    return {currency: int(amount) for currency, amount in rows}
