"""Tells people what became of a sponsored goal: its advertiser and its host."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row

from people.inbox.notices import Notice, Notifies
from vod.ads.campaigns.notices import bookers_of
from vod.ads.goals.states import Because


class GoalNotices:
    """`goal` is its row as it was before. Everything is in the caller's transaction. The texts are codes."""

    def __init__(self, inbox: Notifies) -> None:
        self._inbox = inbox

    def offered(self, connection: Connection, goal: Row[Any]) -> None:
        """A review approved it."""
        self._tell(connection, bookers_of(connection, goal.advertiser), goal, "approved")
        self._tell(connection, [goal.creator], goal, "offered")

    def paid(self, connection: Connection, goal: Row[Any]) -> None:
        self._tell(connection, bookers_of(connection, goal.advertiser), goal, "paid")
        self._tell(connection, [goal.creator], goal, "earned")

    def returned(self, connection: Connection, goal: Row[Any], because: Because) -> None:
        """Its reward went back. Nobody is told of what they did themselves, and no host of what was never offered."""
        if because != "cancelled":
            self._tell(connection, bookers_of(connection, goal.advertiser), goal, because)
        if because in ("cancelled", "stopped") and goal.reviewed_at is not None:
            self._tell(connection, [goal.creator], goal, f"host_{because}")

    def _tell(self, connection: Connection, people: Sequence[str], goal: Row[Any], what: str) -> None:
        item = f"{goal.id}:{goal.revision}:{what}"
        told = [Notice(one, "goal", one, item=item, text=what) for one in people]
        if told:
            self._inbox.tell(connection, told)
