"""Takes back the coins of a purchase whose money went back, and restores them when it returned.

First the coins that the buyer still has. Then the gifts they gave since, newest first: each is reversed by a transfer
of its own, out of the creator's and their agency's pending shares and our commission in the gift's proportion, the last
one perhaps in part. A gift of which anything was released already stays given. The rest becomes the buyer's debt.

Of a purchase for ads, what the advertiser still has is taken, and the rest becomes its debt: what is held for its
campaigns pays that when it comes back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, func, insert, select, tuple_, update

from core.clock import Clock
from core.errors import Refusal
from money.earnings import DAY_MS, Earnings, HoldClass, day_name
from money.ledger import Ledger
from money.ledger.accounts import COMMISSION, MINT, pending, wallet
from money.ledger.rules import Account, Posted, Transfer
from money.providers.provider import Purchase
from money.purchases.debts import balance, credit, pocket_of
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
Lock = Callable[[Connection, Sequence[str]], None]
"""Called before anything is posted, with the rooms whose totals may follow."""


class _Gift(msgspec.Struct, frozen=True, gc=False):
    """A gift as it was given. `coins`: paid from the wallet; `commission`, `agency_coins`: our part of these, and the
    agency's; `left`: not reversed."""

    transfer: int
    at: int
    coins: int
    commission: int
    agency_coins: int
    left: int
    creator: str
    agency: str
    room: str
    gift: str

    def split(self, coins: int) -> tuple[int, int, int]:
        """What the creator, the agency and we return for so many of its coins. All parts of a gift add up to its
        shares, and none is ever below zero: the agency's is a part of what the creator's part leaves."""
        gone = self.coins - self.left
        creators, agencys = self._returned(gone + coins)
        creators_so_far, agencys_so_far = self._returned(gone)
        creators, agencys = creators - creators_so_far, agencys - agencys_so_far
        return creators, agencys, coins - creators - agencys

    def _returned(self, gone: int) -> tuple[int, int]:
        share = self.coins - self.commission - self.agency_coins
        creators = share * gone // self.coins
        rest = self.coins - share
        return creators, self.agency_coins * (gone - creators) // rest if rest else 0


class TakeBack:
    def __init__(self, clock: Clock, ledger: Ledger, earnings: Earnings) -> None:
        self._clock = clock
        self._ledger = ledger
        self._earnings = earnings
        self._listeners: list[Listener] = []
        self._locks: list[Lock] = []

    def listen(self, listener: Listener, *, lock: Lock | None = None) -> None:
        """`lock`: locks what `listener` will write. Whoever gives gifts locks the same before the ledger."""
        self._listeners.append(listener)
        if lock is not None:
            self._locks.append(lock)

    def lock(self, connection: Connection, purchase: Purchase) -> None:
        """Before anything is posted in this transaction: lock the rooms of all gifts that may be taken or restored.
        Otherwise gifts that are just given there and this would wait for each other."""
        if not self._locks or connection.dialect.name == "sqlite":  # which has one writer
            return
        rooms = {gift.room for gift in islice(self._later_gifts(connection, purchase), GIFTS_MAX)}
        of_it = select(takes.c.cause).where(takes.c.purchase == purchase.id, takes.c.restored_at.is_(None))
        rooms.update(connection.execute(select(taken_gifts.c.room).where(taken_gifts.c.cause.in_(of_it))).scalars())
        for lock in self._locks if rooms else ():
            lock(connection, sorted(rooms))

    def take(self, connection: Connection, purchase: Purchase, coins: int, cause: str) -> None:
        """Take coins back for a cause, once. The caller has locked the purchase and counts its coins."""
        known = connection.execute(select(takes.c.cause).where(takes.c.cause == cause)).first()
        if coins <= 0 or known is not None:
            return
        pocket = pocket_of(purchase)
        held = min(coins, balance(connection, pocket.own))
        given = 0 if purchase.advertiser is not None else coins - held
        taken = self._take_gifts(connection, purchase, given, cause)
        lacking = coins - held - taken
        entries = {pocket.own: -held, pocket.owed: -lacking, pocket.source: held + lacking}
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
        pocket = pocket_of(purchase)
        back = credit(connection, pocket, row.debt_coins)
        back[pocket.own] = back.get(pocket.own, 0) + row.wallet_coins
        entries = {**back, pocket.source: -sum(back.values())}
        self._post(connection, f"restore:{cause}", "restore", entries, purchase, {})
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
        """Take back a part of one gift; None when the creator's or the agency's share has been released."""
        creators, agencys, ours = gift.split(coins)
        day = day_name(gift.at // DAY_MS)
        holds = self._reverse_earnings(connection, gift, day, creators, agencys)
        if holds is None:
            return None
        entries = {pending(gift.creator): -creators, COMMISSION: -ours, MINT: coins}
        if gift.agency:
            entries[pending(gift.agency)] = -agencys
        posted = self._post(
            connection, f"take:{cause}:{gift.transfer}", "gift_reversed", entries, purchase,
            {"gift": gift.gift, "transfer": gift.transfer, "coins": coins, "room": gift.room, "creator": gift.creator,
             "giver": purchase.person},
        )  # fmt: skip
        row = {
            "cause": cause, "gift": gift.transfer, "creator": gift.creator, "day": day, "class": holds[0],
            "room": gift.room, "giver": purchase.person, "coins": coins, "creator_coins": creators, "restored": 0,
            "agency": gift.agency or None, "agency_class": holds[1], "agency_coins": agencys,
        }  # fmt: skip
        if not posted:  # the books hold less than they should: leave it, and let the proofs name it
            self._restore_earnings(connection, row)
            return None
        return row

    def _reverse_earnings(
        self, connection: Connection, gift: _Gift, day: str, creators: int, agencys: int
    ) -> tuple[HoldClass | None, HoldClass | None] | None:
        """The hold classes in which the shares were; None, and nothing is changed, if one has been released."""
        hold = agencys_hold = None
        if creators:
            hold = self._earnings.reverse(connection, gift.creator, day, gift.room, creators)
            if hold is None:
                return None
        if agencys:
            agencys_hold = self._earnings.reverse(
                connection, gift.agency, day, gift.room, agencys, creator=gift.creator
            )
            if agencys_hold is None:
                if hold is not None:
                    self._earnings.restore(connection, gift.creator, day, hold, gift.room, creators)
                return None
        return hold, agencys_hold

    def _restore_earnings(self, connection: Connection, row: Mapping[Any, Any]) -> None:
        """Of a row of `taken_gifts`."""
        creator, day, room = row["creator"], row["day"], row["room"]
        if row["creator_coins"]:
            assert self._earnings.restore(connection, creator, day, row["class"], room, row["creator_coins"])
        if row["agency_coins"]:
            assert self._earnings.restore(
                connection, row["agency"], day, row["agency_class"], room, row["agency_coins"], creator=creator
            )

    def _restore_gift(self, connection: Connection, purchase: Purchase, cause: str, gift: Row[Any]) -> None:
        self._restore_earnings(connection, gift._mapping)
        ours = gift.coins - gift.creator_coins - gift.agency_coins
        entries = {pending(gift.creator): gift.creator_coins, COMMISSION: ours, MINT: -gift.coins}
        if gift.agency:
            entries[pending(gift.agency)] = gift.agency_coins
        self._post(
            connection, f"restore:{cause}:{gift.gift}", "gift_restored", entries, purchase,
            {"transfer": gift.gift, "coins": gift.coins, "room": gift.room, "creator": gift.creator,
             "giver": gift.giver},
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
                        row.id, row.at, -row.amount, ours.get(row.id, 0), row.detail.get("agency_coins", 0), left,
                        row.detail["creator"], row.detail.get("agency", ""), row.detail["room"], row.detail["gift"],
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
