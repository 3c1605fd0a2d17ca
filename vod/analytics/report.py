"""Adds up daily counts for a creator: of one video, or of all. Counts only: nobody is ever named."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import msgspec
from sqlalchemy import ColumnElement, Connection, Row, select

from core.clock import Clock
from core.database import Database
from core.errors import NotAllowed
from core.identity import Identity
from vod.analytics.viewings import TENTHS, day_of
from vod.catalogue.visibility import Sight
from vod.errors import VideoNotFound
from vod.tables import video_days, videos

TOP_VIDEOS_MAX = 50
NUMBERS = ("views", "watch_ms", "likes", "comments", "shares", "followers")

Days = Literal[7, 28, 90]


class Numbers(msgspec.Struct, kw_only=True):
    """`followers`: people who followed within a day after they saw the video, it being the last of the creator's."""

    views: int = 0
    watch_ms: int = 0
    likes: int = 0
    comments: int = 0
    shares: int = 0
    followers: int = 0


class Day(Numbers, kw_only=True):
    """`day`: YYYY-MM-DD (UTC). `viewers`: different viewers of each video."""

    day: str
    viewers: int = 0


class VideoNumbers(Numbers, kw_only=True):
    id: str
    caption: str
    duration_ms: int
    average_share: float


class SourceViews(msgspec.Struct):
    """`source`: the reason of the impression, a source that an event told, or `direct`."""

    source: str
    views: int


class CreatorReport(msgspec.Struct, kw_only=True):
    """`average_share`: of each video's length, 0 to 1. `videos`: the most viewed ones."""

    total: Numbers
    average_share: float
    days: list[Day]
    sources: list[SourceViews]
    videos: list[VideoNumbers]


class VideoReport(msgspec.Struct, kw_only=True):
    """`retention`: the share of viewings that were still watching at each tenth, from 1.0 at the beginning to the end;
    empty without any."""

    video: VideoNumbers
    days: list[Day]
    sources: list[SourceViews]
    retention: list[float]


class Reports:
    """All methods block."""

    def __init__(self, database: Database, clock: Clock, sight: Sight) -> None:
        self._database = database
        self._sight = sight
        self._clock = clock

    def creator(self, person: str, days: Days) -> CreatorReport:
        return self._database.read(lambda c: self._creator(c, person, days))

    def video(self, video: str, who: Identity, days: Days) -> VideoReport:
        """Raises VideoNotFound, and NotAllowed for anybody but its creator and admins."""

        def read(connection: Connection) -> VideoReport:
            row = connection.execute(select(videos).where(videos.c.id == video)).first()
            if row is None or not self._sight.may_see(connection, row, who):
                raise VideoNotFound
            if row.person != who.id and who.role != "admin":
                raise NotAllowed("Only its creator sees a video's analytics.")
            rows = self._rows(connection, videos.c.id == video, days)
            return VideoReport(
                video=_of_video(row, rows), days=self._days(rows, days), sources=_sources(rows), retention=_curve(rows)
            )

        return self._database.read(read)

    def _creator(self, connection: Connection, person: str, days: Days) -> CreatorReport:
        rows = self._rows(connection, videos.c.person == person, days)
        by_video: dict[str, list[Row[Any]]] = {}
        for row in rows:
            by_video.setdefault(row.video, []).append(row)
        shown = [_of_video(of_one[0], of_one) for of_one in by_video.values()]
        shown.sort(key=lambda one: (-one.views, one.id))
        return CreatorReport(
            total=Numbers(**_sums(rows)), average_share=_share(rows), days=self._days(rows, days),
            sources=_sources(rows), videos=shown[:TOP_VIDEOS_MAX],
        )  # fmt: skip

    def _rows(self, connection: Connection, which: ColumnElement[bool], days: Days) -> Sequence[Row[Any]]:
        first = day_of(self._clock()) - days + 1
        found = select(video_days, videos.c.id, videos.c.caption, videos.c.duration_ms).join(videos)
        return connection.execute(found.where(which, video_days.c.day >= first)).all()

    def _days(self, rows: Sequence[Row[Any]], days: Days) -> list[Day]:
        """Every day, those without views too, oldest first."""
        today = day_of(self._clock())
        by_day: dict[int, list[Row[Any]]] = {day: [] for day in range(today - days + 1, today + 1)}
        for row in rows:
            by_day.setdefault(row.day, []).append(row)
        return [
            Day(day=_date(day), viewers=sum(row.viewers for row in of_one), **_sums(of_one))
            for day, of_one in sorted(by_day.items())
        ]


def _sums(rows: Sequence[Row[Any]]) -> dict[str, int]:
    return {name: sum(getattr(row, name) for row in rows) for name in NUMBERS}


def _share(rows: Sequence[Row[Any]]) -> float:
    """The average share watched."""
    length = sum(row.views * row.duration_ms for row in rows)
    return round(sum(row.watched_once_ms for row in rows) / length, 4) if length else 0.0


def _of_video(video: Row[Any], rows: Sequence[Row[Any]]) -> VideoNumbers:
    return VideoNumbers(
        id=video.id, caption=video.caption, duration_ms=video.duration_ms, average_share=_share(rows), **_sums(rows)
    )


def _sources(rows: Sequence[Row[Any]]) -> list[SourceViews]:
    """The most frequent one first."""
    views: Counter[str] = Counter()
    for row in rows:
        views.update(json.loads(row.sources))
    return [SourceViews(source, number) for source, number in sorted(views.items(), key=lambda one: (-one[1], one[0]))]


def _curve(rows: Sequence[Row[Any]]) -> list[float]:
    views = sum(row.views for row in rows)
    if not views:
        return []
    reached = [0] * TENTHS
    for row in rows:
        reached = [one + more for one, more in zip(reached, json.loads(row.retention), strict=True)]
    return [1.0, *(round(one / views, 4) for one in reached)]


def _date(day: int) -> str:
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=day)).date().isoformat()
