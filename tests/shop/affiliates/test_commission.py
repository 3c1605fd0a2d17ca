"""What a creator gets of a sale, from the click to the payout; and what becomes of it when the sale is undone."""

from __future__ import annotations

import msgspec
import pytest
from sqlalchemy import text

from core.errors import AdultsOnly
from money.errors import DebtOutstanding, InsufficientEarnings
from money.payouts.rails import Standing
from money.payouts.states import Payout
from shop.affiliates.commissions import HELD_DAYS
from shop.affiliates.touches import TOUCH_DAYS, touch
from shop.errors import BadRate, NotPromotable
from shop.orders.rows import Order
from shop.orders.settlement import DAY_MS, RETURN_DAYS
from tests.shop.conftest import PARIS, Market, who

RATE = 1_200


@pytest.fixture
def mug(market: Market) -> str:
    """A mug of 10 euros without VAT, promoted by `cleo` for 12 %."""
    seller = market.seller()
    variant = market.product(seller, 50, 1_200)
    market.plan(seller, RATE)
    market.promote("cleo", variant)
    return variant


def sell(market: Market, variant: str, count: int = 1, buyer: str = "ada") -> Order:
    market.touch(buyer, "cleo", variant)
    [order] = market.buy(buyer, {variant: count})
    return order


def deliver(market: Market, order: Order) -> None:
    market.send(order)
    market.deliver(order)


def settle(market: Market, days: int = RETURN_DAYS) -> None:
    market.clock.now += days * DAY_MS + 1
    market.look()


def pay_out(market: Market, amount: int, person: str = "cleo") -> Payout:
    """Asked for, approved and sent by hand."""
    payouts, database = market.money.payouts, market.database
    payouts.people.start(person, "Cleo Palmer", "FR")
    database.write(lambda c: payouts.identities.judge(c, person, Standing("verified", "", None), "root"))
    rail = next(iter(payouts.rails))
    given = {"name": "Cleo Palmer", "iban": "FR7630006000011234567890189", "text": "cash"}
    database.write(lambda c: payouts.people.set_destination(c, person, rail, given))
    key = market.key()
    asked = database.write(lambda c: payouts.payouts.request(c, person, amount, "EUR", key, "commissions"))
    market.clock.now += 4 * DAY_MS
    return database.write(lambda c: payouts.approvals.approve(c, asked.id, "root")) if asked else asked


def line_of(market: Market, order: Order, variant: str) -> str:
    return next(line.id for line in market.lines(order) if line.variant == variant)


def test_a_commission_is_estimated_then_pending_then_payable_then_paid(market: Market, mug: str) -> None:
    order = sell(market, mug, 2)
    assert order.affiliate == "cleo"
    assert order.affiliate_source == "link"
    assert market.commission("cleo").estimated_minor == 240  # 12 % of 2 x 10.00, without VAT and shipping
    deliver(market, order)
    assert market.commission("cleo").pending_minor == 240
    settle(market)
    assert market.order(order).settled == (3_000 - 200 - 40 - 240, 200, 40, 0, 240)
    sums = market.commission("cleo")
    assert (sums.pending_minor, sums.payable_minor) == (240, 0)
    with pytest.raises(InsufficientEarnings):  # it is settled, and a day is missing
        pay_out(market, 240)
    settle(market, HELD_DAYS - RETURN_DAYS)
    pay_out(market, 240)
    sums = market.commission("cleo")
    assert (sums.pending_minor, sums.payable_minor, sums.paid_minor) == (0, 0, 240)
    [shown] = market.database.read(lambda c: market.shop.commissions.of_creator(c, "cleo", "", 10)).items
    assert (shown.state, shown.commission_minor) == ("paid", 240)
    [seen] = market.database.read(lambda c: market.shop.commissions.of_seller(c, order.seller, "", 10)).items
    assert seen.commission_minor == 240


def test_one_transfer_settles_seller_affiliate_and_fee_with_eight_entries_at_most(market: Market, mug: str) -> None:
    order = sell(market, mug)
    deliver(market, order)
    settle(market)
    before = market.books()
    assert before["affiliate cleo"] == 120
    assert before["shop_fee platform"] == 100
    assert market.held("order") == 0
    entries = text(
        "SELECT count(*) FROM entries e JOIN transfers t ON t.id = e.transfer WHERE t.detail ->> 'order' = :o"
    )
    settled = text(f"{entries} AND t.kind = 'order_settled'")
    assert market.database.read(lambda c: c.execute(settled, {"o": order.id}).scalar_one()) == 5


def test_a_refund_before_it_is_settled_takes_its_part_of_the_commission(market: Market, mug: str) -> None:
    order = sell(market, mug, 3)
    market.refund(order, {line_of(market, order, mug): 2})
    assert market.commission("cleo").estimated_minor == 120
    market.refund_all(order)
    assert market.commission("cleo").estimated_minor == 0
    [shown] = market.database.read(lambda c: market.shop.commissions.of_creator(c, "cleo", "", 10)).items
    assert shown.state == "reversed"


def test_a_refund_after_the_payout_is_a_debt_that_the_next_commission_pays(market: Market, mug: str) -> None:
    order = sell(market, mug, 2)
    deliver(market, order)
    settle(market, HELD_DAYS + 1)
    pay_out(market, 240)
    market.refund(order, {line_of(market, order, mug): 1})
    assert market.books()["debt cleo"] == -120
    market.refund(order, {line_of(market, order, mug): 1})
    assert market.commission("cleo").debt_minor == 240
    with pytest.raises(DebtOutstanding):
        pay_out(market, 100)
    second = sell(market, mug, 3, "bea")
    deliver(market, second)
    settle(market, HELD_DAYS + 1)
    assert market.books()["affiliate cleo"] == 360 - 240
    assert "debt cleo" not in market.books()


def test_after_it_is_settled_only_the_lines_that_earned_a_commission_take_it_back(market: Market, mug: str) -> None:
    plain = market.product(market.seller(), 9, 1_200)  # of the same seller, and promoted by nobody
    market.touch("ada", "cleo", mug)
    [order] = market.buy("ada", {mug: 1, plain: 1})
    deliver(market, order)
    settle(market)
    assert market.books()["affiliate cleo"] == 120
    market.refund(order, {line_of(market, order, plain): 1})
    assert market.books()["affiliate cleo"] == 120
    market.refund(order, {line_of(market, order, mug): 1})
    assert "affiliate cleo" not in market.books()


def test_a_bank_takes_its_part_of_the_commission_and_gives_it_back_when_the_dispute_is_won(
    market: Market, mug: str
) -> None:
    market.touch("ada", "cleo", mug)
    placed, purchase = market.place("ada", {mug: 1})
    market.pay(purchase)
    [order] = market.orders(placed)
    deliver(market, order)
    settle(market)
    dispute = market.server.dispute(purchase.id)
    market.hear(purchase)
    assert "affiliate cleo" not in market.books()
    market.server.decide(dispute, "won")
    market.hear(purchase)
    assert market.books()["affiliate cleo"] == 120


def test_the_last_touch_of_a_week_wins(market: Market, mug: str) -> None:
    market.promote("dora", mug)
    market.touch("ada", "cleo", mug)
    market.clock.now += 1
    market.touch("ada", "dora", mug)
    [order] = market.buy("ada", {mug: 1})
    assert order.affiliate == "dora"
    market.touch("bea", "cleo", mug)
    market.clock.now += TOUCH_DAYS * DAY_MS
    [late] = market.buy("bea", {mug: 1})
    assert late.affiliate is None


def test_a_touch_counts_for_its_own_account_and_only_of_who_promotes_the_product(market: Market, mug: str) -> None:
    assert not market.touch("ada", "stranger", mug)
    assert not market.touch("cleo", "cleo", mug)
    assert not market.touch("sam", "cleo", mug)  # the seller
    market.touch("ada", "cleo", mug)
    [other] = market.buy("bea", {mug: 1})
    assert other.affiliate is None
    market.database.write(lambda c: market.shop.promotions.stop(c, "cleo", market.product_of(mug)))
    [order] = market.buy("ada", {mug: 1})
    assert order.affiliate is None


def test_nothing_is_earned_on_what_the_own_household_buys_however_its_address_is_spelled(
    market: Market, mug: str
) -> None:
    market.buy("cleo", {mug: 1})
    respelled = msgspec.structs.replace(PARIS, name="Bob", line1="1, Rue de la PAIX ", city="Pâris")
    market.touch("bob", "cleo", mug)
    placed, _ = market.place("bob", {mug: 1}, address=respelled)
    assert [order.affiliate for order in market.orders(placed)] == [None]
    elsewhere = msgspec.structs.replace(PARIS, line1="2 rue de la Paix")
    placed, _ = market.place("bob", {mug: 1}, address=elsewhere)
    assert [order.affiliate for order in market.orders(placed)] == ["cleo"]


def test_a_raised_rate_counts_at_once_and_a_lowered_one_after_30_days_for_who_promotes_already(
    market: Market, mug: str
) -> None:
    seller = market.seller()

    def rate_of(buyer: str, creator: str) -> int:
        market.touch(buyer, creator, mug)
        [order] = market.buy(buyer, {mug: 1})
        assert order.affiliate == creator
        return next(line.commission_rate for line in market.lines(order) if line.variant)

    market.clock.now += DAY_MS
    market.plan(seller, 2_000)
    assert rate_of("b1", "cleo") == 2_000
    market.clock.now += DAY_MS
    market.plan(seller, 500)
    market.promote("dora", mug)
    assert rate_of("b2", "cleo") == 2_000
    assert rate_of("b3", "dora") == 500
    market.clock.now += 30 * DAY_MS
    assert rate_of("b4", "cleo") == 500
    product = market.product_of(mug)
    market.database.write(lambda c: market.shop.plans.set_rate(c, seller, product, 1_500))
    assert rate_of("b5", "cleo") == 1_500


def test_a_rate_is_frozen_on_the_order_with_its_rule(market: Market, mug: str) -> None:
    order = sell(market, mug)
    market.clock.now += DAY_MS
    market.plan(market.seller(), 5_000)
    [line, *_] = [line for line in market.lines(order) if line.variant]
    assert (line.commission_rate, len(line.commission_rule)) == (RATE, 20)
    deliver(market, order)
    settle(market)
    assert market.books()["affiliate cleo"] == 120


def test_who_may_promote_is_the_sellers_word(market: Market, mug: str) -> None:
    seller, product = market.seller(), market.product_of(mug)

    def pick(person: str, *, adult: bool = True) -> None:
        market.database.write(lambda c: market.shop.promotions.pick(c, who(person, adult=adult), product))

    with pytest.raises(AdultsOnly):
        pick("kid", adult=False)
    with pytest.raises(NotPromotable):
        pick("sam")
    with pytest.raises(BadRate):
        market.plan(seller, 5_001)
    market.plan(seller, RATE, "invited")
    with pytest.raises(NotPromotable):
        pick("dora")
    market.database.write(lambda c: market.shop.promotions.invite(c, seller, "dora"))
    pick("dora")
    market.database.write(lambda c: market.shop.promotions.end(c, seller, "dora"))
    with pytest.raises(NotPromotable):
        pick("dora")
    assert market.touch("ada", "dora", mug)  # what they began goes on for 30 days
    market.clock.now += 31 * DAY_MS
    assert not market.touch("ada", "dora", mug)
    market.plan(seller, RATE, "closed")
    with pytest.raises(NotPromotable):
        pick("eve")
    assert market.database.write(lambda c: touch(c, "ada", "cleo", product, "tag", market.clock()))
