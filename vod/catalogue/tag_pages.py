"""The page of a hashtag: how many videos have it, how often they were viewed, and which the most."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass

import msgspec
from sqlalchemy import ColumnElement, Connection, func, select

from core.clock import Clock
from core.database import Database
from core.errors import InvalidRequest
from core.http import Page
from core.identity import Identity
from vod.catalogue.tags import has_tag, normalized, videos_with
from vod.catalogue.videos import Video, Videos
from vod.catalogue.visibility import is_public
from vod.tables import videos

MOST_VIEWED_MAX = 200  # how far the list of the most viewed goes
EXACT_VIDEOS_MAX = 1_000  # with more, counts may be KEPT_MS old
KEPT_MS = 60_000
KEPT_TAGS_MAX = 1_000


@dataclass(frozen=True, slots=True)
class TagCounts:
    """`most_viewed`: views and ids, MOST_VIEWED_MAX at most."""

    videos: int
    views: int
    most_viewed: tuple[tuple[int, str], ...]


class TagPage(msgspec.Struct):
    """A hashtag, as it is compared: in small letters."""

    tag: str
    videos: int
    views: int


class TagCounter:
    """Counts what everybody may see. Counts of hashtags with many videos are kept for a minute, because counting them
    takes long."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._kept: OrderedDict[str, tuple[int, TagCounts]] = OrderedDict()
        self._lock = threading.Lock()

    def counts(self, connection: Connection, tag: str) -> TagCounts:
        """`tag` must be normalized."""
        with self._lock:
            at, kept = self._kept.get(tag, (0, None))
        if kept is not None and self._clock() - at < KEPT_MS:
            return kept
        counts = _counted(connection, is_public(), videos_with(tag))
        if counts.videos > EXACT_VIDEOS_MAX:
            with self._lock:
                self._kept[tag] = self._clock(), counts
                self._kept.move_to_end(tag)
                if len(self._kept) > KEPT_TAGS_MAX:
                    self._kept.popitem(last=False)
        return counts

    def pages(self, connection: Connection, tags: Iterable[str]) -> list[TagPage]:
        """The pages of these hashtags, of those that any video has."""
        counted = [(tag, self.counts(connection, tag)) for tag in tags]
        return [TagPage(tag, counts.videos, counts.views) for tag, counts in counted if counts.videos]


class TagPages:
    """Every method blocks."""

    def __init__(self, database: Database, counter: TagCounter, videos: Videos) -> None:
        self._database = database
        self._counter = counter
        self._videos = videos

    def page(self, tag: str, viewer: Identity | None) -> TagPage:
        """Also of a hashtag that no video has."""
        name = normalized(tag)
        counts = self._database.read(lambda c: self._counts(c, name, viewer))
        return TagPage(name, counts.videos, counts.views)

    def most_viewed(self, tag: str, viewer: Identity | None, cursor: str, limit: int) -> Page[Video]:
        """The videos with this hashtag, the most viewed first, MOST_VIEWED_MAX at most. Raises InvalidRequest."""
        first = parse_offset(cursor, MOST_VIEWED_MAX)

        def read(connection: Connection) -> Page[Video]:
            ids = [video for _, video in self._counts(connection, normalized(tag), viewer).most_viewed]
            items = self._videos.listed(connection, ids[first : first + limit], viewer)
            return Page(items, str(first + limit) if first + limit < len(ids) else None)

        return self._database.read(read)

    def _counts(self, connection: Connection, tag: str, viewer: Identity | None) -> TagCounts:
        """What everybody may see, and what else this viewer may."""
        counts = self._counter.counts(connection, tag)
        if viewer is None:
            return counts
        more = _counted(connection, self._videos.sight.listed_beside(connection, viewer), has_tag(tag))
        most = sorted((*counts.most_viewed, *more.most_viewed), reverse=True)[:MOST_VIEWED_MAX]
        return TagCounts(counts.videos + more.videos, counts.views + more.views, tuple(most))


def parse_offset(cursor: str, at_most: int) -> int:
    """A cursor that is a number of items. Raises InvalidRequest for one that is not one of ours."""
    if cursor and not (cursor.isascii() and cursor.isdecimal() and len(cursor) <= len(str(at_most))):
        raise InvalidRequest("cursor is invalid")
    return min(int(cursor or 0), at_most)


def _counted(connection: Connection, seen: ColumnElement[bool], tagged: ColumnElement[bool]) -> TagCounts:
    total = select(func.count(), func.coalesce(func.sum(videos.c.views), 0)).where(seen, tagged)
    number, views = connection.execute(total).one()
    top = select(videos.c.views, videos.c.id).where(seen, tagged)
    top = top.order_by(videos.c.views.desc(), videos.c.id.desc()).limit(MOST_VIEWED_MAX)
    most = [(row.views, row.id) for row in connection.execute(top)] if number else []
    return TagCounts(number, int(views), tuple(most))
