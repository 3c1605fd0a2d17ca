"""Coins of a purchase whose money went back are taken from the wallet, then from later gifts, then become a debt."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from money.earnings import DAY_MS
from money.ledger.accounts import COMMISSION, cash, debt, losses, payable, pending, provider, wallet
from money.purchases.take_back import _Gift
from tests.money.agreements.conftest import agree
from tests.money.conftest import HeldClock
from tests.money.purchases.conftest import Shop


def test_coins_that_are_left_go_first(shop: Shop) -> None:
    purchase = shop.buy()
    shop.give("cake")
    assert shop.refund(purchase, 99) == "done"  # 99 of 499 cents are 69 of 350 coins
    assert shop.balance(wallet("ada")) == 350 - 30 - 69
    assert shop.balance(pending("bob")) == 18
    assert shop.reversed == []


def test_then_later_gifts_newest_first_the_last_one_in_part(shop: Shop) -> None:
    purchase = shop.buy()
    shop.give("teddy", creator="carl")
    shop.give("bouquet", creator="bob")
    assert shop.balance(wallet("ada")) == 52
    before = shop.balance(COMMISSION)
    shop.refund(purchase, 250)  # 175 coins: 52 from the wallet, 99 from bob's gift, 24 of carl's
    assert shop.balance(wallet("ada")) == 0
    assert shop.balance(pending("bob")) == 0
    assert [(gift.creator, gift.coins) for gift in shop.reversed] == [("bob", 99), ("carl", 24)]
    assert shop.balance(pending("carl")) == 119 - shop.reversed[1].creator_coins
    ours = sum(gift.coins - gift.creator_coins for gift in shop.reversed)
    assert shop.balance(COMMISSION) == before - ours
    assert abs(shop.reversed[1].creator_coins - 24 * 0.6) < 1  # in the gift's proportion
    assert shop.balance(debt("ada")) == 0


def test_parts_of_one_gift_taken_one_by_one_add_up_to_it(shop: Shop) -> None:
    purchase = shop.buy("ada", "coins-70")
    for _ in range(7):
        shop.give("coffee")
    for _ in range(33):
        shop.refund(purchase, 3)
    assert shop.now(purchase).state == "refunded"
    assert shop.balance(pending("bob")) == 0
    assert shop.balance(COMMISSION) == 0
    assert sum(gift.coins for gift in shop.reversed) == 70


def test_gifts_from_before_the_purchase_are_left_alone(shop: Shop) -> None:
    shop.buy("ada", "coins-70")
    shop.give("balloons")
    shop.give("icecream")
    later = shop.buy("ada", "coins-70")
    shop.give("balloons", creator="carl")
    shop.refund(later)
    assert [(gift.creator, gift.coins) for gift in shop.reversed] == [("carl", 50)]
    assert shop.balance(wallet("ada")) == 0
    assert shop.balance(pending("bob")) == 42


def test_what_was_released_to_a_creator_stays_and_the_buyer_owes_it(shop: Shop, clock: HeldClock) -> None:
    purchase = shop.buy()
    for _ in range(3):
        shop.give("bouquet")
    clock.now += 9 * DAY_MS
    assert shop.money.database.write(shop.money.earnings.release) == 1
    shop.server.dispute(purchase.id)
    assert shop.hear(purchase).state == "disputed"
    assert shop.reversed == []
    assert shop.balance(payable("bob")) == 178
    assert shop.balance(wallet("ada")) == 0
    assert shop.balance(debt("ada")) == -297


def test_only_so_many_gifts_are_taken_back_for_one_cause(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("money.purchases.take_back.GIFTS_MAX", 2)
    purchase = shop.buy("ada", "coins-70")
    for _ in range(7):
        shop.give("coffee")
    shop.refund(purchase)
    assert len(shop.reversed) == 2
    assert (shop.balance(wallet("ada")), shop.balance(debt("ada"))) == (0, -50)


def test_a_later_purchase_pays_the_debt_first(shop: Shop, clock: HeldClock) -> None:
    test_what_was_released_to_a_creator_stays_and_the_buyer_owes_it(shop, clock)
    shop.buy("ada", "coins-70")
    assert (shop.balance(wallet("ada")), shop.balance(debt("ada"))) == (0, -227)
    shop.buy("ada", "coins-350")
    assert (shop.balance(wallet("ada")), shop.balance(debt("ada"))) == (123, 0)


def test_a_reversed_day_is_released_without_what_was_taken(shop: Shop, clock: HeldClock) -> None:
    purchase = shop.buy()
    shop.give("bouquet")
    shop.buy("carol", "coins-70")
    shop.give("balloons", giver="carol")
    shop.refund(purchase)
    clock.now += 9 * DAY_MS
    shop.money.database.write(shop.money.earnings.release)
    assert shop.balance(pending("bob")) == 0
    assert shop.balance(payable("bob")) == 30


def test_a_won_dispute_restores_exactly(shop: Shop) -> None:
    purchase = shop.buy()
    shop.give("teddy", creator="carl")
    shop.give("bouquet")
    before = shop.books()
    dispute = shop.server.dispute(purchase.id)
    assert shop.hear(purchase).state == "disputed"
    assert shop.balance(cash("USD")) == 0
    assert shop.balance(pending("carl")) == 0
    shop.server.decide(dispute, "won")
    won = shop.hear(purchase)
    assert (won.state, won.taken_coins, won.returned_minor) == ("won", 0, 0)
    assert shop.books() == before
    assert sum(gift.coins for gift in shop.reversed) == 0


def test_both_sides_see_in_their_statements_what_was_taken_and_restored(shop: Shop) -> None:
    purchase = shop.buy()
    shop.give("bouquet")
    dispute = shop.server.dispute(purchase.id)
    shop.hear(purchase)
    shop.server.decide(dispute, "won")
    shop.hear(purchase)
    wallets, read = shop.money.wallets, shop.money.database.read
    ada = read(lambda c: wallets.statement(c, "ada", None, "", 20)).items
    bob = read(lambda c: wallets.statement(c, "bob", None, "", 20)).items
    assert [line.kind for line in ada] == ["restored", "taken_back", "gift_sent", "purchase"]
    assert [line.kind for line in bob] == ["gift_restored", "gift_reversed", "gift_received"]


def test_a_debt_repaid_before_the_dispute_was_won_comes_back_to_the_wallet(shop: Shop, clock: HeldClock) -> None:
    purchase = shop.buy()
    for _ in range(3):
        shop.give("bouquet")
    clock.now += 9 * DAY_MS
    shop.money.database.write(shop.money.earnings.release)
    dispute = shop.server.dispute(purchase.id)
    shop.hear(purchase)
    shop.buy("ada", "coins-70")
    assert shop.balance(debt("ada")) == -227
    shop.server.decide(dispute, "won")
    shop.hear(purchase)
    assert shop.balance(debt("ada")) == 0
    assert shop.balance(wallet("ada")) == 53 + 70


def test_gifts_given_again_after_a_won_dispute_can_be_taken_again(shop: Shop) -> None:
    purchase = shop.buy()
    shop.give("bouquet")
    shop.server.decide(shop.server.dispute(purchase.id), "won")
    shop.hear(purchase)
    shop.server.charge_of(purchase.id)["disputed"] = False
    shop.server.refund(purchase.id, 499)
    after = shop.hear(purchase)
    assert (after.state, after.taken_coins, after.refunded_minor) == ("won", 350, 499)
    assert shop.balance(pending("bob")) == 0


def test_a_refund_and_a_dispute_of_one_payment_take_the_coins_once_and_the_loss_is_ours(shop: Shop) -> None:
    purchase = shop.buy()
    shop.refund(purchase)
    shop.server.dispute(purchase.id)
    disputed = shop.hear(purchase)
    assert (disputed.state, disputed.taken_coins) == ("disputed", 350)
    assert shop.balance(wallet("ada")) == 0
    assert shop.balance(debt("ada")) == 0
    assert shop.balance(cash("USD")) == 0
    assert shop.balance(losses("USD")) == -499


@pytest.mark.parametrize("amount", [400, 499, 530])
def test_a_dispute_takes_what_the_provider_says_and_the_difference_is_our_loss(shop: Shop, amount: int) -> None:
    purchase = shop.buy()
    shop.server.dispute(purchase.id, amount=amount)
    shop.hear(purchase)
    assert shop.balance(cash("USD")) == max(0, 499 - amount)
    assert shop.balance(losses("USD")) == -max(0, amount - 499)
    assert shop.balance(wallet("ada")) == 350 - 350 * min(amount, 499) // 499


def test_a_dispute_in_another_currency_is_a_loss_in_that_currency(shop: Shop) -> None:
    purchase = shop.buy()
    shop.server.dispute(purchase.id, amount=470, currency="eur")
    assert shop.hear(purchase).state == "disputed"
    assert shop.balance(losses("EUR")) == -470
    assert shop.balance(provider("stripe", "EUR")) == 470 + 1_500
    assert shop.balance(wallet("ada")) == 0


def with_agency(shop: Shop, clock: HeldClock, creator: str = "bob") -> None:
    agree(shop.money, clock, 30, 20, creator=creator)


def test_an_agency_gives_back_its_part_of_a_gift(shop: Shop, clock: HeldClock) -> None:
    with_agency(shop, clock)
    purchase = shop.buy()
    shop.give("teddy")
    shop.give("bouquet")
    assert (shop.balance(pending("bob")), shop.balance(pending("zoe"))) == (149, 60)
    shop.refund(purchase, 250)  # 175 coins: 52 from the wallet, the bouquet's 99, 24 of the teddy's 199
    assert [(gift.coins, gift.creator_coins) for gift in shop.reversed] == [(99, 50), (24, 11)]
    assert shop.balance(pending("bob")) == 149 - 61
    assert abs(shop.balance(pending("zoe")) - 175 * 0.2) <= 1
    report = shop.money.database.read(lambda c: shop.money.agreements.reports.report(c, "zoe", 7))
    assert [one.coins for one in report.creators] == [shop.balance(pending("zoe"))]


def test_parts_of_a_shared_gift_taken_one_by_one_add_up_to_it(shop: Shop, clock: HeldClock) -> None:
    with_agency(shop, clock)
    purchase = shop.buy("ada", "coins-70")
    for _ in range(7):
        shop.give("coffee")
    for _ in range(33):
        shop.refund(purchase, 3)
    assert shop.now(purchase).state == "refunded"
    assert [shop.balance(one) for one in (pending("bob"), pending("zoe"), COMMISSION)] == [0, 0, 0]


def test_a_won_dispute_restores_the_agencys_part_exactly(shop: Shop, clock: HeldClock) -> None:
    with_agency(shop, clock)
    purchase = shop.buy()
    shop.give("teddy", creator="carl")
    shop.give("bouquet")
    before = shop.books()
    dispute = shop.server.dispute(purchase.id)
    shop.hear(purchase)
    assert (shop.balance(pending("bob")), shop.balance(pending("zoe"))) == (0, 0)
    shop.server.decide(dispute, "won")
    assert shop.hear(purchase).state == "won"
    assert shop.books() == before


def test_a_gift_stays_given_when_the_agency_has_been_paid_its_part(shop: Shop, clock: HeldClock) -> None:
    """The agency of a creator with a sign of laundering is released earlier than the creator."""
    with_agency(shop, clock)
    purchase = shop.buy()
    shop.give("bouquet")
    clock.now += 9 * DAY_MS
    shop.money.database.write(lambda c: shop.money.earnings.release_of(c, "zoe"))
    dispute = shop.server.dispute(purchase.id)
    shop.hear(purchase)
    assert shop.reversed == []
    assert (shop.balance(pending("bob")), shop.balance(payable("zoe"))) == (49, 20)
    assert shop.balance(debt("ada")) == -99
    shop.server.decide(dispute, "won")
    shop.hear(purchase)
    assert shop.balance(debt("ada")) == 0


@given(st.integers(1, 500), st.data())
def test_no_part_of_a_gift_is_below_zero_and_all_add_up(coins: int, data: st.DataObject) -> None:
    creators = data.draw(st.integers(0, coins))
    agencys = data.draw(st.integers(0, coins - creators))
    ours = coins - creators - agencys
    left, sums = coins, [0, 0, 0]
    while left:
        part = data.draw(st.integers(1, left))
        gift = _Gift(1, 0, coins, ours, agencys, left, "bob", "zoe", "room", "rose")
        shares = gift.split(part)
        assert min(shares) >= 0
        assert sum(shares) == part
        sums = [so_far + share for so_far, share in zip(sums, shares, strict=True)]
        left -= part
    assert sums == [creators, agencys, ours]
