"""Rates with their validity: what an earned coin is worth when it is paid out.

Admins add rates that begin at a time; before the first one, those of CADEAU_COIN_RATES hold. A rate is frozen on a
payout when it is requested, so a later one never changes what was asked for.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
from sqlalchemy import Connection, func, insert, select
from sqlalchemy.exc import IntegrityError

from core.clock import Clock
from core.settings import Settings, SettingsError
from money.agreements.agreements import in_force_or_planned
from money.errors import CurrencyNotPaid, InvalidRate, RateTooHigh
from money.rates.break_even import PER, RATE_MAX, Assumptions, BreakEven, coin_rates, is_currency
from money.tables import agreements
from money.tables import coin_rates as table

RATES_SHOWN_MAX = 100


class Rate(msgspec.Struct, frozen=True):
    """Minor units of a currency for 1,000 earned coins. `valid_from`: Unix ms; 0 for those of the settings."""

    currency: str
    per_thousand: int
    valid_from: int
    by: str = ""


class Rates:
    def __init__(self, clock: Clock, break_even: BreakEven, defaults: Mapping[str, int]) -> None:
        """Raises SettingsError if a default is above the break-even."""
        self._clock = clock
        self.break_even = break_even
        self._defaults = dict(defaults)
        for currency, per_thousand in self._defaults.items():
            if refusal := break_even.refusal(currency, per_thousand):
                raise SettingsError(f"CADEAU_COIN_RATES: {refusal}")

    @classmethod
    def from_settings(cls, settings: Settings, clock: Clock) -> Rates:
        """Raises SettingsError, with the calculation, for a rate above the break-even."""
        return cls(clock, BreakEven(Assumptions.from_settings(settings)), coin_rates(settings.coin_rates))

    def now(self, connection: Connection, currency: str) -> int:
        """Minor units for 1,000 coins. Raises CurrencyNotPaid."""
        return self.at(connection, currency, self._clock())

    def at(self, connection: Connection, currency: str, at: int) -> int:
        """The same at a time (Unix ms). Raises CurrencyNotPaid."""
        row = connection.execute(
            select(table.c.per_thousand)
            .where(table.c.currency == currency, table.c.valid_from <= at)
            .order_by(table.c.valid_from.desc())
            .limit(1)
        ).first()
        found = row.per_thousand if row else self._defaults.get(currency)
        if found is None:
            raise CurrencyNotPaid
        return int(found)

    def add(self, connection: Connection, currency: str, per_thousand: int, valid_from: int, by: str) -> Rate:
        """Let a rate begin, now at the earliest. Raises InvalidRate, RateTooHigh."""
        if not is_currency(currency) or not 1 <= per_thousand <= RATE_MAX:
            raise InvalidRate
        begins = max(valid_from, self._clock())
        try:
            refusal = self._highest_share(connection).refusal(currency, per_thousand)
        except SettingsError as error:
            raise InvalidRate(str(error)) from None
        if refusal:
            raise RateTooHigh(refusal)
        rate = Rate(currency, per_thousand, begins, by)
        try:
            with connection.begin_nested():
                connection.execute(insert(table).values(msgspec.structs.asdict(rate)))
        except IntegrityError:
            raise InvalidRate("Another rate begins at the same time.") from None
        return rate

    def all(self, connection: Connection) -> list[Rate]:
        """Rates by currency, the one that begins last first, those of the settings last."""
        newest = select(table).order_by(table.c.currency, table.c.valid_from.desc()).limit(RATES_SHOWN_MAX)
        stored = [Rate(row.currency, row.per_thousand, row.valid_from, row.by) for row in connection.execute(newest)]
        return stored + [Rate(currency, value, 0) for currency, value in self._defaults.items()]

    def currencies(self, connection: Connection) -> list[str]:
        """Those that have a rate, now or at some time."""
        stored = connection.execute(select(table.c.currency).distinct().limit(RATES_SHOWN_MAX)).scalars()
        return sorted({*self._defaults, *stored})

    def check(self, connection: Connection) -> None:
        """Raises SettingsError if a rate that holds or will hold is above the break-even of today's settings, with the
        smallest share that was agreed for the platform."""
        if refusal := self._refusal(connection, self._highest_share(connection)):
            raise SettingsError(f"The value of an earned coin is too high: {refusal}")

    def affords(self, connection: Connection, share_percent: int) -> str:
        """Why so much of each gift cannot be paid out at the rates that hold or will hold; empty if it can."""
        return self._refusal(connection, self.break_even.with_share(share_percent))

    def _refusal(self, connection: Connection, break_even: BreakEven) -> str:
        now, seen = self._clock(), set()
        for rate in self.all(connection):
            if rate.currency in seen:  # a later one already holds
                continue
            if rate.valid_from <= now:
                seen.add(rate.currency)
            if refusal := break_even.refusal(rate.currency, rate.per_thousand):
                return refusal
        return ""

    def _highest_share(self, connection: Connection) -> BreakEven:
        """The break-even with the largest share of a gift that the platform has promised to others, from now on."""
        agreed = select(func.min(agreements.c.platform_percent)).where(in_force_or_planned(self._clock()))
        least = connection.execute(agreed).scalar()
        return self.break_even if least is None else self.break_even.with_share(100 - least)


def coins_for(amount_minor: int, per_thousand: int) -> int:
    """How many coins an amount costs: rounded up, so that no rounding pays out more than was earned."""
    return -(-amount_minor * PER // per_thousand)


def worth(coins: int, per_thousand: int) -> int:
    """The most that these coins pay, in minor units."""
    return coins * per_thousand // PER
