"""What moves a campaign from one state to the next: its advertiser, a review, the clock, its spending."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import structlog
from sqlalchemy import Connection, Row, select, update

from core.clock import Clock
from core.database import Database
from money.ads import AdBudgets, Spending
from vod.ads.campaigns.creatives import Creatives
from vod.ads.campaigns.floors import floor
from vod.ads.campaigns.states import CampaignState, is_possible
from vod.ads.campaigns.tables import campaigns
from vod.ads.promoted.challenges import over
from vod.ads.takeover.days import TakeoverDays
from vod.errors import CampaignNotFound, CampaignNotOpen

TICK_EVERY_S = 30.0
SETTLE_AFTER_MS = 600_000  # views under way are billed or let go within 120 s
ROWS_MAX = 500  # campaigns locked at once

_WATCHED: tuple[CampaignState, ...] = ("review", "ready", "running", "paused", "exhausted", "ended")

log = structlog.get_logger("ads")


class Lifecycle:
    def __init__(
        self, database: Database, clock: Clock, creatives: Creatives, budgets: AdBudgets, days: TakeoverDays
    ) -> None:
        self._database = database
        self._clock = clock
        self._creatives = creatives
        self._budgets = budgets
        self._days = days

    def locked(self, connection: Connection, campaign: str) -> Row[Any]:
        """A campaign, until the transaction ends. Raises CampaignNotFound."""
        row = connection.execute(select(campaigns).where(campaigns.c.id == campaign).with_for_update()).first()
        if row is None:
            raise CampaignNotFound
        return row

    def move(self, connection: Connection, row: Row[Any], state: CampaignState) -> None:
        """Raises CampaignNotOpen when the campaign cannot get there. The caller has locked it."""
        if not is_possible(row.state, state):
            raise CampaignNotOpen(f"The campaign is in the state {row.state}.")
        connection.execute(
            update(campaigns).where(campaigns.c.id == row.id).values(state=state, state_at=self._clock())
        )
        if row.tier == "takeover" and state in ("draft", "ended"):
            self._days.give_back(connection, row.id)

    def resume(self, connection: Connection, row: Row[Any]) -> None:
        """Let a paused campaign go on. Raises CampaignNotOpen, also when every creative of it is rejected."""
        states = self._creatives.states(connection, row.id)
        if row.state != "paused" or not states & {"approved", "waiting"}:
            raise CampaignNotOpen(f"The campaign is in the state {row.state}.")
        if "approved" in states:
            self._approve(connection, row)
        else:
            self.move(connection, row, "review")

    def follow_creatives(self, connection: Connection, row: Row[Any]) -> None:
        """After a creative was decided, changed or removed. A paused campaign stays paused: it is shown nowhere."""
        states = self._creatives.states(connection, row.id)
        if row.state == "review" and "approved" in states:
            self._approve(connection, row)
        elif row.state in ("ready", "running", "exhausted") and "approved" not in states:
            self.move(connection, row, "review" if "waiting" in states else "draft")
        elif row.state == "review" and "waiting" not in states:
            self.move(connection, row, "draft")

    def _approve(self, connection: Connection, row: Row[Any]) -> None:
        """It runs at once when its first day has come."""
        self.move(connection, row, "ready")
        if row.starts_at <= self._clock():
            self.move(connection, self.locked(connection, row.id), "running")

    def tick(self) -> None:
        """Move on what the clock or the money moves. Blocks."""
        self._database.write(self._recaptioned)
        self._database.write(self._days.lapse)
        last = ""
        while True:
            found = select(campaigns.c.id).where(campaigns.c.state.in_(_WATCHED), campaigns.c.id > last)
            page = found.order_by(campaigns.c.id).limit(ROWS_MAX)
            ids = self._database.read(lambda c: c.execute(page).scalars().all())  # noqa: B023  it runs at once
            self._database.write(lambda c: self._tick(c, ids))  # noqa: B023
            if len(ids) < ROWS_MAX:
                return
            last = ids[-1]

    def _tick(self, connection: Connection, ids: Sequence[str]) -> None:
        found = select(campaigns).where(campaigns.c.id.in_(ids)).order_by(campaigns.c.id).with_for_update()
        rows = connection.execute(found).all()
        spent = self._budgets.spending(connection, ids)
        price = floor(connection)
        ended = over(connection, {row.challenge for row in rows if row.challenge}, self._clock())
        for row in rows:
            for state in self._due(row, spent[row.id], price.of(row.pricing), over=row.challenge in ended):
                self.move(connection, row, state)
                log.info("campaign moved", campaign=row.id, state=state)

    def _due(self, row: Row[Any], spent: Spending, least: int, *, over: bool) -> Iterator[CampaignState]:
        """The state that a campaign should be in by now, if it is another one. `over`: the challenge that it promotes
        is."""
        now = self._clock()
        if row.state == "ended":
            if not spent.held_micro and now >= row.state_at + SETTLE_AFTER_MS:
                yield "settled"
        elif row.state not in _WATCHED:
            return
        elif row.ends_at <= now or over:
            yield "ended"
        elif row.state in ("ready", "running", "paused") and is_exhausted(row, spent, least):
            if row.state != "ready":
                yield "exhausted"
        elif row.state == "ready" and row.starts_at <= now:
            yield "running"

    def _recaptioned(self, connection: Connection) -> None:
        for campaign in self._creatives.recaptioned(connection):
            self.follow_creatives(connection, self.locked(connection, campaign))


def is_exhausted(row: Row[Any], spent: Spending, least: int) -> bool:
    """Whether the total cannot pay the cheapest view or click anymore. What is held may come back, so it counts as
    there."""
    if row.tier in ("house", "takeover"):
        return False
    price = least if row.pricing == "cpc" else -(-least // 1_000)  # of conversions, views: what is billed at last
    return bool(row.total_micro - spent.spent_micro < price)
