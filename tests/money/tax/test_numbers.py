"""Tax and VAT numbers are checked by their country's rules, as far as these are known."""

from __future__ import annotations

import pytest

from money.errors import BadTaxNumber, InvalidVatNumber
from money.tax.numbers import EU, NUMBER_CHARS_MAX, shown, tax_number, vat_number

GOOD = [
    ("FR", "3023217600053", "3023217600053"),
    ("FR", "552 008 443", "552008443"),  # a business
    ("DE", "36 574 261 809", "36574261809"),
    ("IT", "RCCMNL83S18D969H", "RCCMNL83S18D969H"),
    ("ES", "54362315-K", "54362315K"),
    ("NL", "1112.22.333", "111222333"),
    ("PL", "44051401359", "44051401359"),
    ("US", "536-90-4399", "536904399"),
    ("GB", "1955839661", "1955839661"),
    ("GB", "ab 12 34 56 c", "AB123456C"),
    ("HU", "8071592153", "8071592153"),
    ("LU", "1893120105732", "1893120105732"),
    ("SG", "S1234567D", "S1234567D"),  # no rule known: only the characters
]
BAD = [
    ("FR", "3023217600054"), ("DE", "1234"), ("IT", "RCCMNL83S18D969X"), ("US", "12-34"), ("GB", "12"),
    ("HU", "12345"), ("SG", "hello world!"), ("SG", "123"), ("FR", ""), ("DE", "３６５７４２６１８０９"),
    ("US", "536904399" + " " * NUMBER_CHARS_MAX), ("SG", "1" * 21),
]  # fmt: skip


@pytest.mark.parametrize(("country", "given", "kept"), GOOD)
def test_a_number_is_kept_without_its_spaces(country: str, given: str, kept: str) -> None:
    assert tax_number(country, given) == kept


@pytest.mark.parametrize(("country", "given"), BAD)
def test_a_number_with_a_mistake_is_refused(country: str, given: str) -> None:
    with pytest.raises(BadTaxNumber):
        tax_number(country, given)


@pytest.mark.parametrize("country", sorted(EU))
def test_every_country_of_the_union_has_a_rule(country: str) -> None:
    with pytest.raises(BadTaxNumber):
        tax_number(country, "ABCD")


@pytest.mark.parametrize("given", ["DE 136 695 976", "de136695976", "FR40303265045", "CHE107787577IVA"])
def test_a_vat_number_has_its_country_in_front(given: str) -> None:
    assert vat_number(given) == given.upper().replace(" ", "")


@pytest.mark.parametrize("given", ["DE136695977", "136695976", "", "FR1", "DE" + "1" * NUMBER_CHARS_MAX, "XX"])
def test_a_vat_number_with_a_mistake_is_refused(given: str) -> None:
    with pytest.raises(InvalidVatNumber):
        vat_number(given)


def test_of_a_number_only_the_end_is_shown() -> None:
    assert shown("3023217600053") == "••• 053"
    assert shown("") == ""
