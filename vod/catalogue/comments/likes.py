"""Likes of comments. The count is written in the transaction of the like."""

from __future__ import annotations

import msgspec
from sqlalchemy import Connection, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite

from core.clock import Clock
from core.database import Database
from core.identity import Identity
from vod.catalogue.comments.comments import find, seen
from vod.catalogue.videos import Videos
from vod.errors import VideoNotFound
from vod.tables import video_comment_likes, video_comments


class CommentLiked(msgspec.Struct):
    """How often a comment is liked, and whether the viewer likes it."""

    likes: int
    liked: bool


class CommentLikes:
    def __init__(self, database: Database, clock: Clock, videos: Videos) -> None:
        self._database = database
        self._clock = clock
        self._videos = videos

    def like(self, video: str, comment: str, who: Identity, *, liked: bool) -> CommentLiked:
        """Like a comment, or undo it; twice is the same as once. Who does not see the video any more can still undo
        it, but is not told how often the comment is liked. Blocks. Raises VideoNotFound, CommentNotFound.
        """

        def write(connection: Connection) -> CommentLiked:
            watched = self._videos.sight.may_see(connection, self._videos.kept(connection, video), who)
            if not watched and (liked or not _likes(connection, video, comment, who)):
                raise VideoNotFound
            if liked:
                seen(connection, video, comment, who)
            # Nobody deletes it before the commit, and likes at once wait for each other.
            locked = select(video_comments.c.id).where(video_comments.c.id == comment)
            connection.execute(locked.with_for_update(key_share=True))
            likes = find(connection, video, comment).likes
            change = self._insert(connection, comment, who) if liked else _delete(connection, comment, who)
            if change:
                one = update(video_comments).where(video_comments.c.id == comment)
                connection.execute(one.values(likes=video_comments.c.likes + change))
            return CommentLiked(likes + change if watched else 0, liked)

        return self._database.write(write)

    def _insert(self, connection: Connection, comment: str, who: Identity) -> int:
        dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
        row = {"comment": comment, "person": who.id, "at": self._clock()}
        new = dialect.insert(video_comment_likes).values(row).on_conflict_do_nothing()
        return len(connection.execute(new.returning(video_comment_likes.c.comment)).all())


def _delete(connection: Connection, comment: str, who: Identity) -> int:
    likes = video_comment_likes
    return -connection.execute(delete(likes).where(likes.c.comment == comment, likes.c.person == who.id)).rowcount


def _likes(connection: Connection, video: str, comment: str, who: Identity) -> bool:
    likes = video_comment_likes
    mine = select(likes.c.comment).join(video_comments, video_comments.c.id == likes.c.comment)
    mine = mine.where(likes.c.comment == comment, likes.c.person == who.id, video_comments.c.video == video)
    return connection.execute(mine).first() is not None
