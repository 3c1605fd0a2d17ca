"""What has to hold in the books. `verify` runs all of it."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection

from core.database.proofs import Finding, Proof, findings
from money.ledger.rules import KINDS_BELOW_ZERO


def verify(connection: Connection) -> list[Finding]:
    """Verify the ledger by reading every entry. Returns an empty list when each of `PROOFS` holds."""
    return list(findings(connection, PROOFS))


PROOFS: Mapping[str, Proof] = {  # SQL selects violations of its rule: the row, and the offending value
    "unit_sums_to_zero": "SELECT unit, sum(balance) FROM accounts GROUP BY unit HAVING sum(balance) <> 0",
    "balance_is_sum_of_entries": (
        "SELECT a.id, a.balance - coalesce(sum(e.amount), 0) FROM accounts a LEFT JOIN entries e ON e.account = a.id "
        "GROUP BY a.id, a.balance HAVING a.balance <> coalesce(sum(e.amount), 0)"
    ),
    "balance_after_is_running_sum": (
        "SELECT transfer, balance_after - running FROM (SELECT transfer, balance_after, "
        "sum(amount) OVER (PARTITION BY account ORDER BY transfer) AS running FROM entries) AS r "
        "WHERE balance_after <> running"
    ),
    "transfer_sums_to_zero": (
        "SELECT e.transfer, sum(e.amount) FROM entries e JOIN accounts a ON a.id = e.account "
        "GROUP BY e.transfer, a.unit HAVING sum(e.amount) <> 0"
    ),
    "transfer_has_entries": "SELECT key, 0 FROM transfers WHERE id NOT IN (SELECT transfer FROM entries)",
    "entry_has_its_account_and_transfer": (
        "SELECT transfer, account FROM entries WHERE account NOT IN (SELECT id FROM accounts) "
        "OR transfer NOT IN (SELECT id FROM transfers)"
    ),
    "never_below_zero": (
        f"SELECT id, balance FROM accounts WHERE balance < 0 AND kind NOT IN {KINDS_BELOW_ZERO} "
        "OR balance > 0 AND kind = 'debt'"
    ),
    "pending_is_earned_and_not_released": (
        "SELECT a.owner, a.balance - coalesce(sum(e.coins - e.released), 0) FROM accounts a "
        "LEFT JOIN earnings e ON e.person = a.owner WHERE a.kind = 'pending' "
        "GROUP BY a.id, a.owner, a.balance HAVING a.balance <> coalesce(sum(e.coins - e.released), 0)"
    ),
}
