"""Trending: hashtags and videos that more people watch now than before, counted from the events of the feed.

Each person has one voice for each video and each hashtag, however often they watch or post. A voice fades with the
time since. What was popular all along needs more voices to rise. Many new accounts at once count as few.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, Table, delete, func, insert, select

from core.clock import Clock
from core.database import Database
from core.identity import Identity
from core.ids import time_of
from vod.catalogue.tag_pages import TagCounter, TagPage
from vod.catalogue.videos import Video, Videos
from vod.catalogue.visibility import is_public
from vod.feed.viewer import PSEUDONYM_PREFIX
from vod.search.index.documents import heaviest
from vod.tables import feed_events, trending, video_likes, video_tags, videos

AGE_MS_MAX = 48 * 3_600_000
HALF_LIFE_MS = 6 * 3_600_000
VOICES_MAX = 200_000  # the latest; on a busy site they cover fewer hours
VISITOR = 0.2  # a voice of somebody without an account: those are made by changing the address
YOUNG_MS = 7 * 86_400_000  # accounts younger than this are cheap to make in numbers
YOUNG_VOICES = 4.0  # of them for one subject, beyond which each further one counts less
POSTED = 2.0  # a voice of somebody who posted a video with a hashtag
VOICES_MIN = 2.0  # less is chance, or one person
SETTLED = 10.0  # views before which everything is new
HASHTAGS_SHOWN, VIDEOS_SHOWN = 12, 24
IDS_MAX = 500  # in one query

Voices = dict[str, dict[str, float]]
"""What is watched -> who watched it -> how much that counts now."""


class Trending(msgspec.Struct):
    """What is rising now, filled up with what is popular."""

    hashtags: list[TagPage]
    videos: list[Video]


@dataclass(frozen=True, slots=True)
class _Seen:
    """A video that anybody watched of late."""

    person: str
    views: int
    created_at: int
    tags: tuple[str, ...]


class Trends:
    """Every method blocks."""

    def __init__(self, database: Database, clock: Clock, all_videos: Videos, counter: TagCounter) -> None:
        self._database = database
        self._clock = clock
        self._videos = all_videos
        self._counter = counter

    def show(self, viewer: Identity | None) -> Trending:
        def read(connection: Connection) -> Trending:
            tags = _filled(_stored(connection, "hashtags"), heaviest(connection, "hashtags", HASHTAGS_SHOWN))
            shown = _filled(_stored(connection, "videos"), heaviest(connection, "videos", VIDEOS_SHOWN))
            return Trending(
                self._counter.pages(connection, tags[:HASHTAGS_SHOWN]),
                self._videos.published(connection, shown[:VIDEOS_SHOWN], viewer),
            )

        return self._database.read(read)

    def count(self) -> None:
        """Count again, and replace what was trending."""
        now = self._clock()
        rising = self._database.read(lambda connection: _rising(connection, now))

        def write(connection: Connection) -> None:
            connection.execute(delete(trending))
            for kind, subjects in rising.items():
                rows = [{"kind": kind, "place": place, "subject": subject} for place, subject in enumerate(subjects)]
                if rows:
                    connection.execute(insert(trending), rows)

        self._database.write(write)


def _stored(connection: Connection, kind: str) -> list[str]:
    query = select(trending.c.subject).where(trending.c.kind == kind).order_by(trending.c.place)
    return list(connection.execute(query).scalars())


def _filled(first: Iterable[str], more: Iterable[str]) -> list[str]:
    return list(dict.fromkeys([*first, *more]))


def _rising(connection: Connection, now: int) -> dict[str, list[str]]:
    by_video = _voices(connection, now)
    seen = _seen(connection, by_video)
    by_tag: Voices = defaultdict(dict)
    tag_views: dict[str, int] = defaultdict(int)
    for video, about in seen.items():
        by_video[video].pop(about.person, None)  # nobody's own views count
        for tag in about.tags:
            tag_views[tag] += about.views
            for who, weight in by_video[video].items():
                _raise(by_tag[tag], who, weight)
            _raise(by_tag[tag], about.person, POSTED * _faded(now - about.created_at))
    views = {video: about.views for video, about in seen.items()}
    return {
        "hashtags": _highest(by_tag, tag_views, HASHTAGS_SHOWN, now),
        "videos": _highest({video: by_video[video] for video in seen}, views, VIDEOS_SHOWN, now),
    }


def _voices(connection: Connection, now: int) -> Voices:
    """Who watched, finished, shared or liked which video of late; of each the last time."""
    found: Voices = defaultdict(dict)
    for table, who in ((feed_events, feed_events.c.viewer), (video_likes, video_likes.c.person)):
        for row in connection.execute(_latest(table, who, now)):
            visitor = row.who.startswith(PSEUDONYM_PREFIX)
            _raise(found[row.video], row.who, _faded(now - row.at) * (VISITOR if visitor else 1.0))
    return found


def _latest(table: Table, who: Any, now: int) -> Any:
    recent = select(table.c.video, who.label("who"), table.c.at).where(table.c.at > now - AGE_MS_MAX, table.c.at <= now)
    if "kind" in table.c:
        recent = recent.where(table.c.kind.in_(["view", "finish", "share"]))
    some = recent.order_by(table.c.id.desc() if "id" in table.c else table.c.at.desc()).limit(VOICES_MAX).subquery()
    return select(some.c.video, some.c.who, func.max(some.c.at).label("at")).group_by(some.c.video, some.c.who)


def _seen(connection: Connection, watched: Iterable[str]) -> dict[str, _Seen]:
    """The watched videos that everybody may see."""
    ids, found = sorted(watched), dict[str, _Seen]()
    for first in range(0, len(ids), IDS_MAX):
        some = ids[first : first + IDS_MAX]
        tags: dict[str, list[str]] = defaultdict(list)
        for row in connection.execute(select(video_tags).where(video_tags.c.video.in_(some))):
            tags[row.video].append(row.tag)
        query = select(videos.c.id, videos.c.person, videos.c.views, videos.c.created_at)
        rows: Iterable[Row[Any]] = connection.execute(query.where(videos.c.id.in_(some), is_public()))
        found |= {row.id: _Seen(row.person, row.views, row.created_at, tuple(tags[row.id])) for row in rows}
    return found


def _highest(voices: Mapping[str, Mapping[str, float]], views: Mapping[str, int], limit: int, now: int) -> list[str]:
    scores = {
        subject: total / math.sqrt(SETTLED + views[subject])
        for subject, those in voices.items()
        if len(those) > 1 and (total := _total(those, now)) >= VOICES_MIN
    }
    return sorted(scores, key=lambda subject: (-scores[subject], subject))[:limit]


def _total(voices: Mapping[str, float], now: int) -> float:
    """All voices together; those of young accounts grow only with their logarithm once there are many."""
    young = sum(weight for who, weight in voices.items() if now - time_of(who) < YOUNG_MS)
    settled = sum(voices.values()) - young
    return settled + (young if young <= YOUNG_VOICES else YOUNG_VOICES * (1 + math.log(young / YOUNG_VOICES)))


def _raise(voices: dict[str, float], who: str, weight: float) -> None:
    voices[who] = max(weight, voices.get(who, 0.0))


def _faded(age_ms: int) -> float:
    return float(0.5 ** (max(0, age_ms) / HALF_LIFE_MS))
