"""Budgets of campaigns: `ad_balance` -> `ad_held` when a slice is reserved -> `ad_revenue` when views are billed, with
the share of the creator whose video was promoted -> `ad_share` in the same transfer.

A reservation is refused before it could exceed the campaign's budget or the advertiser's balance, and only what is held
can be billed: so no campaign ever spends more than its budget, whatever its callers do. Everything happens in the
caller's transaction and once for each key. Amounts are millionths of the ad currency.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import msgspec
from sqlalchemy import Connection, bindparam, select, update
from sqlalchemy.dialects import postgresql, sqlite

from core.clock import Clock
from core.errors import Refusal
from money.errors import AdBalanceTooLow, BudgetSpent, InvalidTransfer
from money.ledger import Ledger
from money.ledger.accounts import AD_REVENUE, ad_balance, ad_debt, ad_held, ad_share
from money.ledger.rules import TRANSFER_AMOUNT_MAX, Account, Book, Draft, Posted, Transfer, Verdict
from money.tables import ad_budgets, ad_shares

_INSERT = {dialect.dialect.name: dialect.insert for dialect in (sqlite, postgresql)}


class Reserve(msgspec.Struct, frozen=True, gc=False):
    """Set `micro` aside, or as much as there is but not less than `least`.

    `budget` is the campaign's total, in force now: what is spent and held never exceeds it.
    """

    key: str
    advertiser: str
    campaign: str
    micro: int
    budget: int
    least: int = 1


class Capture(msgspec.Struct, frozen=True, gc=False):
    """Bill what was held. `detail`: what else the transfer is to say. `share_micro` of it is the `creator`'s: less than
    all of it."""

    key: str
    advertiser: str
    campaign: str
    micro: int
    detail: Mapping[str, str | int] = {}
    creator: str = ""
    share_micro: int = 0

    @property
    def accounts(self) -> tuple[Account, ...]:
        return (ad_share(self.creator),) if self.share_micro else ()

    @property
    def request(self) -> str:
        return f"\n{self.creator}\n{self.share_micro}" if self.share_micro else ""

    @property
    def valid(self) -> bool:
        share = self.share_micro
        return type(share) is int and (share == 0 or (0 < share < self.micro and bool(self.creator)))


class Release(msgspec.Struct, frozen=True, gc=False):
    """Give back what was held. It pays what the advertiser owes first."""

    key: str
    advertiser: str
    campaign: str
    micro: int


class Spending(msgspec.Struct, frozen=True, gc=False):
    spent_micro: int = 0
    held_micro: int = 0


class _Draft(Draft, frozen=True, gc=False):
    """`committed`: what was spent and held of each campaign's budget before this batch, with its row locked."""

    asked: Reserve | Capture | Release
    committed: Mapping[str, int]

    def settle(self, book: Book) -> Transfer | Refusal:
        asked = self.asked
        if type(asked.micro) is not int or not 1 <= asked.micro <= TRANSFER_AMOUNT_MAX:
            return InvalidTransfer()
        balance, owed, held = ad_balance(asked.advertiser), ad_debt(asked.advertiser), ad_held(asked.campaign)
        committed = book.notes.setdefault(_Draft, dict(self.committed))
        if isinstance(asked, Reserve):
            left = asked.budget - committed.get(asked.campaign, 0)
            if left < max(asked.least, 1):
                return BudgetSpent()
            micro = min(asked.micro, left, book.balance(balance))
            if micro < max(asked.least, 1) or book.balance(owed):
                return AdBalanceTooLow()
            committed[asked.campaign] = committed.get(asked.campaign, 0) + micro
            entries = {balance: -micro, held: micro}
        elif book.balance(held) < asked.micro:
            return InvalidTransfer("So much is not held.")
        elif isinstance(asked, Capture):
            if not asked.valid:
                return InvalidTransfer()
            entries = {held: -asked.micro, AD_REVENUE: asked.micro - asked.share_micro}
            entries |= dict.fromkeys(asked.accounts, asked.share_micro)
        else:
            repaid = min(asked.micro, -book.balance(owed))
            committed[asked.campaign] = committed.get(asked.campaign, 0) - asked.micro
            entries = {held: -asked.micro, owed: repaid, balance: asked.micro - repaid}
        moved = {account: amount for account, amount in entries.items() if amount}
        more = asked.detail if isinstance(asked, Capture) else {}
        return Transfer(self.key, self.kind, self.at, self.request, moved, {"campaign": asked.campaign, **more})


class AdBudgets:
    def __init__(self, clock: Clock, ledger: Ledger) -> None:
        self._clock = clock
        self._ledger = ledger

    def reserve(self, connection: Connection, asked: Sequence[Reserve]) -> list[int | Refusal]:
        """How much is set aside for each. A repeated key gets the same answer, and nothing more is set aside.

        Refusals: BudgetSpent (of the campaign), AdBalanceTooLow (of the advertiser, also while it owes something),
        IdempotencyKeyReused, InvalidTransfer.
        """
        return [self._amount(verdict) for verdict in self._post(connection, asked, "ad_reserve")]

    def capture(self, connection: Connection, asked: Sequence[Capture]) -> list[int | Refusal]:
        """Refusals: InvalidTransfer for more than is held, IdempotencyKeyReused."""
        return [self._amount(verdict) for verdict in self._post(connection, asked, "ad_capture")]

    def release(self, connection: Connection, asked: Sequence[Release]) -> list[int | Refusal]:
        """Refusals: InvalidTransfer for more than is held, IdempotencyKeyReused."""
        return [self._amount(verdict) for verdict in self._post(connection, asked, "ad_release")]

    @staticmethod
    def spending(connection: Connection, campaigns: Collection[str]) -> dict[str, Spending]:
        """What each of these campaigns has spent and holds, by the books."""
        found = connection.execute(select(ad_budgets).where(ad_budgets.c.campaign.in_(campaigns)))
        known = {
            row.campaign: Spending(row.captured_micro, row.reserved_micro - row.captured_micro - row.released_micro)
            for row in found
        }
        return {campaign: known.get(campaign, Spending()) for campaign in campaigns}

    @staticmethod
    def held(connection: Connection, advertiser: str) -> int:
        """What is set aside for all campaigns of an advertiser."""
        rows = connection.execute(select(ad_budgets).where(ad_budgets.c.advertiser == advertiser))
        return sum(row.reserved_micro - row.captured_micro - row.released_micro for row in rows)

    def _post(
        self, connection: Connection, asked: Sequence[Reserve] | Sequence[Capture] | Sequence[Release], kind: str
    ) -> list[Verdict]:
        committed = _lock(connection, {one.campaign: one.advertiser for one in asked})
        drafts = [
            _Draft(
                f"{kind}:{one.campaign}:{one.key}", kind, self._clock(),
                f"{one.advertiser}\n{one.micro}" + (one.request if isinstance(one, Capture) else ""),
                (ad_balance(one.advertiser), ad_debt(one.advertiser), ad_held(one.campaign), AD_REVENUE,
                 *(one.accounts if isinstance(one, Capture) else ())),
                one, committed,
            )
            for one in asked
        ]  # fmt: skip
        return self._ledger.post(connection, drafts, lambda verdicts: _record(connection, drafts, verdicts))

    @staticmethod
    def _amount(verdict: Verdict) -> int | Refusal:
        if not isinstance(verdict, Posted):
            return verdict
        return next(abs(amount) for account, amount in verdict.entries.items() if account.kind == "ad_held")


def _lock(connection: Connection, campaigns: Mapping[str, str]) -> dict[str, int]:
    """Lock the rows of these campaigns, always in the same order. Returns what is spent and held of each."""
    if not campaigns:
        return {}
    empty = {"reserved_micro": 0, "captured_micro": 0, "released_micro": 0}
    rows = [{"campaign": one, "advertiser": advertiser, **empty} for one, advertiser in sorted(campaigns.items())]
    connection.execute(_INSERT[connection.dialect.name](ad_budgets).on_conflict_do_nothing(), rows)
    found = select(ad_budgets).where(ad_budgets.c.campaign.in_(campaigns)).order_by(ad_budgets.c.campaign)
    return {
        row.campaign: row.reserved_micro - row.released_micro for row in connection.execute(found.with_for_update())
    }


_COLUMNS = {Reserve: "reserved_micro", Capture: "captured_micro", Release: "released_micro"}


def _record(connection: Connection, drafts: Sequence[_Draft], verdicts: Sequence[Verdict]) -> None:
    """Count what was newly posted, in the transaction that posts it."""
    moved: dict[str, dict[str, int]] = {}
    for draft, verdict in zip(drafts, verdicts, strict=True):
        if isinstance(verdict, Posted) and not verdict.replayed:
            row = moved.setdefault(draft.asked.campaign, dict.fromkeys(_COLUMNS.values(), 0))
            row[_COLUMNS[type(draft.asked)]] += abs(verdict.entries[ad_held(draft.asked.campaign)])
    if moved:
        counted = update(ad_budgets).where(ad_budgets.c.campaign == bindparam("which"))
        counted = counted.values({column: ad_budgets.c[column] + bindparam(column) for column in _COLUMNS.values()})
        connection.execute(counted, [{"which": campaign, **row} for campaign, row in moved.items()])
    _record_shares(connection, drafts, verdicts)


def _record_shares(connection: Connection, drafts: Sequence[_Draft], verdicts: Sequence[Verdict]) -> None:
    shares: dict[tuple[str, str], int] = {}
    for draft, verdict in zip(drafts, verdicts, strict=True):
        asked = draft.asked
        if isinstance(asked, Capture) and asked.share_micro and isinstance(verdict, Posted) and not verdict.replayed:
            shares[asked.campaign, asked.creator] = shares.get((asked.campaign, asked.creator), 0) + asked.share_micro
    if shares:
        new = _INSERT[connection.dialect.name](ad_shares)
        more = {"earned_micro": ad_shares.c.earned_micro + new.excluded.earned_micro}
        rows = [
            {"campaign": campaign, "person": person, "earned_micro": micro}
            for (campaign, person), micro in sorted(shares.items())
        ]
        connection.execute(new.on_conflict_do_update(index_elements=["campaign", "person"], set_=more), rows)
