"""An advertiser's month by the books: what it had, paid in, got back and spent, and what it has then.

    opening + paid in - returned - spent = closing

What is only set aside for a campaign or a prize is still the advertiser's. VAT is paid on top of what is paid in: it is
no part of the balance.
"""

from __future__ import annotations

from collections import Counter

import msgspec
from sqlalchemy import Connection, func, select, text

from core.clock import Clock
from money.ledger.accounts import AD_CURRENCY, AD_UNIT
from money.reports.months import month_of, span
from money.tables import purchases, vat_lines

_MOVED = text(
    "SELECT a.kind AS account, a.owner, t.kind, sum(CASE WHEN t.at < :start THEN e.amount ELSE 0 END) AS before, "
    "sum(CASE WHEN t.at >= :start THEN e.amount ELSE 0 END) AS moved "
    "FROM accounts a JOIN entries e ON e.account = a.id JOIN transfers t ON t.id = e.transfer "
    "WHERE a.unit = :unit AND t.at < :end AND (a.owner = :advertiser AND a.kind IN ('ad_balance', 'debt') "
    "OR a.kind = 'ad_held' AND a.owner IN (SELECT b.campaign FROM ad_budgets b WHERE b.advertiser = :advertiser) "
    "OR a.kind = 'ad_prize' AND a.owner IN (SELECT p.challenge FROM ad_prizes p WHERE p.advertiser = :advertiser)) "
    "GROUP BY a.kind, a.owner, t.kind"
)


_SPENT = {("ad_held", "ad_capture"), ("ad_prize", "prize"), ("ad_prize", "prize_fee")}


class Spent(msgspec.Struct, frozen=True):
    """`campaign`: or a goal, an effect, a challenge."""

    campaign: str
    micro: int


class AdStatement(msgspec.Struct, frozen=True):
    """Millionths of the currency. `campaigns`: those that spent something, the most first. `complete`: the month is
    over. Below zero, the opening or closing is what the advertiser owes. `vat_minor`: paid in the month on top, less
    what went back, in minor units."""

    month: str
    complete: bool
    currency: str
    opening_micro: int
    paid_in_micro: int
    returned_micro: int
    spent_micro: int
    closing_micro: int
    campaigns: list[Spent]
    vat_minor: int = 0


def ad_statement(connection: Connection, clock: Clock, advertiser: str, month: str) -> AdStatement:
    """A month, UTC, as 2026-11. Raises InvalidRequest for one there is none of."""
    start, end = span(month)
    rows = connection.execute(_MOVED, {"start": start, "end": end, "unit": AD_UNIT, "advertiser": advertiser}).all()
    opening = sum(int(row.before) for row in rows)
    paid_in = sum(int(row.moved) for row in rows if row.kind == "purchase")
    gone: Counter[str] = Counter()
    for row in rows:
        if (row.account, row.kind) in _SPENT:
            gone[row.owner] -= int(row.moved)
    spent = [Spent(*one) for one in gone.items()]
    closing = opening + sum(int(row.moved) for row in rows)
    total = sum(one.micro for one in spent)
    return AdStatement(
        month, month < month_of(clock()), AD_CURRENCY, opening, paid_in, opening + paid_in - total - closing, total,
        closing, sorted((one for one in spent if one.micro), key=lambda one: (-one.micro, one.campaign)),
        _vat(connection, advertiser, start, end),
    )  # fmt: skip


def _vat(connection: Connection, advertiser: str, start: int, end: int) -> int:
    paid = select(func.sum(vat_lines.c.vat_minor)).join(purchases, purchases.c.id == vat_lines.c.purchase)
    mine = purchases.c.advertiser == advertiser, vat_lines.c.at >= start, vat_lines.c.at < end
    return int(connection.execute(paid.where(*mine)).scalar() or 0)
