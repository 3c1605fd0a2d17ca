"""What somebody has said and liked: their comments and likes, also where they do not see the video any more.

Nobody else can take these back for them, so there has to be a place where they find them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

import msgspec
from sqlalchemy import Connection, and_, or_, select

from core.database import Database
from core.errors import InvalidRequest
from core.http import Page
from core.identity import Identity
from people.inbox.reading import Subject
from vod.tables import video_comments, video_likes

Describe = Callable[[Connection, Sequence[str], str], Mapping[str, Subject]]
"""(connection, videos, reader) -> those that the reader may see."""

_CURSOR = re.compile(r"([0-9]{1,18})\.([0-9a-z]{1,40})\Z")  # Unix ms, video


class OnVideo(msgspec.Struct, frozen=True):
    """The video: its caption and its poster's address."""

    caption: str
    poster: str | None


class OwnLike(msgspec.Struct, kw_only=True):
    """`about`: null where its owner does not see the video any more."""

    video: str
    at: int  # Unix ms
    about: OnVideo | None


class OwnComment(OwnLike, kw_only=True):
    id: str
    text: str
    parent: str | None  # of a reply: the comment it belongs under
    likes: int


class Reactions:
    """Every method blocks."""

    def __init__(self, database: Database, describe: Describe) -> None:
        self._database = database
        self._describe = describe

    def likes(self, who: Identity, cursor: str, limit: int) -> Page[OwnLike]:
        """The videos that somebody likes, the last liked first. Raises InvalidRequest."""
        found = _CURSOR.match(cursor)
        if cursor and found is None:
            raise InvalidRequest("cursor is invalid")
        at, video = video_likes.c.at, video_likes.c.video
        query = select(video, at).where(video_likes.c.person == who.id)
        if found is not None:
            query = query.where(or_(at < int(found[1]), and_(at == int(found[1]), video < found[2])))

        def read(connection: Connection) -> Page[OwnLike]:
            rows = connection.execute(query.order_by(at.desc(), video.desc()).limit(limit + 1)).all()
            about = self._about(connection, [row.video for row in rows[:limit]], who)
            items = [OwnLike(video=row.video, at=row.at, about=about.get(row.video)) for row in rows[:limit]]
            last = rows[limit - 1] if len(rows) > limit else None
            return Page(items, f"{last.at}.{last.video}" if last is not None else None)

        return self._database.read(read)

    def comments(self, who: Identity, cursor: str, limit: int) -> Page[OwnComment]:
        """Somebody's comments and replies, the last one first."""
        query = select(video_comments).where(video_comments.c.person == who.id)
        if cursor:
            query = query.where(video_comments.c.id < cursor)

        def read(connection: Connection) -> Page[OwnComment]:
            rows = connection.execute(query.order_by(video_comments.c.id.desc()).limit(limit + 1)).all()
            about = self._about(connection, [row.video for row in rows[:limit]], who)
            items = [
                OwnComment(
                    id=row.id, video=row.video, text=row.text, at=row.at, parent=row.parent, likes=row.likes,
                    about=about.get(row.video),
                )
                for row in rows[:limit]
            ]  # fmt: skip
            return Page(items, rows[limit - 1].id if len(rows) > limit else None)

        return self._database.read(read)

    def _about(self, connection: Connection, ids: Sequence[str], who: Identity) -> dict[str, OnVideo]:
        shown = self._describe(connection, list(dict.fromkeys(ids)), who.id)
        return {video: OnVideo(one.title, one.picture) for video, one in shown.items()}
