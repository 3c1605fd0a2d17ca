"""The ledger: the only code that writes balances. A thin SQL shell around the rules."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import msgspec
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from money.ledger.chain import linked
from money.ledger.rules import Account, Book, Draft, Posted, Transfer, Verdict
from money.ledger.store import STORES, Store, StoredAccount

POST_ATTEMPTS_MAX = 4
_RACES = {"23505", "40P01"}  # PostgreSQL: another process posted the same key first; a deadlock was broken

Record = Callable[[Sequence[Verdict]], None]

_json = msgspec.json.Encoder().encode


class Ledger:
    """Double entry. Stateless: everything happens in the caller's transaction."""

    def post(
        self, connection: Connection, transfers: Sequence[Transfer | Draft], record: Record | None = None
    ) -> list[Verdict]:
        """Post transfers in the caller's transaction, in order; returns a verdict for each.

        A refused transfer changes nothing and does not affect the others. The number of statements is the same for one
        transfer and for a thousand. Transfers take effect when the caller's transaction is committed. Until then, on
        PostgreSQL, no other process can post: what else the transaction has to write and lock for these transfers,
        write before, or in `record`, which gets the verdicts. It may be called twice if the first attempt is undone.
        """
        if not transfers:
            return []
        store = STORES[connection.dialect.name]
        if connection.dialect.name == "sqlite":
            return self._post(store, connection, transfers, record)
        for attempt in range(POST_ATTEMPTS_MAX):
            try:
                with connection.begin_nested():
                    return self._post(store, connection, transfers, record)
            except _OpenedByAnotherError:  # this time its balance is read
                continue
            except DBAPIError as error:
                if getattr(error.orig, "sqlstate", None) not in _RACES or attempt == POST_ATTEMPTS_MAX - 1:
                    raise
        raise RuntimeError("other processes keep opening the same accounts")

    def _post(
        self, store: Store, connection: Connection, transfers: Sequence[Transfer | Draft], record: Record | None
    ) -> list[Verdict]:
        accounts = store.accounts(connection, {account for t in transfers for account in t.accounts})
        # Read after locking the accounts: whoever posted one of these keys before us has committed by now.
        posted = store.posted(connection, transfers, accounts)
        book = Book({account: stored.balance for account, stored in accounts.items()}, posted)
        verdicts = [book.judge(transfer) for transfer in transfers]
        if book.fresh:
            _open_missing(store, connection, book.fresh, accounts)
        if record is not None:
            record(verdicts)
        if book.fresh:
            _write(store, connection, book.fresh, accounts)
        return verdicts


class _OpenedByAnotherError(Exception):
    """An account that was missing when the transfers were judged has been used by another process since."""


def _open_missing(
    store: Store,
    connection: Connection,
    fresh: Sequence[tuple[Transfer, Posted]],
    accounts: dict[Account, StoredAccount],
) -> None:
    """Open the accounts that get their first entry. Drafts also name accounts that they then do not touch."""
    missing = {account for transfer, _ in fresh for account in transfer.entries if account not in accounts}
    if missing:
        opened = store.open(connection, missing)
        if any(stored.balance for stored in opened.values()):
            raise _OpenedByAnotherError
        accounts.update(opened)


def _write(
    store: Store,
    connection: Connection,
    fresh: Sequence[tuple[Transfer, Posted]],
    accounts: Mapping[Account, StoredAccount],
) -> None:
    transfers, entries = [], []
    balances: dict[int, int] = {}
    number, digest = store.head(connection)  # locked last
    for transfer, posted in fresh:
        number += 1
        after, parts = posted.balances, []
        for account, amount in transfer.entries.items():
            account_id, balance = accounts[account].id, after[account]
            parts.append((account, amount, balance))
            entries.append((account_id, number, amount, balance))
            balances[account_id] = balance  # the last one stays: a hot account is written once a batch
        detail = _json(transfer.detail).decode()
        link = (number, transfer.key, transfer.kind, transfer.at, posted.content, detail)
        digest = linked(digest, link, parts)
        transfers.append((*link, digest))
    store.add_transfers(connection, transfers)
    store.add_entries(connection, entries)
    store.set_balances(connection, [(balance, account_id) for account_id, balance in balances.items()])
    store.set_head(connection, number, digest)
