"""What happens to rooms, for the inboxes of their hosts and of those who follow them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sqlalchemy import Connection, select

from core.jobs import Jobs
from live.rooms import Rooms, RoomState
from live.tables import rooms
from people.inbox.notices import Notifies
from people.inbox.reading import Subject


class RoomNotices:
    def __init__(self, rooms_: Rooms, inbox: Notifies, jobs: Jobs) -> None:
        self._rooms = rooms_
        self._inbox = inbox
        self._jobs = jobs

    def record(self, connection: Connection, room: str, state: RoomState) -> Callable[[], None]:
        """For `Rooms.record`: a room that goes live is told to its host's followers."""
        if state != "live":
            return _nothing
        self._inbox.tell_followers(connection, "live", self._rooms.row(connection, room).host, room)
        return self._jobs.wake

    @staticmethod
    def describe(connection: Connection, ids: Sequence[str], reader: str) -> dict[str, Subject]:  # noqa: ARG004
        """See `people.inbox.reading.Describe`. Everybody may see every room."""
        found = connection.execute(select(rooms.c.id, rooms.c.title, rooms.c.state).where(rooms.c.id.in_(ids)))
        return {row.id: Subject("room", row.id, row.title, live=row.state == "live") for row in found}


def _nothing() -> None:
    """Nobody is told that a room is idle again."""
