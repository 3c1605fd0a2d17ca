"""Parts of amounts add up, in any order and any number of parts."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from money.vat.rules import Terms
from shop.orders.shares import Shares, gone, of_order, pieces
from shop.orders.tax import NONE, OrderTax, fee_tax_of, tax_of

EU = Terms("FR", True, frozenset(), {"FR": 2_000, "DE": 1_900, "GB": 2_000}, frozenset({"FR", "DE"}))
UNREGISTERED = Terms("", False, frozenset(), EU.rates, EU.eu)
AMOUNTS = st.integers(0, 10**8)


@given(total=AMOUNTS, count=st.integers(1, 99), data=st.data())
def test_pieces_refunded_in_any_parts_are_the_whole_line(total: int, count: int, data: st.DataObject) -> None:
    back = before = 0
    while before < count:
        more = data.draw(st.integers(1, count - before))
        part = pieces(total, count, before, more)
        assert part >= 0
        back, before = back + part, before + more
    assert back == total


@given(
    shares=st.tuples(AMOUNTS, AMOUNTS, AMOUNTS, AMOUNTS), cuts=st.lists(st.floats(0, 1), max_size=8)
)  # fmt: skip
def test_what_goes_back_of_a_settled_order_takes_all_shares_and_never_returns_one(
    shares: tuple[int, int, int, int], cuts: list[float]
) -> None:
    whole = Shares(*shares)
    total, before = sum(whole), Shares(0, 0, 0, 0)
    for amount in sorted(int(total * cut) for cut in cuts):
        after = gone(whole, amount)
        assert sum(after) == amount
        assert all(part >= 0 for part in after.minus(before))
        before = after
    assert gone(whole, total) == whole


@given(goods=AMOUNTS, shipping=AMOUNTS, tax=st.integers(0, 27), fee=st.integers(0, 5_000))
def test_a_settlement_divides_exactly_what_there_is(goods: int, shipping: int, tax: int, fee: int) -> None:
    total = goods + shipping
    owed = total * tax // 127
    shares = of_order(goods - goods * tax // 127, owed, total, fee, 2_000, platform_owes=True)
    assert sum(shares) == total
    assert shares.fee >= 0
    assert shares.tax == owed


def test_who_owes_the_vat_of_an_order() -> None:
    assert tax_of(EU, "FR", True, "DE") == OrderTax("DE", 1_900, False)  # at the rate of where it goes
    assert tax_of(EU, "FR", False, "DE") == NONE  # a small seller charges none
    assert tax_of(EU, "FR", True, "GB") == NONE  # an export
    assert tax_of(EU, "GB", True, "GB") == OrderTax("GB", 2_000, False)
    assert tax_of(EU, "GB", True, "FR") == OrderTax("FR", 2_000, True)  # from outside the EU: the platform
    assert tax_of(EU, "CN", False, "DE") == OrderTax("DE", 1_900, True)
    assert tax_of(UNREGISTERED, "CN", False, "DE") == NONE


def test_the_vat_on_the_fee_is_charged_at_home_and_to_unregistered_sellers_in_the_eu() -> None:
    assert fee_tax_of(EU, "FR", True).rate == 2_000
    assert fee_tax_of(EU, "DE", True) == NONE  # they owe it themselves
    assert fee_tax_of(EU, "DE", False).country == "FR"
    assert fee_tax_of(EU, "GB", False) == NONE
    assert fee_tax_of(UNREGISTERED, "FR", True) == NONE
