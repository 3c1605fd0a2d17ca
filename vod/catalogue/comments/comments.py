"""Writing and deleting comments, and the pin.

Whoever changes which comments a video has locks the video's row first. So the counts are right, no reply is left in a
thread that is gone, and no comment is pinned that is gone.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, or_, select, update

from core.clock import Clock
from core.database import Database
from core.errors import Conflict, InvalidRequest, NotAllowed
from core.identity import Identity
from core.ids import new_id
from core.text import clean_lines
from vod.catalogue.comments.comment import COMMENT_CHARS_MAX, Comment, Display
from vod.catalogue.mentions import Mentions
from vod.catalogue.notices import VideoNotices
from vod.catalogue.videos import Brief, Videos
from vod.catalogue.visibility import is_own
from vod.errors import CommentNotFound
from vod.tables import video_comments, videos

Heard = Callable[[Connection, str, str, str], None]
"""(connection, comment, author, text)"""


class Comments:
    def __init__(
        self, database: Database, clock: Clock, videos: Videos, brief: Brief, notices: VideoNotices, mentions: Mentions
    ) -> None:
        self._database = database
        self._clock = clock
        self._videos = videos
        self._display = Display(brief, videos.sight)
        self._notices = notices
        self._mentions = mentions
        self._listeners: list[Heard] = []

    def hear(self, listener: Heard) -> None:
        """Call `listener` in the transaction of every new comment."""
        self._listeners.append(listener)

    def add(self, video: str, who: Identity, text: str, reply_to: str | None = None) -> Comment:
        """Comment on a video, or reply to one of its comments. Blocks.

        Raises VideoNotFound, VideoNotReady, CommentNotFound, InvalidRequest.
        """
        cleaned = clean_lines(text, COMMENT_CHARS_MAX)
        if not cleaned:
            raise InvalidRequest(f"A comment must have 1 to {COMMENT_CHARS_MAX} characters, one of them visible.")

        def write(connection: Connection) -> Comment:
            shown = self._videos.ready(connection, video, who)
            _change_count(connection, video, +1)
            parent, to = _thread(connection, video, reply_to, who) if reply_to is not None else (None, None)
            row = {"id": new_id(), "video": video, "person": who.id, "text": cleaned, "at": self._clock()}
            connection.execute(insert(video_comments).values(row | {"parent": parent, "to": to}))
            if parent is not None:
                _change_replies(connection, parent, +1)
            self._notices.commented(connection, shown, who.id, str(row["id"]), cleaned)
            for listener in self._listeners:
                listener(connection, str(row["id"]), who.id, cleaned)
            self._mentions.in_comment(connection, video, str(row["id"]), who.id, cleaned)
            (comment,) = self._display.shown(connection, [find(connection, video, str(row["id"]))], shown, who)
            return comment

        return self._database.write(write)

    def delete(self, video: str, comment: str, who: Identity) -> None:
        """Delete a comment with the replies to it: for its author, even if they do not see the video any more, and the
        video's owner. Moderators hide it, by a decision. Blocks.

        Raises VideoNotFound, CommentNotFound, NotAllowed.
        """

        def write(connection: Connection) -> None:
            shown = self._locked(connection, video)
            try:
                row = find(connection, video, comment)
            except CommentNotFound:
                self._videos.visible(connection, video, who)
                raise
            if who.id not in (row.person, shown.person):
                self._videos.visible(connection, video, who)
                raise NotAllowed("Only its author and the video's owner may delete a comment.")
            self._mentions.forget_thread(connection, video, comment)
            thread = or_(video_comments.c.id == comment, video_comments.c.parent == comment)
            deleted = delete(video_comments).where(video_comments.c.video == video, thread)
            gone = connection.execute(deleted.returning(video_comments.c.id)).scalars().all()
            _change_count(connection, video, -len(gone))
            self._notices.uncommented(connection, video, gone)
            if row.parent is not None:
                _change_replies(connection, row.parent, -1)
            pinned = update(videos).where(videos.c.id == video, videos.c.pinned == comment)
            connection.execute(pinned.values(pinned=None))

        self._database.write(write)

    def pin(self, video: str, comment: str, who: Identity, *, pinned: bool) -> None:
        """Pin a comment on top of one's own video instead of the one that is there, or take it down. Blocks.

        Raises VideoNotFound, CommentNotFound, NotAllowed, Conflict.
        """

        def write(connection: Connection) -> None:
            self._locked(connection, video)
            if self._videos.visible(connection, video, who).person != who.id:
                raise NotAllowed("Only the video's owner may pin a comment.")
            if seen(connection, video, comment, who).parent is not None:
                raise Conflict("Only a comment that begins a thread can be pinned.")
            mine = update(videos).where(videos.c.id == video)
            if pinned:
                connection.execute(mine.values(pinned=comment))
            else:
                connection.execute(mine.where(videos.c.pinned == comment).values(pinned=None))

        self._database.write(write)

    def person_of(self, connection: Connection, comment: str, who: Identity | None) -> str:
        """Who wrote a comment that a viewer may see, for reports. Raises CommentNotFound, VideoNotFound."""
        columns = video_comments.c.person, video_comments.c.video, video_comments.c.withheld
        row = connection.execute(select(*columns).where(video_comments.c.id == comment)).first()
        if row is None or (who is None and row.withheld):
            raise CommentNotFound
        self._videos.visible(connection, row.video, who)
        return str(row.person)

    def _locked(self, connection: Connection, video: str) -> Row[Any]:
        """The row of a video, which nobody else changes before the commit, whoever may see it. Raises VideoNotFound."""
        connection.execute(select(videos.c.id).where(videos.c.id == video).with_for_update(key_share=True))
        return self._videos.kept(connection, video)


def find(connection: Connection, video: str, comment: str) -> Row[Any]:
    """Raises CommentNotFound, also when it is another video's."""
    query = select(video_comments).where(video_comments.c.id == comment, video_comments.c.video == video)
    row = connection.execute(query).first()
    if row is None:
        raise CommentNotFound
    return row


def seen(connection: Connection, video: str, comment: str, viewer: Identity | None) -> Row[Any]:
    """A comment that is not hidden from the viewer. Raises CommentNotFound."""
    row = find(connection, video, comment)
    if row.withheld and not is_own(row, viewer):
        raise CommentNotFound
    return row


def _thread(connection: Connection, video: str, reply_to: str, who: Identity) -> tuple[str, str | None]:
    """The thread that a reply belongs to, and whom it answers if that is not the one who began it."""
    row = seen(connection, video, reply_to, who)
    if row.parent is None:
        return row.id, None
    return seen(connection, video, row.parent, who).id, row.person


def _change_count(connection: Connection, video: str, change: int) -> None:
    connection.execute(update(videos).where(videos.c.id == video).values(comments=videos.c.comments + change))


def _change_replies(connection: Connection, thread: str, change: int) -> None:
    first = update(video_comments).where(video_comments.c.id == thread)
    connection.execute(first.values(replies=video_comments.c.replies + change))
