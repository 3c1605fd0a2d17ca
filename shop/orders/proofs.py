"""What must hold between orders, stock and the ledger. Each query selects violations: the row, and the wrong value."""

from __future__ import annotations

from collections.abc import Mapping

from core.database.proofs import Proof
from shop.affiliates.proofs import PROOFS as COMMISSIONS
from shop.flashes.proofs import PROOFS as FLASHES
from shop.reviews.proofs import PROOFS as REVIEWS


def _posted(key: str, accounts: str) -> str:
    """What the transfer with this key moved on these accounts (of `a`): 0 if there is none."""
    return (
        f"coalesce((SELECT sum(e.amount) FROM transfers t JOIN accounts a ON {accounts} "
        f"JOIN entries e ON e.account = a.id AND e.transfer = t.id WHERE t.key = {key}), 0)"
    )


def _unknown(kind: str, account: str, table: str, name: str) -> str:
    """Transfers of a kind without their row. From the few accounts to their entries."""
    return (
        "SELECT 'transfer ' || t.id, t.key FROM accounts a CROSS JOIN entries e CROSS JOIN transfers t "
        f"WHERE e.account = a.id AND t.id = e.transfer AND a.kind = '{account}' AND t.kind = '{kind}' "
        f"AND NOT EXISTS (SELECT 1 FROM {table} r WHERE t.key = {name})"
    )


_ITS_MONEY = "a.owner = o.id AND a.kind = 'order' AND a.unit = o.currency"
_WAITS = "a.owner = k.id AND a.kind = 'checkout' AND a.unit = k.currency"
_SOLD = "a.owner = o.seller AND a.kind IN ('sales', 'debt') AND a.unit = o.currency"
_ORDERS: Mapping[str, Proof] = {
    "order_is_paid_in_the_books": (
        "SELECT o.id, o.state FROM shop_orders o WHERE "
        + _posted("'order:' || o.id", _ITS_MONEY)
        + " <> CASE WHEN o.paid_at IS NULL THEN 0 ELSE o.total_minor END"
    ),
    "order_transfer_has_its_order": _unknown("order", "order", "shop_orders", "'order:' || r.id"),
    "order_holds_what_is_left_of_it": (
        "SELECT o.id, o.state FROM shop_orders o WHERE coalesce((SELECT sum(a.balance) FROM accounts a "
        f"WHERE {_ITS_MONEY}), 0) <> CASE WHEN o.paid_at IS NULL OR o.settled_at IS NOT NULL THEN 0 "
        "ELSE o.total_minor - o.refunded_minor - o.claimed_minor END"
    ),
    "order_account_has_its_order": (
        "SELECT 'account ' || a.id, a.balance FROM accounts a WHERE a.kind = 'order' "
        "AND NOT EXISTS (SELECT 1 FROM shop_orders o WHERE o.id = a.owner)"
    ),
    "order_state_is_what_became_of_it": (
        "SELECT o.id, o.state FROM shop_orders o WHERE NOT CASE o.state "
        "WHEN 'placed' THEN o.paid_at IS NULL WHEN 'cancelled' THEN o.sent_at IS NULL "
        "WHEN 'paid' THEN o.paid_at IS NOT NULL AND o.sent_at IS NULL "
        "WHEN 'sent' THEN o.sent_at IS NOT NULL AND o.delivered_at IS NULL "
        "WHEN 'delivered' THEN o.delivered_at IS NOT NULL AND o.settled_at IS NULL "
        "WHEN 'settled' THEN o.settled_at IS NOT NULL ELSE o.sent_at IS NOT NULL AND o.settled_at IS NULL END"
    ),
    "order_is_settled_in_the_books": (
        "SELECT o.id, o.seller_minor FROM shop_orders o WHERE "
        + _posted("'settle:' || o.id", _SOLD)
        + " <> o.seller_minor OR "
        + _posted("'settle:' || o.id", "a.kind = 'shop_fee' AND a.unit = o.currency")
        + " <> o.fee_minor OR "
        + _posted("'settle:' || o.id", "a.kind = 'shop_vat' AND a.unit = o.currency")
        + " <> o.fee_tax_minor + o.tax_minor OR "
        + _posted("'settle:' || o.id", "a.owner = o.affiliate AND a.kind IN ('affiliate', 'debt')")
        + " <> o.commission_minor"
    ),
    "settlement_has_its_order": _unknown("order_settled", "order", "shop_orders", "'settle:' || r.id"),
    "order_is_the_sum_of_its_lines": (
        'SELECT o.id, o.total_minor FROM shop_orders o LEFT JOIN (SELECT "order", sum(total_minor) AS total, '
        'sum(refunded_minor) AS refunded FROM shop_lines GROUP BY "order") l ON l."order" = o.id '
        "WHERE o.total_minor <> coalesce(l.total, 0) OR o.refunded_minor <> coalesce(l.refunded, 0)"
    ),
    "line_is_of_an_order": (
        'SELECT l.id, l."order" FROM shop_lines l WHERE NOT EXISTS (SELECT 1 FROM shop_orders o '
        'WHERE o.id = l."order") '
        "OR l.total_minor <> l.price_minor * l.count - l.discount_minor OR l.discount_minor NOT BETWEEN 0 "
        "AND l.price_minor * l.count OR l.tax_minor NOT BETWEEN 0 AND l.total_minor"
    ),
    "reversed_is_what_went_back_since": (
        "SELECT o.id, o.reversed_minor FROM shop_orders o WHERE o.reversed_minor <> CASE "
        "WHEN o.settled_at IS NULL THEN 0 ELSE "
        " o.refunded_minor + o.claimed_minor - (o.total_minor - o.seller_minor - o.fee_minor - o.fee_tax_minor "
        "- o.tax_minor - o.commission_minor) END"
    ),
}
_CHECKOUTS: Mapping[str, Proof] = {
    "checkout_is_its_purchase": (
        "SELECT k.id, k.state FROM shop_checkouts k LEFT JOIN purchases p ON p.id = k.purchase WHERE p.id IS NULL "
        "OR p.checkout IS NULL OR p.checkout <> k.id OR p.person <> k.person OR p.price_minor <> k.total_minor "
        "OR p.currency <> k.currency OR k.state <> CASE p.state WHEN 'pending' THEN 'held' "
        "WHEN 'expired' THEN 'expired' ELSE 'paid' END"
    ),
    "purchase_has_its_checkout": (
        "SELECT p.id, p.checkout FROM purchases p WHERE p.checkout IS NOT NULL "
        "AND NOT EXISTS (SELECT 1 FROM shop_checkouts k WHERE k.id = p.checkout)"
    ),
    "checkout_is_the_sum_of_its_orders": (
        "SELECT k.id, k.total_minor FROM shop_checkouts k WHERE k.total_minor <> coalesce((SELECT sum(o.total_minor) "
        "FROM shop_orders o WHERE o.checkout = k.id AND o.person = k.person AND o.currency = k.currency), 0)"
    ),
    "order_has_its_checkout": (
        "SELECT o.id, o.checkout FROM shop_orders o WHERE NOT EXISTS (SELECT 1 FROM shop_checkouts k "
        "WHERE k.id = o.checkout)"
    ),
    "checkout_holds_what_waits_for_refunds": (  # less what a bank has taken before it decides
        f"SELECT k.id, k.total_minor FROM shop_checkouts k JOIN purchases p ON p.id = k.purchase "
        "WHERE p.state <> 'disputed' AND "
        f"coalesce((SELECT sum(a.balance) FROM accounts a WHERE {_WAITS}), 0) <> coalesce((SELECT "
        "sum(r.amount_minor - r.bank_minor) FROM shop_refunds r WHERE r.purchase = k.purchase "
        "AND r.state IN ('wanted', 'failed')), 0) AND NOT EXISTS (SELECT 1 FROM refunds m "
        "WHERE m.purchase = k.purchase AND m.state = 'asked') AND NOT EXISTS (SELECT 1 FROM shop_refunds r, refunds m "
        "WHERE r.purchase = k.purchase AND r.state = 'wanted' AND m.purchase = k.purchase "
        "AND m.key LIKE 'shop:' || r.id || ':%')"
    ),
}
_REFUNDS: Mapping[str, Proof] = {
    "refund_of_an_order_is_in_the_books": (
        'SELECT r.id, r.amount_minor FROM shop_refunds r LEFT JOIN shop_orders o ON o.id = r."order" '
        "LEFT JOIN shop_checkouts k ON k.id = o.checkout WHERE k.id IS NULL OR k.purchase <> r.purchase OR "
        + _posted("'shop_refund:' || r.id", _WAITS)
        + " <> r.amount_minor OR "
        + _posted("'by_hand:' || r.id", "a.kind = 'provider' AND a.unit = o.currency")
        + " <> CASE WHEN r.state = 'by_hand' THEN r.amount_minor - r.bank_minor ELSE 0 END "
        "OR r.bank_minor NOT BETWEEN 0 AND r.amount_minor OR (r.state = 'void') <> (r.bank_minor = r.amount_minor)"
    ),
    "refund_transfer_has_its_refund": _unknown("shop_refund", "checkout", "shop_refunds", "'shop_refund:' || r.id"),
    "done_refund_was_made": (
        "SELECT r.id, r.state FROM shop_refunds r WHERE r.state = 'done' AND NOT EXISTS (SELECT 1 FROM refunds m "
        "WHERE m.purchase = r.purchase AND m.state = 'done' AND m.amount_minor = r.amount_minor - r.bank_minor "
        "AND m.key LIKE 'shop:' || r.id || ':%')"
    ),
    "refund_that_waits_was_not_made": (  # or not yet noted: the next round of the job does that
        "SELECT r.id, r.state FROM shop_refunds r WHERE r.state = 'wanted' AND r.at < coalesce((SELECT max(t.at) "
        "FROM transfers t), 0) - 86400000 AND EXISTS (SELECT 1 FROM refunds m WHERE m.purchase = r.purchase "
        "AND m.state = 'done' AND m.key LIKE 'shop:' || r.id || ':%')"
    ),
    "refund_is_the_sum_of_its_lines": (
        "SELECT r.id, r.amount_minor FROM shop_refunds r WHERE r.amount_minor <> coalesce((SELECT sum(x.amount_minor) "
        "FROM shop_refund_lines x JOIN shop_lines l ON l.id = x.line WHERE x.refund = r.id "
        'AND l."order" = r."order"), 0)'
    ),
    "line_is_refunded_piece_by_piece": (
        "SELECT l.id, l.refunded_minor FROM shop_lines l WHERE l.returned NOT BETWEEN 0 AND l.count "
        "OR l.refunded_minor <> l.total_minor * l.returned / l.count OR l.returned <> coalesce((SELECT sum(x.count) "
        "FROM shop_refund_lines x WHERE x.line = l.id), 0) OR l.refunded_minor <> coalesce((SELECT sum(x.amount_minor) "
        "FROM shop_refund_lines x WHERE x.line = l.id), 0)"
    ),
    "refunded_piece_has_its_refund": (
        "SELECT x.refund, x.line FROM shop_refund_lines x "
        "WHERE NOT EXISTS (SELECT 1 FROM shop_refunds r WHERE r.id = x.refund)"
    ),
    "claim_is_in_the_books": (
        "SELECT c.cause, c.amount_minor FROM shop_claims c LEFT JOIN shop_checkouts k ON k.purchase = c.purchase "
        "WHERE k.id IS NULL OR "
        + _posted("'claim:' || c.cause || ':' || c.\"order\"", _WAITS)
        + " <> c.amount_minor OR "
        + _posted("'won:claim:' || c.cause || ':' || c.\"order\"", _WAITS)
        + " <> CASE WHEN c.state = 'restored' THEN -c.amount_minor ELSE 0 END OR "
        + _posted("'claim:' || c.cause || ':' || c.\"order\"", "a.owner = c.\"order\" AND a.kind = 'order'")
        + " <> CASE WHEN c.settled OR c.\"order\" = '' THEN 0 ELSE -c.amount_minor END"
    ),
    "claim_transfer_has_its_claim": _unknown(
        "shop_claim", "checkout", "shop_claims", "'claim:' || r.cause || ':' || r.\"order\""
    ),
    "claimed_is_the_sum_of_claims": (
        "SELECT o.id, o.claimed_minor FROM shop_orders o WHERE o.claimed_minor <> coalesce((SELECT sum(c.amount_minor) "
        "FROM shop_claims c WHERE c.\"order\" = o.id AND c.state <> 'restored'), 0)"
    ),
    "claim_is_open_while_the_bank_decides": (
        "SELECT c.cause, c.state FROM shop_claims c LEFT JOIN disputes d ON c.cause = 'dispute:' || d.ref "
        "WHERE c.cause LIKE 'dispute:%' AND c.state <> CASE d.state WHEN 'open' THEN 'open' WHEN 'won' THEN 'restored' "
        "ELSE 'final' END"
    ),
}
_STOCK: Mapping[str, Proof] = {
    "reserved_is_what_lines_hold": (
        "SELECT v.id, v.reserved FROM shop_variants v WHERE v.reserved <> coalesce((SELECT sum(l.count - l.returned) "
        "FROM shop_lines l WHERE l.variant = v.id AND l.stock IN ('held', 'taken')), 0)"
    ),
    "on_hand_is_the_sum_of_changes": (
        "SELECT v.id, v.on_hand FROM shop_variants v WHERE v.on_hand <> coalesce((SELECT sum(c.change) "
        "FROM shop_stock_changes c WHERE c.variant = v.id), 0)"
    ),
    "stock_is_where_its_order_is": (
        'SELECT l.id, l.stock FROM shop_lines l JOIN shop_orders o ON o.id = l."order" WHERE l.stock <> '
        "CASE WHEN l.variant IS NULL THEN '' WHEN o.state = 'placed' THEN 'held' WHEN o.state = 'paid' THEN 'taken' "
        "WHEN o.state = 'cancelled' THEN 'released' ELSE 'shipped' END"
    ),
    "sent_stock_has_its_line": (
        "SELECT c.id, c.change FROM shop_stock_changes c WHERE (c.reason = 'sent') <> "
        "EXISTS (SELECT 1 FROM shop_lines l WHERE l.id = c.key AND l.variant = c.variant AND l.stock = 'shipped')"
    ),
    "stock_change_has_its_variant": (
        "SELECT c.id, c.change FROM shop_stock_changes c WHERE NOT EXISTS (SELECT 1 FROM shop_variants v "
        "WHERE v.id = c.variant)"
    ),
    "line_has_its_variant": (
        "SELECT l.id, l.variant FROM shop_lines l WHERE l.variant IS NOT NULL AND NOT EXISTS (SELECT 1 "
        "FROM shop_variants v WHERE v.id = l.variant AND v.product = l.product)"
    ),
}
_SELLERS: Mapping[str, Proof] = {
    "payment_of_a_seller_is_in_the_books": (
        "SELECT p.id, p.amount_minor FROM shop_payments p WHERE "
        + _posted("'shop_payment:' || p.id", "a.owner = p.seller AND a.kind = 'sales' AND a.unit = p.currency")
        + " <> -p.amount_minor"
    ),
    "payment_transfer_has_its_payment": _unknown("shop_payment", "sales", "shop_payments", "'shop_payment:' || r.id"),
}
_PINS: Mapping[str, Proof] = {
    "sale_by_a_pin_is_a_paid_order": (
        'SELECT s."order", s.count FROM shop_pin_sales s WHERE s.count <> coalesce((SELECT sum(l.count) '
        'FROM shop_lines l JOIN shop_orders o ON o.id = l."order" JOIN shop_checkouts k ON k.id = o.checkout '
        'WHERE o.id = s."order" AND k.pin = s.pin AND o.paid_at IS NOT NULL AND l.variant IS NOT NULL), 0)'
    ),
    "paid_order_by_a_pin_is_a_sale": (
        "SELECT o.id, o.state FROM shop_orders o JOIN shop_checkouts k ON k.id = o.checkout WHERE k.pin IS NOT NULL "
        "AND o.state NOT IN ('placed', 'cancelled') "
        'AND NOT EXISTS (SELECT 1 FROM shop_pin_sales s WHERE s."order" = o.id)'
    ),
}
_COUPONS: Mapping[str, Proof] = {
    "coupon_is_used_as_often_as_it_counts": (
        "SELECT c.id, c.used FROM shop_coupons c WHERE c.used > c.uses_max OR c.used <> (SELECT count(*) "
        "FROM shop_coupon_uses u WHERE u.coupon = c.id AND u.state <> 'released')"
    ),
    "use_of_a_coupon_is_of_its_order": (
        'SELECT u."order", u.state FROM shop_coupon_uses u LEFT JOIN shop_orders o ON o.id = u."order" '
        "LEFT JOIN shop_coupons c ON c.id = u.coupon AND c.seller = o.seller WHERE o.id IS NULL OR c.id IS NULL "
        "OR o.coupon IS NULL OR o.coupon <> u.coupon OR o.person <> u.person OR NOT CASE "
        "WHEN o.state = 'placed' THEN u.state = 'held' WHEN o.paid_at IS NULL THEN u.state = 'released' "
        "WHEN o.state = 'cancelled' THEN u.state IN ('used', 'released') ELSE u.state = 'used' END"
    ),
    "order_with_a_coupon_uses_it": (
        "SELECT o.id, o.coupon FROM shop_orders o WHERE o.coupon IS NOT NULL "
        'AND NOT EXISTS (SELECT 1 FROM shop_coupon_uses u WHERE u."order" = o.id)'
    ),
    "discount_is_by_a_coupon": (
        "SELECT o.id, o.coupon FROM shop_orders o WHERE (o.coupon IS NULL) <> (coalesce((SELECT sum(l.discount_minor) "
        'FROM shop_lines l WHERE l."order" = o.id), 0) = 0)'
    ),
}
PROOFS: Mapping[str, Proof] = {
    **COMMISSIONS, **_ORDERS, **_CHECKOUTS, **_REFUNDS, **_STOCK, **_SELLERS, **_PINS, **_COUPONS,
    **REVIEWS, **FLASHES,
}  # fmt: skip
