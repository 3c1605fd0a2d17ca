"""The ledger: the only code that writes balances. A thin SQL shell around the rules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import msgspec
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from money.ledger.rules import KINDS_BELOW_ZERO, Account, Posted, Transfer, Verdict, decide
from money.ledger.store import STORES, Store, StoredAccount

POST_ATTEMPTS_MAX = 4
_RACES = {"23505", "40P01"}  # PostgreSQL: another process posted the same key first; a deadlock was broken


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule that does not hold: its name, for which row, and the offending value."""

    rule: str
    subject: str
    detail: str


class Ledger:
    """Double entry. Stateless: everything happens in the caller's transaction."""

    def post(self, connection: Connection, transfers: Sequence[Transfer]) -> list[Verdict]:
        """Post transfers in the caller's transaction, in order; returns a verdict for each.

        A refused transfer changes nothing and does not affect the others. The number of statements is the same for one
        transfer and for a thousand. Transfers take effect when the caller's transaction is committed.
        """
        if not transfers:
            return []
        store = STORES[connection.dialect.name]
        if connection.dialect.name == "sqlite":
            return self._post(store, connection, transfers)
        for attempt in range(POST_ATTEMPTS_MAX):
            try:
                with connection.begin_nested():
                    return self._post(store, connection, transfers)
            except DBAPIError as error:
                if getattr(error.orig, "sqlstate", None) not in _RACES or attempt == POST_ATTEMPTS_MAX - 1:
                    raise
        raise AssertionError("unreachable")

    def _post(self, store: Store, connection: Connection, transfers: Sequence[Transfer]) -> list[Verdict]:
        accounts = store.accounts(connection, {account for t in transfers for account in t.entries})
        # Read after locking the accounts: whoever posted one of these keys before us has committed by now.
        posted = store.posted(connection, transfers, accounts)
        balances = {account: stored.balance for account, stored in accounts.items()}
        verdicts = decide(balances, transfers, posted)
        fresh = [(t, v) for t, v in zip(transfers, verdicts, strict=True) if isinstance(v, Posted) and not v.replayed]
        if fresh:
            _write(store, connection, fresh, accounts)
        return verdicts


def _write(
    store: Store,
    connection: Connection,
    fresh: Sequence[tuple[Transfer, Posted]],
    accounts: Mapping[Account, StoredAccount],
) -> None:
    transfers, entries = [], []
    balances: dict[int, int] = {}
    for transfer_id, (transfer, posted) in zip(store.transfer_ids(connection, len(fresh)), fresh, strict=True):
        detail = msgspec.json.encode(transfer.detail).decode()
        transfers.append((transfer_id, transfer.key, transfer.kind, transfer.at, posted.content, detail))
        for account, amount in transfer.entries.items():
            account_id, balance = accounts[account].id, posted.balances[account]
            entries.append((account_id, transfer_id, amount, balance))
            balances[account_id] = balance  # the last one stays: a hot account is written once a batch
    store.add_transfers(connection, transfers)
    store.add_entries(connection, entries)
    store.set_balances(connection, [(balance, account_id) for account_id, balance in balances.items()])


def verify(connection: Connection, proofs: Mapping[str, str] | None = None) -> list[Finding]:
    """Verify the ledger by reading every entry. Returns an empty list when each of `proofs` holds."""
    return [
        Finding(rule, str(subject), str(value))
        for rule, sql in (PROOFS if proofs is None else proofs).items()
        for subject, value in connection.execute(text(sql))
    ]


PROOFS = {  # each selects violations of its rule: the row, and the offending value
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
        "SELECT a.owner, a.balance - coalesce(sum(e.coins - e.released - e.reversed), 0) FROM accounts a "
        "LEFT JOIN earnings e ON e.person = a.owner WHERE a.kind = 'pending' "
        "GROUP BY a.id, a.owner, a.balance HAVING a.balance <> coalesce(sum(e.coins - e.released - e.reversed), 0)"
    ),
}
