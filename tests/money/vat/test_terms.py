"""Settings of VAT that make no sense are refused at the start, and the break-even assumes the worst rate."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import eu_vat_rates_data
import pytest

from core.settings import Settings, SettingsError
from money.catalogue import COIN_PACKS
from money.rates import Assumptions, BreakEven
from money.vat.amounts import PERCENT, vat_of
from money.vat.terms import SELLER_CHARS_MAX, euro_cents, own_rates, rates_version, seller_of, terms_of

SELLER: dict[str, Any] = {"seller_name": "Cadeau SAS", "seller_address": "1 rue de la Paix; 75002 Paris"}


def settings(**changes: Any) -> Settings:
    return Settings(**({"vat_home": "FR", **SELLER} | changes))


def test_rates_come_from_the_table_and_own_ones_replace_them() -> None:
    terms = terms_of(settings(vat_rates="FI=26, de=19", vat_local="gb,NO"))
    assert (terms.rates["FI"], terms.rates["DE"], terms.rates["FR"], terms.rates["CH"]) == (2_600, 1_900, 2_000, 810)
    assert len(terms.eu) == 27
    assert terms.local == {"GB", "NO"}
    assert rates_version(settings(vat_rates="FI=26"), "FI") == "settings"
    assert rates_version(settings(), "FI") == eu_vat_rates_data.data_version


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"vat_home": "XX"}, "CADEAU_VAT_HOME"),
        ({"vat_home": "France"}, "CADEAU_VAT_HOME"),
        ({"vat_home": "", "vat_oss": True}, "CADEAU_VAT_HOME"),
        ({"vat_local": "US"}, "CADEAU_VAT_LOCAL"),
        ({"vat_rates": "FI"}, "CADEAU_VAT_RATES"),
        ({"vat_rates": "FI=-1"}, "CADEAU_VAT_RATES"),
        ({"vat_rates": "FI=101"}, "CADEAU_VAT_RATES"),
        ({"vat_rates": "FI=NaN"}, "CADEAU_VAT_RATES"),
        ({"vat_rates": "FI=25.555"}, "CADEAU_VAT_RATES"),
        ({"break_even_vat_percent": 26}, "at least 27"),
        ({"vat_rates": "LU=30"}, "at least 30: that is the rate of LU"),
    ],
)
def test_what_makes_no_sense_is_refused_by_its_name(wrong: dict[str, Any], named: str) -> None:
    with pytest.raises(SettingsError, match=named):
        terms_of(settings(**wrong))


def test_without_a_home_no_vat_is_charged_and_no_seller_needed() -> None:
    assert terms_of(Settings()).home == ""
    assert seller_of(Settings()).name == ""
    assert terms_of(Settings(break_even_vat_percent=0)).worst() == ("", 0)


def test_a_seller_is_named_and_fits_on_a_receipt() -> None:
    assert seller_of(settings()).address == "1 rue de la Paix\n75002 Paris"
    for wrong in ({"seller_name": ""}, {"seller_address": " ; "}, {"seller_name": "x" * (SELLER_CHARS_MAX + 1)},
                  {"seller_address": ";".join("abcdefg")}):  # fmt: skip
        with pytest.raises(SettingsError, match="CADEAU_SELLER"):
            seller_of(settings(**wrong))


def test_the_break_even_assumes_at_least_the_vat_that_any_sale_bears() -> None:
    told = settings(vat_local="GB,NO,CH")
    terms = terms_of(told)
    results = BreakEven(Assumptions.from_settings(told)).results()
    assert {result.pack.pack for result in results} == set(COIN_PACKS)
    for result in results:
        for code in {terms.home} | terms.eu | terms.local:
            charged = vat_of(result.pack.price_minor, terms.rates[code])
            assert charged <= result.vat + Fraction(1, 2), "but for the rounding of the receipt"
    assert terms.worst()[1] == told.break_even_vat_percent * PERCENT


def test_the_euro_has_a_price_or_none() -> None:
    assert euro_cents(settings(), "EUR") == 1
    assert euro_cents(settings(), "USD") is None
    assert euro_cents(settings(exchange_rates="EUR=0.92"), "USD") == Fraction("0.92")
    assert euro_cents(settings(exchange_rates="EUR=0.006"), "JPY") == Fraction("0.6")


def test_own_rates_may_be_none() -> None:
    assert own_rates("") == {}
