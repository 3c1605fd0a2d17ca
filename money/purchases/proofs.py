"""What must hold between purchases and the ledger. Each query selects violations: the row, and the offending value."""

from __future__ import annotations

from collections.abc import Mapping

from core.database.proofs import Proof

PROOFS: Mapping[str, Proof] = {
    "taken_coins_are_the_sum_of_takes": (
        "SELECT p.id, p.taken_coins FROM purchases p WHERE p.taken_coins <> coalesce((SELECT "
        "sum(t.wallet_coins + t.gift_coins + t.debt_coins) FROM takes t "
        "WHERE t.purchase = p.id AND t.restored_at IS NULL), 0)"
    ),
    "gift_coins_are_the_sum_of_taken_gifts": (
        "SELECT t.cause, t.gift_coins FROM takes t WHERE t.gift_coins <> coalesce((SELECT sum(g.coins) "
        "FROM taken_gifts g WHERE g.cause = t.cause), 0)"
    ),
    "reversed_is_the_sum_of_taken_gifts": (
        "SELECT e.person, e.reversed FROM earnings e WHERE e.reversed <> coalesce((SELECT sum(g.creator_coins) "
        "FROM taken_gifts g WHERE g.creator = e.person AND g.day = e.day AND g.class = e.class AND g.restored = 0), 0)"
    ),
    "provider_holds_what_purchases_say": (
        "SELECT r.unit, sum(r.amount) FROM ("
        "SELECT a.unit AS unit, e.amount AS amount FROM transfers t JOIN entries e ON e.transfer = t.id "
        "JOIN accounts a ON a.id = e.account WHERE a.kind = 'provider' "
        "AND t.kind IN ('purchase', 'refund', 'dispute', 'dispute_won') "
        "UNION ALL SELECT currency, price_minor - refunded_minor FROM purchases "
        "WHERE state NOT IN ('pending', 'expired') "
        "UNION ALL SELECT currency, -amount_minor FROM disputes WHERE state <> 'won'"
        ") AS r GROUP BY r.unit HAVING sum(r.amount) <> 0"
    ),
}
