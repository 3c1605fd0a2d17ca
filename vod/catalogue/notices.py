"""What happens to videos, for the inboxes of their owners."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, select

from core.identity import Identity
from people.inbox.notices import Notice, Notifies
from people.inbox.reading import Subject
from vod.catalogue.videos import Videos
from vod.tables import videos


class VideoNotices:
    """`video` is a row of the table of videos. Everything is in the caller's transaction."""

    def __init__(self, videos: Videos, inbox: Notifies) -> None:
        self._videos = videos
        self._inbox = inbox

    def liked(self, connection: Connection, video: Row[Any], who: str, *, liked: bool) -> None:
        if liked:
            self._inbox.tell(connection, [Notice(video.person, "like", who, video.id)])
        else:
            self._inbox.undo(connection, "like", who, video.id)

    def commented(self, connection: Connection, video: Row[Any], who: str, comment: str, text: str) -> None:
        """`comment`: its id."""
        self._inbox.tell(connection, [Notice(video.person, "comment", who, video.id, comment, text)])

    def uncommented(self, connection: Connection, video: str, comments: Sequence[str]) -> None:
        """These comments are deleted: nobody keeps their texts, nor those who are mentioned in them."""
        self._inbox.undo_items(connection, video, comments)

    def withheld(self, connection: Connection, video: str, comment: str, *, hidden: bool) -> None:
        """A comment is hidden by a moderator, or shown again: so are its words in inboxes."""
        self._inbox.withhold(connection, video, comment, hidden=hidden)

    def mentioned(
        self, connection: Connection, video: str, who: str, people: Sequence[str], text: str, comment: str = ""
    ) -> None:
        """Tell people that they are mentioned in a caption or a comment. Whoever may not see the video is not shown
        it (`describe`)."""
        told = [Notice(person, "mention", who, video, comment, text) for person in people]
        self._inbox.tell(connection, told)

    def describe(self, connection: Connection, ids: Sequence[str], reader: str) -> dict[str, Subject]:
        """See `people.inbox.reading.Describe`."""
        viewer = Identity(reader, "", "", "member", adult=False)
        seen = select(videos).where(videos.c.id.in_(ids), self._videos.sight.among(connection, viewer))
        shown = self._videos.shown(connection, connection.execute(seen).all(), viewer)
        return {video.id: Subject("video", video.id, video.caption, video.poster) for video in shown}
