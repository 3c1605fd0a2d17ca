"""Feed events: what viewers did with the videos they were shown, and the count of views."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Annotated, Literal

import msgspec
from sqlalchemy import Connection, insert, select, update

from core.clock import Clock
from core.database import Database
from core.ids import new_id
from vod.feed.impressions import video_impressions
from vod.feed.retention import forget
from vod.tables import feed_events, videos

EVENTS_MAX = 5_000_000
EVENT_AGE_MS_MAX = 90 * 24 * 60 * 60_000
EVENTS_BATCH_MAX = 100
VIEW_AGAIN_MS = 30 * 60_000  # a viewer's next view of the same video counts after this
WATCHED_MS_MAX = 24 * 60 * 60_000


Watchable = Callable[[Connection, str, Collection[str]], Collection[str]]
"""(connection, viewer, videos) -> those that this viewer may watch."""

NoteViews = Callable[[Connection, str, Collection[str]], None]
"""(connection, viewer, videos): adds them to the viewer's watch history."""


class FeedEvent(msgspec.Struct, forbid_unknown_fields=True):
    """Something a viewer did. `impression` says which showing of the video it was."""

    video: Annotated[str, msgspec.Meta(max_length=40)]
    kind: Literal["view", "finish", "skip", "share"]
    watched_ms: Annotated[int, msgspec.Meta(ge=0, le=WATCHED_MS_MAX)] = 0
    impression: Annotated[str, msgspec.Meta(max_length=40)] | None = None


class FeedEvents:
    def __init__(self, database: Database, clock: Clock, watchable: Watchable, note_views: NoteViews) -> None:
        self._database = database
        self._clock = clock
        self._watchable = watchable
        self._note_views = note_views

    def record(self, viewer: str, events: Sequence[FeedEvent]) -> int:
        """Record a viewer's events and count their views. Blocks. Returns how many events were accepted.

        Ignored are events of videos that this viewer cannot watch, and those that name an impression which is unknown,
        somebody else's or of something else.
        """
        now = self._clock()

        def write(connection: Connection) -> int:
            visible = self._watchable(connection, viewer, {event.video for event in events})
            accepted = _acceptable(connection, viewer, events, visible)
            if not accepted:
                return 0
            counted = _new_views(connection, viewer, {e.video for e in accepted if e.kind == "view"}, now)
            rows = [
                {
                    "id": new_id(), "viewer": viewer, "video": event.video, "kind": event.kind,
                    "watched_ms": event.watched_ms, "impression": event.impression, "at": now,
                }
                for event in accepted
            ]  # fmt: skip
            connection.execute(insert(feed_events), rows)
            self._note_views(connection, viewer, {event.video for event in accepted if event.kind == "view"})
            for video in sorted(counted):  # one order for all writers, against deadlocks
                connection.execute(update(videos).where(videos.c.id == video).values(views=videos.c.views + 1))
            return len(accepted)

        return self._database.write(write)

    def forget_old(self) -> None:
        """Blocks."""
        before = self._clock() - EVENT_AGE_MS_MAX
        forget(self._database, feed_events, before=before, rows_max=EVENTS_MAX)


def _acceptable(
    connection: Connection, viewer: str, events: Sequence[FeedEvent], visible: Collection[str]
) -> list[FeedEvent]:
    named = {e.impression for e in events if e.impression is not None}
    shown = video_impressions(connection, viewer, named) if named else {}
    return [
        event
        for event in events
        if event.video in visible and (event.impression is None or shown.get(event.impression) == event.video)
    ]


def _new_views(connection: Connection, viewer: str, viewed: Collection[str], now: int) -> set[str]:
    """Those of the viewed videos whose views by this viewer were not counted a short while ago."""
    recent = select(feed_events.c.video).where(
        feed_events.c.viewer == viewer, feed_events.c.video.in_(viewed), feed_events.c.kind == "view",
        feed_events.c.at > now - VIEW_AGAIN_MS,
    )  # fmt: skip
    return set(viewed) - set(connection.execute(recent).scalars())
