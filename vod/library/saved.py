"""Saved videos. Each is in one collection of its owner's, or in none."""

from __future__ import annotations

from typing import Any

import msgspec
from sqlalchemy import Connection, Row, delete, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from core.clock import Clock
from core.database import Database
from core.errors import Conflict
from core.http import Page
from core.identity import Identity
from core.ids import new_id
from vod.catalogue.videos import VideoFields, Videos
from vod.errors import VideoNotFound
from vod.library import collections
from vod.tables import saved_videos, videos

SAVED_MAX = 5_000  # of one person


class Saved(msgspec.Struct):
    """Whether the viewer has saved a video, and in which collection."""

    saved: bool
    collection: str | None = None


class SavedVideo(VideoFields, kw_only=True):
    """A video with what its viewer has made of it."""

    saved_at: int  # Unix ms
    collection: str | None


class SavedVideos:
    """Every method blocks."""

    def __init__(self, database: Database, clock: Clock, videos: Videos) -> None:
        self._database = database
        self._clock = clock
        self._videos = videos

    def save(self, video: str, who: Identity) -> Saved:
        """Save a video; twice is the same as once, and leaves it where it is.

        Raises VideoNotFound, VideoNotReady, Conflict.
        """

        def write(connection: Connection) -> Saved:
            self._videos.ready(connection, video, who)
            count = select(func.count()).select_from(saved_videos).where(saved_videos.c.person == who.id)
            if connection.execute(count).scalar_one() >= SAVED_MAX and _find(connection, video, who) is None:
                raise Conflict(f"You can save at most {SAVED_MAX} videos; remove some first.")
            dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
            row = {"id": new_id(), "person": who.id, "video": video, "at": self._clock()}
            connection.execute(dialect.insert(saved_videos).values(row).on_conflict_do_nothing())
            kept = _find(connection, video, who)
            return Saved(True, kept.collection if kept is not None else None)

        return self._database.write(write)

    def remove(self, video: str, who: Identity) -> Saved:
        """It need not be visible to them any more."""
        mine = delete(saved_videos).where(saved_videos.c.person == who.id, saved_videos.c.video == video)
        self._database.write(lambda c: c.execute(mine))
        return Saved(False)

    def move(self, video: str, who: Identity, collection: str | None) -> Saved:
        """Put a saved video into a collection, or take it out of all. Raises VideoNotFound, CollectionNotFound."""

        def write(connection: Connection) -> Saved:
            if collection is not None:
                collections.own(connection, who, collection)
            mine = update(saved_videos).where(saved_videos.c.person == who.id, saved_videos.c.video == video)
            if connection.execute(mine.values(collection=collection)).rowcount == 0:
                raise VideoNotFound("You have not saved this video.")
            return Saved(True, collection)

        return self._database.write(write)

    def page(self, who: Identity, collection: str | None, cursor: str, limit: int) -> Page[SavedVideo]:
        """The saved videos their owner may still see, newest first, of one collection or all. Raises
        CollectionNotFound.
        """

        def read(connection: Connection) -> Page[SavedVideo]:
            kept = saved_videos.c
            query = (
                select(videos, kept.id.label("kept"), kept.at.label("kept_at"), kept.collection.label("kept_in"))
                .join(saved_videos)
                .where(kept.person == who.id, self._videos.sight.among(connection, who))
            )
            if collection is not None:
                collections.own(connection, who, collection)
                query = query.where(kept.collection == collection)
            if cursor:
                query = query.where(kept.id < cursor)
            rows = connection.execute(query.order_by(kept.id.desc()).limit(limit + 1)).all()
            by_id = {row.id: row for row in rows[:limit]}
            shown = [
                SavedVideo(
                    **{name: getattr(video, name) for name in VideoFields.__struct_fields__},
                    saved_at=by_id[video.id].kept_at, collection=by_id[video.id].kept_in,
                )
                for video in self._videos.shown(connection, rows[:limit], who)
            ]  # fmt: skip
            return Page(shown, rows[limit - 1].kept if len(rows) > limit else None)

        return self._database.read(read)


def _find(connection: Connection, video: str, who: Identity) -> Row[Any] | None:
    mine = select(saved_videos).where(saved_videos.c.person == who.id, saved_videos.c.video == video)
    return connection.execute(mine).first()
