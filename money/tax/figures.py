"""What a creator was paid in a calendar year, by quarter and currency, and what was withheld. Equal to the ledger.

A payout counts in the quarter in which it was sent, after its fee; what came back of it counts against the quarter in
which it did, even if that is in the next year: then `back_earlier_minor` says so, because the report of the earlier
year has to be corrected. Commission is in coins; it is valued at the rate of the quarter's end, in the currency in
which the person was paid most.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

from sqlalchemy import Connection, select, text

from core.clock import Clock
from core.errors import Refusal
from money.ledger.accounts import COMMISSION
from money.rates import Rates
from money.rates.rates import worth
from money.reports.earned import EARNING, FIELD, LISTS, MOVES, REVERSALS, earning_accounts
from money.reports.months import quarter_ends, quarter_of, year_span
from money.reports.paid import Paid, paid_within
from money.reports.sums import sums_of, transfers_of
from money.tables import accounts

QUARTERS = 4
_WITHHELD = (
    "SELECT quarter, sum(commission), sum(times) FROM (SELECT CASE WHEN t.at < :q1 THEN 0 WHEN t.at < :q2 THEN 1 "
    "WHEN t.at < :q3 THEN 2 ELSE 3 END AS quarter, coalesce(c.amount, 0) AS commission, "
    "CASE WHEN t.kind IN :reversals THEN 0 ELSE 1 END AS times FROM entries e "
    "JOIN transfers t ON t.id = e.transfer LEFT JOIN entries c ON c.account = :commission AND c.transfer = e.transfer "
    "WHERE e.account IN :accounts AND e.transfer BETWEEN :first AND :last AND t.at >= :start AND t.at < :end "
    "AND t.kind NOT IN :moves AND coalesce({creator}, :person) = :person) AS each_one GROUP BY quarter"
)


class Quarter(NamedTuple):
    """`paid_minor`: after fees, less what came back. `activities`: gifts received, prizes and
    the like. `commission_minor`: its value."""

    paid_minor: int
    fee_minor: int
    payouts: int
    activities: int
    commission_coins: int
    commission_minor: int


class Figures(NamedTuple):
    """Of one person in one currency. Commission and activities are in one of a person's currencies only."""

    person: str
    currency: str
    quarters: tuple[Quarter, ...]
    back_earlier_minor: int

    @property
    def paid_minor(self) -> int:
        return sum(quarter.paid_minor for quarter in self.quarters)

    @property
    def fee_minor(self) -> int:
        return sum(quarter.fee_minor for quarter in self.quarters)


class Withheld(NamedTuple):
    coins: int
    activities: int


def figures_of(connection: Connection, year: int, rates: Rates, clock: Clock) -> Iterator[Figures]:
    """By person and currency; only those who were paid, or whose payout came back. In one state of the database."""
    for person, rows in groupby(paid_within(connection, year_span(year)), key=lambda one: one.person):
        paid = list(rows)
        withheld = _withheld(connection, person, year)
        currencies = sorted({one.currency for one in paid})
        main = max(currencies, key=lambda name: _net(one for one in paid if one.currency == name))
        for currency in currencies:
            of_it = [one for one in paid if one.currency == currency]
            quarters = tuple(
                _quarter(connection, of_it, index, withheld[index] if currency == main else Withheld(0, 0), rates, at)
                for index, at in enumerate(min(end - 1, clock()) for end in quarter_ends(year))
            )
            earlier = sum(one.net_minor for one in of_it if one.what == "back" and one.sent_at < year_span(year).start)
            yield Figures(person, currency, quarters, earlier)


def _quarter(
    connection: Connection, paid: Sequence[Paid], index: int, withheld: Withheld, rates: Rates, at: int
) -> Quarter:
    """`paid`: of one currency. `at`: when commission is valued."""
    of_it = [one for one in paid if quarter_of(one.at) == index]
    return Quarter(
        _net(of_it),
        sum(one.fee_minor if one.what == "sent" else -one.fee_minor for one in of_it),
        sum(one.what == "sent" for one in of_it),
        withheld.activities,
        withheld.coins,
        _value(connection, rates, paid[0].currency, withheld.coins, at),
    )


def _withheld(connection: Connection, person: str, year: int) -> list[Withheld]:
    """The platform's share of this person's gifts in each quarter, as it was posted."""
    owned, found = earning_accounts(connection, person), [Withheld(0, 0)] * QUARTERS
    sums = sums_of(connection, person, f"{year:04}-12")
    first, last = transfers_of(sums, EARNING, f"{year:04}-01", f"{year:04}-12")
    if last == 0:
        return found
    creator = FIELD[connection.dialect.name].format("creator")
    start, end = year_span(year)
    q1, q2, q3, _ = quarter_ends(year)
    rows = connection.execute(
        text(_WITHHELD.format(creator=creator)).bindparams(*LISTS),
        {
            "accounts": owned, "first": first, "last": last, "start": start, "end": end, "q1": q1, "q2": q2, "q3": q3,
            "person": person, "commission": _commission(connection), "reversals": list(REVERSALS),
            "moves": [kind for kind in MOVES if kind not in REVERSALS],
        },
    )  # fmt: skip
    for quarter, coins, times in rows:
        found[quarter] = Withheld(int(coins), int(times))
    return found


def _commission(connection: Connection) -> int:
    """The number of the platform's account; 0 when there is none yet."""
    found = select(accounts.c.id).where(
        accounts.c.owner == COMMISSION.owner, accounts.c.kind == COMMISSION.kind, accounts.c.unit == COMMISSION.unit
    )
    return connection.execute(found).scalar() or 0


def _value(connection: Connection, rates: Rates, currency: str, coins: int, at: int) -> int:
    try:
        rate = rates.at(connection, currency, at)
    except Refusal:  # without a rate it has no value in this currency
        return 0
    return worth(coins, rate) if coins >= 0 else -worth(-coins, rate)


def _net(paid: Iterator[Paid] | Sequence[Paid]) -> int:
    return sum(one.net_minor if one.what == "sent" else -one.net_minor for one in paid)
