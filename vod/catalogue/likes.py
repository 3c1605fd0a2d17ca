"""Likes of videos. The count is written in the transaction of the like."""

from __future__ import annotations

import msgspec
from sqlalchemy import Connection, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite

from core.clock import Clock
from core.database import Database
from core.identity import Identity
from vod.catalogue.notices import VideoNotices
from vod.catalogue.videos import Videos
from vod.errors import VideoNotFound
from vod.tables import video_likes, videos


class Likes(msgspec.Struct):
    """How often a video is liked, and whether the viewer likes it."""

    likes: int
    liked: bool


class VideoLikes:
    def __init__(self, database: Database, clock: Clock, videos: Videos, notices: VideoNotices) -> None:
        self._database = database
        self._clock = clock
        self._videos = videos
        self._notices = notices

    def like(self, video: str, who: Identity, *, liked: bool) -> Likes:
        """Like a video, or undo it; twice is the same as once. Who does not see the video any more can still undo it,
        but is not told how often it is liked. Blocks. Raises VideoNotFound, VideoNotReady.
        """

        def write(connection: Connection) -> Likes:
            if liked:
                row, change = self._videos.ready(connection, video, who), self._insert(connection, video, who)
            else:
                row, change = self._videos.kept(connection, video), _delete(connection, video, who)
            seen = self._videos.sight.may_see(connection, row, who)
            if not seen and not change:
                raise VideoNotFound
            if change:
                count = update(videos).where(videos.c.id == video).values(likes=videos.c.likes + change)
                connection.execute(count)
                self._notices.liked(connection, row, who.id, liked=liked)
            likes = select(videos.c.likes).where(videos.c.id == video)
            return Likes(connection.execute(likes).scalar_one() if seen else 0, liked)

        return self._database.write(write)

    def _insert(self, connection: Connection, video: str, who: Identity) -> int:
        dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
        row = {"video": video, "person": who.id, "at": self._clock()}
        new = dialect.insert(video_likes).values(row).on_conflict_do_nothing().returning(video_likes.c.video)
        return len(connection.execute(new).all())


def _delete(connection: Connection, video: str, who: Identity) -> int:
    own = delete(video_likes).where(video_likes.c.video == video, video_likes.c.person == who.id)
    return -connection.execute(own).rowcount
