"""The watch history: the videos a person has watched, each with the time of its last view.

It is written from feed events, in their transaction. Its rows have no foreign key, so that events do not fail because a
video goes; those of videos that are gone are deleted by a schedule.
"""

from __future__ import annotations

import re
from collections.abc import Collection

from sqlalchemy import Connection, and_, bindparam, delete, exists, or_, select, tuple_
from sqlalchemy.dialects import postgresql, sqlite

from core.clock import Clock
from core.database import Database
from core.errors import InvalidRequest
from core.http import Page
from core.identity import Identity
from vod.catalogue.videos import VideoFields, Videos
from vod.tables import history_pauses, videos, watch_history

HISTORY_VIDEOS_MAX = 1_000  # of one person
FORGOTTEN_AT_ONCE_MAX = 500  # entries in one transaction: others wait for the same writer
VISITOR_PREFIX = "~"  # of the pseudonyms of visitors, who have no history
_CURSOR = re.compile(r"([0-9]{1,18})\.([0-9a-z]{1,40})\Z")  # Unix ms, video


class WatchedVideo(VideoFields, kw_only=True):
    """A video with the time of its viewer's last view."""

    watched_at: int  # Unix ms


class HistoryPage(Page[WatchedVideo]):
    """`paused`: nothing is added for now."""

    paused: bool = False


# Built once: every report of the feed asks them.
_PAUSED = select(history_pauses.c.person).where(history_pauses.c.person == bindparam("who"))
_BEYOND = (
    select(watch_history.c.video)
    .where(watch_history.c.person == bindparam("who"))
    .order_by(watch_history.c.at.desc(), watch_history.c.video.desc())
    .offset(bindparam("kept"))
)


class History:
    """Every method blocks, except `note`, which runs in its caller's transaction."""

    def __init__(self, database: Database, clock: Clock, videos: Videos) -> None:
        self._database = database
        self._clock = clock
        self._videos = videos

    def note(self, connection: Connection, viewer: str, viewed: Collection[str]) -> None:
        """Somebody has watched these videos just now."""
        if not viewed or viewer.startswith(VISITOR_PREFIX) or _is_paused(connection, viewer):
            return
        now = self._clock()
        dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
        rows = [{"person": viewer, "video": video, "at": now} for video in sorted(set(viewed))]  # against deadlocks
        new = dialect.insert(watch_history)
        newer = new.on_conflict_do_update(index_elements=["person", "video"], set_={"at": new.excluded.at})
        connection.execute(newer, rows)
        _trim(connection, viewer)

    def page(self, who: Identity, cursor: str, limit: int) -> HistoryPage:
        """What somebody has watched and may still see, the last first. Raises InvalidRequest."""
        found = _CURSOR.match(cursor)
        if cursor and found is None:
            raise InvalidRequest("cursor is invalid")

        def read(connection: Connection) -> HistoryPage:
            at, video = watch_history.c.at, watch_history.c.video
            query = (
                select(videos, at.label("watched_at"))
                .join(watch_history, video == videos.c.id)
                .where(watch_history.c.person == who.id, self._videos.sight.among(connection, who))
            )
            if found is not None:
                before = int(found[1])
                query = query.where(or_(at < before, and_(at == before, video < found[2])))
            rows = connection.execute(query.order_by(at.desc(), video.desc()).limit(limit + 1)).all()
            times = {row.id: row.watched_at for row in rows[:limit]}
            shown = [
                WatchedVideo(
                    **{name: getattr(video, name) for name in VideoFields.__struct_fields__}, watched_at=times[video.id]
                )
                for video in self._videos.shown(connection, rows[:limit], who)
            ]
            last = rows[limit - 1] if len(rows) > limit else None
            after = f"{last.watched_at}.{last.id}" if last is not None else None
            return HistoryPage(shown, after, _is_paused(connection, who.id))

        return self._database.read(read)

    def remove(self, who: Identity, video: str) -> None:
        """Remove one video; nothing happens if it is not there."""
        one = delete(watch_history).where(watch_history.c.person == who.id, watch_history.c.video == video)
        self._database.write(lambda c: c.execute(one))

    def clear(self, who: Identity, since: int | None, until: int | None) -> None:
        """Remove everything, or what was watched from `since` to before `until`, in Unix ms: a day, for example."""
        mine = delete(watch_history).where(watch_history.c.person == who.id)
        if since is not None:
            mine = mine.where(watch_history.c.at >= since)
        if until is not None:
            mine = mine.where(watch_history.c.at < until)
        self._database.write(lambda c: c.execute(mine))

    def pause(self, who: Identity, *, paused: bool) -> None:
        """Add nothing to the history until this is undone."""

        def write(connection: Connection) -> None:
            if not paused:
                connection.execute(delete(history_pauses).where(history_pauses.c.person == who.id))
                return
            dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
            row = {"person": who.id, "at": self._clock()}
            connection.execute(dialect.insert(history_pauses).values(row).on_conflict_do_nothing())

        self._database.write(write)

    def forget_deleted(self) -> None:
        """Delete the entries of videos that are gone. If it is interrupted, the next run continues."""
        after = ("", "")
        while gone := self._database.read(lambda c: _gone(c, after)):  # noqa: B023
            rows, after = tuple_(watch_history.c.person, watch_history.c.video).in_(gone), gone[-1]
            self._database.write(lambda c: c.execute(delete(watch_history).where(rows)))  # noqa: B023


def _gone(connection: Connection, after: tuple[str, str]) -> list[tuple[str, str]]:
    """The next entries, by person and video, whose video is gone."""
    key = watch_history.c.person, watch_history.c.video
    there = exists(select(videos.c.id).where(videos.c.id == watch_history.c.video))
    query = select(*key).where(tuple_(*key) > after, ~there).order_by(*key).limit(FORGOTTEN_AT_ONCE_MAX)
    return [(person, video) for person, video in connection.execute(query)]


def _is_paused(connection: Connection, person: str) -> bool:
    return connection.execute(_PAUSED, {"who": person}).first() is not None


def _trim(connection: Connection, person: str) -> None:
    """Delete what is beyond the limit, the oldest first."""
    beyond = connection.execute(_BEYOND, {"who": person, "kept": HISTORY_VIDEOS_MAX}).scalars().all()
    if beyond:
        connection.execute(
            delete(watch_history).where(watch_history.c.person == person, watch_history.c.video.in_(beyond))
        )
