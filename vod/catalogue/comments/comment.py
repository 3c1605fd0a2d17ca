"""A comment as it is shown to a viewer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, select

from core.identity import Identity, Person
from vod.catalogue.visibility import Sight, is_own
from vod.tables import video_comment_likes

COMMENT_CHARS_MAX = 500

Brief = Callable[[Connection, Iterable[str]], dict[str, Person]]
"""People in brief by id; those who are gone are missing."""


class Comment(msgspec.Struct, kw_only=True):
    """`parent`: the comment whose thread a reply belongs to. `to`: the person whom a reply to a reply answers."""

    id: str
    by: Person
    text: str
    at: int  # Unix ms
    parent: str | None = None
    to: Person | None = None
    likes: int = 0
    liked: bool = False
    liked_by_creator: bool = False
    replies: int = 0
    pinned: bool = False


class Display:
    """Turns rows of comments into what a viewer sees of them."""

    def __init__(self, brief: Brief, sight: Sight) -> None:
        self._brief = brief
        self._sight = sight

    def shown(
        self, connection: Connection, rows: Sequence[Row[Any]], video: Row[Any], viewer: Identity | None
    ) -> list[Comment]:
        """Left out are comments of people who are gone, those that a moderator has hidden, and those that the viewer
        has reported, or whose authors."""
        if not rows:
            return []
        ids = {row.id for row in rows}
        people = self._brief(connection, {row.person for row in rows} | {row.to for row in rows if row.to})
        hidden = self._sight.hidden(connection, viewer, "comment", ids)
        hidden_people = self._sight.hidden(connection, viewer, "person", {row.person for row in rows})
        creators = _liked_by(connection, video.person, ids)
        mine = creators if viewer is not None and viewer.id == video.person else _liked_by(
            connection, viewer.id if viewer is not None else None, ids
        )  # fmt: skip
        return [
            Comment(
                id=row.id, by=people[row.person], text=row.text, at=row.at, parent=row.parent,
                to=people.get(row.to) if row.to else None, likes=row.likes, liked=row.id in mine,
                liked_by_creator=row.id in creators, replies=row.replies, pinned=row.id == video.pinned,
            )
            for row in rows
            if row.person in people
            and row.id not in hidden
            and row.person not in hidden_people
            and (not row.withheld or is_own(row, viewer))
        ]  # fmt: skip


def _liked_by(connection: Connection, person: str | None, comments: set[str]) -> set[str]:
    if person is None:
        return set()
    likes = video_comment_likes
    query = select(likes.c.comment).where(likes.c.person == person, likes.c.comment.in_(comments))
    return set(connection.execute(query).scalars())
