"""What must hold between purchases, what became of them, and the ledger. Each query selects violations: the row, and
the offending value. Rows are compared with their transfers by key; transfers with their rows by the provider's account,
which has few entries beside those of gifts.
"""

from __future__ import annotations

from collections.abc import Mapping

from core.database.proofs import Proof


def _posted(key: str, accounts: str, more: str = "") -> str:
    """What the transfer with this key moved on these accounts (of `a`): 0 if there is none."""
    return (
        f"coalesce((SELECT sum(e.amount) FROM transfers t JOIN accounts a ON {accounts} "
        f"JOIN entries e ON e.account = a.id AND e.transfer = t.id WHERE t.key = {key}{more}), 0)"
    )


def _entries(kinds: str, accounts: str = "'provider'") -> str:
    """All entries of transfers of these kinds on the accounts of other kinds. SQLite takes a cross join in the order in
    which it is written: from the few accounts to their entries, instead of through all transfers."""
    return (
        "FROM accounts a CROSS JOIN entries e CROSS JOIN transfers t WHERE e.account = a.id AND t.id = e.transfer "
        f"AND a.kind IN ({accounts}) AND t.kind IN ({kinds})"
    )


# What was bought: coins of the buyer, or the balance of the advertiser they paid for.
_BOUGHT = (
    "a.unit = CASE WHEN p.advertiser IS NULL THEN 'coins' ELSE p.currency || '.micro' END "
    "AND a.owner = coalesce(p.advertiser, p.person) AND a.kind"
)
_OWN = "CASE WHEN p.advertiser IS NULL THEN 'wallet' ELSE 'ad_balance' END"
_PAID = "p.state NOT IN ('pending', 'expired')"
_BY_REF = "JOIN purchases p ON p.id = d.purchase"
_MONEY = "a.owner = p.provider AND a.kind = 'provider' AND a.unit = d.currency"
_OF_IT = " AND t.detail ->> 'purchase' = d.purchase"
_GIVEN_BACK = "CASE WHEN x.restored_at IS NULL THEN 0 ELSE x.wallet_coins + x.debt_coins END"
_PURCHASES = _entries("'purchase'")
_REFUNDS = _entries("'refund'")
_OUR_CASH = "'cash', 'vat', 'checkout'"  # what a buyer paid: net, and the VAT in it
_CASH = _entries("'refund', 'dispute', 'dispute_won'", _OUR_CASH)
_DISPUTES = _entries("'dispute'")
_TAKES = _entries("'take_back'", "'mint'")
_REVERSALS = _entries("'gift_reversed'", "'mint'")
_FEES = _entries("'fee', 'bank'")
_ROWS: Mapping[str, Proof] = {
    "purchase_is_in_the_books": (
        "SELECT p.id, p.state FROM purchases p WHERE "
        + _posted("'purchase:' || p.id", f"{_BOUGHT} IN ({_OWN}, 'debt')")
        + f" <> CASE WHEN {_PAID} THEN p.coins ELSE 0 END OR "
        + _posted("'purchase:' || p.id", "a.owner = p.provider AND a.kind = 'provider' AND a.unit = p.currency")
        + f" <> CASE WHEN {_PAID} THEN -p.price_minor ELSE 0 END"
    ),
    "purchase_transfer_has_its_purchase": (
        f"SELECT 'transfer ' || t.id, t.key {_PURCHASES} "
        "AND NOT EXISTS (SELECT 1 FROM purchases p WHERE p.id = substr(t.key, 10))"
    ),
    "purchase_state_is_what_became_of_it": (
        "SELECT p.id, p.state FROM purchases p LEFT JOIN (SELECT purchase, "
        "sum(CASE WHEN state = 'open' THEN 1 ELSE 0 END) AS pending, sum(CASE WHEN state = 'won' THEN 1 ELSE 0 END) "
        "AS won, sum(CASE WHEN state = 'lost' THEN 1 ELSE 0 END) AS lost FROM disputes GROUP BY purchase) d "
        "ON d.purchase = p.id WHERE NOT CASE p.state "
        "WHEN 'disputed' THEN coalesce(d.pending, 0) > 0 WHEN 'won' THEN coalesce(d.won, 0) > 0 "
        "WHEN 'lost' THEN coalesce(d.lost, 0) > 0 "
        "WHEN 'partly_refunded' THEN d.purchase IS NULL AND p.refunded_minor BETWEEN 1 AND p.price_minor - 1 "
        "WHEN 'refunded' THEN d.purchase IS NULL AND p.refunded_minor >= p.price_minor "
        "ELSE d.purchase IS NULL AND p.refunded_minor = 0 END"
    ),
    "refunded_is_in_the_books": (
        "SELECT id, sum(minor) FROM ("
        f"SELECT t.detail ->> 'purchase' AS id, e.amount AS minor {_REFUNDS} "
        "UNION ALL SELECT id, -refunded_minor FROM purchases WHERE refunded_minor <> 0"
        ") AS r GROUP BY id HAVING sum(minor) <> 0"
    ),
    "returned_is_in_the_books": (
        "SELECT id, sum(minor) FROM ("
        f"SELECT t.detail ->> 'purchase' AS id, e.amount AS minor "
        f"{_CASH} "
        "UNION ALL SELECT id, returned_minor FROM purchases WHERE returned_minor <> 0"
        ") AS r GROUP BY id HAVING sum(minor) <> 0"
    ),
    "dispute_is_in_the_books": (
        f"SELECT d.ref, d.state FROM disputes d LEFT {_BY_REF} WHERE p.id IS NULL OR "
        + _posted("'dispute:' || d.ref", _MONEY, _OF_IT)
        + " <> d.amount_minor OR "
        + _posted("'dispute:' || d.ref", f"a.kind IN ({_OUR_CASH}) AND a.unit = d.currency")
        + " <> -d.cash_minor OR "
        + _posted("'won:dispute:' || d.ref", _MONEY)
        + " <> CASE WHEN d.state = 'won' THEN -d.amount_minor ELSE 0 END"
    ),
    "dispute_transfer_has_its_dispute": (
        f"SELECT 'transfer ' || t.id, t.key {_DISPUTES} "
        "AND NOT EXISTS (SELECT 1 FROM disputes d WHERE d.ref = substr(t.key, 9))"
    ),
    "done_refunds_were_refunded": (
        "SELECT r.purchase, sum(r.amount_minor) FROM refunds r LEFT JOIN purchases p ON p.id = r.purchase "
        "WHERE r.state = 'done' GROUP BY r.purchase, p.refunded_minor "
        "HAVING sum(r.amount_minor) > coalesce(p.refunded_minor, 0)"
    ),
    "withdrawal_took_its_coins": (
        "SELECT r.id, r.coins FROM refunds r LEFT JOIN takes x ON x.cause = 'withdrawal:' || r.id "
        "WHERE r.coins <> coalesce(x.wallet_coins + x.gift_coins + x.debt_coins, 0)"
    ),
    "withdrawal_has_its_refund": (
        "SELECT x.cause, x.purchase FROM takes x WHERE x.cause LIKE 'withdrawal:%' "
        "AND NOT EXISTS (SELECT 1 FROM refunds r WHERE r.id = substr(x.cause, 12))"
    ),
}
_TAKEN: Mapping[str, Proof] = {
    "take_is_in_the_books": (
        "SELECT x.cause, x.purchase FROM takes x LEFT JOIN purchases p ON p.id = x.purchase WHERE p.id IS NULL OR "
        + _posted("'take:' || x.cause", f"{_BOUGHT} = {_OWN}")
        + " <> -x.wallet_coins OR "
        + _posted("'take:' || x.cause", f"{_BOUGHT} = 'debt'")
        + " <> -x.debt_coins OR "
        + _posted("'restore:' || x.cause", f"{_BOUGHT} IN ({_OWN}, 'debt')")
        + f" <> {_GIVEN_BACK}"
    ),
    "take_transfer_has_its_take": (
        f"SELECT 'transfer ' || t.id, t.key {_TAKES} "
        "AND NOT EXISTS (SELECT 1 FROM takes x WHERE x.cause = substr(t.key, 6))"
    ),
    "taken_gift_is_in_the_books": (
        "SELECT g.cause, g.gift FROM taken_gifts g LEFT JOIN takes x ON x.cause = g.cause "
        "LEFT JOIN purchases p ON p.id = x.purchase WHERE p.id IS NULL OR g.giver <> p.person OR "
        "g.restored <> CASE WHEN x.restored_at IS NULL THEN 0 ELSE 1 END OR "
        + _posted("'take:' || g.cause || ':' || g.gift", "a.kind = 'mint'", " AND t.detail ->> 'room' = g.room")
        + " <> g.coins OR "
        + _posted("'take:' || g.cause || ':' || g.gift", "a.owner = g.creator AND a.kind = 'pending'")
        + " <> -g.creator_coins OR "
        + _posted("'take:' || g.cause || ':' || g.gift", "a.owner = g.agency AND a.kind = 'pending'")
        + " <> -g.agency_coins OR "
        + _posted("'restore:' || g.cause || ':' || g.gift", "a.kind = 'mint'")
        + " <> -g.coins * g.restored"
    ),
    "reversal_has_its_taken_gift": (
        f"SELECT 'transfer ' || t.id, t.key {_REVERSALS} AND NOT EXISTS (SELECT 1 "
        "FROM taken_gifts g WHERE g.gift = CAST(t.detail ->> 'transfer' AS BIGINT) "
        "AND t.key = 'take:' || g.cause || ':' || g.gift)"
    ),
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
        "FROM taken_gifts g WHERE g.creator = e.person AND g.day = e.day AND g.class = e.class AND g.restored = 0), 0) "
        "+ coalesce((SELECT sum(g.agency_coins) FROM taken_gifts g WHERE g.agency = e.person AND g.day = e.day "
        "AND g.agency_class = e.class AND g.restored = 0), 0)"
    ),
}
_MOVED: Mapping[str, Proof] = {
    "movement_is_in_the_books": (  # its fee; and all of it, if it belongs to no purchase and no payout
        "SELECT m.ref, m.fee_minor FROM movements m WHERE CASE WHEN m.purchase IS NOT NULL THEN "
        + _posted("'fee:' || m.provider || ':' || m.ref", "a.owner = m.provider AND a.kind = 'provider'")
        + " <> m.fee_minor WHEN m.kind IN ('bank', 'fee') THEN "
        + _posted("'moved:' || m.provider || ':' || m.ref", "a.owner = m.provider AND a.kind = 'provider'")
        + " <> m.fee_minor - m.amount_minor ELSE m.fee_minor <> 0 END"
    ),
    "moved_transfer_has_its_movement": (
        f"SELECT 'transfer ' || t.id, t.key {_FEES} AND a.owner <> 'bank' AND NOT EXISTS (SELECT 1 "
        "FROM movements m WHERE m.provider = a.owner AND m.ref = t.detail ->> 'movement')"
    ),
    "provider_holds_what_purchases_say": (
        "SELECT r.unit, sum(r.amount) FROM ("
        # In this order: SQLite would read every entry otherwise.
        "SELECT a.unit AS unit, e.amount AS amount FROM accounts a CROSS JOIN entries e CROSS JOIN transfers t "
        "WHERE a.kind = 'provider' AND e.account = a.id AND t.id = e.transfer "
        "AND t.kind IN ('purchase', 'refund', 'dispute', 'dispute_won') "
        "UNION ALL SELECT currency, price_minor - refunded_minor FROM purchases "
        "WHERE state NOT IN ('pending', 'expired') "
        "UNION ALL SELECT currency, -amount_minor FROM disputes WHERE state <> 'won'"
        ") AS r GROUP BY r.unit HAVING sum(r.amount) <> 0"
    ),
}
PROOFS: Mapping[str, Proof] = {**_ROWS, **_TAKEN, **_MOVED}
