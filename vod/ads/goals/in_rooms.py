"""What the chat asks while a sponsored goal runs in a room. Everything happens in the transaction of its batch."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import Connection, Row, select

from core.errors import NotAllowed, Refusal
from money.ads.credit import GoalCredit
from vod.ads.campaigns.campaign import Allowed
from vod.ads.campaigns.tables import advertisers
from vod.ads.challenges.entries import Adults
from vod.ads.goals.lifecycle import GoalLifecycle
from vod.ads.goals.tables import ad_goals
from vod.errors import GoalNotFound, GoalNotOpen


class RoomGoals:
    def __init__(self, lifecycle: GoalLifecycle, allowed: Allowed, adults: Adults) -> None:
        self._lifecycle = lifecycle
        self._allowed = allowed
        self._adults = adults

    def lock(self, connection: Connection, goals: Collection[str]) -> None:
        """Nobody else moves these until the transaction ends. Goals are locked before the ledger, everywhere."""
        mine = select(ad_goals.c.id).where(ad_goals.c.id.in_(goals)).order_by(ad_goals.c.id)
        connection.execute(mine.with_for_update())

    def start(self, connection: Connection, goal: str, host: str, room: str, at: int) -> GoalCredit | Refusal:
        """The host agrees to it, here and now. Rooms of people under 18 cannot be sponsored. Refusals: GoalNotFound,
        GoalNotOpen, NotAllowed."""
        try:
            row = self._lifecycle.locked(connection, goal)
        except GoalNotFound as refusal:
            return refusal
        if row.creator != host or row.reviewed_at is None:
            return GoalNotFound()
        if not self._adults(connection, [host]):
            return NotAllowed("Rooms of people under 18 are not sponsored.")
        if row.state != "offered" or not self._may_be_shown(connection, row):
            return GoalNotOpen(f"The goal is in the state {row.state}.")
        ends_at = self._lifecycle.start(connection, row, room, at)
        return GoalCredit(row.id, row.sponsor, row.paid_by, row.text, row.reward_micro, row.target_coins, 0, ends_at)

    def reach(self, connection: Connection, goal: str, coins: int, at: int) -> bool:
        """Enough was given in time; False if the goal was over before."""
        return self._lifecycle.reach(connection, goal, coins, at)

    def stop(self, connection: Connection, goal: str, *, by_host: bool) -> None:
        """The host does not want it any more, or the room has ended: the reward goes back. Nothing, if it is over."""
        row = self._lifecycle.locked(connection, goal)
        if row.state == "running":
            self._lifecycle.give_back(connection, row, "declined" if by_host else "missed")

    def _may_be_shown(self, connection: Connection, row: Row[Any]) -> bool:
        sponsor = connection.execute(select(advertisers).where(advertisers.c.id == row.advertiser)).one()
        return sponsor.state == "verified" and not sponsor.stopped and row.category in self._allowed(connection)


PROOFS = {
    "goal_has_its_money": (
        f"SELECT 'goal ' || g.id, g.state FROM {ad_goals.name} g LEFT JOIN ad_budgets b ON b.campaign = g.id WHERE "
        "coalesce(b.reserved_micro, 0) <> CASE WHEN g.state = 'draft' THEN 0 WHEN g.state = 'returned' "
        "THEN coalesce(b.released_micro, 0) ELSE g.reward_micro END "
        "OR coalesce(b.captured_micro, 0) <> CASE g.state WHEN 'paid' THEN g.reward_micro ELSE 0 END "
        "OR (g.state <> 'returned' AND coalesce(b.released_micro, 0) <> 0) "
        "OR (g.state = 'returned' AND g.reviewed_at IS NOT NULL AND coalesce(b.released_micro, 0) <> g.reward_micro) "
        "OR b.advertiser <> g.advertiser"
    ),
    "goal_pays_the_share_that_was_agreed": (
        "SELECT 'goal ' || g.id, coalesce(sum(s.earned_micro), 0) FROM ad_goals g LEFT JOIN ad_shares s "
        "ON s.campaign = g.id GROUP BY g.id, g.state, g.reward_micro, g.share_percent, g.creator "
        "HAVING coalesce(sum(s.earned_micro), 0) <> CASE g.state WHEN 'paid' "
        "THEN g.reward_micro * g.share_percent / 100 ELSE 0 END "
        "OR coalesce(max(s.person), g.creator) <> g.creator"
    ),
    "goal_was_reached_in_its_time": (
        "SELECT 'goal ' || id, coins FROM ad_goals WHERE (state IN ('reached', 'paid') AND (coins < target_coins "
        "OR started_at IS NULL OR room IS NULL OR ends_at <> started_at + CAST(minutes AS BIGINT) * 60000)) "
        "OR (state = 'reached' AND state_at >= ends_at)"
    ),
}
