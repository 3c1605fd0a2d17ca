"""Posting a period: what was reviewed becomes payable, each creator's once, and what is nobody's is carried on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from sqlalchemy import Connection, Row, bindparam, select, update

from core.clock import Clock
from core.database import Database
from money.earnings.earnings import debts, repaying
from money.errors import FundNotReady
from money.fund import corrections
from money.fund.periods import Period, Periods, forward, locked
from money.ledger import Ledger
from money.ledger.accounts import fund
from money.ledger.rules import Posted, Transfer
from money.tables import fund_creators
from people.inbox.notices import Notice, Notifies

POST_BATCH_MAX = 500


class Posting:
    """All methods block."""

    def __init__(self, database: Database, clock: Clock, ledger: Ledger, periods: Periods, inbox: Notifies) -> None:
        self._database = database
        self._clock = clock
        self._ledger = ledger
        self._periods = periods
        self._inbox = inbox

    def review(self, connection: Connection, period: str, by: str) -> Period:
        """Note that an admin has looked at the amounts of a closed period. Again is harmless. Raises FundNotReady."""
        row = locked(connection, period)
        if row.state == "closed":
            forward(connection, period, "closed", "reviewed", reviewed_at=self._clock(), reviewed_by=by)
        elif row.state in ("open", "closing"):
            raise FundNotReady("Close it first.")
        return self._periods.one(connection, period)

    def check_reviewed(self, connection: Connection, period: str) -> None:
        """Raises NotFound, FundNotReady."""
        if self._periods.one(connection, period).state not in ("reviewed", "posted"):
            raise FundNotReady("Review it first.")

    def post(self, period: str, by: str, progress: Callable[[], None] = lambda: None) -> Period:
        """Pay out the pot of a reviewed period. Interrupted, it goes on where it was; again is harmless. Raises
        FundNotReady."""
        while self._database.write(partial(self._post_some, period, by)):
            progress()
        return self._database.read(lambda c: self._periods.one(c, period))

    def _post_some(self, period: str, by: str, connection: Connection) -> bool:
        """Whether there is more to post."""
        row = locked(connection, period)
        if row.state == "posted":
            return False
        if row.state != "reviewed":
            raise FundNotReady("Review it first.")
        wrong = corrections.due(connection, period, POST_BATCH_MAX)
        if wrong:
            self._correct(connection, wrong)
            return True
        left = select(fund_creators.c.creator, fund_creators.c.coins).where(
            fund_creators.c.period == period, fund_creators.c.posted == 0, fund_creators.c.coins > 0
        )
        some = connection.execute(left.order_by(fund_creators.c.creator).limit(POST_BATCH_MAX)).all()
        if some:
            amounts = {creator: coins for creator, coins in some}  # noqa: C416  dict(rows) is not typed
            self._pay(connection, period, row.digest, amounts)
            return True
        forward(connection, period, "reviewed", "posted", posted_at=self._clock(), posted_by=by)
        if row.carried:
            self._periods.carry(connection, period, row.carried)
        return False

    def _correct(self, connection: Connection, wrong: Sequence[Row[Any]]) -> None:
        transfers = corrections.transfers_for(connection, wrong, self._clock())
        self._inbox.tell(connection, [_notice(row.creator, row.period, row.coins) for row in wrong if row.coins > 0])
        for row, verdict in zip(wrong, self._ledger.post(connection, transfers), strict=True):
            if not isinstance(verdict, Posted):
                raise RuntimeError(f"the correction {row.id} was refused: {verdict.code}")

    def _pay(self, connection: Connection, period: str, digest: str, amounts: dict[str, int]) -> None:
        now = self._clock()
        owed = debts(connection, amounts.keys())
        transfers = [
            Transfer(
                key=f"fund:{period}:{creator}", kind="fund", at=now, request=f"{coins}",
                entries={fund(period): -coins, **repaying(creator, coins, owed.get(creator, 0))},
                detail={"period": period, "digest": digest},
            )
            for creator, coins in amounts.items()
        ]  # fmt: skip
        done = update(fund_creators).where(
            fund_creators.c.period == period, fund_creators.c.creator == bindparam("which")
        )
        connection.execute(done.values(posted=1), [{"which": creator} for creator in amounts])
        self._inbox.tell(connection, [_notice(creator, period, coins) for creator, coins in amounts.items()])
        for creator, verdict in zip(amounts, self._ledger.post(connection, transfers), strict=True):
            if not isinstance(verdict, Posted):  # the books contradict the period: nothing of this batch is posted
                raise RuntimeError(f"the amount of {creator} in {period} was refused: {verdict.code}")


def _notice(creator: str, period: str, coins: int) -> Notice:
    return Notice(creator, "payout", by=creator, item=f"fund:{period}", text="fund", amount=coins)
