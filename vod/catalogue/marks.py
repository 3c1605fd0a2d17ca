"""What a viewer made of videos: liked and saved."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Connection, bindparam, select

from core.identity import Identity
from vod.tables import saved_videos, video_likes

# Built once: every page of videos asks them.
_LIKED, _SAVED = (
    select(table.c.video).where(table.c.person == bindparam("person"), table.c.video.in_(bindparam("ids")))
    for table in (video_likes, saved_videos)
)


def marked(connection: Connection, viewer: Identity | None, ids: Collection[str]) -> tuple[set[str], set[str]]:
    """Which of these videos the viewer likes, and which they have saved."""
    if viewer is None or not ids:
        return set(), set()
    given = {"person": viewer.id, "ids": [*ids]}
    liked, saved = (connection.execute(query, given).scalars().all() for query in (_LIKED, _SAVED))
    return set(liked), set(saved)
