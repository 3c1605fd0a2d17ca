"""What the platform earned in a month, what it kept of it, and what it still owes. Every figure is a sum of entries.

In each currency: purchases + payments for ads - refunds - disputes - losses - fees - payouts + payout fees = kept. By
as much more is at providers and banks, less what more is on its way to creators. In coins: what people and creators
held before, plus what was sold, less what was taken back, kept as commission and exchanged for money, is what they hold
now. For ads the same in millionths: what advertisers paid in, less what was taken back and spent, is what they have.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

import msgspec
from sqlalchemy import Connection

from core.clock import Clock
from core.errors import Refusal
from money.ledger.accounts import AD_CURRENCY, AD_UNIT, MICRO_PER_MINOR
from money.ledger.reading import use_one_state
from money.ledger.rules import COINS
from money.rates import Rates
from money.rates.rates import worth
from money.reports.months import YEAR_MIN, month_of, shifted, span
from money.reports.sums import Sum, all_sums

MONTHS_SHOWN = 12
FIRST_MONTH = f"{YEAR_MIN:04}-01"
OWED = ("wallet", "pending", "payable")
"""Accounts of coins that were paid for: what the platform owes."""
OWED_FOR_ADS = ("ad_balance", "ad_held", "ad_prize")

_OUTSIDE = ("provider", "in_transit")  # where money is, rather than why
_MONEY: Mapping[tuple[str, str], str] = {
    ("cash", "purchase"): "purchases",
    ("cash", "refund"): "refunds",
    ("cash", "dispute"): "disputes",
    ("cash", "dispute_won"): "disputes",
    ("cash", "payout"): "payout_fees",
    ("cash", "payout_back"): "payout_fees",
}
_MONEY_ACCOUNTS: Mapping[str, str] = {"losses": "losses", "fees": "provider_fees", "cost": "payouts"}
_MONEY_LINES = ("purchases", "refunds", "disputes", "losses", "provider_fees", "payouts", "payout_fees")
_COINS: Mapping[tuple[str, str], str] = {
    ("mint", "purchase"): "sold",
    **{("mint", kind): "taken_back" for kind in ("take_back", "restore", "gift_reversed", "gift_restored")},
}
_COIN_ACCOUNTS: Mapping[str, str] = {
    "commission": "commission", "redeemed": "paid_out", "marketing": "marketing", "fund": "fund",
    "cost": "prizes", "debt": "debts",
}  # fmt: skip
_COIN_LINES = ("sold", "taken_back", "commission", "paid_out", "marketing", "fund", "prizes", "debts")
_ADS: Mapping[tuple[str, str], str] = {
    ("mint", "purchase"): "paid_in", **{("mint", kind): "taken_back" for kind in ("take_back", "restore")}
}  # fmt: skip
_AD_ACCOUNTS: Mapping[str, str] = {
    "ad_revenue": "ad_revenue", "ad_share": "ad_shares", "redeemed": "ad_shares", "prizes": "prizes", "debt": "debts"
}  # fmt: skip
_AD_LINES = ("paid_in", "taken_back", "ad_revenue", "ad_shares", "prizes", "debts")


class Line(msgspec.Struct, frozen=True):
    """`amount`: signed as it enters the sum, in coins, minor units or millionths."""

    name: str
    amount: int


class MoneyMonth(msgspec.Struct, frozen=True):
    """In minor units. `kept` is the sum of the lines, and what `at_providers` less `in_transit` grew by."""

    currency: str
    lines: list[Line]
    kept: int
    at_providers: int
    in_transit: int


class Value(msgspec.Struct, frozen=True):
    """What coins are worth in a currency at the rate of the month's end (minor units for 1,000 coins)."""

    currency: str
    minor: int
    per_thousand: int


class CoinMonth(msgspec.Struct, frozen=True):
    """In coins. `opening` plus the lines is `closing`, which is `owed` together: what people can still spend or be paid
    for. `bonus` and `promoted` are never paid out, `debts` are owed to the platform; all as of the end."""

    opening: int
    lines: list[Line]
    closing: int
    owed: list[Line]
    values: list[Value]
    bonus: int
    promoted: int
    debts: int
    granted: int


class AdMonth(msgspec.Struct, frozen=True):
    """In millionths of the currency. `opening` plus the lines is `closing`, which is `owed` together: what advertisers
    have neither spent nor got back. Of the lines, `ad_revenue` and `ad_shares` are what they spent: the
    platform's part and the creators'. `debts` are owed by them."""

    currency: str
    opening: int
    lines: list[Line]
    closing: int
    owed: list[Line]
    debts: int


class Revenue(msgspec.Struct, frozen=True):
    """`complete`: the month is over. `ads`: null until somebody has paid for some."""

    month: str
    complete: bool
    money: list[MoneyMonth]
    coins: CoinMonth
    ads: AdMonth | None


class RevenueReport:
    def __init__(self, clock: Clock, rates: Rates) -> None:
        self._clock = clock
        self._rates = rates

    def months(self, connection: Connection, last: str, count: int = MONTHS_SHOWN) -> list[Revenue]:
        """So many months, `last` at the end. Nothing may have been read before in this transaction. Raises
        InvalidRequest."""
        use_one_state(connection)
        span(last)
        sums = all_sums(connection, last)
        months = [shifted(last, -back) for back in range(count - 1, -1, -1)]
        return [self._month(connection, sums, month) for month in months if month >= FIRST_MONTH]

    def _month(self, connection: Connection, sums: Sequence[Sum], month: str) -> Revenue:
        now = [one for one in sums if one.month == month]
        units = sorted({one.unit for one in sums if one.month <= month} - {COINS, AD_UNIT})
        ads = _ads([one for one in sums if one.unit == AD_UNIT and one.month <= month], month)
        return Revenue(
            month=month,
            complete=month < month_of(self._clock()),
            money=[_money(unit, [one for one in now if one.unit == unit], ads) for unit in units],
            coins=self._coins(connection, [one for one in sums if one.unit == COINS and one.month <= month], month),
            ads=ads,
        )

    def _coins(self, connection: Connection, sums: Sequence[Sum], month: str) -> CoinMonth:
        now = [one for one in sums if one.month == month]
        opening, lines, owed = _flow(sums, now, OWED, dict.fromkeys(_COIN_LINES, 0), _coin_line)
        return CoinMonth(
            opening, lines, owed, [Line(kind, _net(sums, kind)) for kind in OWED],
            self._values(connection, owed, month), _net(sums, "bonus"), _net(sums, "promoted"), -_net(sums, "debt"),
            sum(one.received for one in now if (one.account, one.kind) == ("bonus", "grant")),
        )  # fmt: skip

    def _values(self, connection: Connection, coins: int, month: str) -> list[Value]:
        at, found = min(self._clock(), span(month).end - 1), []
        for currency in self._rates.currencies(connection):
            try:
                rate = self._rates.at(connection, currency, at)
            except Refusal:  # nobody was paid in it then
                continue
            found.append(Value(currency, worth(coins, rate), rate))
        return found


def _ads(sums: Sequence[Sum], month: str) -> AdMonth | None:
    if not sums:
        return None
    now = [one for one in sums if one.month == month]
    opening, lines, owed = _flow(sums, now, OWED_FOR_ADS, dict.fromkeys(_AD_LINES, 0), _ad_line)
    parts = [Line(kind, _net(sums, kind)) for kind in OWED_FOR_ADS]
    return AdMonth(AD_CURRENCY, opening, lines, owed, parts, -_net(sums, "debt"))


def _coin_line(one: Sum) -> str | None:
    return _COINS.get((one.account, one.kind)) or _COIN_ACCOUNTS.get(one.account)


def _ad_line(one: Sum) -> str | None:
    return _ADS.get((one.account, one.kind)) or _AD_ACCOUNTS.get(one.account)


def _flow(
    sums: Sequence[Sum], now: Sequence[Sum], owed: Sequence[str], lines: dict[str, int],
    named: Callable[[Sum], str | None],
) -> tuple[int, list[Line], int]:  # fmt: skip
    """What is owed on accounts of these kinds before, the lines that changed it `now`, and what is owed at the end."""
    closing = sum(_net(sums, kind) for kind in owed)
    opening = closing - sum(_net(now, kind) for kind in owed)
    for one in now:
        name = named(one)
        if name:
            lines[name] -= one.net
    lines["other"] = closing - opening - sum(lines.values())
    return opening, _lines(lines), closing


def _money(currency: str, now: Sequence[Sum], ads: AdMonth | None) -> MoneyMonth:
    lines = dict.fromkeys(_MONEY_LINES, 0)
    for one in now:
        if one.account not in _OUTSIDE:
            name = _MONEY.get((one.account, one.kind)) or _MONEY_ACCOUNTS.get(one.account, one.account)
            lines[name] = lines.get(name, 0) + one.net
    if ads is not None and currency == ads.currency:  # paid in by the same transfers as the money
        for_ads = sum(line.amount for line in ads.lines if line.name == "paid_in") // MICRO_PER_MINOR
        lines["purchases"] -= for_ads
        lines["ad_payments"] = for_ads
    return MoneyMonth(
        currency, _lines(lines), sum(lines.values()), -_net(now, "provider"), _net(now, "in_transit")
    )  # fmt: skip


def _lines(lines: Mapping[str, int]) -> list[Line]:
    """All of them but those that are empty and have no fixed place."""
    fixed = (*_MONEY_LINES, *_COIN_LINES, *_AD_LINES)
    return [Line(name, amount) for name, amount in lines.items() if amount or name in fixed]


def _net(sums: Iterable[Sum], account: str) -> int:
    return sum(one.net for one in sums if one.account == account)
