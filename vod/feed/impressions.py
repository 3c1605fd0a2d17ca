"""Impressions: what was shown to whom, where in the feed and why. An event may name the impression it belongs to."""

from __future__ import annotations

import threading
from collections import OrderedDict, deque
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import msgspec
from sqlalchemy import Connection, bindparam, insert, select

from core.clock import Clock
from core.database import Database
from core.ids import first_id, new_id
from core.outages import is_outage
from vod.feed.learning.judging import ShownVideo
from vod.feed.retention import forget
from vod.feed.sources import ReasonCode
from vod.tables import feed_impressions, videos

IMPRESSIONS_MAX = 5_000_000
IMPRESSION_AGE_MS_MAX = 30 * 24 * 60 * 60_000

UNWRITTEN_MAX = 20_000
SESSIONS_MAX = 2_000  # whose videos are remembered in memory
SESSION_SUBJECTS_MAX = 500

Kind = Literal["video", "room", "ad"]


@dataclass(frozen=True, slots=True)
class Showing:
    """One item that is about to be shown."""

    kind: Kind
    subject: str  # the id of the video or room
    reason: ReasonCode
    details: Mapping[str, str | float] = field(default_factory=dict, hash=False)  # what the reason rests on
    score: float = 0.0  # comparable within a page
    propensity: float = 1.0  # with which the ranker shows it on this page
    ranker: str = ""


@dataclass(slots=True)
class _Session:
    """The videos that this process has shown in a swipe session, and at which position."""

    videos: dict[str, int]
    until: int = 0  # the position before which it has shown everything itself

    def add(self, position: int, end: int, videos: Mapping[str, int]) -> None:
        self.videos.update(videos)
        if position <= self.until:  # else another process has shown what is between
            self.until = max(self.until, end)

    def before(self, position: int) -> set[str]:
        return {video for video, at in self.videos.items() if at < position}


class Impressions:
    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._unwritten: deque[dict[str, Any]] = deque(maxlen=UNWRITTEN_MAX)  # since an outage began
        self._sessions: OrderedDict[str, _Session] = OrderedDict()
        self._lock = threading.Lock()

    def record(self, viewer: str, session: str, position: int, end: int, showings: Sequence[Showing]) -> list[str]:
        """Record the showings of one page in one insert; `position` is that of the first, `end` that behind the page.
        Blocks.

        Returns the id of each impression. During an outage they are kept in memory, and written after it.
        """
        now = self._clock()
        rows: list[dict[str, Any]] = [
            {
                "id": new_id(), "viewer": viewer, "session": session, "kind": showing.kind, "subject": showing.subject,
                "position": position + number, "reason": showing.reason, "at": now,
                "details": msgspec.json.encode(showing.details).decode(), "score": showing.score,
                "propensity": showing.propensity, "ranker": showing.ranker,
            }
            for number, showing in enumerate(showings)
        ]  # fmt: skip
        self._remember(session, position, end, rows)
        if rows:
            self._write(rows)
        return [str(row["id"]) for row in rows]

    def _write(self, rows: list[dict[str, Any]]) -> None:
        with self._lock:
            late = list(self._unwritten)
            self._unwritten.clear()
        try:
            self._database.write(lambda c: c.execute(_INSERT, late + rows))
        except Exception as error:
            if not is_outage(error):
                raise
            with self._lock:
                self._unwritten.extend(late + rows)

    def _remember(self, session: str, position: int, end: int, rows: Sequence[Mapping[str, Any]]) -> None:
        shown = {row["subject"]: row["position"] for row in rows if row["kind"] == "video"}
        with self._lock:
            known = self._sessions.pop(session, None)
            if known is None or len(known.videos) >= SESSION_SUBJECTS_MAX:
                known = _Session({})
            known.add(position, end, shown)
            self._sessions[session] = known
            if len(self._sessions) > SESSIONS_MAX:
                self._sessions.popitem(last=False)

    def remembered(self, session: str, before: int) -> set[str]:
        """The videos that this process has shown in the session before a position, as far as it remembers."""
        with self._lock:
            known = self._sessions.get(session)
            return set() if known is None else known.before(before)

    def shown(self, connection: Connection, session: str, kind: Kind, before: int, among: Collection[str]) -> set[str]:
        """Those of the subjects `among` that the swipe session has shown before a position. A cursor can be forged, so
        what is read depends on how many subjects there are, not on how long a session is.

        A client that lost a page and asks for it again gets the same one: what that page showed does not count.
        """
        if not among:
            return set()
        earlier = (
            select(feed_impressions.c.subject)
            .where(
                feed_impressions.c.session == session, feed_impressions.c.kind == kind,
                feed_impressions.c.position < before, feed_impressions.c.subject.in_(among),
            )
            .distinct()
        )  # fmt: skip
        return set(connection.execute(earlier).scalars())

    def shown_videos(self, connection: Connection, session: str, before: int, at_most: int) -> set[str]:
        """The videos that the swipe session has shown before a position; reading ends at `at_most`, because a cursor
        can be forged. What this process has shown from the beginning is not read."""
        with self._lock:
            known = self._sessions.get(session)
            if before <= (0 if known is None else known.until):
                return set() if known is None else known.before(before)
        given = {"session": session, "before": before, "at_most": at_most}
        return set(connection.execute(_SHOWN_VIDEOS, given).scalars().all())

    def forget_old(self) -> None:
        """Blocks."""
        before = self._clock() - IMPRESSION_AGE_MS_MAX
        forget(self._database, feed_impressions, before=before, rows_max=IMPRESSIONS_MAX)


def shown_videos(connection: Connection, impressions: Collection[str]) -> Mapping[str, ShownVideo]:
    """Those of these impressions that showed a video."""
    query = _VIDEOS.where(feed_impressions.c.id.in_(impressions))
    return {row.id: ShownVideo(*row) for row in connection.execute(query)}


def last_shown(connection: Connection, viewer: str, video: str) -> ShownVideo | None:
    """When this viewer was shown the video last."""
    query = _VIDEOS.where(feed_impressions.c.viewer == viewer, feed_impressions.c.subject == video)
    row = connection.execute(query.order_by(feed_impressions.c.id.desc()).limit(1)).first()
    return None if row is None else ShownVideo(*row)


def last_shown_by(connection: Connection, viewer: str, creator: str, after: int) -> ShownVideo | None:
    """The video by this creator that the viewer was shown last, after a time (Unix ms)."""
    query = _VIDEOS.join(videos, feed_impressions.c.subject == videos.c.id).where(
        feed_impressions.c.viewer == viewer, feed_impressions.c.id >= first_id(after), videos.c.person == creator
    )
    row = connection.execute(query.order_by(feed_impressions.c.id.desc()).limit(1)).first()
    return None if row is None else ShownVideo(*row)


_INSERT = insert(feed_impressions)
_SHOWN_VIDEOS = (
    select(feed_impressions.c.subject)
    .where(
        feed_impressions.c.session == bindparam("session"),
        feed_impressions.c.kind == "video",
        feed_impressions.c.position < bindparam("before"),
    )
    .limit(bindparam("at_most"))
)
_VIDEOS = select(
    feed_impressions.c.id, feed_impressions.c.viewer, feed_impressions.c.session, feed_impressions.c.subject,
    feed_impressions.c.reason, feed_impressions.c.at,
).where(feed_impressions.c.kind == "video")  # fmt: skip
