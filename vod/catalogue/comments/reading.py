"""Reading comments: a video's, newest or most liked first with the pinned one on top, and the replies of a thread."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Literal

from sqlalchemy import Connection, Row, Select, and_, or_, select

from core.database import Database
from core.errors import InvalidRequest
from core.http import Page
from core.identity import Identity
from core.ids import ID_CHARS, is_id
from vod.catalogue.comments.comment import Comment, Display
from vod.catalogue.comments.comments import find, seen
from vod.catalogue.videos import Brief, Videos
from vod.errors import CommentNotFound
from vod.tables import video_comments

Sort = Literal["newest", "top"]
_AFTER_PIN = "z" * ID_CHARS  # the cursor of a page that had room for nothing but the pinned comment
_TOP_CURSOR = re.compile(r"([0-9]{1,18})\.([0-9a-z]{1,40})\Z")  # likes, id
_LIKES_MAX = 10**18 - 1


class CommentPages:
    """Every method blocks and raises VideoNotFound."""

    def __init__(self, database: Database, videos: Videos, brief: Brief) -> None:
        self._database = database
        self._videos = videos
        self._display = Display(brief, videos.sight)

    def page(
        self, video: str, viewer: Identity | None, cursor: str, limit: int, sort: Sort = "newest"
    ) -> Page[Comment]:
        """The comments that begin a thread. Raises InvalidRequest for a cursor that is not one of ours."""
        after = _parsed(cursor, sort)

        def read(connection: Connection) -> Page[Comment]:
            row = self._videos.visible(connection, video, viewer)
            first: list[Row[Any]] = []
            query = select(video_comments).where(video_comments.c.video == video, video_comments.c.parent.is_(None))
            if row.pinned is not None:
                first = list(connection.execute(query.where(video_comments.c.id == row.pinned))) if not cursor else []
                query = query.where(video_comments.c.id != row.pinned)
            wanted = limit - len(first)
            rows = connection.execute(_sorted(query, sort, after).limit(wanted + 1)).all()
            shown = self._display.shown(connection, [*first, *rows[:wanted]], row, viewer)
            return Page(shown, _cursor(rows[:wanted], sort) if len(rows) > wanted else None)

        return self._database.read(read)

    def replies(self, video: str, comment: str, viewer: Identity | None, cursor: str, limit: int) -> Page[Comment]:
        """The replies of a thread, the oldest first. Raises CommentNotFound."""

        def read(connection: Connection) -> Page[Comment]:
            row = self._videos.visible(connection, video, viewer)
            seen(connection, video, comment, viewer)
            query = select(video_comments).where(video_comments.c.parent == comment, video_comments.c.id > cursor)
            rows = connection.execute(query.order_by(video_comments.c.id).limit(limit + 1)).all()
            shown = self._display.shown(connection, rows[:limit], row, viewer)
            return Page(shown, rows[limit - 1].id if len(rows) > limit else None)

        return self._database.read(read)

    def one(self, video: str, comment: str, viewer: Identity | None) -> Comment:
        """Raises CommentNotFound."""

        def read(connection: Connection) -> Comment:
            row = self._videos.visible(connection, video, viewer)
            found = self._display.shown(connection, [find(connection, video, comment)], row, viewer)
            if not found:
                raise CommentNotFound
            return found[0]

        return self._database.read(read)


def _parsed(cursor: str, sort: Sort) -> tuple[int, str] | None:
    """The likes and the id of the last comment of the page before."""
    if not cursor:
        return None
    if sort == "newest":
        if not is_id(cursor) and cursor != _AFTER_PIN:
            raise InvalidRequest("cursor is invalid")
        return 0, cursor
    found = _TOP_CURSOR.match(cursor)
    if found is None:
        raise InvalidRequest("cursor is invalid")
    return int(found[1]), found[2]


def _sorted(query: Select[Any], sort: Sort, after: tuple[int, str] | None) -> Select[Any]:
    likes, key = video_comments.c.likes, video_comments.c.id
    if sort == "newest":
        return (query if after is None else query.where(key < after[1])).order_by(key.desc())
    if after is not None:
        query = query.where(or_(likes < after[0], and_(likes == after[0], key < after[1])))
    return query.order_by(likes.desc(), key.desc())


def _cursor(rows: Sequence[Row[Any]], sort: Sort) -> str:
    likes, key = (rows[-1].likes, rows[-1].id) if rows else (_LIKES_MAX, _AFTER_PIN)
    return key if sort == "newest" else f"{likes}.{key}"
