"""The one place that says which videos the feed may show to anybody, and the recommender may know."""

from __future__ import annotations

from sqlalchemy import ColumnElement

from vod.tables import videos


def is_public() -> ColumnElement[bool]:
    """A condition on a row of `videos`."""
    return videos.c.state == "ready"
