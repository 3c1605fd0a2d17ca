"""What each node's model has to hear of besides events: videos that come and go, people who want to be forgotten."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

from sqlalchemy import Connection, Select, insert, select

from core.clock import Clock
from core.database import Database
from core.ids import first_id, new_id
from vod.catalogue.visibility import is_public
from vod.feed.recommender.signals import VideoFacts
from vod.feed.retention import forget
from vod.tables import feed_changes, video_tags, videos

CHANGE_AGE_MS_MAX = 24 * 3_600_000  # longer than any snapshot that is still loaded: nobody's name stays here
CHANGES_MAX = 1_000_000
FACTS_BATCH = 1_000

ChangeKind = Literal["video", "forget", "interest", "fit"]


class Changes:
    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def add(self, connection: Connection, kind: ChangeKind, subject: str, key: str = "") -> None:
        """In the transaction of the change itself."""
        row = {"id": new_id(), "kind": kind, "subject": subject, "key": key, "at": self._clock()}
        connection.execute(insert(feed_changes).values(row))

    def video(self, connection: Connection, video: str) -> None:
        """A video became ready, was deleted, or changed in what the recommender knows of it."""
        self.add(connection, "video", video)

    def forget_old(self) -> None:
        """Blocks."""
        forget(self._database, feed_changes, before=self._clock() - CHANGE_AGE_MS_MAX, rows_max=CHANGES_MAX)


def facts(connection: Connection, video: str) -> VideoFacts | None:
    """None for a video that not everybody may see."""
    return next(_facts(connection, [video]), None)


def next_facts(connection: Connection, after: str) -> tuple[list[VideoFacts], str | None]:
    """Of the next FACTS_BATCH videos behind an id, and the id to go on from; None: these were the last."""
    page = _public().where(videos.c.id > after).order_by(videos.c.id).limit(FACTS_BATCH)
    ids = list(connection.execute(page.with_only_columns(videos.c.id)).scalars())
    return list(_facts(connection, ids)), ids[-1] if len(ids) == FACTS_BATCH else None


def forgot_since(connection: Connection, at: int) -> bool:
    """Whether anybody, or an interest of theirs, was to be forgotten since a time (Unix ms)."""
    said = feed_changes.c.id >= first_id(at), feed_changes.c.kind.in_(("forget", "interest"))
    return connection.execute(select(feed_changes.c.id).where(*said).limit(1)).first() is not None


def _facts(connection: Connection, ids: list[str]) -> Iterator[VideoFacts]:
    tags: dict[str, list[str]] = {}
    tagged = select(video_tags.c.video, video_tags.c.tag).where(video_tags.c.video.in_(ids)).order_by(video_tags.c.tag)
    for video, tag in connection.execute(tagged):
        tags.setdefault(video, []).append(tag)
    for row in connection.execute(_public().where(videos.c.id.in_(ids)).order_by(videos.c.id)):
        yield VideoFacts(
            id=row.id, creator=row.person, at=row.created_at, duration_ms=row.duration_ms,
            tags=tuple(tags.get(row.id, ())), sound=row.sound, language=row.language,
        )  # fmt: skip


def _public() -> Select[Any]:
    """The one place that says which videos the recommender may know: those that anybody may see."""
    return select(videos).where(is_public())
