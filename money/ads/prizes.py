"""Prizes of challenges: `ad_balance` -> `ad_prize` when a challenge is booked -> its winner's earnings, or back.

What is held for a challenge is its prize, and its fee until it begins; nothing else can touch it. A prize is turned
into coins at the rate of the moment it is paid, so it is taxed and paid out like all other earnings. Coins are rounded
up: what the winner gets always pays the whole prize out at that rate. The platform bears what is less than a coin.

Everything happens in the caller's transaction. Amounts are millionths of the ad currency.
"""

from __future__ import annotations

from typing import Any

import msgspec
from sqlalchemy import Connection, Row, func, insert, select, update

from core.clock import Clock
from core.errors import Refusal
from money.ads.top_ups import DAY_MS, NEW_DAYS
from money.earnings.earnings import debts, repaying
from money.errors import AdBalanceTooLow, InvalidTransfer
from money.ledger import Ledger
from money.ledger.accounts import (
    AD_CURRENCY,
    AD_PRIZES,
    AD_REVENUE,
    MICRO_PER_MINOR,
    PRIZE_COINS,
    ad_balance,
    ad_debt,
    ad_prize,
)
from money.ledger.rules import Account, Book, Draft, Posted, Transfer
from money.purchases.state import SETTLED
from money.rates import Rates
from money.rates.rates import coins_for
from money.tables import ad_prizes, purchases

PRIZE_MICRO_MAX = 10_000_000_000  # ten thousand euros
_OPEN = ("held", "running")


class PaidPrize(msgspec.Struct, frozen=True):
    """`coins` at the rate of `per_thousand` minor units for 1,000."""

    coins: int
    per_thousand: int


class _Hold(Draft, frozen=True, gc=False):
    """Sets a prize aside; refused while the advertiser owes something."""

    advertiser: str
    challenge: str
    micro: int

    def settle(self, book: Book) -> Transfer | Refusal:
        balance = ad_balance(self.advertiser)
        if book.balance(balance) < self.micro or book.balance(ad_debt(self.advertiser)):
            return AdBalanceTooLow()
        entries = {balance: -self.micro, ad_prize(self.challenge): self.micro}
        return Transfer(self.key, self.kind, self.at, self.request, entries, {"challenge": self.challenge})


class _Back(Draft, frozen=True, gc=False):
    """Gives a prize back. It pays what the advertiser owes first."""

    advertiser: str
    challenge: str
    micro: int

    def settle(self, book: Book) -> Transfer | Refusal:
        balance, owed = ad_balance(self.advertiser), ad_debt(self.advertiser)
        repaid = min(self.micro, -book.balance(owed))
        entries = {ad_prize(self.challenge): -self.micro, owed: repaid, balance: self.micro - repaid}
        moved = {account: amount for account, amount in entries.items() if amount}
        return Transfer(self.key, self.kind, self.at, self.request, moved, {"challenge": self.challenge})


class Prizes:
    def __init__(self, clock: Clock, ledger: Ledger, rates: Rates) -> None:
        self._clock = clock
        self._ledger = ledger
        self._rates = rates

    def hold(self, connection: Connection, challenge: str, advertiser: str, prize_micro: int, fee_micro: int) -> None:
        """Set a prize and the fee aside. Raises AdBalanceTooLow; CurrencyNotPaid where no coin has a value in the ad
        currency, so that no prize could be paid; InvalidTransfer for a prize that is held already."""
        minor, beyond = divmod(prize_micro, MICRO_PER_MINOR)
        if beyond or minor < 1 or fee_micro < 0 or prize_micro > PRIZE_MICRO_MAX:
            raise InvalidTransfer
        self._rates.now(connection, AD_CURRENCY)
        if self._find(connection, challenge) is not None:
            raise InvalidTransfer("The prize is held already.")
        attempts = select(func.count()).where(ad_prizes.c.challenge == challenge)
        attempt, now = int(connection.execute(attempts).scalar_one()) + 1, self._clock()
        row = {
            "challenge": challenge, "attempt": attempt, "advertiser": advertiser, "prize_micro": prize_micro,
            "fee_micro": fee_micro, "state": "held", "held_at": now,
        }  # fmt: skip
        connection.execute(insert(ad_prizes).values(row))
        micro = prize_micro + fee_micro
        accounts = (ad_balance(advertiser), ad_debt(advertiser), ad_prize(challenge))
        key = f"prize_hold:{challenge}:{attempt}"
        self._post(connection, _Hold(key, "prize_hold", now, f"{micro}", accounts, advertiser, challenge, micro))

    def begin(self, connection: Connection, challenge: str) -> None:
        """The challenge begins: its fee is the platform's. Raises InvalidTransfer for a prize that is not held."""
        row, now = self._locked(connection, challenge, "held"), self._clock()
        self._move(connection, row, "running", began_at=now)
        if row.fee_micro:
            entries = {ad_prize(challenge): -row.fee_micro, AD_REVENUE: row.fee_micro}
            self._transfer(connection, f"prize_fee:{challenge}:{row.attempt}", "prize_fee", now, entries, challenge)

    def give_back(self, connection: Connection, challenge: str) -> None:
        """The prize goes back to the advertiser, and the fee if the challenge has not begun. Raises InvalidTransfer for
        a prize that is not held."""
        row, now = self._locked(connection, challenge, *_OPEN), self._clock()
        self._move(connection, row, "returned", ended_at=now)
        micro = row.prize_micro + (row.fee_micro if row.state == "held" else 0)
        accounts = (ad_balance(row.advertiser), ad_debt(row.advertiser), ad_prize(challenge))
        key = f"prize_back:{challenge}:{row.attempt}"
        self._post(connection, _Back(key, "prize_back", now, f"{micro}", accounts, row.advertiser, challenge, micro))

    def pay(self, connection: Connection, challenge: str, winner: str) -> PaidPrize:
        """Pay the prize to its winner: first what they owe, then what is payable. Once for each challenge.

        Raises InvalidTransfer for a prize that does not run; CurrencyNotPaid.
        """
        row, now = self._locked(connection, challenge, "running"), self._clock()
        per_thousand = self._rates.at(connection, AD_CURRENCY, now)
        coins = coins_for(row.prize_micro // MICRO_PER_MINOR, per_thousand)
        self._move(
            connection, row, "paid", ended_at=now, winner=winner, coins=coins, per_thousand=per_thousand
        )  # fmt: skip
        owed = debts(connection, [winner]).get(winner, 0)
        entries = {
            ad_prize(challenge): -row.prize_micro, AD_PRIZES: row.prize_micro, PRIZE_COINS: -coins,
            **repaying(winner, coins, owed),
        }  # fmt: skip
        self._transfer(connection, f"prize:{challenge}", "prize", now, entries, challenge)
        return PaidPrize(coins, per_thousand)

    @staticmethod
    def payable_from(connection: Connection, advertiser: str) -> int:
        """From when on (Unix ms) prizes of an advertiser are paid: as long after its first payment as a stolen card may
        go unnoticed. 0: at once."""
        first = select(func.min(purchases.c.settled_at)).where(
            purchases.c.advertiser == advertiser, purchases.c.state.in_(SETTLED)
        )
        since = connection.execute(first).scalar()
        return 0 if since is None else int(since) + NEW_DAYS * DAY_MS

    def possible(self, connection: Connection) -> bool:
        """Whether a coin has a value in the ad currency, so that prizes can be paid."""
        try:
            return self._rates.now(connection, AD_CURRENCY) > 0
        except Refusal:
            return False

    # -- rows ------------------------------------------------------------------------------------

    @staticmethod
    def _find(connection: Connection, challenge: str, *states: str) -> Row[Any] | None:
        found = select(ad_prizes).where(ad_prizes.c.challenge == challenge, ad_prizes.c.state.in_(states or _OPEN))
        return connection.execute(found.with_for_update()).first()

    def _locked(self, connection: Connection, challenge: str, *states: str) -> Row[Any]:
        row = self._find(connection, challenge, *states)
        if row is None:
            raise InvalidTransfer("No prize is held for this challenge.")
        return row

    @staticmethod
    def _move(connection: Connection, row: Row[Any], state: str, **values: object) -> None:
        same = (
            ad_prizes.c.challenge == row.challenge, ad_prizes.c.attempt == row.attempt, ad_prizes.c.state == row.state
        )  # fmt: skip
        if connection.execute(update(ad_prizes).where(*same).values(state=state, **values)).rowcount != 1:
            raise InvalidTransfer("The prize was moved meanwhile.")

    def _transfer(
        self, connection: Connection, key: str, kind: str, at: int, entries: dict[Account, int], challenge: str
    ) -> None:
        self._post(connection, Transfer(key, kind, at, challenge, entries, {"challenge": challenge}))

    def _post(self, connection: Connection, transfer: Transfer | Draft) -> None:
        [verdict] = self._ledger.post(connection, [transfer])
        if not isinstance(verdict, Posted):
            raise verdict
        if verdict.replayed:  # its row says that it was not posted yet
            raise InvalidTransfer("This transfer was posted before.")
