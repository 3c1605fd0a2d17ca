"""Mentions: `@handle` in captions and comments. Each is a row, and told to those who listen, such as notifications."""

from __future__ import annotations

import re
from collections.abc import Callable

from sqlalchemy import Connection, delete, insert, select

from core.errors import NotFound
from core.identity import Person
from vod.tables import video_mentions, videos

MENTIONS_MAX = 10  # people in one text

MentionListener = Callable[[Connection, str, str, str, str | None], None]
"""(connection, person, by, video, comment): somebody is mentioned in a comment, or, with None, in a caption.

Called in the transaction that makes it public: it may only run SQL, and may run again when that is retried."""

# As in the web client (static/src/ui/feed/caption.ts). An address such as ann@example.org mentions nobody.
_MENTION = re.compile(r"(?<![\w.@/])@([A-Za-z][A-Za-z0-9_.]{1,22}[A-Za-z0-9_])(?!\w)")


class Mentions:
    """Call every method in the transaction that changes the text."""

    def __init__(self, by_handle: Callable[[Connection, str], Person]) -> None:
        self._by_handle = by_handle
        self._listeners: list[MentionListener] = []

    def listen(self, listener: MentionListener) -> None:
        self._listeners.append(listener)

    def in_caption(self, connection: Connection, video: str, caption: str) -> None:
        """Store whom a caption mentions, instead of whom it mentioned before. Only the new ones are told, and only
        once the video is ready: see `video_ready`."""
        state, by = connection.execute(select(videos.c.state, videos.c.person).where(videos.c.id == video)).one()
        mine = video_mentions.c.video == video, video_mentions.c.comment == ""
        before = set(connection.execute(select(video_mentions.c.person).where(*mine)).scalars())
        connection.execute(delete(video_mentions).where(*mine))
        people = self._store(connection, video, "", by, caption)
        if state == "ready":
            self._tell(connection, [person for person in people if person not in before], by, video, None)

    def video_ready(self, connection: Connection, video: str) -> None:
        """Tell whom the caption of a video mentions, now that they can watch it."""
        by = connection.execute(select(videos.c.person).where(videos.c.id == video)).scalar_one()
        query = select(video_mentions.c.person).where(video_mentions.c.video == video, video_mentions.c.comment == "")
        self._tell(connection, list(connection.execute(query).scalars()), by, video, None)

    def in_comment(self, connection: Connection, video: str, comment: str, by: str, text: str) -> None:
        """Store and tell whom a new comment mentions."""
        self._tell(connection, self._store(connection, video, comment, by, text), by, video, comment)

    @staticmethod
    def forget_comment(connection: Connection, video: str, comment: str) -> None:
        mine = video_mentions.c.video == video, video_mentions.c.comment == comment
        connection.execute(delete(video_mentions).where(*mine))

    def _store(self, connection: Connection, video: str, comment: str, by: str, text: str) -> list[str]:
        people: dict[str, None] = {}
        for handle in handles_in(text):
            try:
                people[self._by_handle(connection, handle).id] = None
            except NotFound:
                continue
        people.pop(by, None)
        if people:
            rows = [{"video": video, "comment": comment, "person": person} for person in people]
            connection.execute(insert(video_mentions), rows)
        return list(people)

    def _tell(self, connection: Connection, people: list[str], by: str, video: str, comment: str | None) -> None:
        for person in people:
            for listener in self._listeners:
                listener(connection, person, by, video, comment)


def handles_in(text: str) -> list[str]:
    """The handles that a text mentions, as they are stored, each once."""
    return list(dict.fromkeys(found.lower() for found in _MENTION.findall(text)))[:MENTIONS_MAX]
