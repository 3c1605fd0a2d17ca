"""Takes back the coins of a purchase whose money went back, and restores them when it returned.

First the coins that the buyer still has. Then the gifts they gave since, newest first: each is reversed by a transfer
of its own, out of the creator's pending share and our commission in the gift's proportion, the last one perhaps in
part. What was released to a creator already stays with them. The rest becomes the buyer's debt.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, func, insert, select, tuple_, update

from core.clock import Clock
from core.errors import Refusal
from money.earnings import DAY_MS, Earnings, day_name
from money.ledger import Ledger
from money.ledger.accounts import COMMISSION, MINT, debt, pending, wallet
from money.ledger.rules import Account, Posted, Transfer
from money.providers.provider import Purchase
from money.purchases.debts import balance, credit
from money.tables import accounts, entries, taken_gifts, takes, transfers

GIFTS_MAX = 10_000  # gifts reversed for one refund or dispute; the rest becomes debt
GIFTS_PAGE = 500


class ReversedGift(msgspec.Struct, frozen=True, gc=False):
    """A gift, or a part of it, that was taken back. When it is restored, `coins` and `creator_coins` are negative."""

    room: str
    giver: str
    creator: str
    day: str
    coins: int
    creator_coins: int


Listener = Callable[[Connection, Sequence[ReversedGift]], None]
"""Called in the transaction that reverses gifts, so that totals follow."""


class _Gift(msgspec.Struct, frozen=True, gc=False):
    """A gift as it was given. `coins`: paid from the wallet; `commission`: our part of these; `left`: not reversed."""

    transfer: int
    at: int
    coins: int
    commission: int
    left: int
    creator: str
    room: str
    gift: str

    def split(self, coins: int) -> tuple[int, int]:
        """What the creator and we return for so many of its coins. All parts of a gift add up to its shares."""
        gone = self.coins - self.left
        share = self.coins - self.commission
        creators = share * (gone + coins) // self.coins - share * gone // self.coins
        return creators, coins - creators


class TakeBack:
    def __init__(self, clock: Clock, ledger: Ledger, earnings: Earnings) -> None:
        self._clock = clock
        self._ledger = ledger
        self._earnings = earnings
        self._listeners: list[Listener] = []

    def listen(self, listener: Listener) -> None:
        self._listeners.append(listener)

    def take(self, connection: Connection, purchase: Purchase, coins: int, cause: str) -> None:
        """Take coins back for a cause, once. The caller has locked the purchase and counts its coins."""
        known = connection.execute(select(takes.c.cause).where(takes.c.cause == cause)).first()
        if coins <= 0 or known is not None:
            return
        who = purchase.person
        held = min(coins, balance(connection, wallet(who)))
        taken = self._take_gifts(connection, purchase, coins - held, cause)
        lacking = coins - held - taken
        entries = {wallet(who): -held, debt(who): -lacking, MINT: held + lacking}
        self._post(connection, f"take:{cause}", "take_back", entries, purchase, {})
        connection.execute(
            insert(takes).values(
                cause=cause, purchase=purchase.id, wallet_coins=held, gift_coins=taken, debt_coins=lacking,
                at=self._clock(),
            )
        )  # fmt: skip

    def restore(self, connection: Connection, purchase: Purchase, cause: str) -> int:
        """Undo what was taken for a cause, once; returns how many coins. A debt that was repaid meanwhile comes back
        to the wallet."""
        row = connection.execute(
            update(takes)
            .where(takes.c.cause == cause, takes.c.restored_at.is_(None))
            .values(restored_at=self._clock())
            .returning(takes.c.wallet_coins, takes.c.gift_coins, takes.c.debt_coins)
        ).first()
        if row is None:
            return 0
        who = purchase.person
        back = credit(connection, who, row.debt_coins)
        back[wallet(who)] = back.get(wallet(who), 0) + row.wallet_coins
        self._post(connection, f"restore:{cause}", "restore", {**back, MINT: -sum(back.values())}, purchase, {})
        gifts = connection.execute(
            update(taken_gifts).where(taken_gifts.c.cause == cause).values(restored=1).returning(*taken_gifts.c)
        ).all()
        for gift in sorted(gifts, key=lambda one: int(one.gift)):
            self._restore_gift(connection, purchase, cause, gift)
        self._tell(connection, [_told(gift, -1) for gift in gifts])
        return int(row.wallet_coins + row.gift_coins + row.debt_coins)

    # -- gifts -----------------------------------------------------------------------------------

    def _take_gifts(self, connection: Connection, purchase: Purchase, coins: int, cause: str) -> int:
        """Reverse gifts worth up to so many coins; returns how many."""
        taken = 0
        rows: list[dict[str, Any]] = []
        for gift in self._later_gifts(connection, purchase) if coins else ():
            part = min(gift.left, coins - taken)
            row = self._reverse(connection, purchase, gift, part, cause)
            if row is not None:
                rows.append(row)
                taken += part
            if taken == coins or len(rows) == GIFTS_MAX:
                break
        if rows:
            connection.execute(insert(taken_gifts), rows)
            self._tell(connection, [_told(row, 1) for row in rows])
        return taken

    def _reverse(
        self, connection: Connection, purchase: Purchase, gift: _Gift, coins: int, cause: str
    ) -> dict[str, Any] | None:
        """Take back a part of one gift; None when the creator's share has been released."""
        creators, ours = gift.split(coins)
        day, hold = day_name(gift.at // DAY_MS), None
        if creators:
            hold = self._earnings.reverse(connection, gift.creator, day, gift.room, creators)
            if hold is None:
                return None
        posted = self._post(
            connection, f"take:{cause}:{gift.transfer}", "gift_reversed",
            {pending(gift.creator): -creators, COMMISSION: -ours, MINT: coins}, purchase,
            {"gift": gift.gift, "transfer": gift.transfer, "coins": coins, "room": gift.room, "creator": gift.creator},
        )  # fmt: skip
        if not posted:  # the books hold less than they should: leave it, and let the proofs name it
            if hold is not None:
                self._earnings.restore(connection, gift.creator, day, hold, gift.room, creators)
            return None
        return {
            "cause": cause, "gift": gift.transfer, "creator": gift.creator, "day": day, "class": hold,
            "room": gift.room, "giver": purchase.person, "coins": coins, "creator_coins": creators, "restored": 0,
        }  # fmt: skip

    def _restore_gift(self, connection: Connection, purchase: Purchase, cause: str, gift: Row[Any]) -> None:
        ours = gift.coins - gift.creator_coins
        if gift.creator_coins:
            hold = gift._mapping["class"]
            assert self._earnings.restore(connection, gift.creator, gift.day, hold, gift.room, gift.creator_coins)
        self._post(
            connection, f"restore:{cause}:{gift.gift}", "gift_restored",
            {pending(gift.creator): gift.creator_coins, COMMISSION: ours, MINT: -gift.coins}, purchase,
            {"transfer": gift.gift, "coins": gift.coins, "room": gift.room, "creator": gift.creator},
        )  # fmt: skip

    def _later_gifts(self, connection: Connection, purchase: Purchase) -> Iterator[_Gift]:
        """The buyer's gifts since the purchase that are not wholly taken back, newest first."""
        bought = connection.execute(select(transfers.c.id).where(transfers.c.key == f"purchase:{purchase.id}")).scalar()
        mine = _account(connection, wallet(purchase.person))
        commission = _account(connection, COMMISSION)
        below: int | None = None
        while bought is not None and mine is not None:
            page = select(transfers.c.id, transfers.c.at, transfers.c.detail, entries.c.amount)
            page = page.join(entries, entries.c.transfer == transfers.c.id)
            page = page.where(entries.c.account == mine, entries.c.transfer > bought, transfers.c.kind == "gift")
            if below is not None:
                page = page.where(entries.c.transfer < below)
            rows = connection.execute(page.order_by(entries.c.transfer.desc()).limit(GIFTS_PAGE)).all()
            ids = [row.id for row in rows]
            ours = _amounts(connection, commission, ids)
            gone = _taken(connection, ids)
            for row in rows:
                left = -row.amount - gone.get(row.id, 0)
                if left > 0:
                    yield _Gift(
                        row.id, row.at, -row.amount, ours.get(row.id, 0), left, row.detail["creator"],
                        row.detail["room"], row.detail["gift"],
                    )  # fmt: skip
            if len(rows) < GIFTS_PAGE:
                return
            below = rows[-1].id

    # -- posting ---------------------------------------------------------------------------------

    def _post(
        self, connection: Connection, key: str, kind: str, amounts: dict[Account, int], purchase: Purchase,
        detail: dict[str, str | int],
    ) -> bool:  # fmt: skip
        """Post what is not zero. Returns False for a gift that the accounts do not hold; raises other refusals."""
        wanted = {account: amount for account, amount in amounts.items() if amount}
        if not wanted:
            return True
        transfer = Transfer(key, kind, self._clock(), key, wanted, {"purchase": purchase.id, **detail})
        [verdict] = self._ledger.post(connection, [transfer])
        if isinstance(verdict, Refusal) and kind != "gift_reversed":
            raise verdict
        return isinstance(verdict, Posted)

    def _tell(self, connection: Connection, gifts: Sequence[ReversedGift]) -> None:
        for listener in self._listeners if gifts else ():
            listener(connection, gifts)


def _told(row: Any, sign: int) -> ReversedGift:
    gift = row if isinstance(row, dict) else row._mapping
    return ReversedGift(
        gift["room"],
        gift["giver"],
        gift["creator"],
        gift["day"],
        sign * gift["coins"],
        sign * gift["creator_coins"],
    )


def _account(connection: Connection, account: Account) -> int | None:
    found = select(accounts.c.id).where(
        accounts.c.owner == account.owner, accounts.c.kind == account.kind, accounts.c.unit == account.unit
    )
    return connection.execute(found).scalar()


def _amounts(connection: Connection, account: int | None, ids: Sequence[int]) -> dict[int, int]:
    """What an account received in these transfers."""
    pairs = [(account, one) for one in ids]
    found = select(entries.c.transfer, entries.c.amount).where(tuple_(entries.c.account, entries.c.transfer).in_(pairs))
    return {row.transfer: row.amount for row in connection.execute(found)} if ids and account is not None else {}


def _taken(connection: Connection, ids: Sequence[int]) -> dict[int, int]:
    """The coins of these gifts that are taken back already."""
    found = (
        select(taken_gifts.c.gift, func.sum(taken_gifts.c.coins).label("coins"))
        .where(taken_gifts.c.gift.in_(ids), taken_gifts.c.restored == 0)
        .group_by(taken_gifts.c.gift)
    )
    return {row.gift: int(row.coins) for row in connection.execute(found)} if ids else {}
