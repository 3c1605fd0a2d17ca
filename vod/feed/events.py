"""Feed events: what viewers did with the videos they were shown, and the count of views."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Annotated, Literal

import msgspec
import structlog
from sqlalchemy import Connection, bindparam, insert, select, update

from core.clock import Clock
from core.database import Database
from core.identity import Identity
from core.outages import is_outage
from vod.feed.control.preferences import Preferences
from vod.feed.impressions import last_shown, last_shown_by, shown_videos
from vod.feed.learning.judging import Claim, Deed, Done, Film, Judge, Source, may_name
from vod.feed.retention import forget
from vod.feed.viewer import Viewer, session_profile
from vod.tables import feed_events, video_files, video_tags, videos

EVENTS_MAX = 5_000_000
EVENT_AGE_MS_MAX = 90 * 24 * 60 * 60_000
EVENTS_BATCH_MAX = 100
VIEW_AGAIN_MS = 30 * 60_000  # a viewer's next view of the same video counts after this
WATCHED_MS_MAX = 24 * 60 * 60_000
BEFORE_ROWS_MAX = 5_000  # of a viewer and the videos of one report; whoever has more repeats themselves
TURNS = 64  # locks, by viewer: two reports of one viewer are judged one after the other

log = structlog.get_logger("feed")


Watchable = Callable[[Connection, str, Collection[str]], Collection[str]]
"""(connection, viewer, videos) -> those that this viewer may watch."""

NoteViews = Callable[[Connection, str, Collection[str]], None]
"""(connection, viewer, videos): adds them to the viewer's watch history."""


NoteWatched = Callable[[Connection, Viewer, int, Sequence[Done]], None]
"""(connection, viewer, Unix ms, what they did with some videos now and before): in the transaction that records it."""


class FeedEvent(msgspec.Struct, forbid_unknown_fields=True):
    """Something a viewer did. `impression` says which showing of the video it was; without one, `source` may say where
    the viewer found it."""

    video: Annotated[str, msgspec.Meta(max_length=40)]
    kind: Literal["view", "finish", "skip", "share", "not_interested"]
    watched_ms: Annotated[int, msgspec.Meta(ge=0, le=WATCHED_MS_MAX)] = 0
    impression: Annotated[str, msgspec.Meta(max_length=40)] | None = None
    source: Source | None = None


Learn = Callable[[Sequence[Done]], None]
"""Called after the commit with what was recorded."""


# Built once: every report asks them.
_FILMS = (
    select(
        videos.c.id, videos.c.person, videos.c.duration_ms, videos.c.sound,
        select(video_tags.c.tag).where(video_tags.c.video == videos.c.id).exists().label("tagged"),
        video_files.c.key, video_files.c.bytes,
    )
    .join_from(videos, video_files, videos.c.id == video_files.c.video, isouter=True)
    .where(videos.c.id.in_(bindparam("wanted")), videos.c.state == "ready")
)  # fmt: skip
_BEFORE = (
    select(feed_events)
    .where(feed_events.c.viewer == bindparam("viewer"), feed_events.c.video.in_(bindparam("wanted")))
    .limit(BEFORE_ROWS_MAX)
)
_INSERT = insert(feed_events)
_COUNT_VIEW = update(videos).where(videos.c.id == bindparam("viewed")).values(views=videos.c.views + 1)


class FeedEvents:
    def __init__(
        self,
        database: Database,
        clock: Clock,
        judge: Judge,
        preferences: Preferences,
        watchable: Watchable,
        note_views: NoteViews,
        learn: Learn = lambda _: None,
        note_watched: NoteWatched = lambda _, __, ___, ____: None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._judge = judge
        self._preferences = preferences
        self._watchable = watchable
        self._note_views = note_views
        self._learn = learn
        self._note_watched = note_watched
        self._turns = [threading.Lock() for _ in range(TURNS)]

    def record(self, viewer: Viewer, events: Sequence[FeedEvent]) -> int:
        """Record a viewer's events and count their views. Blocks. Returns how many events were accepted.

        Ignored are events of videos that this viewer cannot watch, those that name an impression which is unknown,
        somebody else's or of something else, and those that were recorded already.
        """

        def claims(connection: Connection) -> list[Claim]:
            named = {event.impression for event in events if event.impression is not None}
            shown = shown_videos(connection, named) if named else {}
            found = []
            for event in events:
                showing = shown.get(event.impression) if event.impression is not None else None
                if event.impression is None or (
                    showing is not None and showing.video == event.video and may_name(showing, viewer)
                ):
                    found.append(Claim(event.video, event.kind, event.watched_ms, showing, event.source))
            return found

        return self._record(viewer, claims)

    def note(self, viewer: Viewer, kind: Deed, video: str) -> None:
        """Record what somebody did outside of the feed's events, such as a like. Call it after its commit. Blocks.

        It must not fail what was done: without a database only a recommendation is lost.
        """
        self._note(viewer, lambda c: [Claim(video, kind, 0, last_shown(c, viewer.id, video))])

    def note_report(self, who: Identity, video: str) -> None:
        """Somebody has reported a video. Blocks."""
        self.note(Viewer(who.id, who), "report", video)

    def note_withdrawal(self, who: Identity, video: str) -> None:
        """Somebody has taken back their report of a video. Blocks."""
        self.note(Viewer(who.id, who), "unreport", video)

    def note_follow(self, who: Identity, creator: str) -> None:
        """The follow counts for the video of this creator that the viewer was shown last, if it was a while ago at
        most. Blocks."""

        def claims(connection: Connection) -> list[Claim]:
            shown = last_shown_by(connection, who.id, creator, self._clock() - VIEW_AGAIN_MS)
            return [Claim(shown.video, "follow", 0, shown)] if shown is not None else []

        self._note(Viewer(who.id, who), claims)

    def _note(self, viewer: Viewer, claims: Callable[[Connection], list[Claim]]) -> None:
        try:
            self._record(viewer, claims)
        except Exception as error:
            if not is_outage(error):
                raise
            log.warning("not recorded during an outage", error=type(error).__name__)

    def _record(self, viewer: Viewer, claims: Callable[[Connection], list[Claim]]) -> int:
        now = self._clock()

        def read(
            connection: Connection,
        ) -> tuple[list[Claim], Mapping[str, Film], list[Done], str | None]:
            made = claims(connection)
            wanted = self._watchable(connection, viewer.id, {claim.video for claim in made})
            profile = self._preferences.profile(connection, viewer, _session(made))
            return made, films(connection, wanted), before(connection, viewer.id, wanted), profile

        with self._turns[hash(viewer.id) % TURNS]:
            made, known, earlier, profile = self._database.read(read)
            if not made or len(earlier) >= BEFORE_ROWS_MAX:
                return 0
            done = self._judge.judge(viewer, made, known, earlier, profile)
            seen = {claim.video for claim in made if claim.kind == "view" and claim.video in known}
            if not done and not seen:
                return 0
            recent = {one.video for one in earlier if one.kind == "view" and one.at > now - VIEW_AGAIN_MS}
            viewed = {one.video for one in done if one.kind == "view" and known[one.video].creator != viewer.id}

            def write(connection: Connection) -> list[Done]:
                may = self._preferences.still(connection, profile)
                kept = done if may else [replace(one, profile=None, voice=0.0) for one in done]
                if kept:
                    _insert(connection, kept, viewed - recent)
                self._note_views(connection, viewer.id, seen)
                self._note_watched(connection, viewer, now, [*earlier, *kept])
                return kept

            done = self._database.write(write)
        self._learn(done)
        return len(done)

    def forget_old(self) -> None:
        """Blocks."""
        before = self._clock() - EVENT_AGE_MS_MAX
        forget(self._database, feed_events, before=before, rows_max=EVENTS_MAX)


def films(connection: Connection, wanted: Collection[str]) -> dict[str, Film]:
    """Those of these videos that are ready."""
    found: dict[str, Film] = {}
    files: dict[str, dict[str, int]] = {}
    for row in connection.execute(_FILMS, {"wanted": [*wanted]}).all():
        of_video = files.setdefault(row.id, {})
        found.setdefault(row.id, Film(row.person, row.duration_ms, of_video, bool(row.tagged), row.sound is not None))
        if row.key is not None and row.bytes > 0:
            of_video[row.key] = row.bytes
    return found


def before(connection: Connection, viewer: str, wanted: Collection[str]) -> list[Done]:
    """What the viewer did with these videos, the oldest first."""
    rows = connection.execute(_BEFORE, {"viewer": viewer, "wanted": [*wanted]}).all()
    return sorted(done_of(rows), key=lambda done: done.id)


def done_of(rows: Iterable[object]) -> list[Done]:
    return [Done(**row._mapping) for row in rows]  # type: ignore[attr-defined]


def _insert(connection: Connection, done: Sequence[Done], viewed: Collection[str]) -> None:
    connection.execute(_INSERT, [asdict(one) for one in done])
    if viewed:
        connection.execute(_COUNT_VIEW, [{"viewed": one} for one in sorted(viewed)])  # in one order, against deadlocks


def _session(claims: Sequence[Claim]) -> str | None:
    """The profile of a visitor's swipe session: that of the last showing that is named."""
    shown = [claim.shown for claim in claims if claim.shown is not None]
    return session_profile(shown[-1].session) if shown else None
