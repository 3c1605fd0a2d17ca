"""The shop's transfers. `money/ledger/accounts.py` says what each account holds."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection

from core.clock import Clock
from core.errors import Refusal
from money.ledger import Ledger
from money.ledger.accounts import (
    affiliate,
    affiliate_debt,
    checkout,
    losses,
    order,
    provider,
    sales,
    seller_debt,
    shop_fee,
    shop_vat,
)
from money.ledger.rules import Account, Transfer
from money.purchases.debts import balance
from shop.orders.rows import Order
from shop.orders.shares import Shares

BANK = "bank"


class Books:
    def __init__(self, clock: Clock, ledger: Ledger) -> None:
        self._clock = clock
        self._ledger = ledger

    def pay(self, connection: Connection, orders: list[Order]) -> None:
        """What was paid for a checkout becomes its orders'."""
        for one in orders:
            entries = {
                checkout(one.checkout, one.currency): -one.total_minor,
                order(one.id, one.currency): one.total_minor,
            }
            self._post(connection, f"order:{one.id}", "order", entries, one)

    def settle(self, connection: Connection, one: Order, shares: Shares) -> None:
        entries = {order(one.id, one.currency): -sum(shares)}
        self._add(entries, self._shared(connection, one, shares))
        self._post(connection, f"settle:{one.id}", "order_settled", entries, one)

    def take(self, connection: Connection, one: Order, amount: int, shares: Shares | None, key: str, kind: str) -> None:
        """Back into the checkout's account: out of the order's, or out of what was settled, as `shares` of it."""
        entries = {checkout(one.checkout, one.currency): amount}
        if shares is None:
            entries[order(one.id, one.currency)] = -amount
        else:
            self._add(entries, self._shared(connection, one, Shares(*(-share for share in shares))))
        self._post(connection, key, kind, entries, one)

    def restore(self, connection: Connection, one: Order, amount: int, shares: Shares | None, key: str) -> None:
        """The other way round: a bank decided for us."""
        entries = {checkout(one.checkout, one.currency): -amount}
        if shares is None:
            entries[order(one.id, one.currency)] = amount
        else:
            self._add(entries, self._shared(connection, one, shares))
        self._post(connection, key, "shop_claim_won", entries, one)

    def lose(self, connection: Connection, id: str, currency: str, amount: int, key: str) -> None:
        """Money that left a checkout and that no order has: the platform's loss. Negative: it came back."""
        kind = "shop_claim" if amount > 0 else "shop_claim_won"
        self._post(connection, key, kind, {checkout(id, currency): amount, losses(currency): -amount}, None)

    def pay_by_hand(self, connection: Connection, account: Account, amount: int, key: str, kind: str) -> None:
        """Somebody has sent it from the platform's bank account. Raises what the ledger refuses."""
        entries = {account: -amount, provider(BANK, account.unit): amount}
        self._post(connection, key, kind, entries, None)

    def _shared(self, connection: Connection, one: Order, shares: Shares) -> dict[Account, int]:
        """What seller and affiliate get pays their debts first; what is taken from them is a debt as far as they do not
        have it."""
        own, owed = sales(one.seller, one.currency), seller_debt(one.seller, one.currency)
        entries = _given(connection, own, owed, shares.seller)
        if one.affiliate is not None and shares.commission:
            theirs, due = affiliate(one.affiliate, one.currency), affiliate_debt(one.affiliate, one.currency)
            self._add(entries, _given(connection, theirs, due, shares.commission))
        self._add(entries, {shop_fee(one.currency): shares.fee})
        self._add(entries, {shop_vat(one.fee_tax_country or "none", one.currency): shares.fee_tax})
        self._add(entries, {shop_vat(one.tax_country or "none", one.currency): shares.tax})
        return entries

    @staticmethod
    def _add(entries: dict[Account, int], more: Mapping[Account, int]) -> None:
        for account, amount in more.items():
            entries[account] = entries.get(account, 0) + amount

    def _post(
        self, connection: Connection, key: str, kind: str, entries: Mapping[Account, int], one: Order | None
    ) -> None:
        wanted = {account: amount for account, amount in entries.items() if amount}
        if not wanted:
            return
        detail: dict[str, str | int] = {"order": one.id, "checkout": one.checkout} if one is not None else {}
        [verdict] = self._ledger.post(connection, [Transfer(key, kind, self._clock(), key, wanted, detail)])
        if isinstance(verdict, Refusal):
            raise verdict


def _given(connection: Connection, own: Account, owed: Account, share: int) -> dict[Account, int]:
    repaid = min(share, -balance(connection, owed)) if share >= 0 else min(0, share + balance(connection, own))
    return {owed: repaid, own: share - repaid}
