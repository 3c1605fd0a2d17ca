"""The terms of VAT out of the settings and the table of rates. Raises SettingsError for what makes no sense."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from fractions import Fraction

import eu_vat_rates_data

from core.settings import Settings, SettingsError
from money.ledger.journals import WITHOUT_CENTS
from money.rates.break_even import exchange_rates
from money.vat.amounts import PERCENT
from money.vat.rules import Terms, known_country

RATE_PERCENT_MAX = 100
COUNTRIES_MAX = 60
SELLER_CHARS_MAX = 300
SELLER_LINES_MAX = 6
EUR = "EUR"


@dataclass(frozen=True, slots=True)
class Seller:
    """Who sells, as receipts name it. `address` may have several lines."""

    name: str
    address: str
    vat_number: str


def terms_of(settings: Settings) -> Terms:
    """Raises SettingsError."""
    rates = {code: _hundredths(one["standard"]) for code, one in eu_vat_rates_data.get_all_rates().items()}
    rates |= own_rates(settings.vat_rates)
    eu = frozenset(code for code in rates if eu_vat_rates_data.is_eu_member(code))
    home = _country("CADEAU_VAT_HOME", settings.vat_home, rates) if settings.vat_home else ""
    named = [part.strip() for part in settings.vat_local.split(",") if part.strip()]
    local = frozenset(_country("CADEAU_VAT_LOCAL", code, rates) for code in named[:COUNTRIES_MAX])
    if not home and (settings.vat_oss or local):
        raise SettingsError("CADEAU_VAT_OSS and CADEAU_VAT_LOCAL need CADEAU_VAT_HOME.")
    terms = Terms(home, settings.vat_oss, local - {home}, rates, eu)
    _check_break_even(terms, settings)
    return terms


def seller_of(settings: Settings) -> Seller:
    """Raises SettingsError. In an address `;` begins a line."""
    address = "\n".join(part.strip() for part in settings.seller_address.split(";") if part.strip())
    if settings.vat_home and not (settings.seller_name and address):
        raise SettingsError("CADEAU_VAT_HOME needs CADEAU_SELLER_NAME and CADEAU_SELLER_ADDRESS, for the receipts.")
    for value in (settings.seller_name, address, settings.seller_vat_number):
        if len(value) > SELLER_CHARS_MAX or value.count("\n") >= SELLER_LINES_MAX:
            raise SettingsError(
                f"CADEAU_SELLER_... must have at most {SELLER_CHARS_MAX} characters, in {SELLER_LINES_MAX} lines."
            )
    return Seller(settings.seller_name, address, settings.seller_vat_number)


def euro_cents(settings: Settings, currency: str) -> Fraction | None:
    """How many cents of a euro one minor unit of the packs' currency buys; None: the settings do not say."""
    if currency == EUR:
        return Fraction(1)
    euros = dict(exchange_rates(settings.exchange_rates)).get(EUR)
    return None if euros is None else per_minor(euros, currency)


def per_minor(euros: Fraction, currency: str) -> Fraction:
    """Cents of a euro for a minor unit, when one unit costs so many euros."""
    return euros * 100 if currency in WITHOUT_CENTS else euros


def own_rates(text: str) -> dict[str, int]:
    """CADEAU_VAT_RATES, in hundredths of a percent by country. Raises SettingsError."""
    found: dict[str, int] = {}
    for part in [part.strip() for part in text.split(",") if part.strip()][:COUNTRIES_MAX]:
        code, _, percent = part.partition("=")
        try:
            rate = Decimal(percent[:10]) * PERCENT
        except InvalidOperation:
            rate = Decimal("NaN")
        country = known_country(code)
        if not country or not rate.is_finite() or rate != int(rate) or not 0 <= rate <= RATE_PERCENT_MAX * PERCENT:
            raise SettingsError(f"CADEAU_VAT_RATES must be like FI=25.5,DE=19, not {part[:40]!r}.")
        found[country] = int(rate)
    return found


def rates_version(settings: Settings, country: str) -> str:
    """Which table a country's rate is from."""
    return "settings" if country in own_rates(settings.vat_rates) else eu_vat_rates_data.data_version


def _country(name: str, code: str, rates: Mapping[str, int]) -> str:
    country = known_country(code)
    if country not in rates:
        raise SettingsError(f"{name} must be a country with a known rate, such as FR, not {code[:40]!r}.")
    return country


def _check_break_even(terms: Terms, settings: Settings) -> None:
    """What an earned coin may be worth must not assume less VAT than a sale can bear."""
    country, rate = terms.worst()
    if rate > settings.break_even_vat_percent * PERCENT:
        raise SettingsError(
            f"CADEAU_BREAK_EVEN_VAT_PERCENT must be at least {rate / PERCENT:g}: that is the rate of {country}."
        )


def _hundredths(percent: float) -> int:
    return round(percent * PERCENT)
