"""What somebody owes: what was taken back when it was spent already. Whatever comes in pays it first."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import Connection, select

from money.ledger.accounts import AD_MINT, MINT, ad_balance, ad_debt, debt, wallet
from money.ledger.rules import Account
from money.providers.provider import Purchase
from money.tables import accounts


class Pocket(NamedTuple):
    """Where what was bought goes, what is owed, and the account it comes from."""

    own: Account
    owed: Account
    source: Account


def pocket_of(purchase: Purchase) -> Pocket:
    """The buyer's wallet, or the balance of the advertiser they paid for."""
    if purchase.advertiser is not None:
        return Pocket(ad_balance(purchase.advertiser), ad_debt(purchase.advertiser), AD_MINT)
    return Pocket(wallet(purchase.person), debt(purchase.person), MINT)


def balance(connection: Connection, account: Account, *, lock: bool = True) -> int:
    """An account's balance; `lock`: until the transaction ends."""
    found = select(accounts.c.balance).where(
        accounts.c.owner == account.owner, accounts.c.kind == account.kind, accounts.c.unit == account.unit
    )
    return connection.execute(found.with_for_update() if lock else found).scalar() or 0


def credit(connection: Connection, pocket: Pocket, amount: int) -> dict[Account, int]:
    """The entries that give somebody coins or money for ads: first what they owe, then what they own."""
    repaid = min(amount, -balance(connection, pocket.owed))
    entries = {pocket.owed: repaid, pocket.own: amount - repaid}
    return {account: amount for account, amount in entries.items() if amount}
