"""Whatever somebody alters, removes or inserts by hand in a table of the shop's money, `ledger verify` finds it."""

from __future__ import annotations

from sqlalchemy import Table, insert, text

from core.database.proofs import findings
from money.part import MONEY_PROOFS
from shop import tables
from shop.coupons.coupons import CouponDraft
from shop.flashes.flashes import FlashDraft
from shop.orders.proofs import PROOFS
from shop.pins.how import How
from shop.sellers.sellers import Seller
from tests.money.ledger.test_proofs import drop_triggers
from tests.shop.conftest import Market

UNPROVABLE = {  # what people wrote: nothing that moved could contradict it
    "shop_affiliates": "who was invited",
    "shop_cart": "promises nothing",
    "shop_pictures": "pictures",
    "shop_pins": "what hosts show; orders keep what it cost",
    "shop_price_changes": "what things did cost; orders keep what was paid",
    "shop_prices": "what things cost now; orders keep what they cost then",
    "shop_plans": "what a seller offers",
    "shop_products": "what sellers write",
    "shop_promotions": "what creators picked; orders keep who brought them",
    "shop_returns": "what buyers ask for; refunds are proved",
    "shop_saved_addresses": "where buyers want things sent",
    "shop_touches": "where buyers came from; orders keep who brought them",
    "shop_sellers": "what sellers say of themselves, and an admin's word",
    "shop_tags": "what creators show",
    "shop_zones": "what sending costs now; orders keep what it cost then",
}
_SETTLED = "(SELECT min(id) FROM shop_orders WHERE state = 'settled')"
_LINE = "(SELECT min(id) FROM shop_lines WHERE returned > 0)"
_BROUGHT = "(SELECT min(id) FROM shop_orders WHERE state = 'settled' AND commission_minor > 0)"
_EARNED = "(SELECT min(id) FROM shop_lines WHERE commission_rate > 0)"
_REFUND = "(SELECT min(id) FROM shop_refunds WHERE state = 'done')"
_CLAIM = "(SELECT min(cause) FROM shop_claims)"
_HELD = "(SELECT min(id) FROM shop_variants WHERE reserved > 0)"
ALTERATIONS = (  # table, what, where, and the rule that finds it
    ("shop_orders", "seller_minor = seller_minor + 1", f"id = {_SETTLED}", "order_is_settled_in_the_books"),
    ("shop_orders", "seller = 'other'", f"id = {_SETTLED}", "order_is_settled_in_the_books"),
    ("shop_orders", "fee_minor = fee_minor + 1", f"id = {_SETTLED}", "order_is_settled_in_the_books"),
    ("shop_orders", "fee_tax_minor = fee_tax_minor + 1", f"id = {_SETTLED}", "order_is_settled_in_the_books"),
    ("shop_orders", "tax_minor = tax_minor + 1", f"id = {_SETTLED}", "order_is_settled_in_the_books"),
    ("shop_orders", "reversed_minor = reversed_minor + 1", f"id = {_SETTLED}", "reversed_is_what_went_back_since"),
    ("shop_orders", "total_minor = total_minor + 1", f"id = {_SETTLED}", "order_is_the_sum_of_its_lines"),
    ("shop_orders", "refunded_minor = refunded_minor + 1", f"id = {_SETTLED}", "order_is_the_sum_of_its_lines"),
    ("shop_orders", "claimed_minor = claimed_minor + 1", f"id = {_SETTLED}", "claimed_is_the_sum_of_claims"),
    ("shop_orders", "currency = 'USD'", f"id = {_SETTLED}", "order_is_paid_in_the_books"),
    ("shop_orders", "state = 'delivered'", f"id = {_SETTLED}", "order_state_is_what_became_of_it"),
    ("shop_orders", "paid_at = NULL", f"id = {_SETTLED}", "order_is_paid_in_the_books"),
    ("shop_orders", "checkout = 'other'", f"id = {_SETTLED}", "order_has_its_checkout"),
    ("shop_orders", "person = 'other'", f"id = {_SETTLED}", "checkout_is_the_sum_of_its_orders"),
    ("shop_orders", "", f"id = {_SETTLED}", "settlement_has_its_order"),
    ("shop_orders", "commission_minor = commission_minor + 1", f"id = {_BROUGHT}", "order_is_settled_in_the_books"),
    ("shop_orders", "affiliate = 'other'", f"id = {_BROUGHT}", "commission_has_its_sale"),
    ("shop_orders", "affiliate = person", f"id = {_BROUGHT}", "affiliate_is_not_the_buyer"),
    ("shop_orders", "affiliate_source = ''", f"id = {_BROUGHT}", "affiliate_is_not_the_buyer"),
    ("shop_orders", "claimed_minor = claimed_minor + 100", f"id = {_BROUGHT}", "commission_never_survives_its_sale"),
    ("shop_lines", "commission_rate = commission_rate - 100", f"id = {_EARNED}", "commission_never_survives_its_sale"),
    ("shop_lines", "commission_rate = commission_rate + 100", f"id = {_EARNED}", "commission_rate_is_of_its_rule"),
    ("shop_lines", "commission_rule = ''", f"id = {_EARNED}", "commission_rate_is_of_its_rule"),
    ("shop_rates", "rate = rate - 1", "1 = 1", "commission_rate_is_of_its_rule"),
    ("shop_rates", "seller = 'other'", "1 = 1", "commission_rate_is_of_its_rule"),
    ("shop_rates", "", "1 = 1", "commission_rate_is_of_its_rule"),
    ("shop_checkouts", "total_minor = total_minor + 1", "state = 'paid'", "checkout_is_its_purchase"),
    ("shop_checkouts", "state = 'expired'", "state = 'paid'", "checkout_is_its_purchase"),
    ("shop_checkouts", "purchase = 'other'", "state = 'paid'", "checkout_is_its_purchase"),
    ("shop_checkouts", "", "state = 'paid'", "purchase_has_its_checkout"),
    ("purchases", "checkout = NULL", "state = 'paid'", "checkout_is_its_purchase"),
    ("shop_lines", "refunded_minor = refunded_minor + 1", f"id = {_LINE}", "line_is_refunded_piece_by_piece"),
    ("shop_lines", "returned = returned + 1", f"id = {_LINE}", "line_is_refunded_piece_by_piece"),
    ("shop_lines", "total_minor = total_minor + 1", f"id = {_LINE}", "line_is_of_an_order"),
    ("shop_lines", "price_minor = price_minor + 1", f"id = {_LINE}", "line_is_of_an_order"),
    ("shop_lines", "tax_minor = total_minor + 1", f"id = {_LINE}", "line_is_of_an_order"),
    ("shop_lines", "variant = 'other'", f"id = {_LINE}", "line_has_its_variant"),
    ("shop_lines", "stock = 'held'", f"id = {_LINE}", "stock_is_where_its_order_is"),
    ("shop_lines", "", f"id = {_LINE}", "order_is_the_sum_of_its_lines"),
    ("shop_refunds", "amount_minor = amount_minor + 1", f"id = {_REFUND}", "refund_of_an_order_is_in_the_books"),
    ("shop_refunds", "bank_minor = bank_minor + 1", f"id = {_REFUND}", "done_refund_was_made"),
    ("shop_refunds", "state = 'wanted'", f"id = {_REFUND}", "refund_that_waits_was_not_made"),
    ("shop_refunds", "state = 'by_hand'", f"id = {_REFUND}", "refund_of_an_order_is_in_the_books"),
    ("shop_refunds", "state = 'void'", f"id = {_REFUND}", "refund_of_an_order_is_in_the_books"),
    ("shop_refunds", "", f"id = {_REFUND}", "refund_transfer_has_its_refund"),
    ("shop_refund_lines", "amount_minor = amount_minor + 1", f"refund = {_REFUND}", "refund_is_the_sum_of_its_lines"),
    ("shop_refund_lines", "count = count + 1", f"refund = {_REFUND}", "line_is_refunded_piece_by_piece"),
    ("shop_refund_lines", "refund = 'other'", f"refund = {_REFUND}", "refunded_piece_has_its_refund"),
    ("shop_refund_lines", "", f"refund = {_REFUND}", "refund_is_the_sum_of_its_lines"),
    ("shop_claims", "amount_minor = amount_minor + 1", f"cause = {_CLAIM}", "claim_is_in_the_books"),
    ("shop_claims", "state = 'restored'", f"cause = {_CLAIM}", "claim_is_in_the_books"),
    ("shop_claims", "state = 'open'", f"cause = {_CLAIM}", "claim_is_open_while_the_bank_decides"),
    ("shop_claims", "purchase = 'other'", f"cause = {_CLAIM}", "claim_is_in_the_books"),
    ("shop_claims", "settled = NOT settled", f"cause = {_CLAIM}", "claim_is_in_the_books"),
    ("shop_claims", "", f"cause = {_CLAIM}", "claim_transfer_has_its_claim"),
    ("shop_variants", "reserved = reserved - 1", f"id = {_HELD}", "reserved_is_what_lines_hold"),
    ("shop_variants", "on_hand = on_hand + 1", f"id = {_HELD}", "on_hand_is_the_sum_of_changes"),
    ("shop_variants", "", f"id = {_HELD}", "stock_change_has_its_variant"),
    ("shop_stock_changes", "change = change + 1", "reason = 'seller'", "on_hand_is_the_sum_of_changes"),
    ("shop_stock_changes", "reason = 'seller'", "reason = 'sent'", "sent_stock_has_its_line"),
    ("shop_stock_changes", "", "reason = 'sent'", "on_hand_is_the_sum_of_changes"),
    ("shop_pin_sales", "count = count + 1", "1 = 1", "sale_by_a_pin_is_a_paid_order"),
    ("shop_pin_sales", "pin = 'other'", "1 = 1", "sale_by_a_pin_is_a_paid_order"),
    ("shop_pin_sales", "", "1 = 1", "paid_order_by_a_pin_is_a_sale"),
    ("shop_coupons", "used = used - 1", "1 = 1", "coupon_is_used_as_often_as_it_counts"),
    ("shop_coupons", "seller = 'other'", "1 = 1", "use_of_a_coupon_is_of_its_order"),
    ("shop_coupons", "", "1 = 1", "use_of_a_coupon_is_of_its_order"),
    ("shop_coupon_uses", "state = 'released'", "1 = 1", "coupon_is_used_as_often_as_it_counts"),
    ("shop_coupon_uses", "state = 'held'", "1 = 1", "use_of_a_coupon_is_of_its_order"),
    ("shop_coupon_uses", "person = 'other'", "1 = 1", "use_of_a_coupon_is_of_its_order"),
    ("shop_coupon_uses", "coupon = 'other'", "1 = 1", "use_of_a_coupon_is_of_its_order"),
    ("shop_coupon_uses", "", "1 = 1", "order_with_a_coupon_uses_it"),
    ("shop_orders", "coupon = NULL", "coupon IS NOT NULL", "discount_is_by_a_coupon"),
    ("shop_lines", "discount_minor = discount_minor + 1", "discount_minor > 0", "line_is_of_an_order"),
    ("shop_payments", "amount_minor = amount_minor + 1", "1 = 1", "payment_of_a_seller_is_in_the_books"),
    ("shop_payments", "currency = 'USD'", "1 = 1", "payment_of_a_seller_is_in_the_books"),
    ("shop_payments", "seller = 'other'", "1 = 1", "payment_of_a_seller_is_in_the_books"),
    ("shop_payments", "", "1 = 1", "payment_transfer_has_its_payment"),
    ("shop_flashes", "taken = taken + 1", "1 = 1", "flash_price_is_taken_as_often_as_it_counts"),
    ("shop_flashes", "product = 'other'", "1 = 1", "flash_price_is_of_the_product"),
    ("shop_flashes", "", "1 = 1", "pieces_at_a_flash_price_are_of_their_order"),
    ("shop_flash_uses", "count = count + 1", "1 = 1", "pieces_at_a_flash_price_are_of_their_order"),
    ("shop_flash_uses", "state = 'released'", "1 = 1", "flash_price_is_taken_as_often_as_it_counts"),
    ("shop_flash_uses", "flash = 'other'", "1 = 1", "line_at_a_flash_price_counts"),
    ("shop_flash_uses", "", "1 = 1", "line_at_a_flash_price_counts"),
    ("shop_lines", "flash = NULL", "flash IS NOT NULL", "pieces_at_a_flash_price_are_of_their_order"),
    ("shop_reviews", "stars = 1", "1 = 1", "rating_counts_its_reviews"),
    ("shop_reviews", "withheld = NOT withheld", "1 = 1", "rating_counts_its_reviews"),
    ("shop_reviews", "product = 'other'", "1 = 1", "rating_counts_its_reviews"),
    ("shop_reviews", "person = 'other'", "1 = 1", "review_is_by_a_buyer"),
    ("shop_reviews", "", "1 = 1", "answer_has_its_review"),
    ("shop_ratings", "count = count + 1", "1 = 1", "rating_counts_its_reviews"),
    ("shop_ratings", "stars = 1", "1 = 1", "rating_counts_its_reviews"),
    ("shop_ratings", "", "1 = 1", "review_is_counted"),
    ("shop_review_answers", "review = 'other'", "1 = 1", "answer_has_its_review"),
    ("shop_review_answers", "seller = 'other'", "1 = 1", "answer_has_its_review"),
)  # fmt: skip


def fill(market: Market) -> None:
    """Sold by a creator's link, refunded in part, settled, claimed by a bank, paid out, reviewed and answered; and one
    still to be sent."""
    seller = market.seller()
    variant = market.product(seller, 20)
    market.plan(seller, 1_200)
    market.promote("cleo", variant)
    market.touch("ada", "cleo", variant)
    [settled] = market.buy("ada", {variant: 3})
    market.refund(settled, {market.lines(settled)[0].id: 1})
    [disputed] = market.buy("bea", {variant: 2})
    _, purchase = market.place("cid", {variant: 1})
    market.expire(purchase)
    for order in (settled, disputed):
        market.send(order)
    market.carry_out()
    market.wait_for_settlement()
    _lose(market, disputed.checkout)
    market.database.write(lambda c: market.shop.balances.pay(c, seller, 500, "EUR", "SEPA 1", "root", "k"))
    review = market.review("ada", variant, 4, "Fine.")
    market.database.write(lambda c: market.shop.reviews.answer(c, "sam", review, "Thank you."))
    market.buy("dan", {variant: 1})
    _buy_with_a_coupon(market, seller, variant)
    _buy_by_a_pin(market, variant)
    draft = FlashDraft({"EUR": 999}, market.clock() + 3_600_000)
    market.database.write(lambda c: market.shop.flashes.make(c, seller, market.product_of(variant), draft))
    market.buy("gil", {variant: 1})


def _buy_with_a_coupon(market: Market, seller: Seller, variant: str) -> None:
    market.database.write(lambda c: market.shop.coupons.make(c, seller, CouponDraft("spring", rate=1_000)))
    _, purchase = market.place("fay", {variant: 1}, how=How(coupon="spring"))
    market.pay(purchase)


def _buy_by_a_pin(market: Market, variant: str) -> None:
    product = market.database.read(lambda c: market.shop.product_views.of_variant(c, variant, "sam").id)
    row = {
        "id": "pin", "room": "room", "host": "sam", "product": product, "prices": {variant: {"EUR": 1_999}},
        "flash": {}, "at": market.clock(),
    }  # fmt: skip
    market.database.write(lambda c: c.execute(insert(tables.shop_pins).values(row)))
    _, purchase = market.place("eve", {variant: 1}, how=How(pin="pin"))
    market.pay(purchase)


def _lose(market: Market, checkout: str) -> None:
    found = text("SELECT purchase FROM shop_checkouts WHERE id = :id")
    purchase = market.database.read(lambda c: c.execute(found, {"id": checkout}).scalar_one())
    bought = market.database.read(lambda c: market.money.purchases.purchase(c, "bea", purchase))
    dispute = market.server.dispute(purchase)
    market.hear(bought)
    market.server.decide(dispute, "lost")
    market.hear(bought)


def test_a_row_altered_by_hand_is_found_by_its_rule(market: Market) -> None:
    fill(market)
    assert market.findings() == []
    missed = []
    for table, change, where, rule in ALTERATIONS:
        sql = f"UPDATE {table} SET {change} WHERE {where}" if change else f"DELETE FROM {table} WHERE {where}"
        with market.database.engine.connect() as connection, connection.begin() as transaction:
            drop_triggers(connection)
            assert connection.execute(text(sql)).rowcount >= 1, sql
            found = {finding.rule for finding in findings(connection, {**MONEY_PROOFS, **PROOFS})}
            transaction.rollback()
        if rule not in found:
            missed.append((sql, sorted(found)))
    assert missed == []


def test_every_table_of_the_shop_is_altered_or_known_to_be_beyond_proof() -> None:
    names = {name for name in tables.__all__ if isinstance(getattr(tables, name), Table)}
    assert names == ({one[0] for one in ALTERATIONS} - {"purchases"}) | set(UNPROVABLE)
