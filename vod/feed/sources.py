"""Where the items of the feed come from. A source names candidates, each with the reason it is shown for.

The tab For you asks a ranker (`rankers`), the tab Following a source of rows. Lanes of inserts are mixed among the
videos; ads are another lane.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import Connection, Row, select

from core.identity import Identity
from live.routes import RoomView
from vod.catalogue.videos import newest_first
from vod.catalogue.visibility import is_for_followers
from vod.feed.mix import ROOM_SPACING, Lane, Spacing
from vod.feed.recommender.picks import PickReason
from vod.tables import videos

ROOMS_PER_SESSION_MAX = 50

ReasonCode = PickReason | Literal["live", "sponsored"]
"""Why an item is shown. A source names the true one."""

Following = Callable[[Connection, str], list[str]]
"""Ids of the people somebody follows."""

LiveRooms = Callable[[Connection, int, str], Sequence[RoomView]]
"""(connection, limit, base URL) -> the rooms that are live, as a visitor is shown them, the most watched first."""


@dataclass(frozen=True, slots=True)
class Found:
    """Rows of videos in the order to show them, each with its reason, and the cursor of what comes after."""

    videos: Sequence[tuple[Row[Any], ReasonCode]]
    after: str | None


VideoSource = Callable[[Connection, Identity | None, str, int], Found]
"""(connection, viewer, cursor, limit) -> ready videos. Only the source knows what its cursor means: empty at the
beginning, of 40 characters at most."""


def of_followed(following: Following) -> VideoSource:
    """What the people the viewer follows made, the newest first."""

    def source(connection: Connection, viewer: Identity | None, cursor: str, limit: int) -> Found:
        people = following(connection, viewer.id) if viewer is not None else []
        query = select(videos).where(videos.c.person.in_(people), is_for_followers())
        rows, after = newest_first(connection, query, cursor, limit)
        return Found([(row, "followed") for row in rows], after)

    return source


class RoomSource:
    """Live rooms, none of them twice in a swipe session."""

    spacing: Spacing = ROOM_SPACING

    def __init__(self, live_rooms: LiveRooms) -> None:
        self._live_rooms = live_rooms

    def lane(
        self,
        connection: Connection,
        base_url: str,
        shown: Callable[[Collection[str]], set[str]],
        followed: Collection[str] = (),
    ) -> Lane[RoomView]:
        """`shown`: which of these rooms, by id, the session has shown already. Rooms of people whom the viewer follows
        come first."""
        live = sorted(
            self._live_rooms(connection, ROOMS_PER_SESSION_MAX, base_url), key=lambda room: room.host.id not in followed
        )
        before = shown([room.id for room in live])
        return Lane(self.spacing, [room for room in live if room.id not in before])
