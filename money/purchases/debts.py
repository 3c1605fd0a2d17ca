"""What a person owes: coins that were taken back when they were spent already. Whatever comes in pays it first."""

from __future__ import annotations

from sqlalchemy import Connection, select

from money.ledger.accounts import debt, wallet
from money.ledger.rules import Account
from money.tables import accounts


def balance(connection: Connection, account: Account, *, lock: bool = True) -> int:
    """An account's balance; `lock`: until the transaction ends."""
    found = select(accounts.c.balance).where(
        accounts.c.owner == account.owner, accounts.c.kind == account.kind, accounts.c.unit == account.unit
    )
    return connection.execute(found.with_for_update() if lock else found).scalar() or 0


def credit(connection: Connection, person: str, coins: int) -> dict[Account, int]:
    """The entries that give a person coins: first what they owe, then their wallet."""
    repaid = min(coins, -balance(connection, debt(person)))
    entries = {debt(person): repaid, wallet(person): coins - repaid}
    return {account: amount for account, amount in entries.items() if amount}
