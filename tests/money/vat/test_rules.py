"""Whose VAT a sale bears, by the proofs of place and the turnover."""

from __future__ import annotations

import dataclasses

import pytest

from money.vat.rules import (
    HOME_RATE_EUR_CENTS,
    ONE_PROOF_EUR_CENTS,
    Place,
    Taxed,
    Terms,
    Turnover,
    is_abroad,
    known_country,
    place_of,
    tax,
    tax_ads,
)

RATES = {"FR": 2_000, "DE": 1_900, "HU": 2_700, "GB": 2_000, "NO": 2_500, "CH": 810}
TERMS = Terms("FR", oss=False, local=frozenset(), rates=RATES, eu=frozenset({"FR", "DE", "HU"}))
OSS = dataclasses.replace(TERMS, oss=True)


@pytest.mark.parametrize(
    ("address", "card", "two", "found"),
    [
        ("DE", "DE", True, Place("DE", "")),
        ("DE", "", False, Place("DE", "")),
        ("", "HU", False, Place("HU", "")),
        ("DE", "", True, Place("DE", "one_proof")),
        ("DE", "HU", False, Place("HU", "conflict")),
        ("HU", "DE", False, Place("DE", "conflict")),
        ("HU", "DE", True, Place("HU", "conflict")),
        ("US", "DE", True, Place("DE", "conflict")),
        ("", "", False, Place("FR", "no_proof")),
        ("", "", True, Place("FR", "no_proof")),
    ],
)
def test_two_proofs_agree_or_the_sale_is_flagged(address: str, card: str, two: bool, found: Place) -> None:
    assert place_of(TERMS, address, card, two_needed=two) == found


@pytest.mark.parametrize(
    ("terms", "country", "home_rate", "found"),
    [
        (TERMS, "FR", True, Taxed("home", "FR", 2_000)),
        (TERMS, "DE", True, Taxed("home_abroad", "FR", 2_000)),
        (TERMS, "DE", False, Taxed("oss", "DE", 1_900)),
        (OSS, "DE", True, Taxed("oss", "DE", 1_900)),
        (OSS, "NO", True, Taxed("outside", "", 0)),
        (OSS, "US", True, Taxed("outside", "", 0)),
        (dataclasses.replace(OSS, local=frozenset({"NO"})), "NO", True, Taxed("local", "NO", 2_500)),
        (dataclasses.replace(OSS, local=frozenset({"DE"})), "DE", True, Taxed("local", "DE", 1_900)),
        (dataclasses.replace(TERMS, home="CH"), "DE", True, Taxed("oss", "DE", 1_900)),
        (dataclasses.replace(TERMS, home="CH"), "CH", True, Taxed("home", "CH", 810)),
        (dataclasses.replace(TERMS, home=""), "DE", True, Taxed("none", "", 0)),
    ],
)
def test_the_rate_is_that_of_the_buyers_country_but_for_few_sales_abroad(
    terms: Terms, country: str, home_rate: bool, found: Taxed
) -> None:
    assert tax(terms, country, home_rate=home_rate) == found


@pytest.mark.parametrize(
    ("terms", "country", "number", "found"),
    [
        (OSS, "DE", "DE136695976", Taxed("reverse", "", 0)),
        (OSS, "DE", "ATU13585627", Taxed("oss", "DE", 1_900)),
        (OSS, "DE", "", Taxed("oss", "DE", 1_900)),
        (OSS, "FR", "FR40303265045", Taxed("home", "FR", 2_000)),
        (OSS, "", "DE136695976", Taxed("home", "FR", 2_000)),
        (OSS, "NO", "NO123", Taxed("outside", "", 0)),
        (dataclasses.replace(OSS, local=frozenset({"DE"})), "DE", "DE136695976", Taxed("reverse", "", 0)),
        (dataclasses.replace(TERMS, home="CH"), "DE", "DE136695976", Taxed("reverse", "", 0)),
        (dataclasses.replace(TERMS, home=""), "DE", "DE136695976", Taxed("none", "", 0)),
    ],
)
def test_a_business_elsewhere_in_the_eu_owes_the_vat_on_ads_itself(
    terms: Terms, country: str, number: str, found: Taxed
) -> None:
    assert tax_ads(terms, country, number, home_rate=False) == found


def test_a_limit_counts_this_year_and_the_one_before() -> None:
    limit = HOME_RATE_EUR_CENTS
    assert Turnover(limit, limit).within(limit)
    assert not Turnover(limit + 1, 0).within(limit)
    assert not Turnover(0, limit + 1).within(limit)
    assert Turnover(limit + 1, 0).within(ONE_PROOF_EUR_CENTS)
    assert not Turnover(0, None).within(ONE_PROOF_EUR_CENTS), "an unknown turnover is taken as passed"


def test_only_sales_to_other_countries_of_the_eu_count() -> None:
    assert [is_abroad(TERMS, code) for code in ("DE", "FR", "NO", "")] == [True, False, False, False]
    assert not is_abroad(dataclasses.replace(TERMS, local=frozenset({"DE"})), "DE")


@pytest.mark.parametrize(
    ("given", "known"),
    [
        ("fr", "FR"),
        (" de ", "DE"),
        ("MC", "FR"),
        ("EL", "GR"),
        ("", ""),
        (None, ""),
        ("FRA", ""),
        ("1A", ""),
        ("ÉÉ", ""),
    ],
)
def test_a_country_is_two_letters_and_territories_are_taxed_with_theirs(given: str | None, known: str) -> None:
    assert known_country(given) == known


def test_the_worst_rate_is_the_highest_that_can_be_reached() -> None:
    assert TERMS.worst() == ("HU", 2_700)
    assert dataclasses.replace(TERMS, home="").worst() == ("", 0)
    assert dataclasses.replace(TERMS, eu=frozenset(), local=frozenset({"NO"})).worst() == ("NO", 2_500)
