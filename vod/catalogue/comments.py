"""Comments under videos."""

from __future__ import annotations

from typing import Any

import msgspec
from sqlalchemy import Connection, Row, delete, insert, select, update

from core.clock import Clock
from core.database import Database
from core.errors import InvalidRequest, NotAllowed
from core.http import Page
from core.identity import Identity, Person
from core.ids import new_id
from core.text import clean_lines
from vod.catalogue.mentions import Mentions
from vod.catalogue.videos import Brief, Videos
from vod.errors import CommentNotFound
from vod.tables import video_comments, videos

COMMENT_CHARS_MAX = 500


class Comment(msgspec.Struct):
    id: str
    by: Person
    text: str
    at: int  # Unix ms


class Comments:
    def __init__(self, database: Database, clock: Clock, videos: Videos, brief: Brief, mentions: Mentions) -> None:
        self._database = database
        self._clock = clock
        self._videos = videos
        self._brief = brief
        self._mentions = mentions

    def add(self, video: str, who: Identity, text: str) -> Comment:
        """Blocks. Raises VideoNotFound, VideoNotReady, InvalidRequest."""
        cleaned = clean_lines(text, COMMENT_CHARS_MAX)
        if not cleaned:
            raise InvalidRequest(f"A comment must have 1 to {COMMENT_CHARS_MAX} characters, one of them visible.")
        comment = Comment(new_id(), who.brief, cleaned, self._clock())

        def write(connection: Connection) -> None:
            self._videos.ready(connection, video, who)
            row = {"id": comment.id, "video": video, "person": who.id, "text": cleaned, "at": comment.at}
            connection.execute(insert(video_comments).values(row))
            _count(connection, video, +1)
            self._mentions.in_comment(connection, video, comment.id, who.id, cleaned)

        self._database.write(write)
        return comment

    def page(self, video: str, viewer: Identity | None, cursor: str, limit: int) -> Page[Comment]:
        """Newest first. Blocks. Raises VideoNotFound."""

        def read(connection: Connection) -> Page[Comment]:
            self._videos.visible(connection, video, viewer)
            query = select(video_comments).where(video_comments.c.video == video)
            if cursor:
                query = query.where(video_comments.c.id < cursor)
            rows = connection.execute(query.order_by(video_comments.c.id.desc()).limit(limit + 1)).all()
            people = self._brief(connection, {row.person for row in rows})
            shown = [
                Comment(row.id, people[row.person], row.text, row.at) for row in rows[:limit] if row.person in people
            ]
            return Page(shown, rows[limit - 1].id if len(rows) > limit else None)

        return self._database.read(read)

    def delete(self, video: str, comment: str, who: Identity) -> None:
        """For its author, the video's owner and moderators. Raises VideoNotFound, CommentNotFound, NotAllowed."""

        def write(connection: Connection) -> None:
            owner = self._videos.visible(connection, video, who).person
            one = (video_comments.c.id == comment, video_comments.c.video == video)
            row: Row[Any] | None = connection.execute(select(video_comments).where(*one)).first()
            if row is None:
                raise CommentNotFound
            if who.id not in (row.person, owner) and not who.moderates:
                raise NotAllowed("Only its author, the video's owner or a moderator may delete a comment.")
            self._mentions.forget_comment(connection, video, comment)
            _count(connection, video, -connection.execute(delete(video_comments).where(*one)).rowcount)

        self._database.write(write)


def _count(connection: Connection, video: str, change: int) -> None:
    connection.execute(update(videos).where(videos.c.id == video).values(comments=videos.c.comments + change))
