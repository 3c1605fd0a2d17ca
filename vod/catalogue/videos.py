"""Videos: who may see which, and how they are shown."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Literal, cast

import msgspec
from sqlalchemy import Connection, Row, Select, delete, func, insert, select

from core.clock import Clock
from core.database import Database
from core.errors import NotAllowed
from core.http import Page
from core.identity import Identity, Person
from core.ids import new_id
from core.jobs import Jobs, JobView
from vod.catalogue.files import Files
from vod.catalogue.mentions import Mentions
from vod.catalogue.published import everybody_sees
from vod.catalogue.tags import add_tags, videos_with
from vod.errors import TooManyProcessing, VideoNotFound, VideoNotReady
from vod.tables import video_files, video_likes, videos

PROCESSING_MAX = 20  # videos of one person

Brief = Callable[[Connection, Iterable[str]], dict[str, Person]]
"""People in brief by id; those who are gone are missing."""

VideoRecorder = Callable[[Connection, str], None]
"""Called with a video's id in each transaction that changes who finds it or by what: before hashtags of it go, and
after others have come. It may only run SQL, and may run again when the transaction is retried."""

Rows = tuple[Sequence[Row[Any]], str | None]
"""Rows of videos in the order to show them, and the cursor of what comes after."""

State = Literal["processing", "ready", "rejected"]
Stage = Literal["queued", "probing", "transcoding", "storing"]


class Rendition(msgspec.Struct):
    """One file to play."""

    height: int
    width: int
    url: str
    bytes: int
    bits_per_second: int


class VideoFields(msgspec.Struct, kw_only=True):
    """What a video is in the catalogue and in the feed alike."""

    id: str
    state: State
    stage: Stage | None
    progress: int  # percent
    caption: str
    by: Person
    at: int  # Unix ms
    duration_ms: int
    width: int
    height: int
    renditions: list[Rendition]
    poster: str | None
    preview: str | None
    likes: int
    liked: bool
    comments: int
    views: int


class Video(VideoFields, kw_only=True):
    """A video in the catalogue."""

    reason: str | None  # a code, when it is rejected


class Videos:
    def __init__(
        self, database: Database, clock: Clock, jobs: Jobs, files: Files, url: Callable[[str], str], brief: Brief,
        mentions: Mentions,
    ) -> None:  # fmt: skip
        self._database = database
        self._clock = clock
        self._jobs = jobs
        self._files = files
        self._url = url
        self._brief = brief
        self._mentions = mentions
        self._recorders: list[VideoRecorder] = []

    def record(self, recorder: VideoRecorder) -> None:
        """Call `recorder` in the transaction of every change to what a video is found by."""
        self._recorders.append(recorder)

    def changed(self, connection: Connection, video: str) -> None:
        """Tell the recorders. Whatever changes a video's caption, state or visibility calls it."""
        for recorder in self._recorders:
            recorder(connection, video)

    def publish(self, connection: Connection, person: str, upload: str, caption: str) -> str:
        """Create a video whose source is a complete upload, and its job. Wake the jobs after the commit."""
        video = new_id()
        connection.execute(
            insert(videos).values(
                id=video, person=person, state="processing", caption=caption, created_at=self._clock()
            )
        )  # fmt: skip
        add_tags(connection, video, caption)
        self._mentions.in_caption(connection, video, caption)
        self._jobs.add(connection, "transcode", video, {"upload": upload}, owner=person)
        return video

    def ready_now(self, connection: Connection, video: str) -> None:
        """A video has become ready: others find it, and those whom it mentions are told."""
        self.changed(connection, video)
        self._mentions.video_ready(connection, video)

    def check_processing(self, connection: Connection, person: str) -> None:
        """Raises TooManyProcessing when this person may not upload another one yet."""
        processing = select(func.count()).where(videos.c.person == person, videos.c.state == "processing")
        if connection.execute(processing).scalar_one() >= PROCESSING_MAX:
            raise TooManyProcessing(f"At most {PROCESSING_MAX} videos can be in processing; wait until one is done.")

    def video(self, video: str, viewer: Identity | None) -> Video:
        """Raises VideoNotFound, also when the viewer may not see it. Blocks."""

        def read(connection: Connection) -> Video:
            shown = self.shown(connection, [self.visible(connection, video, viewer)], viewer)
            if not shown:
                raise VideoNotFound
            return shown[0]

        return self._database.read(read)

    def by_person(
        self, connection: Connection, person: str, viewer: Identity | None, cursor: str, limit: int
    ) -> Page[Video]:
        """A person's videos, newest first; those that are not ready only for themselves and moderators."""
        query = select(videos).where(videos.c.person == person)
        if viewer is None or not (viewer.id == person or viewer.moderates):
            query = query.where(videos.c.state == "ready")
        rows, after = newest_first(connection, query, cursor, limit)
        return Page(self.shown(connection, rows, viewer), after)

    def by_tag(self, tag: str, viewer: Identity | None, cursor: str, limit: int) -> Page[Video]:
        """The ready videos with a hashtag, newest first. Blocks."""

        def read(connection: Connection) -> Page[Video]:
            rows, after = newest_first(connection, videos_with(tag), cursor, limit)
            return Page(self.shown(connection, rows, viewer), after)

        return self._database.read(read)

    def published(self, connection: Connection, ids: Sequence[str], viewer: Identity | None) -> list[Video]:
        """Those of these videos that everybody may see, in this order."""
        query = select(videos).where(videos.c.id.in_(ids), everybody_sees())
        shown = {video.id: video for video in self.shown(connection, connection.execute(query).all(), viewer)}
        return [shown[video] for video in ids if video in shown]

    def visible(self, connection: Connection, video: str, viewer: Identity | None) -> Row[Any]:
        """The row of a video the viewer may see. Raises VideoNotFound."""
        row = connection.execute(select(videos).where(videos.c.id == video)).first()
        if row is None or not (row.state == "ready" or _is_own(row, viewer)):
            raise VideoNotFound
        return row

    def ready(self, connection: Connection, video: str, viewer: Identity | None) -> Row[Any]:
        """The row of a ready video the viewer may see. Raises VideoNotFound, VideoNotReady."""
        row = self.visible(connection, video, viewer)
        if row.state != "ready":
            raise VideoNotReady
        return row

    def shown(self, connection: Connection, rows: Sequence[Row[Any]], viewer: Identity | None) -> list[Video]:
        """Rows as they are shown to a viewer. Those of people who are gone are left out."""
        ids = [row.id for row in rows]
        if not ids:
            return []
        people = self._brief(connection, {row.person for row in rows})
        files: dict[str, list[Row[Any]]] = {}
        for file in connection.execute(select(video_files).where(video_files.c.video.in_(ids))):
            files.setdefault(file.video, []).append(file)
        liked: set[str] = set()
        if viewer is not None:
            mine = select(video_likes.c.video).where(video_likes.c.person == viewer.id, video_likes.c.video.in_(ids))
            liked.update(connection.execute(mine).scalars())
        jobs = {row.id: self._jobs.latest(connection, row.id) for row in rows if row.state == "processing"}
        return [
            self._show(row, people[row.person], files.get(row.id, []), jobs.get(row.id), row.id in liked)
            for row in rows
            if row.person in people
        ]

    def _show(self, row: Row[Any], by: Person, files: list[Row[Any]], job: JobView | None, liked: bool) -> Video:
        ready = row.state == "ready"
        urls = {file.role: self._url(file.key) for file in files} if ready else {}
        renditions = [
            Rendition(file.height, file.width, urls[file.role], file.bytes, file.bits_per_second)
            for file in sorted(files, key=lambda file: -file.bytes)
            if ready and file.role.isdecimal()
        ]
        stage: Stage | None = None
        if row.state == "processing":
            stage = cast(Stage, job.stage) if job is not None and job.stage else "queued"
        return Video(
            id=row.id, state=row.state, stage=stage, progress=100 if ready else job.progress if job else 0,
            reason=row.reason or None, caption=row.caption, by=by, at=row.created_at, duration_ms=row.duration_ms,
            width=row.width, height=row.height, renditions=renditions, poster=urls.get("poster"),
            preview=urls.get("preview"), likes=row.likes, liked=liked, comments=row.comments, views=row.views,
        )  # fmt: skip

    def delete(self, video: str, who: Identity) -> None:
        """Delete a video with its likes, its comments, and the files no other video uses. Blocks.

        Raises VideoNotFound, NotAllowed.
        """

        def write(connection: Connection) -> None:
            if not _is_own(self.visible(connection, video, who), who):
                raise NotAllowed("Only its owner or a moderator may delete a video.")
            self.changed(connection, video)
            self._files.release(connection, video)
            connection.execute(delete(videos).where(videos.c.id == video))

        self._database.write(write)


def newest_first(connection: Connection, query: Select[Any], cursor: str, limit: int) -> Rows:
    """A page of a query of videos. The cursor is the id of the last one."""
    if cursor:
        query = query.where(videos.c.id < cursor)
    rows = connection.execute(query.order_by(videos.c.id.desc()).limit(limit + 1)).all()
    return rows[:limit], rows[limit - 1].id if len(rows) > limit else None


def _is_own(row: Row[Any], viewer: Identity | None) -> bool:
    return viewer is not None and (viewer.id == row.person or viewer.moderates)
