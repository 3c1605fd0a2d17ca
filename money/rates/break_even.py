"""The most that an earned coin may be worth: what the worst pack leaves after VAT and the provider's fees.

Creators get only a share of the coins that were bought, so each earned coin may cost as much more. Fractions, because
a rounded cent times a million coins is money. Pure: the settings are its only input.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction

from core.settings import Settings, SettingsError
from money.catalogue import COIN_PACKS, CoinPack

PER = 1_000  # rates are in minor units for so many coins
RATE_MAX = 1_000_000
CURRENCIES_MAX = 50


@dataclass(frozen=True, slots=True)
class PackResult:
    """What one pack leaves, in its currency's minor units, and what 1,000 earned coins of it may cost."""

    pack: CoinPack
    vat: Fraction
    fees: Fraction
    earned_coins: Fraction

    @property
    def left(self) -> Fraction:
        return self.pack.price_minor - self.vat - self.fees

    @property
    def per_thousand(self) -> Fraction | None:
        """None if creators earn nothing, so that nothing is paid out."""
        return self.left / self.earned_coins * PER if self.earned_coins else None

    def __str__(self) -> str:
        left, most = float(self.left), self.per_thousand
        text = (
            f"{self.pack.pack}: {self.pack.price_minor} - {float(self.vat):.2f} VAT - {float(self.fees):.2f} fees = "
            f"{left:.2f} {self.pack.currency} cents for {float(self.earned_coins):g} earned coins"
        )
        return text if most is None else f"{text}, at most {float(most):.0f} for 1,000"


@dataclass(frozen=True, slots=True)
class Assumptions:
    """`exchange`: how many units of a currency one unit of the packs' currency buys."""

    vat_percent: int
    fee_basis_points: int
    fee_minor: int
    share_percent: int  # the most that a creator gets of a gift
    exchange: Mapping[str, Fraction]

    @classmethod
    def from_settings(cls, settings: Settings) -> Assumptions:
        return cls(
            settings.break_even_vat_percent,
            settings.break_even_fee_basis_points,
            settings.break_even_fee_minor,
            100 - settings.commission_percent,
            dict(exchange_rates(settings.exchange_rates)),
        )


class BreakEven:
    def __init__(self, assumptions: Assumptions, packs: Iterable[CoinPack] = tuple(COIN_PACKS.values())) -> None:
        self.assumptions = assumptions
        self.packs = tuple(packs)

    def with_share(self, percent: int) -> BreakEven:
        """The break-even if others than the platform get so much of a gift; at least the standard share."""
        share = max(percent, self.assumptions.share_percent)
        return BreakEven(dataclasses.replace(self.assumptions, share_percent=share), self.packs)

    def results(self) -> list[PackResult]:
        """Every pack, the worst one first."""
        found = [self._result(pack) for pack in self.packs]
        return sorted(found, key=lambda one: one.per_thousand if one.per_thousand is not None else one.left)

    def limit(self, currency: str) -> Fraction | None:
        """The most that 1,000 earned coins may cost in this currency; None: there is no limit, as none are earned.

        Raises SettingsError if neither a pack nor CADEAU_EXCHANGE_RATES says what the currency is worth.
        """
        limits = []
        for result in self.results():
            rate = Fraction(1) if result.pack.currency == currency else self.assumptions.exchange.get(currency)
            if rate is None:
                raise SettingsError(
                    f"CADEAU_EXCHANGE_RATES must say how much {currency} one {result.pack.currency} buys: no pack is "
                    f"sold in {currency}, so the break-even of a rate in it is unknown."
                )
            if result.per_thousand is not None:
                limits.append(result.per_thousand * rate)
        return min(limits, default=None)

    def refusal(self, currency: str, per_thousand: int) -> str:
        """Why this rate is too high, with the calculation; empty if it is not."""
        limit = self.limit(currency)
        if limit is None or per_thousand <= limit:
            return ""
        return (
            f"{per_thousand} {currency} cents for 1,000 earned coins are above the break-even of {float(limit):.0f} "
            f"({self.results()[0]}; VAT {self.assumptions.vat_percent} %, "
            f"creators' share {self.assumptions.share_percent} %)."
        )

    def _result(self, pack: CoinPack) -> PackResult:
        told = self.assumptions
        price = Fraction(pack.price_minor)
        vat = price - price * 100 / (100 + told.vat_percent)
        fees = price * told.fee_basis_points / 10_000 + told.fee_minor
        return PackResult(pack, vat, fees, Fraction(pack.coins * told.share_percent, 100))


def coin_rates(text: str) -> dict[str, int]:
    """CADEAU_COIN_RATES as minor units for 1,000 coins, by currency. Raises SettingsError."""
    return {currency: _whole("CADEAU_COIN_RATES", value) for currency, value in _pairs("CADEAU_COIN_RATES", text)}


def exchange_rates(text: str) -> Iterator[tuple[str, Fraction]]:
    """CADEAU_EXCHANGE_RATES. Raises SettingsError."""
    for currency, value in _pairs("CADEAU_EXCHANGE_RATES", text):
        try:
            rate = Fraction(value[:20])
        except (ValueError, ZeroDivisionError):
            rate = Fraction(0)
        if rate <= 0:
            raise SettingsError(f"CADEAU_EXCHANGE_RATES must look like EUR=0.92, not {value[:20]!r}.")
        yield currency, rate


def _pairs(name: str, text: str) -> list[tuple[str, str]]:
    parts = [part.strip().partition("=") for part in text.split(",") if part.strip()]
    pairs = [(currency.strip(), value.strip()) for currency, _, value in parts]
    if len(pairs) > CURRENCIES_MAX or any(not is_currency(currency) or not value for currency, value in pairs):
        raise SettingsError(f"{name} must list currencies with values, such as USD=500,EUR=460.")
    return pairs


def _whole(name: str, value: str) -> int:
    if not (value.isascii() and value.isdigit() and len(value) <= 7 and 1 <= int(value) <= RATE_MAX):
        raise SettingsError(f"{name} must have whole numbers from 1 to {RATE_MAX}, not {value[:20]!r}.")
    return int(value)


def is_currency(text: str) -> bool:
    """Whether this looks like a code of ISO 4217."""
    return len(text) == 3 and text.isascii() and text.isalpha() and text.isupper()
