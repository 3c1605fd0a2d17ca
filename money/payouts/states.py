"""The states of a payout, the transitions that exist, and the transfer that each of them posts.

A row moves forward only: a transition names the states it may leave, and whoever comes second changes nothing. The
row, its step and its transfer commit together. "Paid" is not final, because banks return money weeks later.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import msgspec
from sqlalchemy import Connection, Row, insert, select, update

from core.errors import Refusal
from money.earnings.earnings import debts, repaying
from money.errors import InsufficientCoins, InsufficientEarnings
from money.ledger import Ledger
from money.ledger.accounts import REDEEMED, cash, cost, in_transit, payable, provider
from money.ledger.rules import Account, Transfer
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
    """A payout. `answer`: what we know of its latest attempt; `destination` is frozen when it is approved."""

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
            owed = debts(connection, [payout.person]).get(payout.person, 0)
            self._post(connection, payout, ":back", now, _back(payout, owed))
        return find(connection, id)

    def _step(self, connection: Connection, payout: Payout, state: State, now: int, by: str, note: str) -> None:
        row = {"payout": payout.id, "state": state, "at": now, "by": by, "note": note}
        connection.execute(insert(payout_steps).values(row))

    def _post(self, connection: Connection, payout: Payout, stage: str, now: int, entries: dict[Account, int]) -> None:
        transfer = Transfer(
            key=f"payout:{payout.id}{stage}",
            kind="payout" if stage != ":back" else "payout_back",
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


def _taken(payout: Payout) -> dict[Account, int]:
    return {
        payable(payout.person): -payout.coins,
        REDEEMED: payout.coins,
        cost(payout.currency): -payout.amount_minor,
        in_transit(payout.person, payout.currency): payout.net_minor,
        cash(payout.currency): payout.fee_minor,
    }


def _sent(payout: Payout) -> dict[Account, int]:
    return {
        in_transit(payout.person, payout.currency): -payout.net_minor,
        provider(payout.rail, payout.currency): payout.net_minor,
    }


def _back(payout: Payout, owed: int) -> dict[Account, int]:
    """Everything so far with opposite signs. What is owed by now is paid first."""
    unsent = payout.state in UNSENT
    holder = in_transit(payout.person, payout.currency) if unsent else provider(payout.rail, payout.currency)
    return {
        **repaying(payout.person, payout.coins, owed),
        REDEEMED: -payout.coins,
        cost(payout.currency): payout.amount_minor,
        holder: -payout.net_minor,
        cash(payout.currency): -payout.fee_minor,
    }
