"""The page of a hashtag: how many videos have it, how often they were viewed, and which the most."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import msgspec
from sqlalchemy import ColumnElement, Connection, FromClause, func, select

from core.clock import Clock
from core.database import Database
from core.errors import InvalidRequest
from core.http import Page
from core.identity import Identity
from vod.catalogue.labels import ChallengeLabel, LabelOfTag, no_label
from vod.catalogue.tags import has_tag, normalized
from vod.catalogue.videos import Video, Videos
from vod.catalogue.visibility import is_public_of_few
from vod.tables import video_tags, videos

MOST_VIEWED_MAX = 200  # how far the list of the most viewed goes
EXACT_VIDEOS_MAX = 200  # with more, counts may be KEPT_MS old
KEPT_MS = 60_000
KEPT_TAGS_MAX = 1_000


Ranked = Sequence[tuple[int, str]]
"""Views and ids of videos, the most viewed first."""


@dataclass(frozen=True, slots=True)
class TagCounts:
    videos: int = 0
    views: int = 0


class TagPage(msgspec.Struct):
    """A hashtag, as it is compared: in small letters. `challenge`: the newest that a sponsor runs or ran with it; null
    in lists."""

    tag: str
    videos: int
    views: int
    challenge: ChallengeLabel | None = None


class TagCounter:
    """Counts of hashtags with many videos are kept for a minute, because counting them takes long."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._kept: OrderedDict[str, tuple[int, TagCounts]] = OrderedDict()
        self._kept_most: OrderedDict[str, tuple[int, Ranked]] = OrderedDict()
        self._lock = threading.Lock()

    def counts(self, connection: Connection, tags: Iterable[str]) -> dict[str, TagCounts]:
        """The counts of each of these hashtags, which must be normalized. Zeros where no video has it."""
        found, since = dict.fromkeys(tags, TagCounts()), self._clock() - KEPT_MS
        with self._lock:
            kept = {tag: self._kept[tag] for tag in found if tag in self._kept}
        found |= {tag: counts for tag, (at, counts) in kept.items() if at > since}
        counted = _counted(connection, [tag for tag in found if tag not in kept or kept[tag][0] <= since])
        self._keep({tag: counts for tag, counts in counted.items() if counts.videos > EXACT_VIDEOS_MAX})
        return found | counted

    def most_viewed(self, connection: Connection, tag: str) -> Ranked:
        """The most viewed videos with this hashtag, which must be normalized; MOST_VIEWED_MAX at most."""
        with self._lock:
            at, kept = self._kept_most.get(tag, (0, None))
        if kept is not None and self._clock() - at < KEPT_MS:
            return kept
        found = _ranked(connection, _TAGGED, video_tags.c.tag == tag, is_public_of_few())
        if len(found) == MOST_VIEWED_MAX:
            with self._lock:
                self._kept_most[tag] = self._clock(), found
                self._kept_most.move_to_end(tag)
                if len(self._kept_most) > KEPT_TAGS_MAX:
                    self._kept_most.popitem(last=False)
        return found

    def pages(self, connection: Connection, tags: Iterable[str]) -> list[TagPage]:
        """The pages of these hashtags, of those that any video has."""
        counted = self.counts(connection, tags)
        return [TagPage(tag, counts.videos, counts.views) for tag, counts in counted.items() if counts.videos]

    def _keep(self, counted: Mapping[str, TagCounts]) -> None:
        now = self._clock()
        with self._lock:
            for tag, counts in counted.items():
                self._kept[tag] = now, counts
                self._kept.move_to_end(tag)
            while len(self._kept) > KEPT_TAGS_MAX:
                self._kept.popitem(last=False)


class TagPages:
    """Every method blocks."""

    def __init__(self, database: Database, counter: TagCounter, videos: Videos, label: LabelOfTag = no_label) -> None:
        self._database = database
        self._counter = counter
        self._videos = videos
        self._label = label

    def page(self, tag: str, viewer: Identity | None) -> TagPage:
        """Also of a hashtag that no video has. Members also count what they may see beside what is public."""
        name = normalized(tag)

        def read(connection: Connection) -> TagPage:
            counts, label = self._counter.counts(connection, [name])[name], self._label(connection, name)
            if viewer is None:
                return TagPage(name, counts.videos, counts.views, label)
            beside = self._videos.sight.listed_beside(connection, viewer)
            total = select(func.count(), func.coalesce(func.sum(videos.c.views), 0)).where(beside, has_tag(name))
            number, views = connection.execute(total).one()
            return TagPage(name, counts.videos + number, counts.views + int(views), label)

        return self._database.read(read)

    def most_viewed(self, tag: str, viewer: Identity | None, cursor: str, limit: int) -> Page[Video]:
        """The videos with this hashtag, the most viewed first, MOST_VIEWED_MAX at most. Raises InvalidRequest."""
        first = parse_offset(cursor, MOST_VIEWED_MAX)

        def read(connection: Connection) -> Page[Video]:
            ids = self._most_viewed(connection, normalized(tag), viewer)
            items = self._videos.listed(connection, ids[first : first + limit], viewer)
            return Page(items, str(first + limit) if first + limit < len(ids) else None)

        return self._database.read(read)

    def _most_viewed(self, connection: Connection, tag: str, viewer: Identity | None) -> list[str]:
        ranked = self._counter.most_viewed(connection, tag)
        if viewer is not None:
            beside = self._videos.sight.listed_beside(connection, viewer)
            ranked = sorted((*ranked, *_ranked(connection, videos, beside, has_tag(tag))), reverse=True)
        return [video for _, video in ranked[:MOST_VIEWED_MAX]]


def parse_offset(cursor: str, at_most: int) -> int:
    """A cursor that is a number of items. Raises InvalidRequest for one that is not one of ours."""
    if cursor and not (cursor.isascii() and cursor.isdecimal() and len(cursor) <= len(str(at_most))):
        raise InvalidRequest("cursor is invalid")
    return min(int(cursor or 0), at_most)


_TAGGED = video_tags.join(videos, videos.c.id == video_tags.c.video)


def _counted(connection: Connection, tags: Sequence[str]) -> dict[str, TagCounts]:
    if not tags:
        return {}
    query = select(video_tags.c.tag, func.count(), func.sum(videos.c.views)).select_from(_TAGGED)
    query = query.where(video_tags.c.tag.in_(tags), is_public_of_few()).group_by(video_tags.c.tag)
    return {tag: TagCounts(number, int(views)) for tag, number, views in connection.execute(query)}


def _ranked(connection: Connection, source: FromClause, *which: ColumnElement[bool]) -> Ranked:
    query = select(videos.c.views, videos.c.id).select_from(source).where(*which)
    query = query.order_by(videos.c.views.desc(), videos.c.id.desc()).limit(MOST_VIEWED_MAX)
    return [(views, video) for views, video in connection.execute(query)]
