"""The feed: assembles a page out of its sources and records what it shows."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import msgspec
from sqlalchemy import Connection

from core.database import Database
from core.http import Page
from live.routes import RoomView
from vod.catalogue.videos import Video, VideoFields, Videos
from vod.feed import cursor as cursors
from vod.feed.cursor import Cursor
from vod.feed.impressions import Impressions, Showing
from vod.feed.mix import Lane, mix, videos_wanted
from vod.feed.sources import Following, LiveRooms, ReasonCode, RoomSource, VideoSource, newest, of_followed
from vod.feed.viewer import Viewer


class Reason(msgspec.Struct):
    """Why an item is shown."""

    code: ReasonCode


class FeedVideo(VideoFields, tag_field="kind", tag="video", kw_only=True):
    """A video in the feed. It is ready, so `reason` is why it is shown."""

    impression: str
    reason: Reason


class FeedRoom(msgspec.Struct, tag_field="kind", tag="room"):
    """A live room in the feed."""

    room: RoomView
    impression: str
    reason: Reason


FeedItem = FeedVideo | FeedRoom
_Candidate = tuple[Showing, Video | RoomView]


class Feed:
    """Every method blocks and raises InvalidRequest for a cursor that is not one of ours."""

    def __init__(
        self,
        database: Database,
        videos: Videos,
        impressions: Impressions,
        following: Following,
        live_rooms: LiveRooms,
        recommend: VideoSource = newest,
    ) -> None:
        self._database = database
        self._videos = videos
        self._impressions = impressions
        self._rooms = RoomSource(live_rooms)
        self._recommend = recommend
        self._of_followed = of_followed(following)

    def for_you(self, viewer: Viewer, cursor: str, limit: int, base_url: str) -> Page[FeedItem]:
        """What the recommender found, with live rooms among it. `base_url` is where the viewer reached the server."""
        at = cursors.parse(cursor, [self._rooms.spacing])

        def read(connection: Connection) -> tuple[list[_Candidate], Cursor, bool]:
            lane = self._room_lane(connection, viewer, at, base_url)
            return self._mixed(connection, viewer, at, limit, self._recommend, [lane])

        return self._shown(viewer, at, *self._database.read(read))

    def of_followed(self, viewer: Viewer, cursor: str, limit: int) -> Page[FeedItem]:
        """What the people the viewer follows made, the newest first."""
        at = cursors.parse(cursor, [])

        def read(connection: Connection) -> tuple[list[_Candidate], Cursor, bool]:
            return self._mixed(connection, viewer, at, limit, self._of_followed, [])

        return self._shown(viewer, at, *self._database.read(read))

    def _room_lane(self, connection: Connection, viewer: Viewer, at: Cursor, base_url: str) -> Lane[_Candidate]:
        def shown(rooms: Collection[str]) -> set[str]:
            return self._impressions.shown(connection, at.session, "room", at.progress.position, rooms)

        lane = self._rooms.lane(connection, base_url, shown)
        rooms = self._videos.sight.unreported_rooms(connection, lane.candidates, viewer.who)
        return Lane(lane.spacing, [(Showing("room", room.id, "live"), room) for room in rooms])

    def _mixed(
        self,
        connection: Connection,
        viewer: Viewer,
        at: Cursor,
        limit: int,
        source: VideoSource,
        lanes: Sequence[Lane[_Candidate]],
    ) -> tuple[list[_Candidate], Cursor, bool]:
        """Returns a page, the cursor behind it, and whether anything follows."""
        after, found = at.videos, list[_Candidate]()
        wanted = videos_wanted(lanes, at.progress, limit)
        if after is not None and wanted > 0:
            picked = source(connection, viewer.who, after, wanted)
            after = picked.after
            reasons = {row.id: reason for row, reason in picked.videos}
            videos = self._videos.shown(connection, [row for row, _ in picked.videos], viewer.who)
            found = [(Showing("video", video.id, reasons[video.id]), video) for video in videos]
        page, progress = mix(found, lanes, at.progress, limit, videos_end=after is None)
        behind = Cursor(at.session, progress, after)
        follows = after is not None or bool(mix([], _without(lanes, page), progress, 1, videos_end=True)[0])
        return page, behind, follows

    def _shown(
        self, viewer: Viewer, at: Cursor, page: Sequence[_Candidate], behind: Cursor, follows: bool
    ) -> Page[FeedItem]:
        showings = [showing for showing, _ in page]
        ids = self._impressions.record(viewer.id, at.session, at.progress.position, showings)
        items = [_item(*candidate, impression) for candidate, impression in zip(page, ids, strict=True)]
        return Page(items, str(behind) if follows else None)


def _without(lanes: Sequence[Lane[_Candidate]], page: Sequence[_Candidate]) -> list[Lane[_Candidate]]:
    """What is left of the lanes behind a page."""
    shown = {showing for showing, _ in page}
    return [Lane(lane.spacing, [one for one in lane.candidates if one[0] not in shown]) for lane in lanes]


def _item(showing: Showing, content: Video | RoomView, impression: str) -> FeedItem:
    reason = Reason(showing.reason)
    if isinstance(content, RoomView):
        return FeedRoom(content, impression, reason)
    return FeedVideo(**msgspec.structs.asdict(content) | {"impression": impression, "reason": reason})
