"""What must hold between payouts and the books; `cadeau ledger verify` checks it."""

from __future__ import annotations

from collections.abc import Mapping

from core.database.proofs import Proof

PROOFS: Mapping[str, Proof] = {
    "redeemed_is_paid_out": (
        "SELECT 'redeemed', redeemed - paid FROM (SELECT "
        "(SELECT coalesce(sum(balance), 0) FROM accounts WHERE kind = 'redeemed') AS redeemed, "
        "(SELECT coalesce(sum(coins), 0) FROM payouts WHERE state NOT IN ('returned', 'failed', 'cancelled')) AS paid"
        ") AS sums WHERE redeemed <> paid"
    ),
    "in_transit_is_not_sent": (
        "SELECT person, sum(amount) FROM (SELECT owner AS person, unit, balance AS amount FROM accounts "
        "WHERE kind = 'in_transit' UNION ALL SELECT person, currency, fee_minor - amount_minor FROM payouts "
        "WHERE state IN ('requested', 'checked', 'approved')) AS both_ways "
        "GROUP BY person, unit HAVING sum(amount) <> 0"
    ),
    "payout_has_its_steps": (
        "SELECT id, attempt FROM payouts WHERE NOT EXISTS (SELECT 1 FROM payout_steps s "
        "WHERE s.payout = payouts.id AND s.state = payouts.state)"
    ),
    "payouts_above_a_limit_have_two_approvers": (
        "SELECT id, amount_minor FROM payouts WHERE approved_by = seconded_by OR approved_by = person "
        "OR seconded_by = person"
    ),
}
