"""Reads the raw events of one day. Nothing else in `vod/analytics` knows how events are stored.

A **viewing** is what one viewer does with one video in one half hour, so that a client that repeats its events counts
no more than one that does not. It needs an event that says that the video was seen. What was watched is the largest
`watched_ms` of its events, and all of the video if it was finished.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from sqlalchemy import Connection, Subquery, case, func, select

from vod.feed.events import VIEW_AGAIN_MS
from vod.tables import feed_events, feed_impressions, video_comments, video_likes, videos

DAY_MS = 24 * 3_600_000
SLOT_MS = VIEW_AGAIN_MS
TENTHS = 10
DIRECT = "direct"
"""The source of viewings of which nothing is known: clients that tell neither an impression nor a source."""


@dataclass(slots=True)
class DayCounts:
    """One video, one day. `watched_once_ms` counts no more than the video's length for each viewing. `retention[i]`:
    viewings that reached the tenth `i + 1`. `sources`: viewings by the reason of their impression, or
    by where else the video was found."""

    views: int = 0
    viewers: int = 0
    watch_ms: int = 0
    watched_once_ms: int = 0
    likes: int = 0
    comments: int = 0
    shares: int = 0
    followers: int = 0
    retention: list[int] = field(default_factory=lambda: [0] * TENTHS)
    sources: dict[str, int] = field(default_factory=dict)


def day_of(at: int) -> int:
    """The day (UTC) of a time in Unix ms, in days since 1970."""
    return at // DAY_MS


def count_day(connection: Connection, day: int) -> dict[str, DayCounts]:
    """The counts of one day by video, of the videos that still exist; without the followers won."""
    counts: dict[str, DayCounts] = {}
    for row in connection.execute(_watched(_viewings(day))):
        one = counts.setdefault(row.video, DayCounts())
        one.views, one.viewers, one.watch_ms, one.watched_once_ms = map(
            int, (row.views, row.viewers, row.watch_ms, row.once_ms)
        )
        one.retention = [int(getattr(row, f"tenth{tenth}")) for tenth in range(1, TENTHS + 1)]
    viewings = _viewings(day)
    by_source = select(viewings.c.video, viewings.c.source, func.count().label("views")).join(
        videos, videos.c.id == viewings.c.video
    )
    for row in connection.execute(by_source.group_by(viewings.c.video, viewings.c.source)):
        counts.setdefault(row.video, DayCounts()).sources[row.source or DIRECT] = row.views
    for name, video, number in _reactions(connection, day):
        setattr(counts.setdefault(video, DayCounts()), name, number)
    return counts


def _viewings(day: int) -> Subquery:
    event = feed_events.c
    seen = func.max(case((event.kind.in_(("view", "finish")), 1), else_=0))
    return (
        select(
            event.video,
            event.viewer,
            func.max(event.watched_ms).label("watched_ms"),
            func.max(case((event.kind == "finish", 1), else_=0)).label("finished"),
            func.coalesce(func.min(feed_impressions.c.reason), func.min(event.source)).label("source"),
        )
        .select_from(feed_events.outerjoin(feed_impressions, feed_impressions.c.id == event.impression))
        .where(event.at >= day * DAY_MS, event.at < (day + 1) * DAY_MS)
        .group_by(event.video, event.viewer, event.at // SLOT_MS)
        .having(seen == 1)
        .subquery()
    )


def _watched(viewings: Subquery):  # type: ignore[no-untyped-def]
    length = videos.c.duration_ms
    whole = case((viewings.c.finished == 1, length), else_=0)
    watched = case((viewings.c.watched_ms > whole, viewings.c.watched_ms), else_=whole)
    once = case((watched > length, length), else_=watched)
    reached = [
        func.sum(case((watched * TENTHS >= length * tenth, 1), else_=0)).label(f"tenth{tenth}")
        for tenth in range(1, TENTHS + 1)
    ]
    return (
        select(
            viewings.c.video,
            func.count().label("views"),
            func.count(viewings.c.viewer.distinct()).label("viewers"),
            func.sum(watched).label("watch_ms"),
            func.sum(once).label("once_ms"),
            *reached,
        )
        .join(videos, videos.c.id == viewings.c.video)
        .group_by(viewings.c.video)
    )


def _reactions(connection: Connection, day: int) -> Iterator[tuple[str, str, int]]:
    """(field, video, number) of what people did with videos on this day, and have not taken back."""
    start, end = day * DAY_MS, (day + 1) * DAY_MS
    for name, table in (("likes", video_likes), ("comments", video_comments)):
        made = select(table.c.video, func.count()).where(table.c.at >= start, table.c.at < end)
        for video, number in connection.execute(made.group_by(table.c.video)):
            yield name, video, number
    event = feed_events.c
    shared = (
        select(event.video, func.count(event.viewer.distinct()))
        .join(videos, videos.c.id == event.video)
        .where(event.kind == "share", event.at >= start, event.at < end)
        .group_by(event.video)
    )
    for video, number in connection.execute(shared):
        yield "shares", video, number


def last_seen(connection: Connection, viewer: str, creator: str, at: int) -> str | None:
    """The creator's video that this viewer saw last, within a day before `at`: the one that won a follower."""
    seen = (
        select(feed_events.c.video)
        .join(videos, videos.c.id == feed_events.c.video)
        .where(
            feed_events.c.viewer == viewer, videos.c.person == creator, feed_events.c.kind.in_(("view", "finish")),
            feed_events.c.at <= at, feed_events.c.at > at - DAY_MS,
        )
        .order_by(feed_events.c.at.desc(), feed_events.c.id.desc())
        .limit(1)
    )  # fmt: skip
    return connection.execute(seen).scalar()
