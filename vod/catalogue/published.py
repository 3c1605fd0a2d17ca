"""What is published: every public video, for sitemaps."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import Connection, func, select

from vod.catalogue.visibility import is_public
from vod.tables import videos


class PublishedVideo(NamedTuple):
    id: str
    person: str
    at: int  # Unix ms


def count_published(connection: Connection, at_most: int) -> int:
    """How many videos everybody may see; counting ends at `at_most`."""
    some = select(videos.c.id).where(is_public()).limit(at_most).subquery()
    return connection.execute(select(func.count()).select_from(some)).scalar_one()


def list_published(connection: Connection, offset: int, limit: int) -> list[PublishedVideo]:
    """Videos that everybody may see, the newest first."""
    query = select(videos.c.id, videos.c.person, videos.c.created_at).where(is_public())
    rows = connection.execute(query.order_by(videos.c.id.desc()).offset(offset).limit(limit))
    return [PublishedVideo(*row) for row in rows]
