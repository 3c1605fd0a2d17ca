"""The daily counts in SQL: made from the raw events again and again while a day lasts, kept when these are gone."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from functools import partial

from sqlalchemy import Connection, delete, insert, select
from sqlalchemy.dialects import postgresql, sqlite

from core.clock import Clock
from core.database import Database
from vod.analytics.viewings import DAY_MS, DayCounts, count_day, day_of, last_seen
from vod.tables import analytics_progress, video_days
from vod.tables import videos as _videos

DAYS_KEPT = 730
DAYS_IN_ROUND_MAX = 90  # as long as events are kept
ROWS_IN_WRITE_MAX = 500
FOLLOWS_IN_READ_MAX = 1_000

NewFollows = Callable[[Connection, int, int, str, int], Sequence[tuple[str, str, int]]]
"""(connection, from, until, after, limit) -> (follower, followed, Unix ms) by follower, then followed. `after`: the
last `follower followed` of the read before."""


class Daily:
    """All methods block."""

    def __init__(self, database: Database, clock: Clock, new_follows: NewFollows) -> None:
        self._database = database
        self._clock = clock
        self._new_follows = new_follows

    def run(self) -> None:
        """Count today, and each day that was not over when it was counted last. If it is interrupted, the next run
        counts the same days again."""
        today = day_of(self._clock())
        last = self._database.read(lambda c: c.execute(select(analytics_progress.c.day)).scalar())
        first = today - DAYS_IN_ROUND_MAX if last is None else max(last, today - DAYS_IN_ROUND_MAX)
        for day in range(min(first, today), today + 1):
            self._count(day)
            # An event that is being committed may be of the day before: so that is counted until a later one begins.
            self._database.write(partial(_note, min(day, today - 1)))
        self._database.write(lambda c: c.execute(delete(video_days).where(video_days.c.day < today - DAYS_KEPT)))

    def _count(self, day: int) -> None:
        counts = self._database.read(lambda c: count_day(c, day))
        self._add_followers(counts, day)
        earlier = select(video_days.c.video).where(video_days.c.day == day)
        for video in self._database.read(lambda c: c.execute(earlier).scalars().all()):
            counts.setdefault(video, DayCounts())  # what was taken back, such as a like, counts no more
        rows = [_row(video, day, counts[video]) for video in sorted(counts)]
        for start in range(0, len(rows), ROWS_IN_WRITE_MAX):
            self._database.write(partial(_store, rows[start : start + ROWS_IN_WRITE_MAX]))

    def _add_followers(self, counts: dict[str, DayCounts], day: int) -> None:
        start, end, after = day * DAY_MS, (day + 1) * DAY_MS, ""
        while True:
            now = after
            follows = self._database.read(lambda c, now=now: self._new_follows(c, start, end, now, FOLLOWS_IN_READ_MAX))  # type: ignore[misc]
            for video in self._database.read(partial(_won, follows)):
                counts.setdefault(video, DayCounts()).followers += 1
            if len(follows) < FOLLOWS_IN_READ_MAX:
                return
            after = f"{follows[-1][0]} {follows[-1][1]}"


def _won(follows: Sequence[tuple[str, str, int]], connection: Connection) -> list[str]:
    """The video that won each of these followers, where one did."""
    won = (last_seen(connection, follower, followed, at) for follower, followed, at in follows)
    return [video for video in won if video is not None]


def _row(video: str, day: int, counts: DayCounts) -> dict[str, object]:
    return {
        "video": video, "day": day, "views": counts.views, "viewers": counts.viewers, "watch_ms": counts.watch_ms,
        "watched_once_ms": counts.watched_once_ms, "likes": counts.likes, "comments": counts.comments,
        "shares": counts.shares, "followers": counts.followers,
        "retention": json.dumps(counts.retention), "sources": json.dumps(counts.sources, sort_keys=True),
    }  # fmt: skip


def _store(rows: list[dict[str, object]], connection: Connection) -> None:
    wanted = [row["video"] for row in rows]
    there = set(connection.execute(select(_videos.c.id).where(_videos.c.id.in_(wanted))).scalars())
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    kept = [row for row in rows if row["video"] in there]  # one may have been deleted since it was counted
    if not kept:
        return
    new = dialect.insert(video_days)
    changed = {name: new.excluded[name] for name in kept[0] if name not in ("video", "day")}
    connection.execute(new.on_conflict_do_update(index_elements=["video", "day"], set_=changed), kept)


def _note(day: int, connection: Connection) -> None:
    connection.execute(delete(analytics_progress))
    connection.execute(insert(analytics_progress).values(day=day))
