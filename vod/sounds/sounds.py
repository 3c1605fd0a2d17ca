"""Sounds: what there is to know of one, which videos have it, and what its owner may change."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, Row, and_, or_, select, update

from core.database import Database
from core.errors import InvalidRequest, NotAllowed
from core.http import Page
from core.identity import Identity, Person
from core.text import clean_line
from vod.catalogue.files import Files
from vod.catalogue.videos import Video, Videos, newest_first
from vod.catalogue.visibility import is_public, is_public_of_few
from vod.errors import SoundNotFound
from vod.sounds import records
from vod.sounds.briefs import Brief, title_of
from vod.sounds.uses import UseCounter
from vod.tables import sounds, video_files, videos

SOUND_TITLE_CHARS_MAX = 100

SoundRecorder = Callable[[Connection, str], None]
"""Called with a sound's id. It may only run SQL, and may run again when the transaction is retried."""


class Sound(msgspec.Struct):
    """A sound on its own page."""

    id: str
    title: str
    named: bool  # whether its owner has given it a title; if not, `title` is in English
    by: Person | None  # None once the account is gone
    at: int  # Unix ms
    duration_ms: int
    uses: int  # public videos with this sound
    allowed: bool  # whether others may use it
    usable: bool  # whether this viewer may
    url: str  # of its audio, MP4 with AAC
    video: str | None  # the original, as long as it is there
    poster: str | None  # the original's


class SoundChange(msgspec.Struct, forbid_unknown_fields=True):
    """What is left out stays. An empty title is the one it had by itself."""

    title: str | msgspec.UnsetType = msgspec.UNSET
    allowed: bool | msgspec.UnsetType = msgspec.UNSET


class Sounds:
    """Every method blocks, but those that take a connection."""

    def __init__(
        self,
        database: Database,
        files: Files,
        videos: Videos,
        url: Callable[[str], str],
        brief: Brief,
        uses: UseCounter,
    ) -> None:
        self._database = database
        self._files = files
        self._videos = videos
        self._url = url
        self._brief = brief
        self._uses = uses
        self._recorders: list[SoundRecorder] = []

    def record(self, recorder: SoundRecorder) -> None:
        """Call `recorder` in the transaction of every change of a title, or of who may use a sound."""
        self._recorders.append(recorder)

    def sound(self, sound: str, viewer: Identity | None) -> Sound:
        """Raises SoundNotFound, also when the viewer may see none of the videos that have it."""

        def read(connection: Connection) -> Sound:
            row = _row(connection, sound)
            heard = select(videos.c.id).where(videos.c.sound == sound, self._seen(connection, viewer)).limit(1)
            own = viewer is not None and (viewer.id == row.person or viewer.moderates)
            if not own and connection.execute(heard).first() is None:
                raise SoundNotFound
            return self.shown(connection, [row], viewer)[0]

        return self._database.read(read)

    def person_of(self, connection: Connection, sound: str) -> str:
        """Whose sound it is. Raises SoundNotFound."""
        return str(_row(connection, sound).person)

    def videos(self, sound: str, viewer: Identity | None, cursor: str, limit: int) -> Page[Video]:
        """The videos with a sound that the viewer may see, newest first. Raises SoundNotFound."""

        def read(connection: Connection) -> Page[Video]:
            _row(connection, sound)
            query = select(videos).where(videos.c.sound == sound, self._seen(connection, viewer))
            rows, after = newest_first(connection, query, cursor, limit)
            return Page(self._videos.shown(connection, rows, viewer), after)

        return self._database.read(read)

    def change(self, sound: str, who: Identity, change: SoundChange) -> Sound:
        """Raises SoundNotFound, NotAllowed, InvalidRequest. Videos that have the sound keep it."""
        values: dict[str, object] = {}
        if change.title is not msgspec.UNSET:
            title = clean_line(change.title, SOUND_TITLE_CHARS_MAX)
            if title is None:
                raise InvalidRequest(f"A title has at most {SOUND_TITLE_CHARS_MAX} characters.")
            values["title"] = title
        if change.allowed is not msgspec.UNSET:
            values["allowed"] = change.allowed

        def write(connection: Connection) -> Sound:
            if _row(connection, sound).person != who.id and not who.moderates:
                raise NotAllowed("Only its owner or a moderator may change a sound.")
            if values:
                connection.execute(update(sounds).where(sounds.c.id == sound).values(values))
                for recorder in self._recorders:
                    recorder(connection, sound)
            return self.shown(connection, [_row(connection, sound)], who)[0]

        return self._database.write(write)

    def shown(self, connection: Connection, rows: list[Row[Any]], viewer: Identity | None) -> list[Sound]:
        """Rows as they are shown to a viewer."""
        people = self._brief(connection, {row.person for row in rows})
        originals = (
            select(videos.c.id, videos.c.visibility, video_files.c.key)
            .select_from(videos.outerjoin(video_files, (video_files.c.video == videos.c.id) & _IS_POSTER))
            .where(self._seen(connection, viewer), videos.c.id.in_([row.video for row in rows if row.video]))
        )
        seen: dict[str, Row[Any]] = {row.id: row for row in connection.execute(originals)}  # type: ignore[misc]
        uses = self._uses.counts(connection, (row.id for row in rows))
        return [self._show(row, uses[row.id], people.get(row.person), seen.get(row.video), viewer) for row in rows]

    def _seen(self, connection: Connection, viewer: Identity | None) -> ColumnElement[bool]:
        """The ready videos that a viewer may see."""
        if viewer is None:
            return is_public()
        return and_(videos.c.state == "ready", self._videos.sight.among(connection, viewer))

    def _show(
        self, row: Row[Any], uses: int, by: Person | None, original: Row[Any] | None, viewer: Identity | None
    ) -> Sound:
        """`original`: its id, visibility and poster's key, if the viewer may see it."""
        own = viewer is not None and viewer.id == row.person
        usable = original is not None and (own or (row.allowed and original.visibility == "public"))
        return Sound(
            id=row.id, title=title_of(row.title, by), named=bool(row.title), by=by, at=row.created_at,
            duration_ms=row.duration_ms, uses=uses, allowed=row.allowed,
            usable=usable, url=self._url(row.key), video=original.id if original is not None else None,
            poster=self._url(original.key) if original is not None and original.key else None,
        )  # fmt: skip

    def sweep(self) -> None:
        """Delete the sounds that no video has any more. If it is interrupted, the next sweep continues."""
        for sound in self._database.read(records.abandoned):
            self._database.write(partial(self._drop, sound))

    def _drop(self, sound: str, connection: Connection) -> None:
        records.drop_abandoned(connection, self._files, sound)


def findable_sounds(connection: Connection, ids: Sequence[str]) -> list[Row[Any]]:
    """Those of these sounds that everybody may find."""
    return list(connection.execute(select(sounds).where(sounds.c.id.in_(ids), _is_findable())).all())


def list_sounds(connection: Connection, after: str, limit: int) -> list[Row[Any]]:
    """The rows of sounds that everybody may find, by id, beginning behind `after`."""
    query = select(sounds).where(_is_findable(), sounds.c.id > after).order_by(sounds.c.id).limit(limit)
    return list(connection.execute(query).all())


def _is_findable() -> ColumnElement[bool]:
    """A public video has it: another than the original, unless others may use it."""
    others = or_(sounds.c.allowed, videos.c.id.is_distinct_from(sounds.c.video))
    return select(videos.c.id).where(videos.c.sound == sounds.c.id, is_public_of_few(), others).exists()


_IS_POSTER = video_files.c.role == "poster"


def _row(connection: Connection, sound: str) -> Row[Any]:
    """Raises SoundNotFound."""
    row = connection.execute(select(sounds).where(sounds.c.id == sound, sounds.c.uses > 0)).first()
    if row is None:
        raise SoundNotFound
    return row
