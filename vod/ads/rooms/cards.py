"""Cards between live rooms: never first, never last, never two in a row. They are ads like those of the feed."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from sqlalchemy import Connection

from core.database import Database
from vod.ads.serving.feed_ads import Ad, FeedAds, Placed
from vod.catalogue.videos import Video
from vod.feed.viewer import Viewer
from vod.search.search import RoomsById

FIRST_AFTER = 2  # rooms
EVERY = 8  # rooms between two cards


class RoomCard(msgspec.Struct):
    """An ad with `after` of the rooms before it, counted in those that were asked for. It is a video, as in the feed;
    `impression` is what its events name."""

    after: int
    ad: Ad
    video: Video
    impression: str


def slots(rooms: int) -> list[int]:
    """How many rooms are before each card."""
    return list(range(FIRST_AFTER, rooms, EVERY))


class RoomCards:
    def __init__(self, database: Database, ads: FeedAds, rooms_by_id: RoomsById) -> None:
        self._database = database
        self._ads = ads
        self._rooms_by_id = rooms_by_id

    def between(self, viewer: Viewer, session: str, rooms: Sequence[str], base_url: str) -> list[RoomCard]:
        """The cards between these live rooms, in this order. Recorded when they are returned. Blocks."""
        if not self._ads.slots(viewer):
            self._ads.passed_rooms(viewer, len(slots(len(rooms))))
            return []

        def read(connection: Connection) -> list[tuple[int, Placed]]:
            live = {room.id: room.title for room in self._rooms_by_id(connection, rooms, base_url)}
            wanted = [slot for slot in slots(len(rooms)) if rooms[slot - 1] in live and rooms[slot] in live]
            titles = [(live[rooms[slot - 1]], live[rooms[slot]]) for slot in wanted]
            placed = self._ads.choose_between(connection, viewer, session, titles)
            return [(slot, one) for slot, one in zip(wanted, placed, strict=True) if one is not None]

        chosen = self._database.read(read)
        kept = {one.serve.id for one in self._ads.record(viewer, session, [one for _, one in chosen])}
        return [
            RoomCard(after, self._ads.view(one, viewer), one.video, self._ads.impression(one))
            for after, one in chosen
            if one.serve.id in kept
        ]
