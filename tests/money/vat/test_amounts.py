"""Net and VAT are the price, and what goes back in parts adds up to what was taken, in any order."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from money.vat.amounts import WHOLE, converted, net_gone, vat_gone, vat_of, vat_on

PRICES = st.integers(1, 10_000_000)
RATES = st.integers(0, WHOLE)


@pytest.mark.parametrize(
    ("gross", "rate", "vat"), [(99, 2_000, 17), (499, 2_000, 83), (499, 2_550, 101), (100, 0, 0), (1, 2_700, 0)]
)
def test_vat_is_taken_out_of_the_price_and_rounded_half_up(gross: int, rate: int, vat: int) -> None:
    assert vat_of(gross, rate) == vat


@given(PRICES, RATES)
def test_net_and_vat_are_the_price_and_the_vat_is_right_to_half_a_cent(gross: int, rate: int) -> None:
    vat = vat_of(gross, rate)
    assert 0 <= vat <= gross
    assert abs(vat - Fraction(gross * rate, WHOLE + rate)) <= Fraction(1, 2)


@given(PRICES, RATES)
def test_vat_on_top_is_right_to_half_a_cent_and_the_same_that_is_taken_out(net: int, rate: int) -> None:
    vat = vat_on(net, rate)
    assert abs(vat - Fraction(net * rate, WHOLE)) <= Fraction(1, 2)
    assert vat_of(net + vat, rate) == vat


@given(PRICES, RATES, st.integers(0, 10_000_000))
def test_what_goes_back_is_net_and_vat(net: int, rate: int, asked: int) -> None:
    vat = vat_on(net, rate)
    returned = min(asked, net + vat)
    gone = net_gone(net + vat, vat, returned)
    assert gone + vat_gone(net + vat, vat, returned) == returned
    assert 0 <= gone <= net
    assert net_gone(net + vat, vat, net + vat) == net


@given(PRICES, RATES, st.lists(st.integers(1, 10_000_000), max_size=20))
def test_partial_refunds_in_any_order_give_back_exactly_the_vat(gross: int, rate: int, parts: list[int]) -> None:
    vat, returned, gone = vat_of(gross, rate), 0, 0
    for asked in [*parts, gross]:  # the last one takes whatever is left
        part = min(asked, gross - returned)
        back = vat_gone(gross, vat, returned + part) - vat_gone(gross, vat, returned)
        assert 0 <= back <= part, "never more VAT than money"
        returned, gone = returned + part, gone + back
    assert (returned, gone) == (gross, vat)


@given(st.integers(-(10**9), 10**9), st.integers(1, 10_000), st.integers(1, 10_000))
def test_another_currency_is_rounded_to_the_nearest_and_alike_on_both_sides(minor: int, top: int, bottom: int) -> None:
    found = converted(minor, (top, bottom))
    assert abs(found - Fraction(minor * top, bottom)) <= Fraction(1, 2)
    assert converted(-minor, (top, bottom)) == -found
