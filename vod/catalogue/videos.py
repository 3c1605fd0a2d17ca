"""Videos: who may see which, and how they are shown."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Literal, cast

import msgspec
from sqlalchemy import ColumnElement, Connection, Row, Select, bindparam, delete, func, insert, select, update

from core.clock import Clock
from core.database import Database
from core.errors import InvalidRequest, NotAllowed
from core.http import Page
from core.identity import Identity, Person
from core.ids import new_id
from core.jobs import Jobs, JobView
from core.text import clean_lines
from money.ads.credit import EffectCredit
from people.inbox.notices import Notifies
from vod.ads.effects.offered import credits_of_videos
from vod.ads.effects.uses import EffectUses
from vod.catalogue.files import Files
from vod.catalogue.labels import ChallengeLabel, Labels, no_labels
from vod.catalogue.marks import marked
from vod.catalogue.mentions import Mentions
from vod.catalogue.tags import add_tags, has_tag, replace_tags, videos_with
from vod.catalogue.visibility import ShownVisibility, Sight, Visibility, is_public, keep_from_others
from vod.errors import SoundNotAllowed, SoundNotFound, TooManyProcessing, VideoNotFound, VideoNotReady, VideoWithheld
from vod.sounds import records as sounds
from vod.sounds.briefs import SoundBrief, sounds_in_brief
from vod.tables import uploads, video_files, videos

PROCESSING_MAX = 20  # videos of one person
CAPTION_CHARS_MAX = 500

Brief = Callable[[Connection, Iterable[str]], dict[str, Person]]
"""People in brief by id; those who are gone are missing."""

VideoRecorder = Callable[[Connection, str], None]
"""Called with a video's id in each transaction that changes who finds it or by what: before hashtags of it go, and
after others have come. It may only run SQL, and may run again when the transaction is retried."""

Rows = tuple[Sequence[Row[Any]], str | None]
"""Rows of videos in the order to show them, and the cursor of what comes after."""

State = Literal["processing", "ready", "rejected"]
Stage = Literal["queued", "probing", "transcoding", "storing"]


_FILES = select(video_files).where(video_files.c.video.in_(bindparam("ids")))  # built once: every page asks it


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
    sound: SoundBrief | None  # its own or another's; None without anything to hear
    effect: EffectCredit | None  # the sponsored effect that its picture has
    likes: int
    liked: bool
    comments: int
    views: int
    visibility: ShownVisibility
    saved: bool
    challenge: ChallengeLabel | None  # that it is an entry of


class Video(VideoFields, kw_only=True):
    """A video in the catalogue."""

    reason: str | None  # a code, when it is rejected


class Videos:
    def __init__(
        self,
        database: Database,
        clock: Clock,
        jobs: Jobs,
        files: Files,
        url: Callable[[str], str],
        sealed: Callable[[str], str],
        brief: Brief,
        sight: Sight,
        mentions: Mentions,
        inbox: Notifies,
        effects: EffectUses,
    ) -> None:
        self._database = database
        self._clock = clock
        self._jobs = jobs
        self._files = files
        self._url = url
        self._sealed = sealed  # where who may still see a withheld video finds its files
        self._brief = brief
        self.sight = sight
        self._mentions = mentions
        self._inbox = inbox
        self._effects = effects
        self._recorders: list[VideoRecorder] = []
        self._labels: Labels = no_labels

    def label(self, labels: Labels) -> None:
        """Say of which sponsor's challenge a video is an entry."""
        self._labels = labels

    def record(self, recorder: VideoRecorder) -> None:
        """Call `recorder` in the transaction of every change to who may see a video, or what it is found by."""
        self._recorders.append(recorder)

    def changed(self, connection: Connection, video: str) -> None:
        """Tell the recorders. Whatever changes a video's caption, state or visibility calls it."""
        for recorder in self._recorders:
            recorder(connection, video)

    def publish(
        self,
        connection: Connection,
        person: str,
        upload: str,
        caption: str,
        visibility: Visibility,
        sound: str | None,
        effect: str | None = None,
    ) -> str:
        """Create a video whose source is a complete upload, and its job. Wake the jobs after the commit.

        From now on it may use the sound, whatever becomes of its original. If it may not any more, the video is
        rejected: it must not be published with what it sounds like itself.
        """
        video = new_id()
        language = select(uploads.c.language).where(uploads.c.id == upload).scalar_subquery()
        row = {
            "id": video, "person": person, "caption": caption, "visibility": visibility, "sound": sound,
            "created_at": self._clock(), "language": language,
        }  # fmt: skip
        try:
            if sound is not None:
                sounds.usable(connection, sound, person)
        except (SoundNotFound, SoundNotAllowed):
            gone = {"state": "rejected", "reason": "sound_unavailable", "sound": None}
            connection.execute(insert(videos).values(row | gone))
            return video
        connection.execute(insert(videos).values(row | {"state": "processing"}))
        add_tags(connection, video, caption)
        self._mentions.in_caption(connection, video, caption)
        if effect is not None:
            self._effects.publish(connection, video, effect, person)
        self._jobs.add(connection, "transcode", video, {"upload": upload}, owner=person)
        return video

    def ready_now(self, connection: Connection, video: str) -> None:
        """A video has become ready: others find it, and those whom it mentions are told. Of who may not post any more
        it is private."""
        keep_from_others(connection, video, self._clock())
        self.changed(connection, video)
        self._mentions.tell_caption(connection, video)

    def check_sound(self, connection: Connection, person: str, sound: str) -> None:
        """Raises SoundNotFound, SoundNotAllowed."""
        sounds.usable(connection, sound, person)

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
        """A person's videos that the viewer may see, newest first."""
        query = select(videos).where(videos.c.person == person, self.sight.of_person(connection, person, viewer))
        rows, after = newest_first(connection, query, cursor, limit)
        return Page(self.shown(connection, rows, viewer), after)

    def by_tag(self, tag: str, viewer: Identity | None, cursor: str, limit: int) -> Page[Video]:
        """The videos with a hashtag, newest first: the public ones, and those for followers that the viewer may see.
        Blocks."""

        def read(connection: Connection) -> Page[Video]:
            rows, after = newest_first(connection, select(videos).where(is_public(), videos_with(tag)), cursor, limit)
            if viewer is not None:
                beside = select(videos).where(self.sight.listed_beside(connection, viewer), has_tag(tag))
                more, following = newest_first(connection, beside, cursor, limit)
                both = sorted([*rows, *more], key=lambda row: str(row.id), reverse=True)
                goes_on = len(both) > limit or after is not None or following is not None
                rows = both[:limit]
                after = rows[-1].id if goes_on else None
            return Page(self.shown(connection, rows, viewer), after)

        return self._database.read(read)

    def published(self, connection: Connection, ids: Sequence[str], viewer: Identity | None) -> list[Video]:
        """Those of these videos that everybody may see, in this order."""
        return self._in_order(connection, ids, viewer, is_public())

    def listed(self, connection: Connection, ids: Sequence[str], viewer: Identity | None) -> list[Video]:
        """Those of these videos that the pages of a hashtag show to the viewer, in this order."""
        return self._in_order(connection, ids, viewer, self.sight.listed(connection, viewer))

    def _in_order(
        self, connection: Connection, ids: Sequence[str], viewer: Identity | None, seen: ColumnElement[bool]
    ) -> list[Video]:
        query = select(videos).where(videos.c.id.in_(ids), seen)
        shown = {video.id: video for video in self.shown(connection, connection.execute(query).all(), viewer)}
        return [shown[video] for video in ids if video in shown]

    def visible(self, connection: Connection, video: str, viewer: Identity | None) -> Row[Any]:
        """The row of a video the viewer may see. Raises VideoNotFound."""
        row = connection.execute(select(videos).where(videos.c.id == video)).first()
        if row is None or not self.sight.may_see(connection, row, viewer):
            raise VideoNotFound
        return row

    def kept(self, connection: Connection, video: str) -> Row[Any]:
        """The row of a video, whoever may see it, for writing: nobody deletes it before the commit. Raises
        VideoNotFound."""
        mine = select(videos).where(videos.c.id == video)
        row = connection.execute(mine.with_for_update(read=True, key_share=True)).first()
        if row is None:
            raise VideoNotFound
        return row

    def ready(self, connection: Connection, video: str, viewer: Identity | None) -> Row[Any]:
        """The row of a ready video the viewer may see, for writing: nobody deletes it before the commit.

        Raises VideoNotFound, VideoNotReady.
        """
        self.kept(connection, video)
        row = self.visible(connection, video, viewer)
        if row.state != "ready":
            raise VideoNotReady
        return row

    def shown(self, connection: Connection, rows: Sequence[Row[Any]], viewer: Identity | None) -> list[Video]:
        """Rows as they are shown to a viewer who may see them. Left out are those of people who are gone, and those
        that the viewer has reported.
        """
        rows = self.sight.unreported(connection, list(rows), viewer)
        ids = [row.id for row in rows]
        if not ids:
            return []
        people = self._brief(connection, {row.person for row in rows})
        files: dict[str, list[Row[Any]]] = {}
        for file in connection.execute(_FILES, {"ids": ids}).all():
            files.setdefault(file.video, []).append(file)
        liked, saved = marked(connection, viewer, ids)
        heard = sounds_in_brief(connection, {row.sound for row in rows if row.sound}, self._brief)
        labels = self._labels(connection, ids)
        sponsored = credits_of_videos(connection, ids)
        jobs = {row.id: self._jobs.latest(connection, row.id) for row in rows if row.state == "processing"}
        return [
            self._show(
                row,
                people[row.person],
                files.get(row.id, []),
                jobs.get(row.id),
                heard.get(row.sound),
                labels.get(row.id),
                sponsored.get(row.id),
                liked=row.id in liked,
                saved=row.id in saved,
            )
            for row in rows
            if row.person in people
        ]

    def _show(
        self,
        row: Row[Any],
        by: Person,
        files: list[Row[Any]],
        job: JobView | None,
        sound: SoundBrief | None,
        challenge: ChallengeLabel | None,
        effect: EffectCredit | None,
        *,
        liked: bool,
        saved: bool,
    ) -> Video:
        ready = row.state == "ready"
        url = self._sealed if row.visibility == "withheld" else self._url
        urls = {file.role: url(file.key) for file in files} if ready else {}
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
            preview=urls.get("preview"), sound=sound, effect=effect, likes=row.likes, liked=liked,
            comments=row.comments, views=row.views, visibility=row.visibility, saved=saved, challenge=challenge,
        )  # fmt: skip

    def edit(self, video: str, who: Identity, caption: str | None, visibility: Visibility | None) -> Video:
        """Change what is given of one's own video, and its hashtags with the caption. Blocks.

        Raises VideoNotFound, NotAllowed, VideoWithheld, InvalidRequest.
        """
        values: dict[str, object] = {} if visibility is None else {"visibility": visibility}
        if caption is not None:
            values["caption"] = checked_caption(caption)

        def write(connection: Connection) -> Video:
            mine = select(videos.c.id).where(videos.c.id == video).with_for_update(key_share=True)
            connection.execute(mine)  # two edits at once leave the caption and the hashtags of one of them
            row = self.visible(connection, video, who)
            if row.person != who.id:
                raise NotAllowed("Only its owner may edit a video.")
            if row.visibility == "withheld":
                raise VideoWithheld
            if caption is not None:
                self.changed(connection, video)  # also for the hashtags that it loses
            if values:
                connection.execute(update(videos).where(videos.c.id == video).values(values))
            if caption is not None:
                replace_tags(connection, video, str(values["caption"]))
                people = self._mentions.in_caption(connection, video, str(values["caption"]))
                self._inbox.reword(connection, "mention", video, people, str(values["caption"]))
            self.changed(connection, video)
            self._mentions.tell_caption(connection, video)
            return self.shown(connection, [self.visible(connection, video, who)], who)[0]

        return self._database.write(write)

    def delete(self, video: str, who: Identity) -> None:
        """Delete a video with its likes, its comments, and the files no other video uses. Blocks.

        Raises VideoNotFound, NotAllowed.
        """

        def write(connection: Connection) -> None:
            if self.visible(connection, video, who).person != who.id:  # moderators hide it, by a decision
                raise NotAllowed("Only its owner may delete a video.")
            self.changed(connection, video)  # while its hashtags and its sound are known
            self._files.release(connection, video)
            gone = delete(videos).where(videos.c.id == video).returning(videos.c.state, videos.c.sound)
            for row in connection.execute(gone).all():
                if row.state == "ready" and row.sound is not None:
                    sounds.count_use(connection, row.sound, -1)
            self._inbox.forget(connection, video)

        self._database.write(write)


def checked_caption(text: str) -> str:
    """Raises InvalidRequest."""
    caption = clean_lines(text, CAPTION_CHARS_MAX)
    if caption is None:
        raise InvalidRequest(f"A caption must have at most {CAPTION_CHARS_MAX} characters.")
    return caption


def newest_first(connection: Connection, query: Select[Any], cursor: str, limit: int) -> Rows:
    """A page of a query of videos. The cursor is the id of the last one."""
    if cursor:
        query = query.where(videos.c.id < cursor)
    rows = connection.execute(query.order_by(videos.c.id.desc()).limit(limit + 1)).all()
    return rows[:limit], rows[limit - 1].id if len(rows) > limit else None
