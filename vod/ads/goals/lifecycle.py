"""What moves a sponsored goal from one state to the next, with its money. The clock decides, whoever asks first.

State and money change in one transaction. The reward is held like a campaign's budget, under the goal's own id, so it
is on exactly one account: the advertiser's, the one that holds it, or the creator's and the platform's.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import structlog
from sqlalchemy import Connection, Row, select, update

from core.clock import Clock
from core.database import Database
from core.errors import Refusal
from core.text import folded
from money.ads import AdBudgets, Capture, Release, Reserve
from money.ads.prizes import Prizes
from vod.ads.campaigns.tables import advertisers
from vod.ads.challenges.entries import Adults
from vod.ads.goals.notices import GoalNotices
from vod.ads.goals.states import HELD, Because, GoalState, is_possible
from vod.ads.goals.tables import ad_goals
from vod.ads.promoted.tables import ad_consents, in_force
from vod.ads.serving.serve import share_of
from vod.ads.serving.statements import upsert
from vod.ads.tables import ad_library
from vod.errors import GoalNotFound, GoalNotOpen

TICK_EVERY_S = 5.0
ROWS_MAX = 500
KEY = "goal"  # of each transfer of a goal: there is one of each kind at most

log = structlog.get_logger("ads")


class GoalLifecycle:
    """Every method but `tick` works in the caller's writing transaction."""

    def __init__(
        self, database: Database, clock: Clock, budgets: AdBudgets, adults: Adults, notices: GoalNotices
    ) -> None:
        self._database = database
        self._clock = clock
        self._budgets = budgets
        self._adults = adults
        self._notices = notices

    def locked(self, connection: Connection, goal: str) -> Row[Any]:
        """A goal in the state it should be in by now, until the transaction ends. Raises GoalNotFound."""
        row = self._locked(connection, goal)
        while self._step(connection, row):
            row = self._locked(connection, goal)
        return row

    def tick(self) -> None:
        """Blocks."""
        last = ""
        while True:
            found = select(ad_goals.c.id).where(ad_goals.c.state.in_(HELD), ad_goals.c.id > last)
            page = found.order_by(ad_goals.c.id).limit(ROWS_MAX)
            ids = self._database.read(lambda c: c.execute(page).scalars().all())  # noqa: B023  it runs at once
            for goal in ids:
                self._database.write(lambda c: self.locked(c, goal))  # noqa: B023
            if len(ids) < ROWS_MAX:
                return
            last = ids[-1]

    # -- with the money --------------------------------------------------------------------------

    def hold(self, connection: Connection, row: Row[Any], **values: object) -> None:
        """It is submitted. Raises AdBalanceTooLow, GoalNotOpen."""
        self.move(connection, row, "review", **values)
        micro = row.reward_micro
        _must(self._budgets.reserve(connection, [Reserve(KEY, row.advertiser, row.id, micro, micro, micro)]))

    def give_back(self, connection: Connection, row: Row[Any], because: Because, **values: object) -> None:
        """Raises GoalNotOpen for what is over."""
        self.move(connection, row, "returned", because=because, **values)
        if row.state != "draft":
            _must(self._budgets.release(connection, [Release(KEY, row.advertiser, row.id, row.reward_micro)]))
            self._notices.returned(connection, row, because)
        log.info("sponsored goal over", goal=row.id, because=because)

    def _pay(self, connection: Connection, row: Row[Any]) -> None:
        self.move(connection, row, "paid")
        share = share_of(row.reward_micro, row.share_percent)
        paid = Capture(KEY, row.advertiser, row.id, row.reward_micro, {"goal": row.id}, row.creator, share)
        _must(self._budgets.capture(connection, [paid]))
        self._notices.paid(connection, row)
        log.info("sponsored goal paid", goal=row.id, micro=row.reward_micro)

    # -- without ---------------------------------------------------------------------------------

    def offer(self, connection: Connection, row: Row[Any], **values: object) -> None:
        """A review approved it. Raises GoalNotOpen."""
        self.move(connection, row, "offered", **values)
        self._notices.offered(connection, row)

    def start(self, connection: Connection, row: Row[Any], room: str, at: int) -> int:
        """Returns when it ends. Raises GoalNotOpen."""
        ends_at: int = at + row.minutes * 60_000
        self.move(connection, row, "running", room=room, started_at=at, ends_at=ends_at)
        self._show_in_library(connection, row, at)
        return ends_at

    def reach(self, connection: Connection, goal: str, coins: int, at: int) -> bool:
        """Enough was given. False if it was over before."""
        still = (ad_goals.c.id == goal, ad_goals.c.state == "running", ad_goals.c.ends_at > at)
        reached = update(ad_goals).where(*still).values(state="reached", state_at=at, coins=coins)
        return bool(connection.execute(reached).rowcount)

    def move(self, connection: Connection, row: Row[Any], state: GoalState, **values: object) -> None:
        """Raises GoalNotOpen when it cannot get there. The caller has locked it."""
        if not is_possible(row.state, state):
            raise GoalNotOpen(f"The goal is in the state {row.state}.")
        same = (ad_goals.c.id == row.id, ad_goals.c.state == row.state)
        moved = update(ad_goals).where(*same).values(state=state, state_at=self._clock(), **values)
        if connection.execute(moved).rowcount != 1:
            raise GoalNotOpen("The goal was changed meanwhile.")

    @staticmethod
    def waits_until(connection: Connection, advertiser: str) -> int:
        """From when on (Unix ms) rewards of an advertiser are paid, as prizes are."""
        return Prizes.payable_from(connection, advertiser)

    def _step(self, connection: Connection, row: Row[Any]) -> bool:
        """Move it one state on, if something says so."""
        if (because := self._ending(connection, row)) is not None:
            self.give_back(connection, row, because)
            return True
        if row.state != "reached" or self._stopped(connection, row):
            return False
        if self.waits_until(connection, row.advertiser) > self._clock():
            return False
        self._pay(connection, row)
        return True

    def _ending(self, connection: Connection, row: Row[Any]) -> Because | None:
        now = self._clock()
        if row.state == "running":
            return "missed" if row.ends_at <= now else None
        if row.state == "reached":
            return None if self._adults(connection, [row.creator]) else "gone"
        if row.state not in ("review", "offered"):
            return None
        if row.until <= now:
            return "lapsed"
        if self._stopped(connection, row):
            return "stopped"
        agreed = select(ad_consents.c.code).where(ad_consents.c.code == row.consent, in_force(now))
        return None if connection.execute(agreed).first() is not None else "declined"

    @staticmethod
    def _stopped(connection: Connection, row: Row[Any]) -> bool:
        """Its advertiser has a dispute, or the platform stopped it."""
        found = select(advertisers.c.stopped).where(advertisers.c.id == row.advertiser)
        return bool(connection.execute(found).scalar_one())

    @staticmethod
    def _locked(connection: Connection, goal: str) -> Row[Any]:
        row = connection.execute(select(ad_goals).where(ad_goals.c.id == goal).with_for_update()).first()
        if row is None:
            raise GoalNotFound
        return row

    @staticmethod
    def _show_in_library(connection: Connection, row: Row[Any], now: int) -> None:
        listed = {
            "creative": row.id, "campaign": row.id, "video": "", "sponsor": row.sponsor, "paid_by": row.paid_by,
            "names": folded(f"{row.sponsor}\n{row.paid_by}"), "category": row.category, "text": row.text,
            "landing": "", "targets": "{}", "first_at": now, "last_at": now, "format": "goal",
        }  # fmt: skip
        connection.execute(upsert(connection, ad_library).values(listed).on_conflict_do_nothing())


def _must(verdicts: Sequence[int | Refusal]) -> None:
    for verdict in verdicts:
        if isinstance(verdict, Refusal):
            raise verdict
