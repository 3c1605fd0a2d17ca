"""What is published: every video that everybody may see. Search, hashtags and sitemaps show these and no others."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, func, select

from vod.tables import videos


class PublishedVideo(NamedTuple):
    id: str
    person: str
    at: int  # Unix ms


def everybody_sees() -> ColumnElement[bool]:
    """The condition for a row of `videos`. Whatever hides a video from some people belongs here."""
    return videos.c.state == "ready"


def count_published(connection: Connection, at_most: int) -> int:
    """How many videos everybody may see; counting ends at `at_most`."""
    some = select(videos.c.id).where(everybody_sees()).limit(at_most).subquery()
    return connection.execute(select(func.count()).select_from(some)).scalar_one()


def list_published(connection: Connection, offset: int, limit: int) -> list[PublishedVideo]:
    """Videos that everybody may see, the newest first."""
    query = select(videos.c.id, videos.c.person, videos.c.created_at).where(everybody_sees())
    rows = connection.execute(query.order_by(videos.c.id.desc()).offset(offset).limit(limit))
    return [PublishedVideo(*row) for row in rows]
