"""Mentions: `@handle` in captions and comments. Each is a row, and told to those who listen, such as notifications."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from sqlalchemy import Connection, delete, insert, or_, select, update

from core.errors import NotFound
from core.identity import Person
from vod.catalogue.visibility import Sight
from vod.tables import video_comments, video_mentions, videos

MENTIONS_MAX = 10  # people in one text

MentionListener = Callable[[Connection, str, str, Sequence[str], str, str], None]
"""(connection, video, by, people, text, comment): people are mentioned in a comment, or, with "", in a caption. They
may see the video.

Called in the transaction that makes them see it: it may only run SQL, and may run again when that is retried."""

# As in the web client (static/src/ui/feed/caption.ts). An address such as ann@example.org mentions nobody.
_MENTION = re.compile(r"(?<![\w.@/])@([A-Za-z][A-Za-z0-9_.]{1,22}[A-Za-z0-9_])(?!\w)")


class Mentions:
    """Call every method in the transaction that changes the text."""

    def __init__(self, by_handle: Callable[[Connection, str], Person], sight: Sight) -> None:
        self._by_handle = by_handle
        self._sight = sight
        self._listeners: list[MentionListener] = []

    def listen(self, listener: MentionListener) -> None:
        self._listeners.append(listener)

    def in_caption(self, connection: Connection, video: str, caption: str) -> list[str]:
        """Store whom a caption mentions, instead of whom it mentioned before, and return them. `tell_caption` tells
        those who have not been told."""
        by = connection.execute(select(videos.c.person).where(videos.c.id == video)).scalar_one()
        mine = video_mentions.c.video == video, video_mentions.c.comment == ""
        told = set(connection.execute(select(video_mentions.c.person).where(*mine, video_mentions.c.told)).scalars())
        connection.execute(delete(video_mentions).where(*mine))
        people = self._people_in(connection, caption, by)
        self._store(connection, video, "", people, told)
        return people

    def tell_caption(self, connection: Connection, video: str) -> None:
        """Tell whom the caption of a video mentions: each once, and only when the video is ready and they may see it.
        Call it when it becomes ready, and when its caption or its visibility has changed."""
        row = connection.execute(select(videos.c.person, videos.c.caption).where(videos.c.id == video)).one()
        mine = video_mentions.c.video == video, video_mentions.c.comment == ""
        waiting = connection.execute(select(video_mentions.c.person).where(*mine, ~video_mentions.c.told)).scalars()
        if people := self._who_may_see(connection, video, list(waiting)):
            connection.execute(
                update(video_mentions).where(*mine, video_mentions.c.person.in_(people)).values(told=True)
            )
            self._tell(connection, video, row.person, people, row.caption, "")

    def in_comment(self, connection: Connection, video: str, comment: str, by: str, text: str) -> None:
        """Store whom a new comment mentions, and tell those who may see it."""
        people = self._people_in(connection, text, by)
        told = self._who_may_see(connection, video, people)
        self._store(connection, video, comment, people, set(told))
        if told:
            self._tell(connection, video, by, told, text, comment)

    @staticmethod
    def forget_thread(connection: Connection, video: str, comment: str) -> None:
        """Call it before a comment is deleted with the replies to it."""
        thread = or_(video_comments.c.id == comment, video_comments.c.parent == comment)
        gone = select(video_comments.c.id).where(video_comments.c.video == video, thread)
        mine = delete(video_mentions).where(video_mentions.c.video == video)
        connection.execute(mine.where(video_mentions.c.comment.in_(gone)))

    def _people_in(self, connection: Connection, text: str, by: str) -> list[str]:
        people: dict[str, None] = {}
        for handle in handles_in(text):
            try:
                people[self._by_handle(connection, handle).id] = None
            except NotFound:
                continue
        people.pop(by, None)
        return list(people)

    def _who_may_see(self, connection: Connection, video: str, people: Sequence[str]) -> list[str]:
        return [person for person in people if self._sight.watchable(connection, person, [video])]

    @staticmethod
    def _store(connection: Connection, video: str, comment: str, people: Sequence[str], told: set[str]) -> None:
        rows = [{"video": video, "comment": comment, "person": one, "told": one in told} for one in people]
        if rows:
            connection.execute(insert(video_mentions), rows)

    def _tell(
        self, connection: Connection, video: str, by: str, people: Sequence[str], text: str, comment: str
    ) -> None:
        for listener in self._listeners:
            listener(connection, video, by, people, text, comment)


def handles_in(text: str) -> list[str]:
    """The handles that a text mentions, as they are stored, each once."""
    return list(dict.fromkeys(found.lower() for found in _MENTION.findall(text)))[:MENTIONS_MAX]
