"""The states of a payout, the transitions that exist, and the transfer that each of them posts.

A row moves forward only: a transition names the states it may leave, and whoever comes second changes nothing. The
row, its step and its transfer commit together. "Paid" is not final, because banks return money weeks later, and a
provider may take back a part of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import msgspec
from sqlalchemy import Connection, Row, insert, select, update

from core.errors import Refusal
from money.errors import InsufficientCoins, InsufficientEarnings
from money.ledger import Ledger
from money.ledger.accounts import cash, in_transit, provider
from money.ledger.rules import Account, Transfer
from money.payouts.sources import Source, owed, value
from money.tables import payout_steps, payouts

State = Literal["requested", "checked", "approved", "sent", "paid", "returned", "failed", "cancelled"]

FROM: Mapping[State, tuple[State, ...]] = {
    "requested": (),
    "checked": ("requested",),
    "approved": ("checked",),
    "sent": ("approved",),
    "paid": ("sent",),
    "returned": ("sent", "paid"),  # the bank's word may be the first we hear
    "failed": ("sent",),
    "cancelled": ("requested", "checked", "approved"),
}
BACK: tuple[State, ...] = ("returned", "failed", "cancelled")
"""States in which the coins are the person's again. Nothing leaves them."""
UNSENT: tuple[State, ...] = ("requested", "checked", "approved")
OPEN: tuple[State, ...] = (*UNSENT, "sent")


class Payout(msgspec.Struct, frozen=True):
    """A payout. `answer`: what we know of its latest attempt; `destination` is frozen when it is approved.
    `returned_minor` came back although the rest stays paid, and gave `returned_coins` back."""

    id: str
    person: str
    state: State
    currency: str
    amount_minor: int
    fee_minor: int
    coins: int
    per_thousand: int
    rail: str
    destination: Mapping[str, str] | None
    shown: str
    fingerprint: str
    reason: str
    waits_until: int | None
    approved_by: str | None
    seconded_by: str | None
    approved_at: int | None
    file: str | None
    attempt: int
    answer: Literal["", "accepted", "refused"]
    called_at: int
    ref: str | None
    at: int
    returned_minor: int = 0
    returned_coins: int = 0
    source: Source = "gifts"

    @property
    def net_minor(self) -> int:
        """What arrives."""
        return self.amount_minor - self.fee_minor


COLUMNS = tuple(payouts.c[field] for field in Payout.__struct_fields__)


def payout_of(row: Row[*tuple[Any, ...]]) -> Payout:
    return Payout(*row)


def find(connection: Connection, id: str, *, lock: bool = False) -> Payout | None:
    found = select(*COLUMNS).where(payouts.c.id == id)
    row = connection.execute(found.with_for_update() if lock else found).first()
    return payout_of(row) if row else None


def change(connection: Connection, payout: Payout, **values: object) -> Payout:
    """Change what is no state: only while the payout is as it was read."""
    same = payouts.c.id == payout.id, payouts.c.state == payout.state, payouts.c.attempt == payout.attempt
    connection.execute(update(payouts).where(*same).values(**values))
    found = find(connection, payout.id)
    assert found is not None
    return found


class States:
    """Moves payouts from state to state, with their transfers."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def begin(self, connection: Connection, payout: Payout, now: int) -> None:
        """Reserve the coins of a payout just requested. Raises InsufficientEarnings."""
        self._step(connection, payout, "requested", now, payout.person, "")
        self._post(connection, payout, "", now, _taken(payout))

    def move(
        self, connection: Connection, id: str, to: State, now: int, *, by: str = "", reason: str = "", **values: object
    ) -> Payout | None:
        """Move a payout in the caller's transaction. None if it is beyond that point, or not there yet."""
        payout = find(connection, id, lock=True)
        if payout is None or payout.state not in FROM[to]:
            return None
        moved = connection.execute(
            update(payouts)
            .where(payouts.c.id == id, payouts.c.state == payout.state)
            .values(state=to, reason=reason, waits_until=None, **values)
        )
        if moved.rowcount != 1:
            return None
        self._step(connection, payout, to, now, by, reason)
        if to == "sent":
            self._post(connection, payout, ":sent", now, _sent(payout))
        elif to in BACK:
            self._post(connection, payout, ":back", now, _back(payout, _owed(connection, payout)))
        return find(connection, id)

    def give_back(self, connection: Connection, id: str, returned_minor: int, now: int, reason: str) -> Payout | None:
        """A part of a payout has come back: `returned_minor` by now. Its share of the coins is the person's again, the
        fee is not. None if that is known, or if the payout is not out."""
        payout = find(connection, id, lock=True)
        if payout is None or payout.state not in FROM["returned"]:
            return None
        if not payout.returned_minor < returned_minor < payout.net_minor:
            return None
        minor = returned_minor - payout.returned_minor
        coins = payout.coins * returned_minor // payout.amount_minor - payout.returned_coins
        part = _part_back(payout, minor, coins, _owed(connection, payout))
        self._post(connection, payout, f":back:{returned_minor}", now, part)
        return change(
            connection, payout, reason=reason, returned_minor=returned_minor,
            returned_coins=payout.returned_coins + coins,
        )  # fmt: skip

    def _step(self, connection: Connection, payout: Payout, state: State, now: int, by: str, note: str) -> None:
        row = {"payout": payout.id, "state": state, "at": now, "by": by, "note": note}
        connection.execute(insert(payout_steps).values(row))

    def _post(self, connection: Connection, payout: Payout, stage: str, now: int, entries: dict[Account, int]) -> None:
        transfer = Transfer(
            key=f"payout:{payout.id}{stage}",
            kind="payout_back" if stage.startswith(":back") else "payout",
            at=now,
            request=payout.id,
            entries={account: amount for account, amount in entries.items() if amount},
            detail={
                "payout": payout.id, "amount_minor": payout.amount_minor, "fee_minor": payout.fee_minor,
                "currency": payout.currency,
            },
        )  # fmt: skip
        [verdict] = self._ledger.post(connection, [transfer])
        if isinstance(verdict, InsufficientCoins) and not stage:
            raise InsufficientEarnings
        if isinstance(verdict, Refusal):
            raise verdict


def _owed(connection: Connection, payout: Payout) -> int:
    return owed(connection, payout.source, payout.person, payout.currency)


def _taken(payout: Payout) -> dict[Account, int]:
    return {
        **_value(payout, -payout.coins, -payout.amount_minor, 0),
        in_transit(payout.person, payout.currency): payout.net_minor,
        cash(payout.currency): payout.fee_minor,
    }


def _sent(payout: Payout) -> dict[Account, int]:
    return {
        in_transit(payout.person, payout.currency): -payout.net_minor,
        provider(payout.rail, payout.currency): payout.net_minor,
    }


def _back(payout: Payout, owed: int) -> dict[Account, int]:
    """Everything that has not come back yet, with opposite signs. What is owed by now is paid first."""
    unsent = payout.state in UNSENT
    holder = in_transit(payout.person, payout.currency) if unsent else provider(payout.rail, payout.currency)
    coins, minor = payout.coins - payout.returned_coins, payout.amount_minor - payout.returned_minor
    return {
        **_value(payout, coins, minor, owed),
        holder: payout.returned_minor - payout.net_minor,
        cash(payout.currency): -payout.fee_minor,
    }


def _part_back(payout: Payout, minor: int, coins: int, owed: int) -> dict[Account, int]:
    return {**_value(payout, coins, minor, owed), provider(payout.rail, payout.currency): -minor}


def _value(payout: Payout, coins: int, minor: int, owed: int) -> dict[Account, int]:
    return value(payout.source, payout.person, payout.currency, coins, minor, owed)
